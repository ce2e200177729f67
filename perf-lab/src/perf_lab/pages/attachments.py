"""Write a release's benchmark page and memory report: `perf-lab publish attachments FOLDER`.

Both are made from the last published run, docs/data/performance.json, and say which commit and
machine that was. The memory report has the memory laboratory's findings too: those of a full run of
this commit in perf-lab/results, or else the published ones. What the laboratories left there for
this commit is taken over beside the pages. A page holds all that it shows.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import click

from perf_lab.pages.charts import schemes
from perf_lab.pages.engine import STYLE, render, to_html
from perf_lab.pages.kept import read_kept, reduce
from perf_lab.places import DOCS, RESULTS
from perf_lab.records.machine import commit
from perf_lab.records.record import Record, RecordError, read_record
from perf_lab.tool import FILE, Options, Tool

_MEMORY = ("memory", "flame")


def write_pages(
    dist: Path, bench: Record, released: str, memory: Mapping[str, Record], docs: Path = DOCS
) -> list[Path]:
    """Write both pages and their records, and return where.

    Args:
        dist: An existing folder.
        bench: The published run of the benchmark.
        released: The commit that is released.
        memory: What the memory laboratory found, see `find_memory`.
        docs: The folder of the published pages and pictures.
    """
    named = {"data": bench.figures, "released": released, "records": memory}
    texts = {
        "benchmark.html": (docs / "performance.md").read_text(encoding="utf-8"),
        "memory-report.html": "# Memory\n\n" + render("release.md.j2", **named),
    }
    provenance = render("provenance.md.j2", **named)
    written = []
    for name, text in texts.items():
        title, _, rest = text.partition("\n")
        body = to_html(f"{title}\n\n{provenance}\n{rest}".replace("](data/", "]("))
        page = render(
            "release.html.j2", title=title.removeprefix("# "), body=show_pictures(body, docs),
            style=STYLE.read_text(encoding="utf-8"),
        )  # fmt: skip
        (dist / name).write_text(page, encoding="utf-8")
        written.append(dist / name)
    written += [record.write(dist / f"{name}.json")
                for name, record in {"performance": bench, **memory}.items()]  # fmt: skip
    return [*written, *copy_results(dist, released)]


def find_memory(released: str, results: Path = RESULTS, docs: Path = DOCS) -> dict[str, Record]:
    """Return the records of memory and flame of this commit, or else the published ones."""
    own = read_kept(results, _MEMORY)
    is_whole = [
        record.machine["commit"] == released and not record.options.get("quick")
        for record in own.values()
    ]
    return reduce(own) if is_whole == [True, True] else read_kept(docs / "data", _MEMORY)


def copy_results(dist: Path, released: str, results: Path = RESULTS) -> list[Path]:
    """Copy the laboratories' records of this very commit, and return the copies."""
    copies = []
    for file in sorted(results.glob("*.json")):
        try:
            measured = read_record(file).machine.get("commit")
        except RecordError:
            continue
        if measured == released:
            copies.append(Path(shutil.copyfile(file, dist / f"perf-lab-{file.name}")))
    return copies


def show_pictures(page: str, docs: Path = DOCS) -> str:
    """Put pictures themselves into a page, in its colours and in the place of their files."""

    def picture(found: re.Match[str]) -> str:
        svg = (docs / found[1]).read_text(encoding="utf-8")
        for variable, colour in schemes()["light"].items():
            svg = svg.replace(colour, f"var({variable})")
        return svg

    page = re.sub(r'<img[^>]* src="[^"]*#only-dark"[^>]*>', "", page)
    return re.sub(r'<img[^>]* src="([^"]*)#only-light"[^>]*>', picture, page)


@click.command("attachments", cls=Tool)
@click.argument("folder", type=FILE)
def command(options: Options) -> int:
    """Write a release's pages into a folder."""
    bench, released = read_record(DOCS / "data/performance.json", "bench"), commit()
    for path in write_pages(options.folder, bench, released, find_memory(released)):
        print(path)
    return 0
