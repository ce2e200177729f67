"""Read what came out, and say whether a promise was kept; imports case only.

A line counts if it holds the first mark and the last mark of exactly one call. A line that is to
be JSON must be read, and read alike, by two parsers that do not know each other: the standard
library's, told to refuse duplicate keys and NaN, and orjson. What a library counts is compared
with that; it is never taken for it.
"""

from __future__ import annotations

import json
import re
import signal
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from perf_lab.torture.case import KEPT, Performance
from perf_lab.torture.libraries import LIBRARIES

_BEGIN = re.compile(rb"beg-([a-z]+\d+)-")
_END = re.compile(rb"end-([a-z]+\d+)-")
#: How Python ends if the standard stream cannot be flushed, after everything else went well.
_LAST_FLUSH = 120
#: What ends a line for some reader, or moves its cursor: C0, DEL, C1, separators, bidi marks.
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass
class Reading:
    """Hold what stands in an output."""

    present: Counter[str] = field(default_factory=Counter)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    own: list[dict[str, Any]] = field(default_factory=list)
    torn: int = 0
    invalid: int = 0
    fault: str = ""


def parse_strictly(line: bytes) -> dict[str, Any]:
    """Return the object that two parsers read alike.

    Raises:
        ValueError: One of them refuses it, or they differ.
    """
    import orjson  # not every library's environment has it

    def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) != len(dict(pairs)):
            raise ValueError("duplicate key")
        return dict(pairs)

    def refuse_constant(name: str) -> None:
        raise ValueError(f"{name} token")

    text = line.decode("utf-8")
    found = json.loads(text, object_pairs_hook=refuse_duplicates, parse_constant=refuse_constant)
    if not isinstance(found, dict):
        raise ValueError("no object")
    if orjson.loads(line) != found:
        raise ValueError("parsers differ")
    text.encode()
    json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate parses, and breaks later
    return found


def read(performance: Performance) -> Reading:
    """Read an output, line by line."""
    reading = Reading()
    for line in performance.data.split(b"\n"):
        if not line.strip():
            continue
        begins, ends = _BEGIN.findall(line), _END.findall(line)
        if performance.library == "loguru":  # its JSON says all twice
            begins, ends = list(dict.fromkeys(begins)), list(dict.fromkeys(ends))
        record: dict[str, Any] | None = None
        if performance.json:
            try:
                record = parse_strictly(line)
            except ValueError as error:
                if begins == ends and len(begins) == 1:
                    reading.present[begins[0].decode()] += 1
                    reading.invalid += 1
                    reading.fault = reading.fault or _short(error)
                else:
                    reading.torn += 1
                continue
        if not begins and not ends:
            if record is not None:
                reading.own.append(record)
            else:
                reading.torn += performance.ours
        elif begins == ends and len(begins) == 1:
            name = begins[0].decode()
            reading.present[name] += 1
            if record is not None:
                reading.records[name] = record
        else:
            reading.torn += 1
    return reading


def _short(error: Exception) -> str:
    text = str(error)
    for part in ("duplicate key", "NaN token", "Infinity token", "parsers differ", "surrogate"):
        if part in text:
            return part
    return "not JSON"


def manner(performance: Performance, *, raising: bool = False) -> str:
    """Say how a process went wrong that did not end as it should; empty if it did.

    Args:
        performance: What it left behind.
        raising: Whether calls may raise.
    """
    if performance.hung:
        return "hung"
    if performance.status < 0:
        name = signal.Signals(-performance.status).name
        return "endless" if name == "SIGXCPU" else f"crashed {name}"
    raised = performance.facts.get("raised", {})
    if raised and not raising:
        return f"raised {'/'.join(sorted(raised))}"
    if "set_up" in performance.facts:
        return f"set-up raises {performance.facts['set_up']}"
    if performance.status not in (0, _LAST_FLUSH):
        return f"ended with {performance.status}"
    if not performance.facts:
        return "no report"
    return ""


def expected(performance: Performance) -> set[str]:
    """Return the marks of every call that was made."""
    calls: dict[str, int] = performance.facts.get("calls", {})
    return {f"{tag}{number}" for tag, count in calls.items() for number in range(count)}


def lines_only(performance: Performance, reading: Reading | None = None) -> str:
    """Say whether each call has one whole line, whatever became of the process."""
    reading = reading or read(performance)
    calls = expected(performance)
    lost = len(calls - reading.present.keys())
    if lost:
        return f"lost {lost} of {len(calls)}"
    if reading.torn:
        return f"torn {reading.torn}"
    twice = sum(count > 1 for count in reading.present.values())
    if twice:
        return f"{twice} twice"
    if reading.invalid:
        return f"invalid: {reading.fault}"
    return KEPT


def every_line(performance: Performance) -> str:
    """Every call returned, and its line is there: once, whole, and strict JSON if it is to be."""
    reading = read(performance)
    found = manner(performance) or lines_only(performance, reading)
    counted = performance.facts.get("counted")
    if found == KEPT and counted:
        total = len(expected(performance)) + performance.facts["others"]
        if (counted["written"], counted["dropped"]) != (total, {}):
            return f"counted {counted['written']} of {total}"
    return found


def no_silent_loss(performance: Performance) -> str:
    """Every call returned, and its line is there or counted as lost, one by one."""
    found = manner(performance)
    if found:
        return found
    reading = read(performance)
    calls = expected(performance)
    lost = len(calls - reading.present.keys())
    counted = performance.facts.get("counted") or {"written": 0, "dropped": {}}
    dropped = sum(counted["dropped"].values())
    if lost != dropped:
        return f"{lost - dropped} of {len(calls)} lost uncounted"
    if counted["written"] not in (0, len(calls & reading.present.keys())):
        return f"counted {counted['written']}"
    return KEPT


def fields_of(performance: Performance, record: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a record that has the call's fields."""
    for key in LIBRARIES[performance.library].fields:
        record = record.get(key, {})
    return record


def first_fields(performance: Performance) -> dict[str, Any]:
    """Return the fields of the first call's line; empty if it is not there."""
    records = read(performance).records
    return fields_of(performance, records["m0"]) if "m0" in records else {}


def whole_text(performance: Performance) -> str:
    """Return an output as text."""
    return performance.data.decode("utf-8", "backslashreplace")
