"""What a verdict says of a library: a promise kept, a promise broken, or nothing promised.

The cases are made from Foundation's promises, and other libraries never gave most of them. They
are held to what their documentation promises and to what any logging library must keep: a log call
does not raise into the caller, hang or crash, it loses, tears or doubles no line that could be
written, and what is called JSON is JSON. Everything else they have or have not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from perf_lab.torture.case import KEPT

OURS = "foundation"
BROKEN, LACKING, ABSENT = "broken", "has it not", "-"

_MUST_NOT = re.compile(
    r"(unbuffered: )?(raised |crashed |ended with |hung|a child hung|children hung|endless"
    r"|lost \d+ of |lost the line |torn |\d+ twice|invalid: (NaN|Infinity|not JSON))"
)
#: Where a call is refused by the rules of the library's own documentation, such as the keys that
#: `extra` must not have, or where something else than a log call is asked for.
_REFUSED = frozenset({
    "processor_raises", "copied", "spoofed_level", "spoofed_level_bound", "spoofed_time",
    "spoofed_event", "spoofed_logger",
})  # fmt: skip
#: Where nothing forces a loss, so that one is broken whether it is counted or not.
_AVOIDABLE = frozenset({"bursty_reader"})


def standing(row: Mapping[str, Any], library: str) -> str:
    """Return `KEPT`, `BROKEN`, `LACKING` or `ABSENT`: it does not take part in the case."""
    cell = row["cells"][library]
    verdict: str = cell["verdict"]
    if "buffered" not in cell:
        return ABSENT
    if verdict == KEPT:
        return KEPT
    if library == OURS or row["case"] in _AVOIDABLE:
        return BROKEN
    return BROKEN if _MUST_NOT.match(verdict) and row["case"] not in _REFUSED else LACKING


def count_standings(results: Mapping[str, Any], library: str) -> Counter[str]:
    """Return how many cases a library has kept, has broken and has nothing for."""
    found = Counter(standing(row, library) for row in results["rows"])
    del found[ABSENT]
    return found


def _is_without(row: Mapping[str, Any], library: str) -> bool:
    """Say whether a library lacks what a case is about; one that did not come up may have it."""
    came_up = not row["cells"][library]["verdict"].startswith("set-up ")
    return came_up and standing(row, library) == LACKING


def describe(row: Mapping[str, Any], library: str) -> str:
    """Return what a table says of a library's case."""
    verdict: str = row["cells"][library]["verdict"]
    if _is_without(row, library):
        return f"{LACKING}: {verdict}"
    if verdict == KEPT and library != OURS and any(_is_without(row, n) for n in row["cells"]):
        return "has it"
    return verdict
