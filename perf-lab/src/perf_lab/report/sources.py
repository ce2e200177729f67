"""Where the page's figures come from: the records of the laboratories, and why one is not shown.

A record of perf-lab/results is taken before a published one of docs/data. Each keeps its own
machine, which the page names beside its figures: nothing of two machines is put into one chart.
Imports record, documented and published.
"""

from __future__ import annotations

import json
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
    "flame": ("nox -s flame", "flame.json", "memory.json"),
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
        content = _READERS[lab](path) if lab in _READERS else _read_record(path, lab)
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


def _read_record(path: Path, lab: str) -> dict[str, Any]:
    record = read_record(path)
    if record.lab != lab:
        raise RecordError(f"{path}: a record of {record.lab}")
    return {
        "machine": record.machine,
        "options": record.options,
        "data": record.data,
        "checks": _checks(record),
    }


def _checks(record: Record) -> list[dict[str, Any]]:
    return [{**vars(check), "passed": check.passed} for check in record.checks]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise RecordError(f"{path}: not JSON") from None
    if not isinstance(content, dict):
        raise RecordError(f"{path}: not an object")
    return content


def _read_bench(path: Path) -> dict[str, Any]:
    content = _read(path)
    try:
        # A run's own file has the matrix; the published one is what `reduce` has made of it.
        data = reduce(content, []) if "matrix" in content else content
        whole = {**data, "startup": content.get("startup", {})}
        return {"machine": data["machine"], "options": {"mode": data["mode"]}, "data": {
            name: whole[name]
            for name in ("mode", "versions", "missing", "comparison", "workloads", "latency",
                         "targets", "claims", "startup")
        }}  # fmt: skip
    except (KeyError, TypeError) as error:
        raise RecordError(f"{path}: not a result of nox -s bench: no {error}") from None


def _read_memory(path: Path) -> dict[str, Any]:
    content = _read(path)
    if "flame" in content:  # the published one: memory and flame, without their series
        return {"machine": content["machine"], "data": content["memory"],
                "checks": content["checks"]}  # fmt: skip
    return _read_record(path, "memory")


def _read_flame(path: Path) -> dict[str, Any]:
    content = _read(path)
    if "flame" in content:
        return {"machine": content["flame"]["machine"], "data": content["flame"]}
    return _read_record(path, "flame")


def _read_torture(path: Path) -> dict[str, Any]:
    content = _read(path)
    if not {"run", "libraries", "rows"} <= content.keys():
        raise RecordError(f"{path}: not a result of nox -s torture")
    run = content["run"]
    packages = run.get("versions", {})
    python = f"CPython {run['python']}" if "python" in run else None
    machine = {"date": run.get("date"), "kernel": run.get("kernel"), "python": python,
               "packages": packages}  # fmt: skip
    machine |= {name: run[name] for name in ("cpu", "cores", "commit") if name in run}
    return {"machine": machine, "options": {"lane": run.get("lane")}, "data": content}


_READERS = {
    "bench": _read_bench,
    "memory": _read_memory,
    "flame": _read_flame,
    "torture": _read_torture,
}
