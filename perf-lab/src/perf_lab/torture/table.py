"""The table that `nox -s torture` prints; imports no case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perf_lab.records.text_table import text_table
from perf_lab.torture.case import KEPT
from perf_lab.torture.verdicts import BROKEN, count_standings, describe

_TITLE, _CELL = 56, 20


def show_table(results: Mapping[str, Any]) -> str:
    """Return one row a case, one column a library, and how many rows each has kept."""
    names: list[str] = results["libraries"]
    cells = [
        [shorten(f"{row['promise']:>2} {row['title']}", _TITLE),
         *(shorten(describe(row, name), _CELL) for name in names)]
        for row in results["rows"]
    ]  # fmt: skip
    counts = [count_standings(results, name) for name in names]
    for standing in (KEPT, BROKEN):
        totals = [f"{count[standing]} of {count.total()}" for count in counts]
        cells.append([f"   {standing}", *totals])
    return text_table(("promise and case", *names), cells)


def shorten(text: str, width: int) -> str:
    """Return a text of so many characters at most."""
    return text if len(text) <= width else text[: width - 2] + ".."
