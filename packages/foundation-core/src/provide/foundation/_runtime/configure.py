"""Set up in one call: `configure`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

from provide.foundation._config.outputs import OutputConfig
from provide.foundation._config.shortcuts.options import Options, name_option, read_options
from provide.foundation._config.values.checks import Formatter
from provide.foundation._runtime.setup import setup_telemetry
from provide.foundation.errors import ConfigurationError

if TYPE_CHECKING:
    from provide.foundation._config.outputs import Target


def configure(
    *,
    level: str | int | None = None,
    format: Formatter | None = None,
    output: Target
    | OutputConfig
    | Sequence[Target | OutputConfig | Mapping[str, object]]
    | None = None,
    **options: Unpack[Options],
) -> None:
    """Set Foundation up in one call, by the options that most programs need.

    It makes a `TelemetryConfig` and calls `setup_telemetry`, so whatever holds there holds here.
    An option that is not given has the value of its environment variable, else its default; a
    group such as `rotation` is given as a whole.

    Args:
        level: The lowest level written, such as ``"DEBUG"``: `LoggingConfig.default_level`.
        format: ``json``, ``key_value``, ``compact``, or ``auto``: key_value on a terminal, json
            elsewhere; `LoggingConfig.console_formatter`.
        output: ``"stderr"``, ``"stdout"``, the path of a log file, a stream, a callable that takes
            bytes, a `logging.Handler`, an `OutputConfig`, or a list of these for several at once.
        options: `service_name`, `metrics` and `otlp` of `TelemetryConfig`, and every other field
            of `LoggingConfig`, such as ``module_levels={"app.db": "DEBUG"}``,
            ``delivery="background"`` or ``rotation=Rotation(max_bytes=10_000_000)``.

    Raises:
        ConfigurationError: There is no such option, or a value is not allowed, or a log file cannot
            be opened; then nothing has changed. The error names the option.

    Any thread may call it.
    """
    try:
        setup_telemetry(read_options(level, format, output, options))
    except ConfigurationError as error:
        raise name_option(error, output) from error.__cause__
