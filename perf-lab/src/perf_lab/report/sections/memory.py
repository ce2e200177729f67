"""The memory section: growth over many messages, what a call takes, what loggers weigh."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perf_lab.publish.published import name_of
from perf_lab.publish.table import number
from perf_lab.report.chart import Bar, Curve, bars, curves
from perf_lab.report.markup import checks_table, grid, links, table
from perf_lab.report.sources import Source

Data = Mapping[str, Any]
_SLOPES = {
    "rss_bytes": "resident memory, B",
    "blocks": "blocks of Python's allocator",
    "heap_bytes": "Python's heap by tracemalloc, B",
}


def write(source: Source, folder: Path) -> str:
    """Return the section of a page in that folder."""
    data = source.data
    charts = [*growth_charts(data["growth"]), *allocation_charts(data["workloads"])]
    return "\n".join([
        grid(charts),
        growth_table(data["growth"]),
        loggers_table(data),
        "<h3>Where the bytes come from</h3>",
        links([(f"memray, {row['workload']}", source.beside(row["file"]))
               for row in data.get("pages", [])], folder,
              "The pages of memray are beside the record that nox -s memory makes."),
        "<h3>What is judged</h3>",
        checks_table(source.checks, "Memory: each figure beside its limit"),
    ])  # fmt: skip


def growth_charts(growth: Data) -> list[str]:
    """Return memory over messages; a published record has no series, and no charts."""
    found = []
    if series := growth.get("series"):
        found.append(curves(
            "growth-rss", "Resident memory while messages are written",
            [Curve("resident memory", _thousands(series["messages"]),
                   [value / 1e6 for value in series["rss_bytes"]])],
            x="messages (thousands)", y="resident memory (MB)", markers=False, with_table=False,
            note=f"{growth['messages']:,} messages after a warm-up of {growth['warm_up']:,}.",
        ))  # fmt: skip
    if tracked := growth.get("tracked"):
        found.append(curves(
            "growth-heap", "Python's heap while messages are written, by tracemalloc",
            [Curve("heap", _thousands(tracked["messages"]),
                   [value / 1000 for value in tracked["heap_bytes"]])],
            x="messages (thousands)", y="heap (KB)", markers=False, with_table=False,
            note=f"{growth['tracked_messages']:,} messages.",
        ))  # fmt: skip
    return found


def allocation_charts(workloads: Mapping[str, Data]) -> list[str]:
    """Return what a call allocates and what it holds, for the call of the founding claims."""
    found = workloads.get("three_fields")
    if found is None:
        return []
    rows = {name: row for name, row in found["rows"].items() if "unsupported" not in row}
    charts = []
    for key, column, title, unit in (
        ("allocations", "allocations", "Allocations of a call with three fields",
         "allocations (count)"),
        ("held", "peak_bytes", "Held at one moment by a call with three fields", "memory (B)"),
    ):  # fmt: skip
        drawn = [Bar(name_of(name), row[column], name.startswith("foundation"))
                 for name, row in rows.items()]  # fmt: skip
        drawn.sort(key=lambda bar: bar.value)
        charts.append(bars(key, title, drawn, x=unit, y="library"))
    return charts


def growth_table(growth: Data) -> str:
    """Return the slopes with their intervals."""
    cells = [
        [_SLOPES.get(name, name), _signed(row["slope"]),
         f"{_signed(row['low'])} to {_signed(row['high'])}", _signed(row["total"])]
        for name, row in growth["slopes"].items()
    ]  # fmt: skip
    head = ["memory", "per million messages", "95 % interval", "over the run"]
    return table(head, cells, caption="Growth: the slope of memory", right=(1, 2, 3))


def loggers_table(data: Data) -> str:
    """Return what loggers weigh, by how many there are."""
    names = {"logger_bytes": "logger", "logger_used_bytes": "logger that has written",
             "bound_bytes": "bound to three fields", "bound_field_bytes": "a bound field",
             "processor_bytes": "a processor"}  # fmt: skip
    cells = [
        [f"{row['loggers']:,}", *(number(row.get(name)) for name in names),
         f"{row['total_bytes'] / 1e6:.3f} MB"]
        for row in data["loggers"]
    ]  # fmt: skip
    head = ["loggers", *names.values(), "all, used"]
    return table(head, cells, caption="Bytes each, by tracemalloc", right=tuple(range(1, 7)))


def _thousands(messages: list[float]) -> list[float]:
    return [count / 1000 for count in messages]


def _signed(value: float) -> str:
    return number(value)
