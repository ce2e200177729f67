"""What a configuration means, for people: `explain`.

Nothing is opened and nothing is written but the explanation itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from provide.foundation._config.telemetry import TelemetryConfig, read_environment
from provide.foundation._explain.status import describe_config
from provide.foundation._record.escaping import escape_text

#: Of a terminal.
_WIDTH = 80
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
#: Where values and sources begin, in rows that have the room.
_VALUE_AT, _SOURCE_AT = 36, 58


def read_config(
    path: str | None, preset: str | None, *, environment: bool
) -> tuple[TelemetryConfig, str, list[str]]:
    """Return the configuration to explain, where it is from, and what a set-up would warn of.

    Args:
        path: A TOML file.
        preset: The name of a preset; without this and `path`, the environment alone.
        environment: Whether variables win over the other two.

    Raises:
        ConfigurationError: A value is not allowed, or there is no such field.
    """
    if path is not None:
        config, origin = TelemetryConfig.from_file(path), path
    elif preset is not None:
        config, origin = getattr(TelemetryConfig, preset)(), f"the preset {preset}"
    else:
        config, problems = read_environment(None, TelemetryConfig())
        return config, "the environment", problems
    if not environment:
        return config, f"{origin}, without the environment", []
    config, problems = read_environment(None, config)
    return config, f"{origin}, and the environment over it", problems


def explain(
    config: TelemetryConfig,
    origin: str,
    problems: Sequence[str],
    *,
    colors: bool,
    every: bool,
    as_json: bool,
) -> str:
    """Return the explanation of a configuration.

    Args:
        config: The configuration.
        origin: Where it is from.
        problems: What a set-up would warn of.
        colors: Whether to use colour codes.
        every: Whether values that are defaults are shown as well.
        as_json: Whether it is for machines.

    Raises:
        ConfigurationError: Something in the configuration does not go together.
    """
    described = describe_config(config, problems)
    if as_json:
        return json.dumps({"configuration": origin, **described}, indent=2) + "\n"
    shown = "".join(f"{row}\n" for row in _rows(described, origin, every))
    return shown if colors else _COLOR.sub("", shown)


def _rows(described: Mapping[str, Any], origin: str, every: bool) -> Iterator[str]:
    versions = [f"{name} {each or 'not installed'}" for name, each in described["versions"].items()]
    yield ", ".join(versions)
    yield from _wrap(f"configuration: {origin}", "")
    for problem in described["problems"]:
        yield from _wrap(f"warning: {problem}", "")
    yield ""
    yield _head("Values")
    yield from _list_values(described["values"], every)
    for output in described["outputs"]:
        yield ""
        yield _head(f"Output {output['name']}")
        yield from _list_output(output, described["values"])
    yield ""
    yield _head("Extensions")
    for each in described["extensions"]:
        yield from _wrap(f"{each['name']} {each['version'] or '(no version)'}: {each['adds']}")
    if not described["extensions"]:
        yield "  none is installed"


def _head(text: str) -> str:
    return f"{_BOLD}{escape_text(text)}{_PLAIN}"


def _list_values(values: Mapping[str, Mapping[str, Any]], every: bool) -> Iterator[str]:
    shown = {k: v for k, v in values.items() if every or v["source"] != "default"}
    for name, each in shown.items():
        value, source = escape_text(_spell(each["value"])), escape_text(each["source"])
        *above, row = _wrap(f"{f'{name} ':{_VALUE_AT - 2}}{value}", "  ", "    ")
        if len(row) >= _SOURCE_AT or _SOURCE_AT + len(source) > _WIDTH:
            above.append(row)
            row = f"{'':{max(min(_SOURCE_AT, _WIDTH - len(source)), 0)}}{source}"
        else:
            row = f"{row:{_SOURCE_AT}}{source}"
        yield from (*above, row)
    if len(shown) < len(values):
        yield "  all others are defaults; --all shows them"


def _list_output(
    output: Mapping[str, Any], values: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    yield f"  target    {output['target']}, {output['delivery']} delivery"
    yield f"  format    {output['format']}"
    yield from _wrap(_spell_levels(output["levels"], values), "  levels    ")
    yield f"  lane      {output['lane']}"
    for reason in output["why"]:
        yield from _wrap(f"because {reason}", "            ")
    for note in output["notes"]:
        yield from _wrap(note, "  note      ")
    yield "  sample"
    yield output["sample"].rstrip("\n")


def _spell_levels(levels: Mapping[str, Any], values: Mapping[str, Mapping[str, Any]]) -> str:
    parts = [f"loggers from {values['logging.default_level']['value']}"]
    loggers = values["logging.module_levels"]["value"]
    parts += [f"{name} from {level}" for name, level in loggers.items()]
    if levels["lowest"] != "TRACE" or levels["modules"]:
        parts.append(f"this output from {levels['lowest']}")
        parts += [f"{name} from {level} here" for name, level in levels["modules"].items()]
    if levels["highest"] != "CRITICAL":
        parts.append(f"up to {levels['highest']}")
    return escape_text(", ".join(parts))


def _spell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _wrap(text: str, lead: str = "  ", behind: str | None = None) -> list[str]:
    return wrap(
        escape_text(text),
        _WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead) if behind is None else behind,
        break_long_words=False,
        break_on_hyphens=False,
    )
