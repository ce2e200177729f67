"""Make one page of all records: `perf-lab report`; imports click only until the page is made.

A record of perf-lab/results is taken before a published one of docs/data. Each keeps its own
machine, which the page names beside its figures: nothing of two machines is put into one chart.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from perf_lab.places import PUBLISHED, RESULTS
from perf_lab.records.documented import UNKNOWN, describe, is_documented
from perf_lab.records.record import Record, RecordError, differences, read_record
from perf_lab.tool import FILE, Options, Tool

#: By section: whose record it shows, its word in the navigation, and its title.
SECTIONS = {
    "bench": ("bench", "Speed", "How fast is it, beside X, on my kind of lines?"),
    "torture": ("torture", "Losses", "What is lost, and when?"),
    "memory": ("memory", "Memory", "How much memory does it take?"),
    "soak": ("soak", "Endurance", "Does it last?"),
    "soak-paced": ("soak-paced", "Steady rate", "Does it last at a steady rate, beside structlog?"),
    "contention": ("contention", "Contention", "What do many writers do to each other?"),
    "flame": ("flame", "Flamegraphs", "Where does the time go?"),
    "claims": ("bench", "Claims", "Which of the founding claims hold?"),
}
#: By laboratory: its record in results/ and in docs/data.
_PLACES = {
    "bench": ("latest", "performance"), "torture": ("torture", "guarantees"),
    "memory": ("memory", "memory"), "soak": ("soak", "soak"),
    "soak-paced": ("soak-paced", "soak-paced"), "contention": ("contention", "contention"),
    "flame": ("flame", "flame"),
}  # fmt: skip
#: What must be the same before figures of two records may be compared.
_COMPARED = ("cpu", "cores", "python", "commit")


@dataclass(frozen=True)
class Source:
    """The record of one laboratory, or why there is none.

    Attributes:
        lab: "bench", "memory" and so on.
        path: The record's file; `None`: it has not run.
        record: What the file holds.
        problem: Why the file is refused.
        published: Whether it is kept with the documentation, from an earlier run.
    """

    lab: str
    path: Path | None = None
    record: Record | None = None
    problem: str = ""
    published: bool = False

    @property
    def command(self) -> str:
        """What makes the record."""
        return "nox -s soak -- --rate 14000" if self.lab == "soak-paced" else f"nox -s {self.lab}"

    @property
    def machine(self) -> Mapping[str, Any]:
        """Where it was measured."""
        return self.record.machine if self.record else {}

    @property
    def state(self) -> str:
        """What there is, in words."""
        if self.path is None:
            return "has not run"
        return self.problem or ("published earlier" if self.published else "this folder's")

    @property
    def passed(self) -> str:
        """How many checks passed, in words."""
        checks = self.record.checks if self.record else []
        return f"{sum(check.passed for check in checks)} of {len(checks)} pass" if checks else ""

    def beside(self, name: str) -> Path | None:
        """Return a file that the record names beside itself, if it is still there."""
        file = self.path.parent / name if self.path else None
        return file if file and file.is_file() else None


def find_sources(results: Path, published: Path) -> dict[str, Source]:
    """Return the source of each laboratory.

    Args:
        results: The folder of this machine's records.
        published: The folder of the records that are kept with the documentation.
    """
    found = {}
    for lab, (here, kept) in _PLACES.items():
        paths = [path for path in (results / f"{here}.json", published / f"{kept}.json")
                 if path.is_file()]  # fmt: skip
        found[lab] = read_source(lab, paths[0], published) if paths else Source(lab)
    return found


def read_source(lab: str, path: Path, published: Path) -> Source:
    """Return what a file holds; what cannot be shown is named in `problem`."""
    from perf_lab.pages.datasets import make_datasets
    from perf_lab.pages.kept import reduce_bench

    found = Source(lab, path, published=path.parent == published)
    try:
        record = read_record(path, lab.removesuffix("-paced"))
        if "matrix" in record.data:
            data = {**reduce_bench(record.data), "startup": record.data.get("startup", {})}
            record = replace(record, data=data)
        make_datasets({lab: record})
    except RecordError as error:
        why = str(error).removeprefix(f"{path}: ")
        return replace(found, problem=f"{path.name} is refused: {why}")
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        why = f"it lacks what the page shows ({error!r})"
        return replace(found, problem=f"{path.name} is refused: {why}")
    return replace(found, record=record)


def where(source: Source) -> str:
    """Return where and when figures were measured, in a sentence."""
    found = source.machine
    text = (
        f"Measured {found.get('date', UNKNOWN)} on {found.get('cpu', UNKNOWN)} with "
        f"{found.get('cores', UNKNOWN)} cores, {found.get('python', UNKNOWN)}, commit "
        f"{found.get('commit', UNKNOWN)}"
    )
    if found.get("load") is not None:
        text += f"; the load of the machine was {found['load']} when it began"
    kept = " A published record: this laboratory has not run here." if source.published else ""
    return f"{text}.{kept}"


def apart(source: Source, base: Source) -> str:
    """Return why figures must not be compared with another source's; empty if they may."""
    one, other = (
        {name: found.machine.get(name) or UNKNOWN for name in _COMPARED} for found in (source, base)
    )
    return "; ".join(differences(one, other, _COMPARED))


def write_section(name: str, sources: Mapping[str, Source], folder: Path, drawn: Any = ()) -> str:
    """Return one section of a page as HTML, or what makes its figures.

    Args:
        name: Of the section.
        sources: Of each laboratory.
        folder: Where the page will lie: links to files beside it begin there.
        drawn: The charts that have figures.
    """
    from perf_lab.pages.charts import CHARTS
    from perf_lab.pages.engine import render, to_html

    source = sources[SECTIONS[name][0]]
    base = next((each for each in sources.values() if each.record), source)
    if source.record is None:
        why = source.problem or "This laboratory has not run."
        return to_html(f"{why}\n{{: .notice }}\n\n`{source.command}` makes its figures.\n")
    whose = describe(source.machine)
    parts = [f"{where(source)}\n{{: .where }}"]
    if is_documented(source.machine):
        parts.append(f"{whose}\n{{: .where }}")
    else:
        summary = "Not measured on the documented machine"
        parts.append(f'<details class="where"><summary>{summary}</summary><p>{whose}</p></details>')
    if base is not source and (why := apart(source, base)):
        parts.append(
            f"Not to be compared with the figures of {base.command}: {why}.\n{{: .notice }}"
        )
    if options := [f"{key} {value}" for key, value in source.record.options.items() if value]:
        parts.append(f"Options: {', '.join(options)}.\n{{: .where }}")
    body = render(
        f"report/{name}.md.j2", source=source, data=source.record.figures, drawn=drawn,
        charts=CHARTS,
        address=lambda path: quote(Path(os.path.relpath(path, folder)).as_posix()),
    )  # fmt: skip
    return to_html("\n\n".join([*parts, body]))


@cache
def bundle(script: str) -> str:
    """Return a script with the libraries that draw, so that a page needs no network."""
    import vl_convert

    from perf_lab.pages.charts import VERSION

    made: str = vl_convert.javascript_bundle(script, vl_version=VERSION)
    return made.replace("</script", "<\\/script")


def write_page(sources: Mapping[str, Source], folder: Path) -> str:
    """Return the page.

    Args:
        sources: Of each laboratory, see `find_sources`.
        folder: Where the page will lie.
    """
    import json

    from perf_lab.pages.charts import CHARTS, specify
    from perf_lab.pages.datasets import make_datasets
    from perf_lab.pages.engine import ENGINE, STYLE, TEMPLATES, render, to_html

    records = {lab: source.record for lab, source in sources.items() if source.record}
    datasets = make_datasets(records)
    drawn = {name: spec for name in CHARTS if (spec := specify(name, datasets))}
    sections = [
        {"name": name, "word": word, "title": title,
         "body": write_section(name, sources, folder, drawn)}
        for name, (_, word, title) in SECTIONS.items()
    ]  # fmt: skip
    body = to_html(render("report/records.md.j2", sources=sources))
    sections.append(
        {
            "name": "records",
            "word": "Records",
            "title": "The records and their machines",
            "body": body,
        }
    )
    figures = json.dumps({"charts": drawn, "datasets": datasets}, separators=(",", ":"))
    return ENGINE.get_template("report/page.html.j2").render(
        sections=sections,
        style=STYLE.read_text(encoding="utf-8"),
        charts=figures.replace("</", "<\\/"),
        script=bundle((TEMPLATES / "report" / "script.js").read_text(encoding="utf-8")),
    )


def settle(options: Options) -> None:
    """Say where the page goes, and refuse folders that are not there."""
    for folder in (options.results, options.published):
        # That nothing has run is no error.
        if folder not in (RESULTS, PUBLISHED) and not folder.is_dir():
            raise click.UsageError(f"there is no folder {folder}")
    options.output = options.output or options.results / "report" / "index.html"
    if options.output.is_dir():
        raise click.UsageError(f"{options.output} is a folder; --output names a file")


@click.command("report", cls=Tool, settle=settle)
@click.option("--output", type=FILE, help="the page; default results/report/index.html")
@click.option("--results", type=FILE, default=RESULTS, help="the folder of the records")
@click.option("--published", type=FILE, default=PUBLISHED,
              help="the folder of records that are kept, for what has not run")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="make the page, do not open it")
def command(options: Options) -> int:
    """Make one page of all records.

    It ends with 1 if the browser finds something wrong with it.
    """
    from perf_lab.pages.browser import MISSING, find_browser, look_at

    output: Path = options.output
    sources = find_sources(options.results, options.published)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(write_page(sources, output.parent), encoding="utf-8")
    for source in sources.values():
        if source.record is None:
            print(f"{source.lab}: {source.problem or f'has not run; {source.command} makes it'}")
    print(output)
    if options.no_browser:
        return 0
    executable = find_browser()
    if executable is None:
        print(MISSING)
        return 0
    look = look_at(output, executable)
    print(*look.screenshots, sep="\n")
    print(*look.problems, sep="\n", end="\n" if look.problems else "", file=sys.stderr)
    return 1 if look.problems else 0
