"""What differs between two configurations, and one from three."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.section import field_names, replace
from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation.levels import parse_level


def merge(
    base: TelemetryConfig, set_up: TelemetryConfig, fresh: TelemetryConfig
) -> TelemetryConfig:
    """Return what a file says now, except for the fields that code has changed.

    Args:
        base: What the file said first.
        set_up: What the program has made of that.
        fresh: What the file says now.
    """
    changes = _changed(base, set_up)
    if "logging" in changes:
        logging = _changed(base.logging, set_up.logging)
        changes["logging"] = replace(fresh.logging, **logging)
    return replace(fresh, **changes)


def _changed(before: Any, after: Any) -> dict[str, Any]:
    """Return the fields that have another value after than before."""
    values = ((name, getattr(after, name)) for name in field_names(type(after)))
    return {name: value for name, value in values if value != getattr(before, name)}


def name_changes(before: TelemetryConfig, after: TelemetryConfig) -> list[str]:
    """Return the dotted names of the fields that differ, levels excepted."""
    names = [name for name in _changed(before, after) if name != "logging"]
    inner = _changed(before.logging, after.logging)
    levels = ("default_level", "module_levels")
    return names + [f"logging.{name}" for name in inner if name not in levels]


Levels = tuple[int, dict[str, int]]


def levels_of(logging: LoggingConfig) -> Levels:
    """Return the default level and the levels of modules, as numbers."""
    modules = {name: parse_level(level) for name, level in logging.module_levels.items()}
    return parse_level(logging.default_level), modules


def level_changes(before: Levels, after: Levels) -> Iterator[tuple[str | None, int | None]]:
    """Yield each module whose level differs, with the new one, which is None where it has none.

    The default level's module is None.
    """
    if before[0] != after[0]:
        yield None, after[0]
    for module in sorted({*before[1], *after[1]}):
        level = after[1].get(module)
        if level != before[1].get(module):
            yield module, level
