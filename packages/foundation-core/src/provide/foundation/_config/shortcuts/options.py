"""The options of `configure`, and the configuration that they describe.

An option that is not given has the value of its variable, else its default, so `configure()` says
what `setup_telemetry()` says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, cast

from provide.foundation._config.console import Console
from provide.foundation._config.environment import read_variables, report_at_set_up
from provide.foundation._config.groups import Delivery, Limits, Redaction, Rotation
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.readers import Processor
from provide.foundation._config.section import field_names, names_in_groups, note_sources
from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation._config.values.checks import (
    STREAMS,
    DeliveryMode,
    ExceptionForm,
    Schema,
    TimestampForm,
    check_keys,
)
from provide.foundation.errors import ConfigurationError

if TYPE_CHECKING:
    from provide.foundation._config.export import MetricsConfig, OtlpConfig


class Options(TypedDict, total=False):
    """Every option of `configure` but the first three: fields of the two configurations."""

    service_name: str | None
    service_version: str | None
    environment: str | None
    module_levels: Mapping[str, str | int]
    sampling: Mapping[str, object]
    schema: Schema
    keys: Mapping[str, str]
    timestamp: TimestampForm
    das_emoji_prefix_enabled: bool | None
    logger_name_emoji_prefix_enabled: bool | None
    enabled_emoji_sets: Sequence[str] | None
    custom_emoji_sets: Sequence[object]
    omit_timestamp: bool
    processors: Sequence[Processor]
    capture_stdlib: bool
    access_fields: bool
    recapture_stdlib: bool
    override_stdlib_levels: bool
    capture_structlog: bool
    capture_uncaught: bool
    live: bool
    propagate: bool
    journal: bool | None
    callsite: bool
    fields: Mapping[str, object]
    process: bool
    host: bool
    thread: bool
    task: bool
    exceptions: ExceptionForm
    fold_frames: bool | Sequence[str]
    extensions: Sequence[str] | None
    redact_keys: Sequence[str]
    redact_except: Sequence[str]
    redact_patterns: Sequence[object]
    censor: str | Callable[[Any], object] | None
    redaction: Redaction
    limits: Limits
    rotation: Rotation
    delivery: DeliveryMode | Delivery
    console: Console
    metrics: MetricsConfig | None
    otlp: OtlpConfig | None


#: The first three options.
_SHORT = ("level", "format", "output")
#: What somebody writes who knows the fields, or `logging.basicConfig`, and the option to name.
_OTHER_WORDS = {
    "default_level": "level",
    "console_formatter": "format",
    "formatter": "format",
    "log_file": "output",
    "outputs": "output",
    "file": "output",
    "filename": "output",
    "stream": "output",
    "handlers": "output",
}


def read_options(level: object, format: object, output: object, others: Options) -> TelemetryConfig:
    """Return the configuration that the options of `configure` describe.

    Raises:
        ConfigurationError: An option is unknown or its value is not allowed; the error names the
            option. A variable's value is not allowed; the error names the variable.
    """
    given = _check_names(others)
    found = read_variables()
    if found.errors:
        raise found.errors[0]
    report_at_set_up(found.passed_over)
    values = found.values
    logging = cast("dict[str, object]", values.setdefault("logging", {}))
    replaced = set(given)
    for name in field_names(TelemetryConfig):
        if name in given:
            values[name] = given.pop(name)
    logging.update(given)
    if level is not None:
        logging["default_level"] = level
        replaced.add("default_level")
    if format is not None:
        logging["console_formatter"] = format
        replaced.add("console_formatter")
    if output is not None:
        for name in ("output", "log_file"):  # what the variables say of it
            logging.pop(name, None)
            replaced.add(name)
        logging.update(_read_output(output))
    made = TelemetryConfig.from_mapping(values)
    sources = found.sources.items()
    note_sources(made, {name: each for name, each in sources if _option(name) not in replaced})
    return made


def _option(field: str) -> str:
    return field.removeprefix("logging.").partition(".")[0]


def _check_names(others: Options) -> dict[str, object]:
    known = (*_SHORT, *Options.__annotations__)
    for name, value in others.items():
        if name in _OTHER_WORDS:
            allowed = f"{', '.join(known)}; did you mean {_OTHER_WORDS[name]!r}?"
            raise ConfigurationError(name, value, allowed)
    return check_keys(others, "", known, names_in_groups(LoggingConfig))


def _read_output(output: Any) -> dict[str, object]:
    if isinstance(output, str) and output.strip().lower() in STREAMS:
        return {"output": output}
    if isinstance(output, str | os.PathLike):
        return {"log_file": output}
    return {"outputs": output if _is_list(output) else [output]}


def _is_list(output: object) -> bool:
    return isinstance(output, Sequence) and not isinstance(output, str | bytes | bytearray)


def name_option(error: ConfigurationError, output: object) -> ConfigurationError:
    """Return an error that names the option, for one that names the field that it sets.

    Args:
        error: What the configuration or the set-up has raised.
        output: The option of that name.
    """
    section, _, field = error.field.partition(".")
    if section != "logging":  # an option's name or a variable's
        return error
    if output is not None:
        place, dot, name = field.partition(".")
        if place in ("output", "log_file") or (place == "outputs[0]" and not _is_list(output)):
            place = "output"
        place = place.replace("outputs", "output")
        field = place if name == "target" else f"{place}{dot}{name}"
    names = {"default_level": "level", "console_formatter": "format"}
    return ConfigurationError(names.get(field, field), error.value, error.allowed)
