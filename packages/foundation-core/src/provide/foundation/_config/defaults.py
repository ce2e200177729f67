"""The configuration of a program that sets up nothing.

A program that never calls `setup_telemetry` must get its lines whatever its environment holds:
here a bad variable costs a message and never an exception. `TelemetryConfig.from_env` is the
strict reading of the same variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from provide.foundation._config.environment import read_variables
from provide.foundation._config.section import note_sources
from provide.foundation._config.telemetry import TelemetryConfig


def lenient_config(environ: Mapping[str, str] | None = None) -> tuple[TelemetryConfig, list[str]]:
    """Return the configuration for zero-config start, with one message a bad variable.

    Args:
        environ: The variables, or None for `os.environ`.

    Returns:
        A configuration in which each bad variable's field has its default, and in which
        `capture_stdlib` is off, as a library that logs must change nothing global; and one line
        of text for each bad variable.
    """
    found = read_variables(environ)
    logging = cast("dict[str, object]", found.values.setdefault("logging", {}))
    logging["capture_stdlib"] = False
    messages = [f"{error}; using the default" for error in found.errors]
    made = TelemetryConfig.from_mapping(found.values)
    note_sources(made, {**found.sources, "logging.capture_stdlib": "no set-up"})
    return made, messages + found.passed_over
