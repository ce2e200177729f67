"""Writes a release's benchmark page and memory report: `publish attachments`.

Both are made from the last published run, docs/data/performance.json, and say which commit and
machine that was. The memory report has the memory laboratory's findings too, where there are any:
those of a full run of this commit in perf-lab/results/, or else the published ones. What the
laboratories left there for this commit is taken over beside the pages. A page holds all that it
shows.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import markdown

# Run as a script, it has its own folder on the path, and the laboratory's modules lie above it.
from perf_lab.places import DOCS, RESULTS
from perf_lab.publish import memory as memory_page
from perf_lab.publish.performance import PICTURES, claims_tables, read, write, write_page
from perf_lab.publish.table import number, table
from perf_lab.records.documented import describe
from perf_lab.records.machine import commit
from perf_lab.records.record import Record, read_record
from perf_lab.tool import FILE, Options, Tool

#: Sections of the founding claims that are about memory, by a word of their titles.
_MEMORY = ("memory", "allocation")
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 1rem 0; }
th, td { border: 1px solid #8886; padding: .3rem .6rem; text-align: left; }
pre { overflow-x: auto; background: #8882; padding: .8rem; }
"""


def write_pages(
    dist: Path,
    data: Mapping[str, Any],
    released: str,
    memory: Sequence[Record] = (),
) -> list[Path]:
    """Write both pages and return where.

    Args:
        dist: An existing folder.
        data: A published run.
        released: The commit that is released.
        memory: What the memory laboratory found, see `find_memory`.
    """
    provenance = (
        f"For commit {released}. The figures were measured at commit "
        f"{data['machine']['commit']}, {data['machine']['date']}."
    )
    page = write_page(data).replace("](data/performance.json)", "](performance.json)")
    texts = {
        "benchmark.html": page.replace("# Performance\n", f"# Performance\n\n{provenance}\n", 1),
        "memory-report.html": memory_text(data, provenance, memory),
    }
    written = []
    for name, text in texts.items():
        (dist / name).write_text(show_picture(to_html(text), data), encoding="utf-8")
        written.append(dist / name)
    write(dist / "performance.json", data)
    written.append(dist / "performance.json")
    written += [record.write(dist / f"{record.lab}.json") for record in memory]
    return [*written, *copy_results(dist, released)]


def find_memory(released: str) -> list[Record]:
    """Return the records of memory and flame of this commit, or else the published ones."""
    records = []
    for lab in memory_page.LABS:
        path = RESULTS / f"{lab}.json"
        if path.is_file():
            record = read_record(path, lab)
            if record.machine["commit"] == released and not record.options.get("quick"):
                records.append(memory_page.reduce(record))
    if len(records) == 2:
        return records
    paths = [DOCS / "data" / f"{lab}.json" for lab in memory_page.LABS]
    return [read_record(path) for path in paths if path.is_file()]


def laboratory_text(memory: Mapping[str, Any]) -> str:
    """Return the memory laboratory's page as a part of the report."""
    title, _, page = memory_page.write_page(memory).partition("\n")
    page = re.sub(r"^(?=##)", "#", page, flags=re.M)
    return f"#{title}\n{page.replace('](data/', '](')}"


def memory_text(data: Mapping[str, Any], provenance: str, memory: Sequence[Record] = ()) -> str:
    """Return the memory report, as markdown."""
    rows = [
        row
        for row in data["claims"]
        if any(word in f"{row['section']} {row['claim']}".lower() for word in _MEMORY)
    ]
    cells = [
        [workload, library, number(row.get("peak_bytes")), number(row.get("kept_bytes"))]
        for workload, libraries in data["allocation"].items()
        for library, row in libraries.items()
    ]
    head = ["workload", "library", "held during a call, B", "left behind by a call, B"]
    return "\n\n".join([
        "# Memory", provenance, describe(data["machine"]),
        "## What a call holds, and what it leaves behind", table(head, cells, right=(2, 3)),
        "## The founding claims", claims_tables(rows),
        *([laboratory_text(memory_page.combine(*memory))] if memory else []),
    ])  # fmt: skip


def copy_results(dist: Path, released: str) -> list[Path]:
    """Copy the laboratories' records of this very commit, and return the copies."""
    copies = []
    for file in sorted(RESULTS.glob("*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        measured = content.get("machine", {}).get("commit") if isinstance(content, dict) else None
        if measured == released:
            copies.append(Path(shutil.copyfile(file, dist / f"perf-lab-{file.name}")))
    return copies


def to_html(text: str) -> str:
    """Return a page of its own from markdown, which asks the network for nothing."""
    title = text.partition("\n")[0].removeprefix("# ")
    body = markdown.markdown(text, extensions=["tables", "fenced_code", "sane_lists"])
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Foundation: {title}</title>\n<style>{_STYLE}</style>\n{body}\n</html>\n"
    )


def show_picture(page: str, data: Mapping[str, Any]) -> str:
    """Put the charts of a run into a light page in the place of the files that it names."""
    page = re.sub(r'<img[^>]* src="[^"]*#only-dark"[^>]*>', "", page)
    for name, draw in PICTURES.items():
        image = rf'<img[^>]* src="{re.escape(name)}(#only-light)?"[^>]*>'
        page = re.sub(image, lambda _, draw=draw: draw(data), page)  # type: ignore[misc]
    return page


@click.command("attachments", cls=Tool)
@click.argument("folder", type=FILE)
def command(options: Options) -> int:
    """Write a release's pages into a folder."""
    data = read(DOCS / "data/performance.json")
    released = commit()
    for path in write_pages(options.folder, data, released, find_memory(released)):
        print(path)
    return 0
