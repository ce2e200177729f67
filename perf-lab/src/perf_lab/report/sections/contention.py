"""The contention section: throughput and latency over the number of threads and processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perf_lab.publish.published import name_of
from perf_lab.publish.table import factor, number
from perf_lab.report.chart import Bar, Curve, bars, curves
from perf_lab.report.markup import checks_table, grid, table
from perf_lab.report.sources import Source

Data = Mapping[str, Any]
#: By the record's word: what threads write to.
_OUTPUTS = {"file": "a file", "null": "the null device", "pipe": "a pipe, read at 2 MB/s"}


def write(source: Source, folder: Path) -> str:
    """Return the section of a page in that folder."""
    data = source.data
    charts = []
    for output, words in _OUTPUTS.items():
        rows = [r for r in data["threads"] if r["output"] == output and r["loggers"] == "one"]
        charts += [
            curves_over("threads", f"{output}-rate", f"Threads that share a logger, to {words}",
                        rows, "rate", "throughput (lines/s)"),
            curves_over("threads", f"{output}-p99", f"The same: p99 of a call, to {words}",
                        rows, "p99_us", "p99 latency (us)"),
        ]  # fmt: skip
    charts += [
        curves_over("processes", "processes-rate", "Processes that share a file",
                    data["processes"], "rate", "throughput (lines/s)"),
        curves_over("processes", "processes-p99", "The same: p99 of a call, processes on a file",
                    data["processes"], "p99_us", "p99 latency (us)"),
        scaling_chart(data["scaling"]),
        stall_chart(data["tasks"]),
    ]  # fmt: skip
    return "\n".join([
        grid(chart for chart in charts if chart),
        wrong_table(data),
        locks_table(data["locks"]),
        "<h3>What is judged</h3>",
        checks_table(source.checks, "Contention: each figure beside its limit"),
    ])  # fmt: skip


def curves_over(over: str, key: str, title: str, rows: Sequence[Data], column: str, y: str) -> str:
    """Return a column of each library over the number of threads or processes."""
    sound = [row for row in rows if row["state"] == "ok" and row.get(column)]
    places = sorted({row[over] for row in sound})
    series = []
    for rival in dict.fromkeys(row["rival"] for row in sound):
        found = {row[over]: row[column] for row in sound if row["rival"] == rival}
        series.append(Curve(name_of(rival), places, [found.get(at) for at in places]))
    if not series:
        return ""
    return curves(
        f"contention-{key}", title, series[:6], x=f"{over} (count)", y=y, x_scale="log",
        y_scale="log", x_ticks=[(place, str(place)) for place in places],
    )  # fmt: skip


def scaling_chart(rows: Sequence[Data]) -> str:
    """Return the throughput of many threads in relation to one."""
    found = [
        Bar(name_of(row["rival"]), row["ratio"],
            row["rival"].startswith("foundation"))
        for row in rows
        if row["state"] == "ok"
    ]  # fmt: skip
    if not found:
        return ""
    found.sort(key=lambda bar: -bar.value)
    return bars(
        "contention-scaling", f"{rows[0]['threads']} threads beside one, measured in turns", found,
        x="throughput in relation to one thread (ratio)", y="library", show=factor,
        note="1 would be no contention: Python runs one thread at a time.",
    )  # fmt: skip


def stall_chart(rows: Sequence[Data]) -> str:
    """Return how long logging tasks hold the event loop up."""
    found = []
    for row in rows:
        if row["state"] == "ok":
            alone = row["use"] == "none"
            name = name_of(row["rival"])
            name += ", await ainfo" if row["use"] == "ainfo" else ""
            found.append(Bar(name, row["stall_ms"], not alone and row["rival"] == "foundation"))
    if not found:
        return ""
    found.sort(key=lambda bar: bar.value)
    return bars(
        "contention-stall", f"{rows[0]['tasks']:,} asyncio tasks: the longest stall of the loop",
        found, x="longest stall, median of the rounds (ms)", y="library",
        note=f"Each task logs every {rows[0]['period_s']:g} s.",
    )  # fmt: skip


def wrong_table(data: Data) -> str:
    """Return how many lines were read, and how many of them were wrong."""
    rows = [*data["threads"], *data["processes"], *data["tasks"]]
    cells = []
    for rival in dict.fromkeys(row["rival"] for row in rows if row.get("use") != "none"):
        own = [row for row in rows if row["rival"] == rival and row["state"] == "ok"]
        read = [row for row in own if row.get("lost") is not None and row.get("use") != "none"]
        cells.append([
            name_of(rival), f"{sum(row['written'] for row in read):,}",
            *(f"{sum(row[each] for row in read):,}" for each in ("lost", "twice", "torn")),
        ])  # fmt: skip
    head = ["library", "lines read", "lost", "twice", "torn"]
    return table(head, cells, caption="Every line to a file or a pipe was read", right=(1, 2, 3, 4))


def locks_table(rows: Sequence[Data]) -> str:
    """Return what threads wait for locks that a library makes in Python."""
    cells = [
        [name_of(row["rival"]), number(row["blocked_s"]), number(row["blocked"])]
        for row in rows
        if row["state"] == "ok"
    ]
    caption = "Waiting for locks made in Python, of all threads together, each second"
    return table(["library", "blocked, s", "times"], cells, caption=caption, right=(1, 2))
