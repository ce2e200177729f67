"""The time series of a run: columns in memory, a JSON line a second in a file; resumable.

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

from perf_lab.records.record import RecordError, differences

VERSION = 1
COLUMNS = (
    "run", "t_s", "messages", "rate", "p50_us", "p99_us", "p99.9_us", "p99.99_us",
    "response_p50_us", "response_p99_us", "rss_bytes", "blocks", "open_files", "threads",
    "collections_0", "collections_1", "collections_2", "cpu_ns", "yardstick_ns", "dropped",
    "lines", "lost", "twice", "torn", "rival_p50_us", "rival_p99_us", "rival_rate",
)  # fmt: skip
#: What goes on counting over several runs.
COUNTS = (
    "lines", "parsed", "lost", "twice", "torn", "unwanted", "children", "forks", "dropped",
    "set_ups", "rotations", "unchecked",
)  # fmt: skip


class Series:
    """Hold a run's samples, and append them to a file.

    Args:
        path: The file.
        head: The run's options and machine, its first line.
    """

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        self.path = path
        self.head = head
        self.columns = {name: array("d") for name in COLUMNS}
        self.run = 0
        self.before_s = 0.0  # of earlier runs
        self.before = 0  # messages of earlier runs
        self.counts = dict.fromkeys(COUNTS, 0)
        self._broken = False
        self._file: Any = None

    def __len__(self) -> int:
        """Return how many samples there are."""
        return len(self.columns["t_s"])

    def begin(self) -> None:
        """Begin the file."""
        self._append({"version": VERSION, **self.head}, mode="w")

    def resume(self) -> None:
        """Read the samples of earlier runs, and go on behind them.

        Raises:
            RecordError: The file is none, or of other options, or of another machine.
        """
        lines = [line for line in self.path.read_text("utf-8").splitlines() if line.strip()]
        try:
            head = json.loads(lines[0])
            if head["version"] != VERSION:
                raise RecordError(f"{self.path}: version {head['version']}, this is {VERSION}")
            rows = [json.loads(line) for line in lines[1:] if line.endswith("}")]
        except (IndexError, KeyError, TypeError, ValueError):
            raise RecordError(f"{self.path}: not the time series of a soak") from None
        apart = differences(head["options"], self.head["options"], self.head["options"])
        apart += differences(head["machine"], self.head["machine"])
        if apart:
            raise RecordError(f"{self.path} cannot be resumed: {'; '.join(apart)}")
        closed = True
        for row in rows:
            if "closed" in row:
                self.counts.update(row["closed"])
                closed = True
            else:
                self._keep(row)
                closed = False
        if not len(self):
            return
        self.run = int(self.columns["run"][-1]) + 1
        self.before_s = self.columns["t_s"][-1]
        self.before = int(self.columns["messages"][-1])
        if not closed:  # it was killed: what its reader had not seen by then, nobody can check
            for name in ("lines", "lost", "twice", "torn", "dropped"):
                self.counts[name] = int(self.columns[name][-1])
            known = self.counts["lines"] + self.counts["lost"] + self.counts["unchecked"]
            self.counts["unchecked"] += max(0, self.before - known)

    def add(self, sample: Mapping[str, float | None]) -> None:
        """Take a sample of the present run; times and counts go on from the runs before."""
        row = {**sample, "run": self.run}
        row["t_s"] = round(self.before_s + (sample["t_s"] or 0), 3)
        for name in ("lines", "lost", "twice", "torn", "dropped"):
            row[name] = (sample.get(name) or 0) + self.counts[name]
        self._keep(row)
        self._append(row)

    def close(self, counts: Mapping[str, int]) -> dict[str, int]:
        """End the run with its counts, and return those of all runs."""
        total = {name: self.counts[name] + counts.get(name, 0) for name in COUNTS}
        self._append({"closed": total})
        if self._file is not None:
            self._file.close()
        return total

    def _keep(self, row: Mapping[str, Any]) -> None:
        for name, column in self.columns.items():
            value = row.get(name)
            column.append(math.nan if value is None else value)

    def _append(self, row: Mapping[str, Any], mode: str = "a") -> None:
        if self._broken:
            return
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open(mode, encoding="utf-8")
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
        except (OSError, ValueError) as error:
            self._broken = True
            print(f"\nno time series from here on: {self.path}: {error}", file=sys.stderr)
