"""The benchmark's section: scoreboard, ratios to rivals, latency, start-up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perf_lab.publish.published import cell, is_waiting, name_of
from perf_lab.publish.table import factor, microseconds, number, with_unit
from perf_lab.records.documented import is_documented
from perf_lab.report.chart import Bar, Curve, bars, curves
from perf_lab.report.markup import details, grid, paragraph, table, tiles
from perf_lab.report.sources import Source
from perf_lab.workloads.table import POINTS

Data = Mapping[str, Any]
_PERCENTILES = ("p50", "p90", "p95", "p99", "p99.9")
#: Whose latency is drawn, at most six; the table has all.
_DRAWN = (
    "foundation", "structlog-tuned", "hand-rolled", "stdlib-text", "loguru-text",
    "foundation-native", "provide-foundation",
)  # fmt: skip
#: How the page calls what `startup.py` runs.
_STARTUPS = {
    "foundation": "Foundation", "foundation-fast": "Foundation, no native lane",
    "orjson": "orjson, imported only", "orjson-attrs": "orjson and attrs, imported only",
    "structlog-tuned": "structlog tuned",
    "structlog-default": "structlog as it comes", "stdlib-text": "logging", "loguru-text": "loguru",
}  # fmt: skip


def write(source: Source, folder: Path) -> str:
    """Return the section of a page in that folder."""
    data = source.data
    parts = [tiles(headline(data))]
    if data["mode"] != "full":
        parts.append(paragraph(
            f"This was a {data['mode']} run, with fewer rounds than a full one and wider errors.",
            "notice",
        ))  # fmt: skip
    parts += [grid([ratios_chart(data), workloads_chart(data)]), unsound(data)]
    parts += ["<h3>Latency</h3>", grid([latency_chart(data), *startup_chart(data)])]
    parts += [latency_table(data["latency"])]
    parts += ["<h3>Targets</h3>", targets_table(data["targets"])]
    parts += ["<h3>The founding claims</h3>", *claims_parts(source)]
    return "\n".join(parts)


def headline(data: Data) -> list[tuple[str, str]]:
    """Return what is read first: figures, and what each is."""
    call = cell(data, "three_fields")
    verdicts = Counter(row["result"].lower() for row in data["claims"])
    reached = sum(row["result"] == "reached" for row in data["targets"])
    found = [
        (f"{reached} of {len(data['targets'])}", "targets reached"),
        (f"{verdicts['pass']} of {verdicts['pass'] + verdicts['fail']}",
         "documented figures held, of those that are judged"),
    ]  # fmt: skip
    if "vs_structlog" in call:
        found.insert(0, (factor(call["vs_structlog"]), "as fast as structlog tuned, three fields"))
    if "ns" in call:
        found.insert(0, (f"{microseconds(call['ns'])} us", "a line with three fields, as JSON"))
    return found


def ratios_chart(data: Data) -> str:
    """Return how many times as fast as structlog tuned each library is."""
    rows = sorted(
        (row for row in data["comparison"] if row["state"] == "ok" and row.get("vs_structlog")),
        key=lambda row: -float(row["vs_structlog"]),
    )
    found = [
        Bar(name_of(row["library"]), row["vs_structlog"],
            row["library"].startswith("foundation"))
        for row in rows
    ]  # fmt: skip
    if not found:
        return paragraph("No library of this run can be ranked.")
    return bars(
        "ratios", "Throughput beside structlog tuned: three fields, null device", found,
        x="times as fast as structlog tuned (ratio)", y="library, fastest first", scale="log",
        one="Bars begin at 1, which is as fast as structlog tuned; to the right is faster.",
        show=factor, note="Foundation's are blue.",
    )  # fmt: skip


def workloads_chart(data: Data) -> str:
    """Return how Foundation stands beside structlog tuned in each workload."""
    found = [
        Bar(row["title"], ratio, ours=True)
        for row in data["workloads"]
        if row["workload"] not in POINTS
        and (ratio := row["cells"].get("foundation", {}).get("vs_structlog"))
    ]
    if not found:
        return paragraph("No workload of this run has a ratio.")
    found.sort(key=lambda bar: -bar.value)
    return bars(
        "workloads", "Foundation, JSON, beside structlog tuned, each workload", found,
        x="times as fast as structlog tuned (ratio)", y="workload", scale="log",
        one="Bars begin at 1; to the right is faster.", show=factor,
    )  # fmt: skip


def unsound(data: Data) -> str:
    """Return who was not ranked, and why."""
    rows = [
        [name_of(row["library"]), row["state"], row["reason"]]
        for row in data["comparison"]
        if row["state"] != "ok"
    ]
    rows += [[name_of(name), "not available", why]
             for name, why in data["missing"].items()]  # fmt: skip
    if not rows:
        return ""
    return table(["library", "state", "why"], rows, caption="Not ranked")


def latency_chart(data: Data) -> str:
    """Return the percentiles of calls that were timed one by one."""
    sound = {name: row for name, row in data["latency"].items() if row["state"] == "ok"}
    drawn = [name for name in _DRAWN if name in sound][:6]
    if not drawn:
        return paragraph("No latency was measured in this run.")
    # Equal steps for each nine, as HdrHistogram draws it: the tail is what matters.
    places = [1 / (1 - float(name[1:]) / 100) for name in _PERCENTILES]
    series = [
        Curve(name_of(name), places, [sound[name][p] / 1000 for p in _PERCENTILES])
        for name in drawn
    ]
    ticks = [(place, name[1:]) for place, name in zip(places, _PERCENTILES, strict=True)]
    return curves(
        "latency", "Latency of one call: three fields, null device", series,
        x="percentile of calls (%)", y="latency (us)", x_scale="log", y_scale="log",
        x_ticks=ticks, with_table=False,
    )  # fmt: skip


def startup_chart(data: Data) -> list[str]:
    """Return what importing and the first line cost, where the run has it."""
    found = [
        Bar(_STARTUPS.get(name, name), row["median_ms"], name == "foundation")
        for name, row in data["startup"].items()
    ]
    if not found:
        return []
    found.sort(key=lambda bar: bar.value)
    return [bars("startup", "Start-up: import and the first line", found,
                 x="processor time above a bare Python's, median (ms)", y="program")]  # fmt: skip


def latency_table(rows: Mapping[str, Data]) -> str:
    """Return the percentiles of all libraries."""
    cells = [
        [name_of(name), *(microseconds(row[p]) for p in _PERCENTILES)]
        for name, row in sorted(rows.items(), key=lambda item: item[1].get("p50", 0))
        if row["state"] == "ok"
    ]
    caption = "Latency of a call, in us; the timer's own cost is taken off"
    return table(["library", *_PERCENTILES], cells, caption=caption, right=(1, 2, 3, 4, 5))


def targets_table(rows: Sequence[Data]) -> str:
    """Return what the project has set itself."""
    cells = [
        [
            row["title"], f"{row['sign']} {with_unit(row['limit'], row['unit'])}",
            with_unit(row["measured"], row["unit"]), row["result"].lower(),
        ]
        for row in rows
    ]  # fmt: skip
    caption = "A ratio is to structlog tuned, in the same run"
    return table(["target", "limit", "measured", "result"], cells, caption=caption, right=(1, 2))


def claims_parts(source: Source) -> list[str]:
    """Return the scoreboard, a table for each section of the founding claims."""
    rows = source.data["claims"]
    whose = (
        "Both columns of figures are of the documented machine."
        if is_documented(source.machine)
        else "The documented figures are of the documented machine, the measured ones of the other "
        "machine that is named above: a row that passes here says nothing of that one."
    )
    verdicts = Counter(_verdict(row["result"]) for row in rows)
    counts = ", ".join(f"{number(count)} {word}" for word, count in verdicts.most_common())
    parts = [paragraph(f"{len(rows)} figures: {counts}. {whose}")]
    failed = [row for row in rows if row["result"] == "FAIL"]
    if failed:
        parts.append(claims_table(failed, "Founding claims that fail"))
    for section in dict.fromkeys(row["section"] for row in rows):
        of_it = [row for row in rows if row["section"] == section]
        count = sum(row["result"] == "FAIL" for row in of_it)
        figures = f"{len(of_it)} figure" + ("s" if len(of_it) > 1 else "")
        words = f"{section}: {figures}" + (f", {count} failed" if count else "")
        parts.append(details(words, claims_table(of_it, section)))
    return parts


def claims_table(rows: Sequence[Data], caption: str) -> str:
    """Return documented figures beside the measured ones."""
    cells = [
        [
            row["claim"], with_unit(row["documented"], row["unit"]),
            with_unit(row["measured"], row["unit"]),
            row["result"] if is_waiting(row["result"]) else row["result"].lower(),
        ]
        for row in rows
    ]  # fmt: skip
    head = ["claim", "documented", "measured", "result"]
    return table(head, cells, caption=caption, right=(1, 2))


def _verdict(result: str) -> str:
    return "waiting or answered elsewhere" if is_waiting(result) else result.lower()
