"""Where lines go, and whether those that arrived are each number of each writer, once and whole.

Standard library only until lines are read: not every environment has orjson.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perf_lab.contention.subject import EVENT
from perf_lab.rivals.catalogue import Rival

FAULTS = ("lost", "twice", "torn")
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
    import orjson

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
    lost = sum(written) - sum(map(len, seen))
    return {"lost": lost, "twice": sum(each.total() - len(each) for each in seen), "torn": torn}


def _find(record: Any, path: Sequence[str]) -> Any:
    for key in path:
        record = record[key]
    return record


class Target:
    """Be where lines go: the null device, a file, or a pipe that is read slowly.

    Args:
        kind: "null", "file" or "pipe".
        path: Where to make it.
    """

    def __init__(self, kind: str, path: Path) -> None:
        self.kind = kind
        self.path = Path(os.devnull) if kind == "null" else path
        self._data = bytearray()
        self._finished = False
        if kind == "pipe":
            os.mkfifo(path)
            # Both ends: opening waits for nobody, and the end of a writer ends nothing.
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
            self._reader = threading.Thread(target=self._read_slowly, daemon=True)
            self._reader.start()

    def _read_slowly(self) -> None:
        while True:
            try:
                self._data += os.read(self._fd, SLOW_BYTES)
            except BlockingIOError:
                if self._finished:
                    return
            time.sleep(SLOW_REST_S)

    def check(self, rival: Rival, written: Sequence[int]) -> dict[str, Any]:
        """Return what is wrong with the lines that arrived; None where nothing can be read.

        What they arrived in is removed.
        """
        if self.kind == "null":
            return dict.fromkeys(FAULTS)
        if self.kind == "pipe":
            self._finished = True
            self._reader.join()
            os.close(self._fd)
        elif self.path.exists():
            self._data += self.path.read_bytes()
        self.path.unlink(missing_ok=True)
        return {**check_lines(bytes(self._data), rival, written)}
