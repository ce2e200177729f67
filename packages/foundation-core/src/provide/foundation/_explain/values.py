"""The values of a configuration as plain data, each with the place that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provide.foundation._config.section import Section, source_of
from provide.foundation._config.values.immutable import Immutable
from provide.foundation._config.values.sources import Source
from provide.foundation._redaction.settings import SECRET, mask


def list_values(config: Section) -> dict[str, dict[str, Any]]:
    """Return each field's value and source, by its dotted name; those of groups by themselves.

    A source is ``default``, ``code``, ``preset NAME``, the name of a variable or the path of a
    file. Values of `LoggingConfig.fields` and of `OtlpConfig.headers` are masked, and in
    `OtlpConfig.endpoint` what stands before the host, and the query.
    """
    return dict(_walk(config, ""))


def _walk(config: Section, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in config.FIELDS:
        name = prefix + field.name
        value = getattr(config, field.name)
        if isinstance(value, Section):
            yield from _walk(value, f"{name}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            for number, each in enumerate(value):
                yield from _walk(each, f"{name}[{number}].")
        else:
            shown = mask(value) if name in SECRET else plain_value(value)
            yield name, {"value": shown, "source": source_of(config, field)}


def plain_value(value: Any) -> Any:
    """Return a value of a configuration as JSON has it; code by its name."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(each) for each in value]
    if isinstance(value, Source):
        return {"path": value.path, "watch": value.watch, "signal": value.signal}
    if isinstance(value, Immutable):
        return {name: plain_value(getattr(value, name)) for name in value.FIELDS}
    pattern = getattr(value, "pattern", None)
    if isinstance(pattern, str):
        return pattern
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if isinstance(module, str) and isinstance(name, str):
        return f"{module}:{name}"
    return f"<{type(value).__name__}>"
