"""What is judged in an output: each check returns what is broken, and nothing where nothing is."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from perf_lab.torture.case import Check
from perf_lab.torture.judge import Performance

FORGED = "2026-01-01T00:00:00Z ERROR root forged"
_COLOURS = re.compile("\x1b\\[[0-9;]*m")
#: What ends a line for some reader, or moves its cursor: C0, DEL, C1, separators, bidi marks.
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def whole_lines(performance: Performance) -> str:
    """Each call has one whole line, whatever became of the process."""
    reading, calls = performance.reading, performance.calls
    if lost := len(calls - reading.present.keys()):
        return f"lost {lost} of {len(calls)}"
    if reading.torn:
        return f"torn {reading.torn}"
    if twice := sum(count > 1 for count in reading.present.values()):
        return f"{twice} twice"
    return f"invalid: {reading.fault}" if reading.fault else ""


def every_line(performance: Performance) -> str:
    """Each call has one whole line, strict JSON if it is to be, and is counted if calls are."""
    found = whole_lines(performance)
    counted, total = performance.counted, len(performance.calls) + performance.facts["others"]
    if found or not performance.facts["counted"]:
        return found
    exact = (counted["written"], counted["dropped"]) == (total, {})
    return "" if exact else f"counted {counted['written']} of {total}"


def no_silent_loss(performance: Performance) -> str:
    """Each call has its line, or is counted as lost, one by one."""
    calls, counted = performance.calls, performance.counted
    here = calls & performance.reading.present.keys()
    uncounted = len(calls) - len(here) - sum(counted["dropped"].values())
    if uncounted:
        return f"{uncounted} of {len(calls)} lost uncounted"
    return "" if counted["written"] in (0, len(here)) else f"counted {counted['written']}"


def shows(check: Callable[[Any], bool], otherwise: str, field: str = "v") -> Check:
    """Make a check of one field of the first call."""
    return lambda performance: "" if check(performance.first.get(field)) else otherwise


def has(mark: str, otherwise: str) -> Check:
    """Make a check that wants a text in the output."""
    return lambda performance: "" if mark.encode() in performance.data else otherwise


def without(mark: str, otherwise: str) -> Check:
    """Make a check that wants no such text in what was written, to either stream."""
    found = mark.encode()
    return lambda performance: otherwise if found in performance.data + performance.aside else ""


def fact(name: str, most: float, otherwise: str) -> Check:
    """Make a check of a figure that the scene has noted."""
    return lambda performance: (
        otherwise.format(performance.facts[name]) if performance.facts[name] > most else ""
    )


def harmless(mark: str = "beg-m0-", *, colours: bool = False) -> Check:
    """Make a check that wants a mark, no forged line and no control character in the output."""

    def check(performance: Performance) -> str:
        text = performance.data.decode("utf-8", "backslashreplace")
        if colours:
            text = _COLOURS.sub("", text.replace("\r\n", "\n"))
        if re.search(f"^{re.escape(FORGED)}", text, re.M):
            return "a forged line"
        if unsafe := _UNSAFE.search(text, max(text.find("beg-m0-"), 0)):
            return f"raw U+{ord(unsafe[0]):04X}"
        return "" if mark in text else f"{mark} is lost"

    return check


SECRET = "hunter" + "2-s3cr3t"
_SECRETS = (SECRET, base64.b64encode(SECRET.encode()).decode())
#: That no secret is in the line of the first call, which is there.
KEPT_OUT = (
    has("beg-m0-", "lost the line"), *(without(each, "secret written") for each in _SECRETS),
)  # fmt: skip
