"""Read what came out, and say whether a promise was kept; imports case and libraries only.

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
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from perf_lab.torture.case import KEPT, Case
from perf_lab.torture.libraries import Library

_BEGIN = re.compile(rb"beg-([a-z]+\d+)-")
_END = re.compile(rb"end-([a-z]+\d+)-")
_FAULTS = re.compile("duplicate key|NaN token|Infinity token|parsers differ|surrogate")
#: How Python ends if the standard stream cannot be flushed, after everything else went well.
_LAST_FLUSH = 120


@dataclass
class Reading:
    """Hold what stands in an output: by mark how often, and which lines are not as they should be.

    Args:
        present: How many whole lines each call has.
        records: What these lines say, if they are JSON.
        own: What the library says of its own accord.
        torn: How many lines have not both marks of one call.
        fault: What is wrong with the first whole line that is not strict JSON.
    """

    present: Counter[str] = field(default_factory=Counter)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    own: list[dict[str, Any]] = field(default_factory=list)
    torn: int = 0
    fault: str = ""


@dataclass
class Performance:
    """Hold what a scene left behind.

    Args:
        library: Who played it.
        json: Whether its lines are to be JSON.
        status: How its process ended; negative for a signal.
        hung: Whether it had to be stopped.
        data: The bytes of its output.
        aside: What it wrote to its other standard stream.
        folder: Where its files are.
        facts: Its report; empty if it did not come to that.
    """

    library: Library
    json: bool
    status: int = 0
    hung: bool = False
    data: bytes = b""
    aside: bytes = b""
    folder: Path = Path()
    facts: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def reading(self) -> Reading:
        """Return what stands in the output."""
        return read(self)

    @cached_property
    def calls(self) -> set[str]:
        """Return the marks of every call that was made."""
        calls: dict[str, int] = self.facts.get("calls", {})
        return {f"{tag}{number}" for tag, count in calls.items() for number in range(count)}

    @property
    def counted(self) -> dict[str, Any]:
        """Return what the library counts."""
        return self.facts.get("counted") or {"written": 0, "dropped": {}}

    @property
    def first(self) -> dict[str, Any]:
        """Return the fields of the first call's line; empty if it is not there."""
        record = self.reading.records.get("m0", {})
        for key in self.library.fields:
            record = record.get(key, {})
        return record

    def marks_of(self, data: bytes) -> set[str]:
        """Return the marks of the whole lines in another piece of output."""
        return set(replace(self, data=data).reading.present)


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
    json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate parses, and breaks later
    return found


def read(performance: Performance) -> Reading:
    """Read an output, line by line."""
    reading = Reading()
    for line in filter(bytes.strip, performance.data.split(b"\n")):
        begins, ends = _BEGIN.findall(line), _END.findall(line)
        if performance.library.name == "loguru":  # its JSON says all twice
            begins, ends = list(dict.fromkeys(begins)), list(dict.fromkeys(ends))
        name = begins[0].decode() if begins == ends and len(begins) == 1 else ""
        record: dict[str, Any] | None = None
        fault = ""
        if performance.json:
            try:
                record = parse_strictly(line)
            except ValueError as error:
                fault = (_FAULTS.findall(str(error)) or ["not JSON"])[0]
        if name:
            reading.present[name] += 1
            reading.fault = reading.fault or fault
            if record is not None:
                reading.records[name] = record
        elif begins or ends or fault:
            reading.torn += 1
        elif record is not None:
            reading.own.append(record)
        else:  # a line of text without marks is ours only if we wrote it
            reading.torn += performance.library.name == "foundation"
    return reading


def judge(case: Case, performance: Performance) -> str:
    """Return the verdict: how the process went wrong, or else what the scene or a check found."""
    found = "hung" if performance.hung else "" if case.dying else manner(case, performance)
    found = found or performance.facts.get("broken") or ""
    for check in case.checks:
        found = found or check(performance)
    return found or KEPT


def manner(case: Case, performance: Performance) -> str:
    """Say how a process went wrong that did not end as it should; empty if it did."""
    facts, status = performance.facts, performance.status
    if status < 0:
        name = signal.Signals(-status).name
        return "endless" if name == "SIGXCPU" else f"crashed {name}"
    if facts.get("raised") and not case.raising:
        return f"raised {'/'.join(sorted(facts['raised']))}"
    if "set_up" in facts:
        return f"set-up raises {facts['set_up']}"
    if status not in (0, _LAST_FLUSH):
        return f"ended with {status}"
    return "" if facts else "no report"
