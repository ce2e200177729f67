"""Checks the lines that a workload wrote; imports workloads and catalogue only.

Whoever writes fewer lines, or less in them, looks fast. So every library writes every workload to
a real file once, outside of any measurement, and what it wrote is counted and parsed here.
"""

from __future__ import annotations

import json
from typing import Any

from catalogue import Path, Rival
from workloads import ANY, INDEX, LOGGER_NAME, NUMBER, Workload

#: What stands for the domain of every workload with emoji.
EMOJI = "\N{KEY}"
_LEVEL_WORDS = {"info": "info", "exception": "error", "debug": "debug"}


class NotStrict(ValueError):
    """Say what is wrong with a JSON text that a lenient parser would take."""


def parse_strict(text: bytes) -> dict[str, Any]:
    """Return the object of one line.

    Raises:
        ValueError: It is no JSON object, holds NaN or an infinity, or has a key twice.
    """

    def refuse(token: str) -> None:
        raise NotStrict(f"{token} is not JSON")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise NotStrict("a key stands twice")
        return found

    value = json.loads(text.decode("utf-8"), parse_constant=refuse, object_pairs_hook=unique)
    if not isinstance(value, dict):
        raise NotStrict("not an object")
    return value


def check_output(data: bytes, rival: Rival, workload: Workload, turns: int) -> list[str]:
    """Return what is wrong with the lines of so many turns, in words; nothing if all is well.

    Args:
        data: The whole file.
        rival: Who wrote it.
        workload: What it was to write.
        turns: How many turns of the loop there were.
    """
    expected = turns * workload.emits
    if workload.emoji and rival.ours:
        wanted = 0 if rival.setup.endswith(":bare") else expected
        shown = sum(EMOJI in line for line in data.decode("utf-8", "replace").splitlines())
        if shown != wanted:
            return [f"{shown} lines have their emoji instead of {wanted}"]
    if data and not data.endswith(b"\n"):
        return ["the last line has no end"]
    if not rival.json:
        return _check_text(data, workload, expected)
    lines = data.splitlines()
    if len(lines) != expected:
        return [f"wrote {len(lines)} lines instead of {expected}"]
    faults = []
    for number, line in enumerate(lines):
        try:
            record = parse_strict(line)
        except ValueError as error:
            faults.append(f"line {number + 1} is not strict JSON: {error}")
        else:
            index = None if workload.threads > 1 else number // workload.emits
            faults += [
                f"line {number + 1}: {fault}" for fault in _faults(record, rival, workload, index)
            ]
        if len(faults) >= 3:
            break
    return faults


def _check_text(data: bytes, workload: Workload, expected: int) -> list[str]:
    """Check text by what a person would look for: the event, and each plain value."""
    lines = [line for line in data.splitlines() if workload.event.encode() in line]
    if len(lines) != expected:
        return [f"wrote {len(lines)} lines with the event instead of {expected}"]
    if workload.action == "exception" and data.count(b"ValueError") < expected:
        return ["the exceptions are missing"]
    for number, line in enumerate(lines):
        for name, value in workload.expected().items():
            if value is INDEX and workload.threads == 1:
                value = number // workload.emits
            if isinstance(value, int | str) and str(value).encode() not in line:
                return [f"line {number + 1} has no {name}"]
    return []


def _faults(
    record: dict[str, Any], rival: Rival, workload: Workload, index: int | None
) -> list[str]:
    faults = []
    event = _find(record, rival.event)
    if not (isinstance(event, str) and event.endswith(workload.event)):
        faults.append(f"the event is {event!r}")
    level = _find(record, rival.level)
    if not (isinstance(level, str) and level.lower() == _LEVEL_WORDS[workload.method]):
        faults.append(f"the level is {level!r}")
    if rival.logger is not None:
        name = _find(record, rival.logger)
        if not (isinstance(name, str) and name.startswith(LOGGER_NAME)):
            faults.append(f"the logger is {name!r}")
    if workload.action == "exception" and "ValueError" not in json.dumps(record):
        faults.append("the exception is missing")
    fields = _find(record, rival.fields)
    for key, expected in workload.expected().items():
        if not isinstance(fields, dict) or key not in fields:
            faults.append(f"{key} is missing")
        elif not _matches(fields[key], expected, index):
            faults.append(f"{key} is {fields[key]!r}")
    return faults


def _matches(value: object, expected: object, index: int | None) -> bool:
    if expected is ANY or (expected is INDEX and index is None):
        return True
    if expected is INDEX:
        return value == index
    if expected is NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return value == expected


def _find(record: dict[str, Any], path: Path) -> Any:
    found: Any = record
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found
