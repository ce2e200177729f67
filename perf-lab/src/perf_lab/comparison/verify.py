"""Checks the lines that a workload wrote; imports equality, workload, catalogue and features only.

Whoever writes fewer lines, or less in them, looks fast. So every library writes every workload to
a real file once, outside of any measurement, and what it wrote is counted and parsed here.
"""

from __future__ import annotations

import json
import re
from typing import Any

from perf_lab.comparison.equality import Equality, compare
from perf_lab.rivals.catalogue import SETUPS, Path, Rival
from perf_lab.workloads.workload import ANY, INDEX, LOGGER_NAME, NUMBER, Renamed, Secret, Workload

#: What stands for the domain of every workload with emoji.
EMOJI = "\N{KEY}"
_LEVEL_WORDS = {
    "info": "info", "exception": "error", "debug": "debug", "error": "error", "log": "info",
}  # fmt: skip
_LEFT_OUT = re.compile(rb'"left_out":(\d+)')
_TAG = re.compile("⟨[0-9a-f]{4}⟩".encode())
_COLOR = re.compile(rb"\x1b\[[0-9;]*m")


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


def check_output(data: bytes, rival: Rival, workload: Workload, iterations: int) -> list[str]:
    """Return what is wrong with the lines of so many iterations, in words; nothing if all is well.

    Args:
        data: The whole file.
        rival: Who wrote it.
        workload: What it was to write.
        iterations: How many iterations of the loop there were.
    """
    expected = iterations * workload.emits
    if workload.emoji and rival.ours:
        wanted = 0 if rival.setup.endswith(":bare") else expected
        shown = sum(EMOJI in line for line in data.decode("utf-8", "replace").splitlines())
        if shown != wanted:
            return [f"{shown} lines have their emoji instead of {wanted}"]
    if data and not data.endswith(b"\n"):
        return ["the last line has no end"]
    if workload.output == "terminal" and not _COLOR.search(data):
        return ["a terminal got no colour"]
    if not rival.json or workload.output == "terminal":
        return check_text(_COLOR.sub(b"", data), workload, iterations)
    lines = data.splitlines()
    if workload.name in ("left_out", "repeated"):  # lines tell how many iterations have none
        told = sum(int(number) for number in _LEFT_OUT.findall(data))
        lines = [line for line in lines if not _LEFT_OUT.search(line)]
        if told < iterations:  # warm-up included
            return [
                f"{told} iterations are told to have been left out instead of {iterations} or more"
            ]
    if workload.name == "kept":  # an error has had them written, behind those of the warm-up
        expected, lines = iterations, lines[-iterations - 1 : -1]
    if len(lines) != expected:
        return [f"wrote {len(lines)} lines instead of {expected}"]
    feature = SETUPS.get(rival.setup.partition(":")[2])
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        shows = feature.shows if feature else ()
        faults += [f"line {number} lacks {each}" for each in shows if each.encode() not in line]
        try:
            record = parse_strict(_without_prefix(line, rival))
        except ValueError as error:
            faults.append(f"line {number} is not strict JSON: {error}")
        else:
            index = None if workload.threads > 1 else (number - 1) // max(1, workload.emits)
            found = _faults(record, rival, workload, index)
            faults += [f"line {number}: {fault}" for fault in found]
        if len(faults) >= 3:
            break
    return faults


def check_text(data: bytes, workload: Workload, iterations: int) -> list[str]:
    """Check text by what a person would look for: the event, and each plain value."""
    expected = iterations * workload.emits
    event = re.escape(workload.event.encode())
    # At a terminal of a width, a line goes on in the rows behind it, up to the next one's event.
    rows = rb"(?:\n(?!.*" + event + rb").*)*" if workload.columns else b""
    lines = re.findall(rb".*" + event + rb".*" + rows, data)
    if len(lines) != expected:
        return [f"wrote {len(lines)} lines with the event instead of {expected}"]
    if workload.action == "exception" and data.count(b"ValueError") < expected:
        return ["the exceptions are missing"]
    for number, line in enumerate(lines):
        # What a tag stands for was shown in front of the lines that are looked at here.
        told = {field.name for field in workload.context if _TAG.search(line)}
        for name, value in workload.expected().items():
            if value is INDEX and workload.threads == 1:
                value = number // max(1, workload.emits)
            parts = str(value).split("\n") if isinstance(value, int | str) else ()
            if name not in told and not all(part.encode() in line for part in parts):
                return [f"line {number + 1} has no {name}"]
    return []


def _faults(
    record: dict[str, Any], rival: Rival, workload: Workload, index: int | None
) -> list[str]:
    event, level, logger = (
        _find(record, path) for path in (rival.event, rival.level, rival.logger)
    )
    wanted = workload.event if index is None else workload.event.replace("{i}", str(index))
    word = _LEVEL_WORDS[workload.method.rpartition(".")[2]]
    text = json.dumps(record)
    sound = {
        # An event that is no text may be shown by its repr.
        f"the event is {event!r}": isinstance(event, str) and event.rstrip("')").endswith(wanted),
        f"the level is {level!r}": isinstance(level, str) and level.lower() == word,
        f"the logger is {logger!r}": not rival.logger or str(logger).startswith(LOGGER_NAME),
        "the exception is missing": workload.action != "exception" or "ValueError" in text,
        "the exception's cause is missing": not workload.deep or "KeyError" in text,
        "the stack is missing": workload.option != "stack_info=True" or "stack" in record,
        "where it was logged is missing":
            workload.asks != "callsite" or bool({"callsite", "lineno"} & record.keys()),
    }  # fmt: skip
    faults = [fault for fault, is_sound in sound.items() if not is_sound]
    for key, found, expected in _pairs(_find(record, rival.fields), rival, workload):
        if found is _MISSING:
            faults.append(f"{key} is missing")
        elif not _match(found, expected, index, rival):
            faults.append(f"{key} is {str(found)[:80] if len(str(found)) > 80 else repr(found)}")
    return faults


def find_lesser(data: bytes, rival: Rival, workload: Workload) -> list[str]:
    """Return the fields that a sound first line has in a lesser form than they were logged in."""
    if not rival.json or not data or workload.output == "terminal":
        return []
    line = _without_prefix(data.partition(b"\n")[0], rival)
    fields = _find(parse_strict(line), rival.fields)
    return [
        key
        for key, found, expected in _pairs(fields, rival, workload)
        if _match(found, expected, 0, rival) is Equality.LESSER
    ]


def _without_prefix(line: bytes, rival: Rival) -> bytes:
    """Return the part of a line that the caller rendered, where the library logs messages."""
    return line[line.find(b"{") :] if rival.message_only else line


def _pairs(fields: Any, rival: Rival, workload: Workload) -> list[tuple[str, Any, object]]:
    """Return each key with what a line has there, and with what it must be."""
    pairs = []
    for key, expected in workload.expected().items():
        if isinstance(expected, Renamed):
            key = f"{key}_" if rival.ours else key
            # The others' own time stands there, or whatever they make of it.
            expected = expected.value if rival.ours else ANY
        if isinstance(expected, Secret) and not rival.ours:
            expected = expected.value
        found = fields.get(key, _MISSING) if isinstance(fields, dict) else _MISSING
        pairs.append((key, found, expected))
    return pairs


_MISSING = object()


def _match(found: object, expected: object, index: int | None, rival: Rival) -> Equality:
    if expected is ANY or (expected is INDEX and index is None):
        return Equality.SAME
    if expected in (INDEX, NUMBER) and isinstance(found, str):
        # Numbers as texts are a lesser form only where it is the library's way.
        number = found == str(index) or (expected is NUMBER and found.replace(".", "").isdigit())
        return Equality.LESSER if number and rival.newcomer else Equality.NONE
    if isinstance(expected, Secret):
        same = isinstance(found, str) and expected.value not in found
    elif expected is INDEX:
        same = found == index
    elif expected is NUMBER:
        same = isinstance(found, int | float) and not isinstance(found, bool)
    else:
        return compare(expected, found)
    return Equality.SAME if same else Equality.NONE


def _find(record: dict[str, Any], path: Path) -> Any:
    found: Any = record
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found
