"""The report's page: a section for each question, made of the records that are there.

A record of perf-lab/results is taken before a published one of docs/data. Each keeps its own
machine, which the page names beside its figures: nothing of two machines is put into one chart.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import vl_convert

from perf_lab.pages.charts import CHARTS, VERSION, specify
from perf_lab.pages.datasets import make_datasets
from perf_lab.pages.engine import ENGINE, STYLE, TEMPLATES, render, to_html
from perf_lab.pages.kept import FILES, KEPT, reduce_bench
from perf_lab.records.documented import UNKNOWN
from perf_lab.records.record import Record, RecordError, differences, read_record

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
#: The laboratories, in the order of the page.
LABS = tuple(dict.fromkeys(lab for lab, *_ in SECTIONS.values()))
#: What must be the same before figures of two records may be compared.
_COMPARED = ("cpu", "cores", "python", "commit")


@dataclass
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
    path: Path | None
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

    def beside(self, name: str) -> Path | None:
        """Return a file that the record names beside itself, if it is still there."""
        file = self.path.parent / name if self.path else None
        return file if file and file.is_file() else None

    def read(self, path: Path) -> None:
        """Take over what a file holds; what cannot be shown is named in `problem`."""
        try:
            record = read_record(path, self.lab.removesuffix("-paced"))
            if "matrix" in record.data:
                data = {**reduce_bench(record.data), "startup": record.data.get("startup", {})}
                record = replace(record, data=data)
            make_datasets({self.lab: record})
            self.record = record
        except RecordError as error:
            self.problem = f"{path.name} is refused: " + str(error).removeprefix(f"{path}: ")
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            self.problem = f"{path.name} is refused: it lacks what the page shows ({error!r})"


def find_sources(results: Path, published: Path) -> dict[str, Source]:
    """Return the source of each laboratory.

    Args:
        results: The folder of this machine's records.
        published: The folder of the records that are kept with the documentation.
    """
    found = {}
    for lab in LABS:
        files = (results / f"{FILES.get(lab, lab)}.json", published / f"{KEPT[lab]}.json")
        path = next((file for file in files if file.is_file()), None)
        found[lab] = Source(lab, path, published=path == files[1])
        if path:
            found[lab].read(path)
    return found


def write_section(name: str, sources: Mapping[str, Source], folder: Path, drawn: Any = ()) -> str:
    """Return one section of a page as HTML, or what makes its figures.

    Args:
        name: Of the section.
        sources: Of each laboratory.
        folder: Where the page will lie: links to files beside it begin there.
        drawn: The charts that have figures.
    """
    source = sources[SECTIONS[name][0]]
    base = next((each for each in sources.values() if each.record), source)
    one, other = (
        {fact: each.machine.get(fact) or UNKNOWN for fact in _COMPARED} for each in (source, base)
    )
    return to_html(render(
        "report/section.md.j2", name=name, source=source, base=base, unknown=UNKNOWN,
        apart="; ".join(differences(one, other, _COMPARED)),
        data=source.record and source.record.figures, drawn=drawn, charts=CHARTS,
        address=lambda path: quote(Path(os.path.relpath(path, folder)).as_posix()),
    ))  # fmt: skip


@cache
def bundle(script: str) -> str:
    """Return a script with the libraries that draw, so that a page needs no network."""
    made: str = vl_convert.javascript_bundle(script, vl_version=VERSION)
    return made.replace("</script", "<\\/script")


def write_page(sources: Mapping[str, Source], folder: Path) -> str:
    """Return the page.

    Args:
        sources: Of each laboratory, see `find_sources`.
        folder: Where the page will lie.
    """
    records = {lab: source.record for lab, source in sources.items() if source.record}
    datasets = make_datasets(records)
    drawn = {name: spec for name in CHARTS if (spec := specify(name, datasets))}
    sections = [
        (name, word, title, write_section(name, sources, folder, drawn))
        for name, (_, word, title) in SECTIONS.items()
    ]
    body = to_html(render("report/records.md.j2", sources=sources))
    sections.append(("records", "Records", "The records and their machines", body))
    figures = json.dumps({"charts": drawn, "datasets": datasets}, separators=(",", ":"))
    return ENGINE.get_template("report/page.html.j2").render(
        sections=sections,
        style=STYLE.read_text(encoding="utf-8"),
        charts=figures.replace("</", "<\\/"),
        script=bundle((TEMPLATES / "report" / "script.js").read_text(encoding="utf-8")),
    )
