"""Where the outputs of a configuration lead, before any of them is opened."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.outputs import OutputConfig
from provide.foundation._output.encoding import is_read, is_terminal


class Place(NamedTuple):
    """Say where an output leads.

    Args:
        entry: The output's options.
        field: The configuration's field that names it.
        formatter: The name of its format; ``auto`` has been decided.
        is_file: Whether the target is the path of a file.
        is_standard: Whether it is stderr or stdout.
        stream: What lines go to, unless it is a file.
        terminal: Whether that is a terminal.
        captured: Whether people read it all the same: in a report of tests, or a log of CI.
    """

    entry: OutputConfig
    field: str
    formatter: str
    is_file: bool
    is_standard: bool
    stream: Any
    terminal: bool
    captured: bool


def find_places(logging: LoggingConfig) -> Iterator[Place]:
    """Yield where each output of a configuration leads."""
    for entry, field in _list_entries(logging):
        target: Any = entry.target
        standard = target in ("stderr", "stdout") and field != "logging.log_file"
        is_file = isinstance(target, str) and not standard
        stream = getattr(sys, target) if standard else target
        terminal = not is_file and is_terminal(stream)
        formatter = entry.formatter or logging.console_formatter
        where = logging.console.captured if formatter == "auto" else "never"
        captured = standard and not terminal and is_read(stream, where)
        if formatter == "auto":
            formatter = "key_value" if terminal or captured else "json"
        yield Place(entry, field, formatter, is_file, standard, stream, terminal, captured)


def _list_entries(logging: LoggingConfig) -> list[tuple[OutputConfig, str]]:
    if logging.outputs:
        return [(each, f"logging.outputs[{at}]") for at, each in enumerate(logging.outputs)]
    field = "logging.output" if logging.log_file is None else "logging.log_file"
    # What collects the lines of containers takes all that comes on stderr for errors.
    stream = "stderr" if logging.schema == "foundation" else "stdout"
    return [(OutputConfig(logging.log_file or logging.output or stream), field)]


def wants_emoji(logging: LoggingConfig) -> bool:
    """Say whether emoji are switched on explicitly."""
    return bool(logging.das_emoji_prefix_enabled or logging.logger_name_emoji_prefix_enabled)


def idle_extensions(logging: LoggingConfig) -> tuple[str, ...]:
    """Return the extensions that are not worth importing: emoji where no line could have one."""
    if (
        wants_emoji(logging)
        or logging.custom_emoji_sets
        or logging.enabled_emoji_sets is not None  # either may be wrong, and is to be refused
        or any(place.terminal or place.captured for place in find_places(logging))
    ):
        return ()
    return ("foundation-emoji",)
