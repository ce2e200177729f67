"""Write pages of the documentation from records: `perf-lab publish NAME` after the runs.

What a page needs of perf-lab/results is reduced and kept in docs/data; then every page, picture and
table of the documentation is made from what is kept, and from nothing else. `--again` takes no
new records.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from perf_lab.pages import attachments, charts
from perf_lab.pages.datasets import make_datasets
from perf_lab.pages.engine import fill, render
from perf_lab.pages.kept import FILES, KEPT, LATER, read_kept, reduce, refresh_scoreboard
from perf_lab.places import DOCS, RESULTS
from perf_lab.records.record import Record, read_record
from perf_lab.tool import FILE, Options, Tool

#: By page: the records that it is made of, and whether each must be there to publish it.
PAGES: dict[str, tuple[str, ...]] = {
    "performance": ("bench", "optimisations"),
    "memory": ("memory", "flame"),
    "endurance": ("soak", "contention"),
    "guarantees": ("torture", "breaks"),
}
#: Pages that have tables of ours between marks.
GUIDES = ("index.md", "guide/native.md", "guide/tuning.md", "limitations.md")


def make_pages(records: Mapping[str, Record], docs: Path = DOCS) -> dict[str, str]:
    """Return every page and picture that these records can fill, by its path in docs.

    Args:
        records: Those that are kept, see `read_kept`.
        docs: The folder of the pages that have tables between marks.
    """
    datasets = make_datasets(records)
    drawn = {name: svg for name, chart in charts.CHARTS.items()
             if chart.get("docs") and (svg := charts.draw(name, datasets))}  # fmt: skip
    pages = {
        f"images/{name}-{scheme}.svg": charts.paint(svg, scheme)
        for name, svg in drawn.items()
        for scheme in ("light", "dark")
    }
    named: dict[str, Any] = {"records": records, "pictures": [*drawn]}
    if "bench" in records:
        named["data"] = records["bench"].figures
        for guide in GUIDES:
            if (docs / guide).is_file():
                pages[guide] = fill((docs / guide).read_text(encoding="utf-8"), named["data"])
    for name, needed in PAGES.items():
        missing = {lab for lab in needed if lab in KEPT} - records.keys()
        if not missing or (name == "endurance" and len(missing) < len(needed)):
            pages[f"{name}.md"] = render(f"{name}.md.j2", **named)
    return pages


def publish(name: str, options: Options) -> None:
    """Keep new records of a page, and write all pages."""
    data: Path = options.docs / "data"
    if not options.again:
        found = {record.lab: record for record in map(read_record, options.record)}
        for lab in PAGES[name] if not found else ():
            path = options.results / f"{FILES.get(lab, lab)}.json"
            if path.is_file():
                found[lab] = read_record(path, lab)
        for lab in set(PAGES[name]) - {*found, *LATER}:
            raise click.UsageError(
                f"no record of {lab} in {options.results}; nox -s {lab} makes it"
            )
        for lab, record in reduce(found).items():
            record.write(data / f"{KEPT[lab]}.json")
    records = read_kept(data)
    if "bench" in records:
        records["bench"] = refresh_scoreboard(records["bench"], data)
        records["bench"].write(data / "performance.json")
    for page, text in make_pages(records, options.docs).items():
        (options.docs / page).parent.mkdir(parents=True, exist_ok=True)
        (options.docs / page).write_text(text, encoding="utf-8")


def _command(name: str) -> click.Command:
    @click.command(name, cls=Tool, help=f"Write the page of {' and '.join(PAGES[name])}.")
    @click.option("--again", is_flag=True, help="write the pages anew from the figures they have")
    @click.option("--record", type=click.Path(path_type=Path, exists=True), multiple=True,
                  help="a record, instead of those in --results")  # fmt: skip
    @click.option("--results", type=FILE, default=RESULTS, help="the folder of the records")
    @click.option("--docs", type=FILE, default=DOCS, help="the folder of the pages")
    def run(options: Options) -> None:
        publish(name, options)

    return run


command = click.Group(
    "publish", {name: _command(name) for name in PAGES} | {"attachments": attachments.command},
    help="Write the pages of the documentation that have figures, from the records.",
)  # fmt: skip
