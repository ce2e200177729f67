"""One library, and what many threads or tasks do with it; it lives in the library's own process.

The loops are made as source, with the call in the library's syntax (`call_syntax.py`). With
`PERF_LAB_WATCH_LOCKS` in the environment every lock that is made from Python is watched, from
before the library is imported.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from perf_lab.contention import locks
from perf_lab.processes import worker
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.soak.histogram import SHIFT
from perf_lab.workloads.call_syntax import Unsupported, call_source
from perf_lab.workloads.workload import Field, Options

EVENT = "contended"
#: As a rival and as a use: what the loop itself does, with no library.
NONE = "none"
#: Which thread, process or task it was, and the number of its line.
FIELDS = (Field("writer", "writer"), Field("number", "number"))
#: How often the loop's heart beats.
BEAT_S = 0.001

_THREAD = f"""
def run(log, writer, stopped, counts, clock):
    number = 0
    while not stopped:
        began = clock()
        {{call}}
        counts[clock() - began >> {SHIFT}] += 1
        number += 1
    return number
"""
_TASK = """
async def run(log, writer, stopped, pause, first_pause):
    number = 0
    await sleep(first_pause)
    while not stopped:
        {call}
        number += 1
        await sleep(pause)
    return number
"""


class Subject:
    """Hold one library, set up to write to a path.

    Args:
        name: A name of the catalogue.
    """

    def __init__(self, name: str) -> None:
        self.rival = RIVALS[name]
        self.module: Any = self.rival.load()

    def open(self, path: str) -> dict[str, Any]:
        """Set the library up, anew, to append to a path."""
        self.module.open_output(self.rival.setup, path, Options())
        self._dropped_before = self._dropped()
        gc.collect()
        return {}

    def close(self) -> dict[str, Any]:
        """Flush, let go of the path, and say what the library itself counted as dropped."""
        dropped = self._dropped() - self._dropped_before
        self.module.close()
        return {"dropped": dropped}

    def threads(
        self, count: int, seconds: float, use: str, first: int, at: float, each: bool = False
    ) -> dict[str, Any]:
        """Let so many threads log for so long.

        Args:
            count: How many threads.
            seconds: How long.
            use: "info", or "none" for the loop alone.
            first: The number of the first thread.
            at: When to begin, on the system's monotonic clock.
            each: Whether each has a logger of its own.
        """
        run = self._compile(_THREAD, use)
        names = [f"app.worker_{n}" for n in range(count)] if each else ["app.worker"] * count
        logs = [self.module.get_logger(name) for name in names]
        counts: list[dict[int, int]] = [defaultdict(int) for _ in range(count)]
        stopped: list[bool] = []
        waits = locks.WatchedLock.waits

        def begin() -> None:
            time.sleep(max(0.0, at - time.monotonic()))
            waits.clear()
            began[:] = time.perf_counter(), time.process_time()

        began, barrier = [0.0, 0.0], threading.Barrier(count + 1, action=begin)

        written = [0] * count

        def work(n: int) -> None:
            barrier.wait()
            written[n] = run(logs[n], first + n, stopped, counts[n], time.perf_counter_ns)

        workers = [threading.Thread(target=work, args=(n,)) for n in range(count)]
        for thread in workers:
            thread.start()
        barrier.wait()
        locks.WatchedLock.watched = True
        time.sleep(seconds)
        # Each thread ends after the line that it is at. What ending threads costs does not count.
        stopped.append(True)
        wall_s = time.perf_counter() - began[0]
        cpu_s = time.process_time() - began[1]
        for thread in workers:
            thread.join()
        locks.WatchedLock.watched = False
        return {
            "written": written, "counts": sum(map(Counter, counts), Counter()),
            "rate": sum(written) / wall_s, "cpu_share": cpu_s / wall_s,
            "blocked_s": sum(waits) / wall_s, "blocked": len(waits) / wall_s,
        }  # fmt: skip

    def tasks(
        self, count: int, period_s: float, seconds: float, use: str, first: int = 0
    ) -> dict[str, Any]:
        """Let so many asyncio tasks log once a period, and listen to the loop's heart.

        Args:
            count: How many tasks.
            period_s: How often each one logs.
            seconds: How long.
            use: "info", "ainfo", or "none" for the loop alone.
            first: The number of the first task.

        Raises:
            Unsupported: The library has no such method.
        """
        log = self.module.get_logger("app.worker")
        if use == "ainfo" and not hasattr(log, "ainfo"):
            raise Unsupported("has no async methods")
        run = self._compile(_TASK, use)

        async def drive() -> dict[str, Any]:
            stopped: list[bool] = []
            tasks = [
                # Their first lines are spread over the period, as those of requests are.
                asyncio.create_task(run(log, first + n, stopped, period_s, period_s * n / count))
                for n in range(count)
            ]
            await asyncio.sleep(period_s)
            began = time.perf_counter()
            late = []
            while time.perf_counter() - began < seconds:
                before = time.perf_counter()
                await asyncio.sleep(BEAT_S)
                late.append(1000 * (time.perf_counter() - before - BEAT_S))
            wall_s = time.perf_counter() - began + period_s / 2
            stopped.append(True)
            written = await asyncio.gather(*tasks)
            late.sort()
            return {
                "written": written, "rate": sum(written) / wall_s, "stall_ms": late[-1],
                "p99_ms": late[int(0.99 * len(late))],
            }  # fmt: skip

        return asyncio.run(drive())

    def _compile(self, source: str, use: str) -> Callable[..., Any]:
        call = call_source(self.rival.syntax, f"log.{use}", EVENT, FIELDS)
        call = {NONE: "pass", "ainfo": f"await {call}"}.get(use, call)
        scope: dict[str, Any] = {"sleep": asyncio.sleep}
        exec(source.format(call=call), scope)
        run: Callable[..., Any] = scope["run"]
        return run

    def _dropped(self) -> int:
        if not self.rival.ours:
            return 0
        from provide.foundation import stats

        return sum(sum(output.dropped.values()) for output in stats().outputs.values())


if __name__ == "__main__":
    if os.environ.get(locks.VARIABLE):
        locks.install()
    worker.main(Subject)
