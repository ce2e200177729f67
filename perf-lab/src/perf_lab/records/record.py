"""The one file format of perf-lab: results, baselines and published figures are records.

A record says what was measured, where, with which options, what was judged and by which limit.
The report reads nothing else, so a laboratory that writes one is on the page. Imports documented
and machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from perf_lab.places import PUBLISHED, RESULTS
from perf_lab.records.documented import find_differences
from perf_lab.records.machine import describe_machine

#: Raised by one when a field changes its meaning: an older record is then refused, not misread.
VERSION = 2


class RecordError(Exception):
    """A record cannot be read, or must not be compared; the message says why."""


@dataclass(frozen=True)
class Check:
    """One figure beside its limit.

    Attributes:
        name: What is judged, in words.
        value: What was measured, in `unit`; None where it could not be, which never passes.
        limit: The highest value allowed, or the lowest, as `bound` says.
        unit: "us", "B", "lines", "x" and so on.
        bound: "at most" or "at least".
    """

    name: str
    value: float | None
    limit: float
    unit: str
    bound: Literal["at most", "at least"] = "at most"

    @property
    def passed(self) -> bool:
        """Whether the figure is within its limit; one that was not measured is not."""
        if self.value is None:
            return False
        return self.value <= self.limit if self.bound == "at most" else self.value >= self.limit

    def __str__(self) -> str:
        value = "not measured" if self.value is None else f"{self.value:,.4g} {self.unit}"
        verdict = "pass" if self.passed else "FAIL"
        return f"{verdict}  {self.name}: {value} ({self.bound} {self.limit:,.4g} {self.unit})"


@dataclass
class Record:
    """What one run of one laboratory found.

    Attributes:
        lab: "bench", "memory", "soak" and so on; of a baseline "baseline".
        options: The options of the run, as they were given or by default.
        data: What was measured; its shape is the laboratory's own.
        checks: What was judged.
        machine: Where it ran, see `machine.describe_machine`.
        version: The version of this format.
    """

    lab: str
    options: Mapping[str, Any]
    data: Mapping[str, Any]
    checks: list[Check] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=describe_machine)
    version: int = VERSION

    @property
    def passed(self) -> bool:
        """Whether every check passed; a run that judged nothing did not."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def figures(self) -> dict[str, Any]:
        """What was measured, with the machine beside it, as pages take both."""
        return {"machine": self.machine, **self.data}

    def write(self, path: Path | None = None) -> Path:
        """Write the record, to perf-lab/results/<lab>.json by default, and return where."""
        path = path or RESULTS / f"{self.lab}.json"
        content = asdict(self)
        for check, written in zip(self.checks, content["checks"], strict=True):
            written["passed"] = check.passed
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        return path


def read_record(path: Path, lab: str = "") -> Record:
    """Return a record from its file.

    Args:
        path: The file.
        lab: Whose record it must be; empty: anybody's.

    Raises:
        RecordError: If it is missing, not a record, of another version of the format, or says of
            another machine that it is the documented one.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise RecordError(f"{path}: not JSON") from None
    if not isinstance(content, dict) or "lab" not in content:
        raise RecordError(f"{path}: not a record of perf-lab")
    if lab and content["lab"] != lab:
        raise RecordError(f"{path}: a record of {content['lab']}")
    if content.get("version") != VERSION:
        raise RecordError(
            f"{path}: version {content.get('version')} of the format, this is {VERSION}"
        )
    machine = content.get("machine", {})
    if machine.get("differs") == [] and (found := find_differences(machine)):
        raise RecordError(f"{path}: not of the documented machine, as it says: {', '.join(found)}")
    checks = [
        Check(**{key: value for key, value in check.items() if key != "passed"})
        for check in content.pop("checks")
    ]
    return Record(**content, checks=checks)


def differences(
    one: Mapping[str, Any], other: Mapping[str, Any], keys: Iterable[str] = ("cpu", "python")
) -> list[str]:
    """Return in words what keeps the figures of two machines from being compared."""
    return [
        f"{key}: {one.get(key)} and {other.get(key)}"
        for key in keys
        if one.get(key) != other.get(key)
    ]


def kept_records(
    labs: Iterable[str], here: Mapping[str, Any], folders: Iterable[Path] = (RESULTS, PUBLISHED)
) -> dict[str, dict[str, Any] | str]:
    """Return the records of other laboratories as plain data, or in words why there is none.

    Args:
        labs: The laboratories.
        here: This machine: a record of another one is not taken for one of this.
        folders: Where to look; of two records the one of the longer run counts, or else the first.
    """
    found: dict[str, dict[str, Any] | str] = {}
    for lab in labs:
        sound = []
        found[lab] = f"`nox -s {lab}` has not run here"
        for path in (folder / f"{lab}.json" for folder in folders):
            if not path.is_file():
                continue
            try:
                record = read_record(path)
            except RecordError as error:
                found[lab] = str(error)
                continue
            apart = differences(record.machine, here)
            if apart:
                found[lab] = f"measured on another machine: {'; '.join(apart)}"
            else:
                sound.append(record)
        if sound:
            found[lab] = asdict(max(sound, key=_length))
    return found


def _length(record: Record) -> int:
    messages: int = record.data.get("summary", {}).get("messages", 0)
    return messages
