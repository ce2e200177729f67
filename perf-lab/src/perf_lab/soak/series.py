"""The time series of a run: rows in memory, a JSON line a second in a file; resumable.

The file survives what the run does not survive. A disk that is full ends the writing of it, with
one notice, and not the run.
"""

from __future__ import annotations

import json
import math
import sys
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perf_lab.laboratory import read_plan
from perf_lab.records.record import RecordError, differences

PLAN = read_plan(__file__)
VERSION = 2
#: Of the run, before which nothing is judged.
WARM_UP = 0.1
MOST_ROWS = 300
Columns = dict[str, NDArray[np.float64]]


class Series:
    """Hold a run's samples, and append them to a file.

    Args:
        path: The file.
        head: The run's options and machine, its first line.
        resume: Whether to read the samples of earlier runs, and go on behind them.

    Raises:
        RecordError: What is to be resumed is none, or of other options, or of another machine.
    """

    def __init__(self, path: Path, head: Mapping[str, Any], *, resume: bool = False) -> None:
        self.path = path
        self.rows: list[array[float]] = []
        self.run = 0
        self.before_s, self.before = 0.0, 0  # of earlier runs: their seconds, their messages,
        self.counts: dict[str, int] = dict.fromkeys(PLAN["counts"], 0)  # and their counts
        self._broken = False
        if resume:
            self._resume(head)
        else:
            self._append({"version": VERSION, **head}, mode="w")

    @property
    def columns(self) -> Columns:
        """Return the samples by column; what is not known is NaN."""
        table = np.array(self.rows, dtype=np.float64).reshape(-1, len(PLAN["columns"]))
        return dict(zip(PLAN["columns"], table.T, strict=True))

    def _resume(self, asked: Mapping[str, Any]) -> None:
        try:
            head, *rest = self.path.read_text("utf-8").splitlines()
            found = json.loads(head)
            samples = [json.loads(line) for line in rest if line.endswith("}")]
            apart = differences(found, {"version": VERSION}, ["version"])
            apart += differences(found["options"], asked["options"], asked["options"])
            apart += differences(found["machine"], asked["machine"])
        except (KeyError, TypeError, ValueError):
            raise RecordError(f"{self.path}: not the time series of a soak") from None
        if apart:
            raise RecordError(f"{self.path} cannot be resumed: {'; '.join(apart)}")
        for sample in samples:
            self.counts = sample["counts"]
            if "t_s" in sample:
                self._keep(sample)
                self.run = sample["run"] + 1
                self.before_s, self.before = sample["t_s"], sample["messages"]
        # If it was killed: what its reader had not seen by then, nobody can check.
        known = sum(self.counts[name] for name in ("lines", "lost", "unchecked"))
        self.counts["unchecked"] += max(0, self.before - known)

    def add(self, sample: Mapping[str, float | None], counts: Mapping[str, int]) -> None:
        """Take a sample of the present run, and its counts so far."""
        total = self._total(counts)
        t_s = round(self.before_s + (sample["t_s"] or 0), 3)
        row = {**sample, **total, "run": self.run, "t_s": t_s}
        row = {name: row.get(name) for name in PLAN["columns"]}
        self._keep(row)
        self._append({**row, "counts": total})

    def close(self, counts: Mapping[str, int]) -> dict[str, int]:
        """End the run with its counts, and return those of all runs."""
        total = self._total(counts)
        self._append({"counts": total})
        return total

    def judged(self) -> Columns:
        """Return the columns of the longest run without its warm-up, and what is made of them."""
        columns = self.columns
        runs = columns["run"].astype(int)
        places = np.flatnonzero(runs == np.bincount(runs, minlength=1).argmax())
        # The last sample may be of a part of a second.
        places = places[max(2, math.ceil(WARM_UP * len(places))) : -1]
        found = {name: column[places] for name, column in columns.items()}
        for name, of in (("cpu_share", "cpu_ns"), ("p50_share", "p50_us")):
            found[name] = found[of] / np.where(found["yardstick_ns"], found["yardstick_ns"], np.nan)
        return found

    def thin(self) -> dict[str, Any]:
        """Return the series in few blocks: means, and what counts up as it ended."""
        size = max(1, math.ceil(len(self.rows) / MOST_ROWS))

        def shorten(block: NDArray[np.float64], *, last: bool) -> float | None:
            if last:
                return float(block[-1])
            there = block[~np.isnan(block)]
            return float(f"{there.mean():.6g}") if len(there) else None

        starts = range(0, len(self.rows), size)
        series = {
            name: [shorten(column[at : at + size], last=name in PLAN["last"]) for at in starts]
            for name, column in self.columns.items()
        }
        return {"block_s": size, "series": series}

    def _total(self, counts: Mapping[str, int]) -> dict[str, int]:
        return {name: count + counts.get(name, 0) for name, count in self.counts.items()}

    def _keep(self, row: Mapping[str, float | None]) -> None:
        found = (row[name] for name in PLAN["columns"])
        self.rows.append(array("d", [math.nan if value is None else value for value in found]))

    def _append(self, line: Mapping[str, Any], mode: str = "a") -> None:
        if self._broken:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open(mode, encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            self._broken = True
            print(f"\nno time series from here on: {self.path}: {error}", file=sys.stderr)
