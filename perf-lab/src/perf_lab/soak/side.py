"""One library of a soak: its writer, its reader, and what both have said; imports no library."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

from perf_lab.processes.pool import Worker
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.soak.histogram import percentiles_us
from perf_lab.soak.mix import LOG_NAME
from perf_lab.soak.verdict import count

#: A log file is renamed after so long, or when it has so many bytes.
ROTATE_S = 7.0
ROTATE_BYTES = 128 << 20
Data = dict[str, Any]


class Side:
    """Hold one library of the run: its writer, its reader, what both have said last.

    Args:
        name: The library.
        folder: Where its log goes.
        first: The number of its first message.
        lane: The lane of Foundation; None: its own choice.
        said: Takes what the two say: who, and what; None at their end.
    """

    def __init__(
        self, name: str, folder: Path, first: int, lane: str | None,
        said: Queue[tuple[Side, Worker, Data | None]],
    ) -> None:  # fmt: skip
        self.name, self.folder, self.first = name, folder, first
        folder.mkdir()
        chosen = {"FOUNDATION_LANE": lane} if lane and RIVALS[name].ours else {}
        self.writer = Worker(name, "perf_lab.soak.writer", chosen, wait=False, stderr=None)
        self.reader = Worker(name, "perf_lab.soak.reader", wait=False, stderr=None)
        self.sample: Data = {}
        self.result: Data = {}  # the writer's last word
        self.checked: Data = {}  # the reader's
        self.service, self.response = Counter[int](), Counter[int]()
        self.over: set[Worker] = set()
        self.heard = self._rotated = time.monotonic()
        self.rotations = 0
        self._said = said

    def begin(self) -> None:
        """Let both begin, and listen to them."""
        self.reader.tell("read", folder=str(self.folder), first=self.first)
        self.writer.tell("write")
        for worker in (self.writer, self.reader):
            Thread(target=self._listen, args=(worker,), daemon=True).start()

    def _listen(self, worker: Worker) -> None:
        with suppress(ValueError):  # it was killed within a line
            for line in worker.output:
                self._said.put((self, worker, json.loads(line)))
        self._said.put((self, worker, None))

    @property
    def next(self) -> int:
        """Return the number after the last message, as far as it is known."""
        return int({"next": self.first, **self.sample, **self.result}["next"])

    @property
    def seconds(self) -> float:
        """Return how long it has been writing."""
        return float({"seconds": 0.0, **self.sample, **self.result}["seconds"])

    @property
    def counts(self) -> dict[str, int]:
        """Return what writer and reader have counted."""
        return count(self.result, self.checked, self.rotations, self.next - self.first)

    @property
    def percentiles(self) -> dict[str, float]:
        """Return those of all calls so far."""
        response = percentiles_us(self.response, "response_{}_us")
        return {**percentiles_us(self.service), **response}

    def rotate_if_due(self) -> None:
        """Rename the log file, as logrotate would."""
        now, file = time.monotonic(), self.folder / LOG_NAME
        with suppress(FileNotFoundError):
            size = file.stat().st_size
            # The time is random enough: it does not fit the writer's seconds.
            if size and (now - self._rotated >= ROTATE_S or size >= ROTATE_BYTES):
                self._rotated = now
                self.rotations += 1
                os.rename(file, f"{file}.{self.rotations}")
