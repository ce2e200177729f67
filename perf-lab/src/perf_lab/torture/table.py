"""The table that `nox -s torture` prints; imports no case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perf_lab.torture.case import KEPT
from perf_lab.torture.verdicts import BROKEN, count_standings, describe

_TITLE = 56
_CELL = 20


def show_table(results: Mapping[str, Any]) -> str:
    """Return one row a case, one column a library, and how many rows each has kept."""
    names: list[str] = results["libraries"]
    lines = [
        "  ".join([f"{'promise and case':<{_TITLE}}", *(f"{name:<{_CELL}}" for name in names)])
    ]
    for row in results["rows"]:
        title = f"{row['promise']:>2} {row['title']}"
        cells = [describe(row, name) for name in names]
        lines.append("  ".join([_fit(title, _TITLE), *(_fit(cell, _CELL) for cell in cells)]))
    counts = [count_standings(results, name) for name in names]
    for standing in (KEPT, BROKEN):
        totals = [f"{count[standing]} of {count.total()}" for count in counts]
        cells = [_fit(f"   {standing}", _TITLE), *(_fit(total, _CELL) for total in totals)]
        lines.append("  ".join(cells))
    return "\n".join(line.rstrip() for line in lines)


def _fit(text: str, width: int) -> str:
    return f"{text if len(text) <= width else text[: width - 2] + '..':<{width}}"
