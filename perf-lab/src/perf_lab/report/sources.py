"""Where the page's figures come from: the records of the laboratories, and why one is not shown.

A record of perf-lab/results is taken before a published one of docs/data. Each keeps its own
machine, which the page names beside its figures: nothing of two machines is put into one chart.
Imports record, documented and published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perf_lab.publish.published import reduce
from perf_lab.records.documented import UNKNOWN
from perf_lab.records.record import Record, RecordError, differences, read_record

#: What must be the same before figures of two records may be compared.
_COMPARED = ("cpu", "cores", "python", "commit")


@dataclass(frozen=True)
class Source:
    """The figures of one laboratory, or why there are none.

    Args:
        lab: "bench", "memory" and so on.
        command: What makes the figures.
        path: Their file; None if there is none.
        published: Whether the file is kept with the documentation, from an earlier run.
        problem: Why the file is refused; empty if it is not.
        machine: Where it was measured, see `machine.describe_machine`.
        options: Of the run.
        data: The figures, in the laboratory's own shape.
        checks: What was judged.
    """

    lab: str
    command: str
    path: Path | None = None
    published: bool = False
    problem: str = ""
    machine: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    checks: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Whether there is anything to show."""
        return self.path is not None and not self.problem

    def beside(self, name: str) -> Path | None:
        """Return a file that the record names beside itself, if it is still there."""
        if self.path is None or not name:
            return None
        file = self.path.parent / name
        return file if file.is_file() else None


#: By laboratory: the command, and where its figures may lie; the first that is there counts.
_PLACES = {
    "bench": ("nox -s bench", "latest.json", "performance.json"),
    "memory": ("nox -s memory", "memory.json", "memory.json"),
    "flame": ("nox -s flame", "flame.json", "flame.json"),
    "contention": ("nox -s contention", "contention.json", "contention.json"),
    "soak": ("nox -s soak", "soak.json", "soak-paced.json"),
    "torture": ("nox -s torture", "torture.json", "guarantees.json"),
}


def find_sources(results: Path, published: Path) -> dict[str, Source]:
    """Return the source of each laboratory, in the order of the page.

    Args:
        results: The folder of this machine's records.
        published: The folder of the records that are kept with the documentation.
    """
    found = {}
    for lab, (command, here, kept) in _PLACES.items():
        found[lab] = Source(lab, command)
        for path in (results / here, published / kept):
            if path.is_file():
                found[lab] = read_source(lab, path, published=path.parent == published)
                break
    return found


def read_source(lab: str, path: Path, *, published: bool = False) -> Source:
    """Return what a file holds; what cannot be shown is named in `problem`."""
    command = _PLACES[lab][0]
    try:
        content = _read(path, lab)
    except RecordError as error:
        why = str(error).removeprefix(f"{path}: ")
        return Source(lab, command, path, published, problem=f"{path.name} is refused: {why}")
    return Source(lab, command, path, published, **content)


def where(source: Source) -> str:
    """Return where and when figures were measured, in a sentence."""
    found = source.machine
    parts = [f"Measured {found.get('date', 'at an unknown time')}"]
    if "cpu" in found:
        parts.append(f" on {found['cpu']} with {found.get('cores', 'unknown')} cores")
    parts.append(f", {found.get('python', 'an unknown Python')}")
    parts.append(f", commit {found['commit']}" if "commit" in found else ", commit not recorded")
    if found.get("load") is not None:
        parts.append(f"; the load of the machine was {found['load']} when it began")
    kept = " A published record: this laboratory has not run here." if source.published else ""
    return "".join(parts) + f".{kept}"


def apart(source: Source, base: Source) -> str:
    """Return why figures must not be compared with those of another source; empty if they may."""
    if source.lab == base.lab or not source.found or not base.found:
        return ""
    one, other = (
        {name: found.machine.get(name) or UNKNOWN for name in _COMPARED} for found in (source, base)
    )
    return "; ".join(differences(one, other, _COMPARED))


def _read(path: Path, lab: str) -> dict[str, Any]:
    record = read_record(path, lab)
    checks = [{**vars(check), "passed": check.passed} for check in record.checks]
    data = _bench_data(path, record) if lab == "bench" else record.data
    if missing := [name for name in _NEEDED.get(lab, ()) if name not in data]:
        raise RecordError(f"{path}: not a result of nox -s {lab}: no {missing[0]!r}")
    return {
        "machine": record.machine,
        "options": record.options,
        "data": data,
        "checks": checks,
    }


def _bench_data(path: Path, record: Record) -> dict[str, Any]:
    """Return what the page shows; the published record is what `reduce` has made of a run's own."""
    whole: dict[str, Any] = dict(record.data)
    try:
        if "matrix" in whole:
            whole |= reduce(record.figures, [])
    except (KeyError, TypeError) as error:
        raise RecordError(f"{path}: not a result of nox -s bench: no {error}") from None
    whole.setdefault("startup", {})
    return {name: whole[name] for name in _NEEDED["bench"] if name in whole}


#: What a section of the page is made of.
_NEEDED = {
    "bench": (
        "mode", "versions", "missing", "comparison", "workloads", "latency", "targets", "claims",
        "startup",
    ),
    "torture": ("libraries", "rows"),
}  # fmt: skip
