"""Counts the lines that arrived: each number of each writer once and whole.

Standard library and orjson only.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from perf_lab.contention.subject import EVENT
from perf_lab.rivals.catalogue import Rival

#: The slow reader of a pipe takes so many bytes, and then a rest.
SLOW_BYTES = 1 << 13
SLOW_REST_S = 0.004


def check_lines(data: bytes, rival: Rival, written: Sequence[int]) -> dict[str, int]:
    """Return how many lines are lost, came twice, or are torn.

    Args:
        data: Everything that arrived.
        rival: Who wrote it, JSON.
        written: How many lines each writer wrote.
    """
    seen: list[Counter[int]] = [Counter() for _ in written]
    torn = 0
    for line in data.split(b"\n")[:-1]:
        try:
            record = orjson.loads(line)
            fields = _find(record, rival.fields)
            writer, number = fields["writer"], fields["number"]
            if _find(record, rival.event) != EVENT or not 0 <= number < written[writer]:
                raise ValueError
        except (ValueError, KeyError, IndexError, TypeError):
            torn += 1
        else:
            seen[writer][number] += 1
    torn += not data.endswith(b"\n") and bool(data)
    return {
        "lost": sum(written) - sum(map(len, seen)),
        "twice": sum(each.total() - len(each) for each in seen),
        "torn": torn,
    }


def _find(record: Any, path: Sequence[str]) -> Any:
    for key in path:
        record = record[key]
    return record


class SlowReader(threading.Thread):
    """Read a pipe more slowly than anybody writes, and keep what came.

    Args:
        path: Where to make the pipe.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        os.mkfifo(path)
        # Both ends: so that opening waits for nobody, and the end of a writer ends nothing.
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._parts: list[bytes] = []
        self._finished = False
        self.start()

    def run(self) -> None:
        """Read until nobody writes any more."""
        while True:
            try:
                self._parts.append(os.read(self._fd, SLOW_BYTES))
            except BlockingIOError:
                if self._finished:
                    return
            time.sleep(SLOW_REST_S)

    def finish(self) -> bytes:
        """Return everything, once all writers have closed the pipe."""
        self._finished = True
        self.join()
        os.close(self._fd)
        return b"".join(self._parts)
