"""What differs between two configurations, and one from three."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from provide.foundation._config.export import OtlpConfig
from provide.foundation._config.section import (
    Section,
    field_names,
    note_sources,
    replace,
    sources_of,
)
from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation._record.redaction import MASK
from provide.foundation._redaction.settings import SECRET, mask
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import Levels

_Config = TypeVar("_Config", bound=Section)


def merge(base: _Config, set_up: _Config, fresh: _Config) -> _Config:
    """Return what a file says now, except for the fields that code has changed.

    Those of groups count each by itself.

    Args:
        base: What the file said first.
        set_up: What the program has made of that.
        fresh: What the file says now.
    """
    changes, sources, noted = dict[str, Any](), dict[str, str](), sources_of(set_up)
    for name, value in _changed(base, set_up).items():
        if isinstance(value, Section):
            # A group that is not given is one of defaults.
            before, now = (getattr(each, name) or type(value)() for each in (base, fresh))
            value = merge(before, value, now)
        elif name in noted:
            sources[name] = noted[name]
        changes[name] = value
    made = replace(fresh, **changes)
    note_sources(made, sources)
    return made


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


def mask_refused(error: ConfigurationError) -> object:
    """Return what may be shown of a value that a file must not say.

    A name that there is not may be that of a secret, mistyped.
    """
    section, _, name = error.field.partition(".")
    value = error.value
    if not (value is None or isinstance(value, bool | int | float | str)):
        return MASK
    if section == "otlp":
        if name not in field_names(OtlpConfig):
            return MASK
        return mask(value) if isinstance(value, str) else value
    known = ("path", *field_names(TelemetryConfig))
    return MASK if section not in known or error.field.startswith(SECRET) else value
