"""What the system says of this process: whether its threads work, and how often it writes.

A library that writes less often than it is called keeps lines in its process, where a crash loses
them. It is faster for it, and the table of the benchmark says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from perf_lab.workloads.call_syntax import Unsupported

LINES = 1_000
#: How long a library's own threads have for what they still hold.
_SETTLE_S = 0.05


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


def count_writes(loop: Callable[[int], None], n: int) -> dict[str, Any]:
    """Return the system calls that write what n iterations log.

    Raises:
        Unsupported: The system does not count them; Linux does.
    """

    def written() -> int:
        try:
            found = Path("/proc/self/io").read_text()
        except OSError as error:
            raise Unsupported("the system counts no writes") from error
        return int(found.partition("syscw: ")[2].split()[0])

    before = written()
    loop(n)
    time.sleep(_SETTLE_S)
    return {"writes": written() - before}


def show_writes(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table, whoever writes least often first."""
    found = {name: row["writes"] for name, row in rows.items() if "writes" in row}
    lines = [f"WRITES: system calls that write {LINES:,} lines to a file; fewer is buffering"]
    lines += [f"{name:<34} {found[name]:>6,}" for name in sorted(found, key=lambda n: found[n])]
    return "\n".join(lines)
