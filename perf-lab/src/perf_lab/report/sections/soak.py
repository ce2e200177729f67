"""The soak's section: time series, the distribution of all calls, drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from perf_lab.publish.published import name_of
from perf_lab.publish.table import number
from perf_lab.report.chart import Curve, curves
from perf_lab.report.markup import checks_table, grid, paragraph, table, tiles
from perf_lab.report.sources import Source

Data = Mapping[str, Any]
_ENDED = {
    "complete": "The run went to its end.",
    "interrupted": "The run was stopped before its end; these are the figures up to there.",
}


def write(source: Source, folder: Path) -> str:
    """Return the section of a page in that folder."""
    data = source.data
    summary = data["summary"]
    wrong = {name: summary[name] for name in ("lost", "twice", "torn", "dropped")}
    return "\n".join([
        tiles([
            (f"{summary['messages']:,}", "messages, each line read and checked"),
            (f"{summary['rate']:,.0f}/s", f"over {summary['seconds']:,.0f} s"),
            (f"{sum(wrong.values()):,}", "lines lost, twice, torn or dropped"),
        ]),
        paragraph(_ENDED.get(data["ended"], f"The run ended early: {data['ended']}.")),
        grid([*series_charts(data["series"]), *latency_charts(data["latency"])]),
        drift_table(data["drift"]),
        "<h3>What is judged</h3>",
        checks_table(source.checks, "Soak: each figure beside its limit"),
    ])  # fmt: skip


def series_charts(series: Data) -> list[str]:
    """Return the time series, in the unit of time that fits the run."""
    if not series["t_s"]:
        return []
    last = series["t_s"][-1]
    size, unit = (3600, "h") if last > 3 * 3600 else (60, "min") if last > 180 else (1, "s")
    time = [value / size for value in series["t_s"]]
    rival = series.get("rival_p99_us", [])
    latency = [
        Curve("p50", time, series["p50_us"]),
        Curve("p99", time, series["p99_us"]),
        Curve("p99.9", time, series["p99.9_us"]),
    ]
    if any(value is not None for value in rival):
        latency.append(Curve("structlog tuned, p99", time, rival))
    draw = partial(curves, x=f"time ({unit})", markers=False, with_table=False)
    memory = [value / 1e6 for value in series["rss_bytes"]]
    blocks = [value / 1000 for value in series["blocks"]]
    work = [Curve("a message", time, series["cpu_ns"]),
            Curve("yardstick", time, series["yardstick_ns"])]  # fmt: skip
    return [
        draw("soak-rate", "Soak: throughput", [Curve("messages", time, series["rate"])],
             y="throughput (messages/s)"),
        draw("soak-latency", "Soak: latency of a call", latency, y="latency (us)", y_scale="log"),
        draw("soak-memory", "Soak: resident memory", [Curve("resident memory", time, memory)],
             y="resident memory (MB)"),
        draw("soak-blocks", "Soak: blocks of Python's allocator", [Curve("blocks", time, blocks)],
             y="blocks (thousands)"),
        draw("soak-cpu", "Soak: processor time of a message, beside a fixed piece of work", work,
             y="processor time (ns)", note="Where both rise, the machine has become slower."),
    ]  # fmt: skip


def latency_charts(latency: Mapping[str, Sequence[Sequence[float]]]) -> list[str]:
    """Return the distribution of all calls, as the share that takes longer."""
    series = []
    for name, rows in latency.items():
        total = sum(count for _, count in rows)
        if not total:
            continue
        slower = [1 - done / total for done in accumulate(count for _, count in rows)]
        # The slowest call has nothing above it, and a logarithmic scale no place for that.
        points = [(end, share * 100) for (end, _), share in zip(rows, slower, strict=True)
                  if share > 1e-9]  # fmt: skip
        series.append(Curve(name_of(name), [end for end, _ in points],
                            [share for _, share in points]))  # fmt: skip
    if not series:
        return []
    return [curves(
        "soak-distribution", "Soak: the latency distribution of all calls", series,
        x="latency (us)", y="calls that take longer (%)", x_scale="log", y_scale="log",
        markers=False, with_table=False,
        note="At 1 % stands the p99, at 0.1 % the p99.9. Lower and further left is better.",
    )]  # fmt: skip


def drift_table(rows: Sequence[Data]) -> str:
    """Return the slopes with their intervals."""
    cells = [
        [
            row["what"], f"{row['unit']} per {row['per']}".strip(), number(row["slope"]),
            f"{number(row['low'])} to {number(row['high'])}",
            "yes" if row["zero_within"] else "no", number(row["total"]), number(row["mean"]),
        ]
        for row in rows
        if "slope" in row
    ]  # fmt: skip
    if not cells:
        return paragraph("The run was too short for a slope.")
    head = ["drift", "unit", "slope", "95 % interval", "holds 0", "over the run", "mean"]
    caption = "Drift: the slope of each quantity, with its interval"
    return table(head, cells, caption=caption, right=(2, 3, 5, 6))
