"""The table that `nox -s torture` prints; imports case only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torture.case import KEPT

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
        cells = [row["cells"][name]["verdict"] for name in names]
        lines.append("  ".join([_fit(title, _TITLE), *(_fit(cell, _CELL) for cell in cells)]))
    kept = [count_kept(results, name) for name in names]
    totals = [f"{kept} of {played}" for kept, played in kept]
    lines.append("  ".join([_fit("   kept", _TITLE), *(_fit(total, _CELL) for total in totals)]))
    return "\n".join(line.rstrip() for line in lines)


def count_kept(results: Mapping[str, Any], name: str) -> tuple[int, int]:
    """Return how many rows a library has kept, and how many it took part in."""
    cells = [row["cells"][name] for row in results["rows"]]
    played = [cell for cell in cells if "buffered" in cell]
    return sum(cell["verdict"] == KEPT for cell in played), len(played)


def _fit(text: str, width: int) -> str:
    return f"{text if len(text) <= width else text[: width - 2] + '..':<{width}}"
