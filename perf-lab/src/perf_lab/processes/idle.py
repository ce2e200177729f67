"""Waiting until the threads of this process have nothing left to do; standard library only."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path


def wait_for_quiet() -> None:
    """Wait until no thread of this process works any more, while it works: 2 s of a core at most.

    Else it would in the rounds of all others, on a core that may be half of theirs: 0.12 s after
    12 ms of lines for OTLP. A thread that works may get no core for longer than a look takes: so
    it is asked for as well whether one wants a core, which takes 20 s at most.
    """
    start, started = time.monotonic(), time.process_time()
    working = True
    while working and time.process_time() - started < 2.0 and time.monotonic() - start < 20.0:
        before = time.process_time()
        time.sleep(0.03)
        working = time.process_time() - before > 0.002 or _is_another_runnable()


def _is_another_runnable() -> bool:
    """Say whether another thread of this process has a core or waits for one; False: not Linux."""
    own = str(threading.get_native_id())
    tasks = Path("/proc/self/task")
    for task in tasks.iterdir() if tasks.exists() else ():
        if task.name != own:
            with suppress(OSError):  # it has ended meanwhile
                # Behind the name in brackets, which may hold anything.
                if (task / "stat").read_text().rpartition(")")[2].split()[0] == "R":
                    return True
    return False
