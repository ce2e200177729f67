"""From the series and the last words of the processes to figures, checks and a printed report.

A rise counts as found when the whole 95 % interval of its slope lies above zero; it fails when
what it surely adds up to over the run is more than its limit. Resident memory comes in steps (an
arena of Python's allocator is 1 MiB), so one step is allowed. Times are judged in relation to a
yardstick, a fixed piece of work that is timed in each second too: on a shared machine the
processor itself drifts by more than any logger may.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from perf_lab.records.record import Check, Record
from perf_lab.records.text_table import text_table
from perf_lab.soak.drift import Slope, find_slope
from perf_lab.soak.protocol import DOCUMENTED_RATE
from perf_lab.soak.series import Series

#: Of the run, before which nothing is judged.
WARM_UP = 0.1
#: Samples below which times are not judged.
FEWEST_TIMES = 30
MOST_ROWS = 300
STEP_BYTES = 1 << 20
#: Python objects; a leak of one per message passes this within seconds.
MOST_OBJECTS = 2000.0
MOST_SLOWER_PERCENT = 5.0
#: A set-up leaves the file of the one before open for as long as a call may still write to it.
OLDER_FILES = 2
#: Of the rate that was asked for.
LEAST_RATE = 0.99
_LAST = {"messages", "dropped", "lines", "lost", "twice", "torn", "t_s", "run"}


@dataclass
class Outcome:
    """Hold what one library did in this run: counts that add up over runs, and figures."""

    counts: dict[str, int]
    figures: dict[str, Any]
    faults: list[str] = field(default_factory=list)


def summarise(
    result: Mapping[str, Any], checked: Mapping[str, Any], rotations: int, *, first: int
) -> Outcome:
    """Return what a writer and its reader say of a run.

    Args:
        result: The writer's last word; what it has not said is missing.
        checked: The reader's.
        rotations: How often the log file was renamed.
        first: The number of the first message.
    """
    done: Mapping[str, int] = result.get("done", {})
    counts = {name: int(checked.get(name, 0)) for name in (
        "lines", "parsed", "lost", "twice", "torn", "unwanted", "children",
    )}  # fmt: skip
    counts |= {
        "forks": done.get("forks", 0), "set_ups": done.get("set_ups", 0), "rotations": rotations,
        "dropped": sum(result.get("dropped", {}).values()), "unchecked": 0,
    }  # fmt: skip
    messages = result.get("next", first) - first
    if not checked.get("end"):
        counts["unchecked"] = max(0, messages - counts["lines"] - counts["lost"])
    seconds = float(result.get("seconds", 0.0))
    figures = {
        "messages": messages, "seconds": seconds,
        "rate": messages / seconds if seconds else None, "written": result.get("written"),
        "disturbances": dict(done), "late": checked.get("late", 0),
        "waited_s": result.get("waited_s", 0.0),
        **{f"{name}_us": value for name, value in result.get("service", {}).items()},
        **{f"response_{name}_us": value for name, value in result.get("response", {}).items()},
    }  # fmt: skip
    return Outcome(counts, figures, list(checked.get("faults", [])))


def judge(
    series: Series,
    ours: Outcome,
    counts: Mapping[str, int],
    rivals: Mapping[str, Outcome],
    *,
    rate: int,
) -> tuple[dict[str, Any], list[Check]]:
    """Return the record's data and its checks.

    Args:
        series: All samples.
        ours: What Foundation did in this run.
        counts: The same of all runs that the series has.
        rivals: What others did beside it.
        rate: What was asked for; 0: as fast as it goes.
    """
    seconds = series.before_s + ours.figures["seconds"]
    messages = series.before + ours.figures["messages"]
    judged = judged_samples(series)
    drift = find_drift(judged)
    growth = drift["rss_bytes"]
    summary = {
        **ours.figures, **counts, "messages": messages, "seconds": seconds,
        "rate": messages / seconds if seconds else None, "runs": series.run + 1,
        "hours_at_14000": messages / DOCUMENTED_RATE / 3600,
        **{name: _middle(judged.get(name, ())) for name in ("rss_bytes", "cpu_ns")},
        "rss_growth_bytes": None if growth is None else growth.total,
        "faults": ours.faults,
    }  # fmt: skip
    data = {
        "summary": summary,
        "rivals": {name: {**outcome.figures, **outcome.counts} for name, outcome in rivals.items()},
        "drift": [drift_row(name, slope) for name, slope in drift.items()],
        **thin(series),
    }
    return data, find_checks(summary, ours, rivals, judged, drift, rate=rate)


def find_checks(
    summary: Mapping[str, Any],
    ours: Outcome,
    rivals: Mapping[str, Outcome],
    judged: Mapping[str, Sequence[float]],
    drift: Mapping[str, Slope | None],
    *,
    rate: int,
) -> list[Check]:
    """Return what a run is judged by."""
    checks = [
        Check("messages lost", summary["lost"], 0, "messages"),
        Check("messages that came twice", summary["twice"], 0, "messages"),
        Check("lines that are not whole", summary["torn"], 0, "lines"),
        Check("messages below the level that came all the same", summary["unwanted"], 0, "lines"),
        Check("messages dropped, by Foundation's count", summary["dropped"], 0, "messages"),
        Check(
            "forked children whose lines are not all there",
            summary["forks"] - summary["children"], 0, "children",
        ),
        Check("messages that nobody could check", summary["unchecked"], 0, "messages"),
        Check(
            "difference of Foundation's own count of lines to the reader's",
            None if ours.figures["written"] is None
            else abs(ours.figures["written"] - ours.counts["lines"]), 0, "lines",
        ),
    ]  # fmt: skip
    if rate:
        checks.append(
            Check("messages a second", summary["rate"], LEAST_RATE * rate, "msg/s", "at least")
        )
    for name, title, limit, unit in (
        ("rss_bytes", "resident memory that was surely gained over the run", STEP_BYTES, "B"),
        ("blocks", "Python objects that were surely gained over the run", MOST_OBJECTS, "objects"),
    ):
        checks.append(Check(title, _sure(drift.get(name)), limit, unit))
    for name, title, limit, unit in (
        ("open_files", "open files gained over the run", OLDER_FILES, "files"),
        ("threads", "threads gained over the run", 0, "threads"),
    ):
        checks.append(Check(title, _gain(judged.get(name, ())), limit, unit))
    if len(judged.get("t_s", ())) >= FEWEST_TIMES:
        for name, title in (
            ("cpu_share", "processor time of a message, how much it surely rose"),
            ("p50_share", "p50 of the latency, how much it surely rose"),
        ):
            slope = drift.get(name)
            value = None if slope is None else max(0.0, 100 * slope.sure_rise / slope.mean)
            checks.append(Check(title, value, MOST_SLOWER_PERCENT, "%"))
    for name, outcome in rivals.items():
        theirs = outcome.figures.get("p99_us")
        mine = ours.figures.get("p99_us")
        ratio = mine / theirs if mine is not None and theirs else None
        checks.append(Check(f"p99 of a call, in relation to that of {name}", ratio, 1.0, "x"))
    return checks


def judged_samples(series: Series) -> dict[str, list[float]]:
    """Return the columns of the longest run without its warm-up, and what is made of them."""
    runs = list(series.columns["run"])
    if not runs:
        return {}
    longest = max(set(runs), key=runs.count)
    places = [at for at, run in enumerate(runs) if run == longest]
    # The last sample may be of a part of a second.
    places = places[max(2, math.ceil(WARM_UP * len(places))) : -1]
    found = {name: [column[at] for at in places] for name, column in series.columns.items()}
    for name, of in (("cpu_share", "cpu_ns"), ("p50_share", "p50_us")):
        found[name] = [
            value / yardstick if yardstick else math.nan
            for value, yardstick in zip(found[of], found["yardstick_ns"], strict=True)
        ]
    return found


#: What drift is looked for: the column, what it is, its unit, and over what.
DRIFTS = {
    "rss_bytes": ("resident memory", "B", "messages"),
    "blocks": ("Python objects", "objects", "messages"),
    "rate": ("throughput", "messages/s", "t_s"),
    "cpu_ns": ("processor time of a message", "ns", "t_s"),
    "cpu_share": ("processor time of a message, in yardsticks", "", "t_s"),
    "p50_us": ("p50 of the latency", "us", "t_s"),
    "p50_share": ("p50 of the latency, in yardsticks", "", "t_s"),
    "p99_us": ("p99 of the latency", "us", "t_s"),
}
_PER = {"messages": (1e6, "1M messages"), "t_s": (3600.0, "h")}


def find_drift(judged: Mapping[str, Sequence[float]]) -> dict[str, Slope | None]:
    """Return the slope of each figure; None where there are too few samples."""
    found: dict[str, Slope | None] = {}
    for name, (_, _, over) in DRIFTS.items():
        pairs = [
            (x / _PER[over][0], y)
            for x, y in zip(judged.get(over, ()), judged.get(name, ()), strict=True)
            if not math.isnan(y)
        ]
        found[name] = find_slope([x for x, _ in pairs], [y for _, y in pairs])
    return found


def drift_row(name: str, slope: Slope | None) -> dict[str, Any]:
    """Return a slope as plain data."""
    what, unit, over = DRIFTS[name]
    row: dict[str, Any] = {"name": name, "what": what, "unit": unit, "per": _PER[over][1]}
    if slope is None:
        return row
    return {
        **row, "slope": slope.slope, "low": slope.low, "high": slope.high, "total": slope.total,
        "total_low": slope.sure_rise, "mean": slope.mean, "points": slope.points,
        "zero_within": slope.low <= 0 <= slope.high,
    }  # fmt: skip


def thin(series: Series) -> dict[str, Any]:
    """Return the series in at most `MOST_ROWS` blocks: means, and what counts up as it ended."""
    size = max(1, math.ceil(len(series) / MOST_ROWS))
    columns: dict[str, list[float | None]] = {}
    for name, column in series.columns.items():
        blocks = [column[at : at + size] for at in range(0, len(column), size)]
        columns[name] = [
            block[-1] if name in _LAST or name.startswith("collections") else _mean(block)
            for block in blocks
        ]
    return {"block_s": size, "series": columns}


def _mean(block: Sequence[float]) -> float | None:
    there = [value for value in block if not math.isnan(value)]
    return float(f"{sum(there) / len(there):.6g}") if there else None


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _sure(slope: Slope | None) -> float | None:
    return None if slope is None else max(0.0, slope.sure_rise)


def _gain(values: Sequence[float]) -> float | None:
    if not values:
        return None
    part = max(1, len(values) // 10)
    return max(0.0, median(values[-part:]) - median(values[:part]))


def show(record: Record) -> str:
    """Return a record as a report for a person."""
    summary, data = record.data["summary"], record.data
    rate = summary["rate"]
    lines = [
        f"soak, {data['ended']}: {summary['messages']:,} messages in {summary['seconds']:,.0f} s"
        + (f", {rate:,.0f} a second" if rate else "")
        + f" ({summary['hours_at_14000']:.2f} hours of {DOCUMENTED_RATE:,} a second)",
        f"lines checked: {summary['lines']:,}, of these parsed in full: {summary['parsed']:,}; "
        f"lost {summary['lost']}, twice {summary['twice']}, torn {summary['torn']}, "
        f"dropped {summary['dropped']}",
        f"meanwhile: {summary['rotations']} renamed files, "
        + ", ".join(f"{count} {name}" for name, count in summary["disturbances"].items()),
        "",
    ]
    percentiles = ("p50", "p99", "p99.9", "p99.99")
    cells = []
    for name, figures in {"foundation": summary, **data["rivals"]}.items():
        for prefix, note in (("", ""), ("response_", ", since due")):
            found = [figures.get(f"{prefix}{p}_us") for p in percentiles]
            if None not in found:
                cells.append([name + note, *(f"{each:.2f}" for each in found)])
    lines += [text_table(("call, us", *(f">{p}" for p in percentiles)), cells), ""]
    drift = [
        [
            row["what"], f"{row['slope']:,.4g}", f"{row['low']:,.4g} to {row['high']:,.4g}",
            (f"{row['unit']} " if row["unit"] else "") + f"per {row['per']}",
        ]
        for row in data["drift"]
        if "slope" in row
    ]  # fmt: skip
    lines.append(text_table(("drift", ">slope", ">95 % interval", "per"), drift))
    lines += ["", *summary["faults"], *map(str, record.checks)]
    lines.append("passed" if record.passed else "FAILED")
    return "\n".join(lines)
