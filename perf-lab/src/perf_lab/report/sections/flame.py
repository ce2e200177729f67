"""The flamegraphs' section: where the time of a call goes, and links to the graphs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perf_lab.publish.published import name_of
from perf_lab.publish.table import number
from perf_lab.report.chart import Bar, bars
from perf_lab.report.markup import checks_table, grid, links, paragraph, table
from perf_lab.report.sources import Source

Data = Mapping[str, Any]


def write(source: Source, folder: Path) -> str:
    """Return the section of a page in that folder."""
    data = source.data
    rows = data["workloads"]
    files = [
        (f"{kind}, {row['workload']}, {name_of(row['library'])}",
         source.beside(row.get(column, "")))
        for row in rows
        for kind, column in (("flamegraph", "svg"), ("for speedscope", "speedscope"))
        if column in row
    ]  # fmt: skip
    native = data.get("native", {})
    if native.get("state") == "ok":
        files.append(("flamegraph with native frames", source.beside(native["file"])))
    parts = [
        paragraph(data["method"]),
        grid([shares_chart(at, row) for at, row in enumerate(rows) if row["parts"]]),
        stops_table(rows),
        "<h3>Flamegraphs</h3>",
        links(files, folder, "The graphs are beside the record that nox -s flame makes."),
    ]
    if native.get("state", "ok") != "ok":
        parts.append(paragraph(f"No native frames: {native['state']}"))
    if source.checks:
        parts.append("<h3>What is judged</h3>")
        parts.append(checks_table(source.checks, "Flamegraphs: each figure beside its limit"))
    return "\n".join(parts)


def shares_chart(at: int, row: Data) -> str:
    """Return the share of each part of a call."""
    library = name_of(row["library"])
    parts = sorted(row["parts"].items(), key=lambda item: -float(item[1]["share"]))
    return bars(
        f"parts-{at}", f"Where a call spends its time: {row['workload']}, {library}",
        [Bar(name, found["share"] * 100, ours=True) for name, found in parts],
        x="share of the call's time (%)", y="part",
        show=lambda share: f"{share:.1f}%",
        note=f"{row['samples']:,} samples; a call takes {number(row['call_ns'])} ns of processor "
        "time.",
    )  # fmt: skip


def stops_table(rows: list[Data]) -> str:
    """Return the share and the time of each part, beside that of the founding claims."""
    cells = []
    for row in rows:
        library = name_of(row["library"])
        for part, found in row["parts"].items():
            documented = found["documented_us"]
            cells.append([
                f"{row['workload']}, {library}", part, f"{found['share']:.1%}",
                f"{found['us']:.2f}", "" if documented is None else f"~{number(documented)}",
            ])  # fmt: skip
    head = ["workload", "part", "share", "us", "documented, us"]
    return table(head, cells, caption="The parts of a call", right=(2, 3, 4))
