"""Rows of the charts, made from the records of the laboratories; imports figures.

`make_datasets` returns each set of rows by the name that charts/charts.toml has for it. A record
that is not there, or lacks what a set is made of, leaves its sets out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from perf_lab.pages.figures import LIBRARIES, Data, cell, name_of
from perf_lab.records.record import Record
from perf_lab.torture.verdicts import BROKEN, count_standings
from perf_lab.workloads.table import POINTS, TITLES

Row = dict[str, Any]
Datasets = dict[str, list[Row]]
Rows = Iterator[tuple[str, Row]]
_GROWING = ("foundation-native", "foundation", "structlog-tuned")
_PICTURED = (*_GROWING, "stdlib-json", "loguru-serialize")
#: Who is drawn in the short pictures, where there are figures.
_SHORT = (*_PICTURED, "stdlib-text", "loguru-text", "rich", "hand-rolled", "none")
#: What a reader of the contention's charts chooses from, by the record's words.
_CHOICES = {
    "output": {"file": "a file", "null": "the null device", "pipe": "a pipe, read at 2 MB/s"},
    "loggers": {"one": "one logger for all", "each": "a logger each"},
}
#: The series of a soak: chart, name, column of the record, and what is one in the chart.
_SERIES = (
    ("rate", "messages", "rate", 1.0),
    ("latency", "p50", "p50_us", 1.0),
    ("latency", "p99", "p99_us", 1.0),
    ("latency", "p99.9", "p99.9_us", 1.0),
    ("latency", "structlog tuned, p99", "rival_p99_us", 1.0),
    ("memory", "resident memory", "rss_bytes", 1e6),
    ("blocks", "blocks", "blocks", 1e3),
    ("work", "a message", "cpu_ns", 1.0),
    ("work", "yardstick", "yardstick_ns", 1.0),
)


def who(library: str, name: str = "") -> Row:
    """Return a library as rows have it: its name and its family."""
    families = LIBRARIES["families"]
    family, _ = next(found for start, found in families.items() if library.startswith(start))
    return {"name": name or name_of(library), "family": family}


def make_datasets(records: Mapping[str, Record]) -> Datasets:
    """Return the rows of each chart whose record is there.

    Args:
        records: By laboratory: bench, contention, flame, memory, soak, torture.
    """
    found: Datasets = {}
    for lab, make in _MAKERS.items():
        if lab in records:
            for name, row in make(records[lab].data):
                found.setdefault(name, []).append(row)
    return found


def _row(dataset: str, library: str, /, name: str = "", **values: Any) -> tuple[str, Row]:
    """Return a library's row of a set."""
    return dataset, {**who(library, name), **values}


def _bench(data: Data) -> Rows:
    for workload, line in LIBRARIES["kinds"].items():
        for library in _PICTURED:
            if ns := cell(data, workload, library).get("ns"):
                yield _row("kinds", library, line=line, us=ns / 1000)
    for point, (kind, length) in POINTS.items():
        for library in _GROWING:
            if ns := cell(data, point, library).get("ns"):
                yield _row("growth", library, grows=TITLES[kind], length=length, us=ns / 1000)
    for row in data["workloads"]:
        if row["workload"] not in POINTS:
            yield from _lines(row)
    for row in data["comparison"]:
        if row["state"] == "ok" and row.get("vs_structlog"):
            yield _row("comparison", row["library"], times=row["vs_structlog"])
    calls = {name: row for name, row in data["latency"].items() if row["state"] == "ok"}
    for library, row in sorted(calls.items(), key=lambda item: float(item[1]["p50"])):
        for share in ("p50", "p90", "p95", "p99", "p99.9") if library in _SHORT else ():
            us = row[share] / 1000
            yield _row("tail", library, us=us, one_in=1 / (1 - float(share[1:]) / 100))
            if share in ("p50", "p99", "p99.9"):
                yield _row("percentiles", library, us=us, percentile=share)
    for library, row in data.get("allocation", {}).get("three_fields", {}).items():
        if library in _SHORT:
            yield _row("held", library, bytes=row["peak_bytes"])
    for library, row in data.get("startup", {}).items():
        yield _row("startup", library, name_of(library, "startup"), ms=row["median_ms"])


def _lines(row: Data) -> Rows:
    """Yield the time of one kind of line of each library, and how it is to Foundation's lanes."""
    times = {name: found["ns"] for name, found in row["cells"].items() if found.get("ns")}
    for library, ns in times.items():
        yield _row("lines", library, line=row["title"], us=ns / 1000)
        for lane in ("foundation", "foundation-native"):
            if lane in times and not library.startswith("foundation"):
                named = {"lane": name_of(lane), "line": row["title"], "rival": name_of(library)}
                yield _row("beside", lane, times=ns / times[lane], **named)


def _contention(data: Data) -> Rows:
    for row in data["scaling"]:
        if row["state"] == "ok" and row["rival"] in _SHORT:
            yield _row("scaling", row["rival"], ratio=row["ratio"])
    for over in ("threads", "processes"):
        for row in data[over]:
            if row["state"] == "ok":
                named: Row = {name: words.get(row.get(name)) for name, words in _CHOICES.items()}
                figures = {name: row.get(name) for name in (over, "rate", "p99_us")}
                yield _row(over, row["rival"], **named, **figures)
    for row in data["tasks"]:
        if row["state"] == "ok":
            name = name_of(row["rival"]) + (", await ainfo" if row["use"] == "ainfo" else "")
            yield _row("stalls", row["rival"], name, ms=row["stall_ms"])


def _memory(data: Data) -> Rows:
    for found in data["workloads"].values():
        for library, row in found["rows"].items():
            if "unsupported" not in row:
                figures = {"held": row["peak_bytes"], "allocations": row["allocations"]}
                yield _row("weights", library, line=found["title"], **figures)
    for row in data["loggers"]:
        yield _row("loggers", "foundation", loggers=row["loggers"], bytes=row["total_bytes"])
    growth = data["growth"]  # of a published record without the series
    for name, series, column in (("rss", "series", "rss_bytes"), ("heap", "tracked", "heap_bytes")):
        found = growth.get(series, {"messages": [], column: []})
        for messages, held in zip(found["messages"], found[column], strict=True):
            yield _row(name, "foundation", messages=messages, MB=held / 1e6, KB=held / 1e3)


def _flame(data: Data) -> Rows:
    for row in data["workloads"]:
        line = f"{row['workload']}, {name_of(row['library'])}"
        for part, found in row["parts"].items():
            yield _row("parts", row["library"], part=part, line=line, percent=found["share"] * 100)


def _soak(data: Data, prefix: str = "soak") -> Rows:
    series = data["series"]
    last = max(series["t_s"], default=0)
    size, unit = (3600, "h") if last > 3 * 3600 else (60, "min") if last > 180 else (1, "s")
    for chart, name, column, per in _SERIES:
        for at, value in zip(series["t_s"], series.get(column, ()), strict=False):
            if value is not None:
                row = {"name": name, "time": at / size, "unit": unit, "value": value / per}
                yield f"{prefix}-{chart}", row
    for library, rows in data["latency"].items():
        done, total = 0, sum(number for _, number in rows)
        for end, number in rows:
            done += number
            # The slowest call has nothing above it, and a logarithmic scale no place for that.
            if done < total:
                percent = 100 - 100 * done / total
                yield _row(f"{prefix}-distribution", library, us=end, percent=percent)


def _torture(data: Data) -> Rows:
    for library in data["libraries"]:
        found = count_standings(data, library)
        if found.total():
            name = name_of(library, "guarantees")
            shown = f"{name} ({found[BROKEN]} of {found.total()})"
            percent = found[BROKEN] / found.total() * 100
            yield _row("broken", library, name, shown=shown, percent=percent)


_MAKERS: dict[str, Callable[[Data], Rows]] = {
    "bench": _bench,
    "contention": _contention,
    "flame": _flame,
    "memory": _memory,
    "soak": _soak,
    "soak-paced": partial(_soak, prefix="paced"),
    "torture": _torture,
}
