"""One library, and what many threads or tasks do with it; it lives in the library's own process.

The loops are made as source, with the call in the library's syntax (`call_syntax.py`).
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable
from statistics import mean
from typing import Any

from perf_lab.contention.locks import Waits
from perf_lab.contention.verdict import NONE
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.soak.histogram import Histogram
from perf_lab.workloads.call_syntax import Unsupported, call_source
from perf_lab.workloads.workload import Field, Options

EVENT = "contended"
#: Which thread, process or task it was, and the number of its line.
FIELDS = (Field("writer", "writer"), Field("number", "number"))
#: How often the loop's heart beats.
BEAT_S = 0.001

_THREAD = """
def run(log, writer, stopped, counts, slow, clock):
    number = 0
    while not stopped:
        began = clock()
        {call}
        took = clock() - began
        try:
            counts[took >> 6] += 1
        except IndexError:
            slow.append(took)
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
        self.run_thread: Callable[..., int] = self._compile(_THREAD, "info")
        self.run_loop_alone: Callable[..., int] = self._compile(_THREAD, NONE)

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
        self,
        count: int,
        seconds: float,
        *,
        each: bool = False,
        first: int = 0,
        at: float = 0.0,
        use: str = "info",
    ) -> dict[str, Any]:
        """Let so many threads log for so long.

        Args:
            count: How many threads.
            seconds: How long.
            each: Whether each has a logger of its own.
            first: The number of the first thread.
            at: When to begin, on the system's monotonic clock; 0: at once.
            use: "info", or "none" for the loop alone.
        """
        run = self.run_loop_alone if use == NONE else self.run_thread
        names = [f"app.worker_{n}" for n in range(count)] if each else ["app.worker"] * count
        logs = [self.module.get_logger(name) for name in names]
        histograms = [Histogram() for _ in range(count)]
        written = [0] * count
        stopped: list[bool] = []
        began = [0.0, 0.0]

        def begin() -> None:
            time.sleep(max(0.0, at - time.monotonic()))
            Waits.seconds.clear()
            began[:] = time.perf_counter(), time.process_time()

        barrier = threading.Barrier(count + 1, action=begin)

        def work(n: int) -> None:
            counts, slow = histograms[n].counts, histograms[n].slow
            barrier.wait()
            written[n] = run(logs[n], first + n, stopped, counts, slow, time.perf_counter_ns)

        workers = [threading.Thread(target=work, args=(n,)) for n in range(count)]
        for worker in workers:
            worker.start()
        barrier.wait()
        Waits.on = True
        time.sleep(seconds)
        # Each thread ends after the line that it is at. What ending threads costs does not count.
        stopped.append(True)
        wall_s = time.perf_counter() - began[0]
        cpu_s = time.process_time() - began[1]
        for worker in workers:
            worker.join()
        Waits.on = False
        together = Histogram(total=True)
        for each_one in histograms:
            together.add(each_one)
        return {
            "written": written, "rate": sum(written) / wall_s, "cpu_share": cpu_s / wall_s,
            "latency_us": together.percentiles_us(), "fairness": fairness(written),
            "least_share": min(written) / max(mean(written), 1e-9),
            "blocked_s": sum(Waits.seconds) / wall_s, "blocked": len(Waits.seconds) / wall_s,
        }  # fmt: skip

    def tasks(self, count: int, period_s: float, seconds: float, use: str) -> dict[str, Any]:
        """Let so many asyncio tasks log once a period, and listen to the loop's heart.

        Args:
            count: How many tasks.
            period_s: How often each one logs.
            seconds: How long.
            use: "info", "ainfo", or "none" for the loop alone.

        Raises:
            Unsupported: The library has no such method.
        """
        log = self.module.get_logger("app.worker")
        if use == "ainfo" and not hasattr(log, "ainfo"):
            raise Unsupported("has no async methods")
        run = self._compile(_TASK, use)
        return asyncio.run(self._drive(run, log, count, period_s, seconds))

    async def _drive(
        self, run: Callable[..., Any], log: Any, count: int, period_s: float, seconds: float
    ) -> dict[str, Any]:
        stopped: list[bool] = []
        tasks = [
            # Their first lines are spread over the period, as those of requests are.
            asyncio.create_task(run(log, n, stopped, period_s, period_s * n / count))
            for n in range(count)
        ]
        await asyncio.sleep(period_s)
        began = time.perf_counter()
        late = []
        while time.perf_counter() - began < seconds:
            before = time.perf_counter()
            await asyncio.sleep(BEAT_S)
            late.append(time.perf_counter() - before - BEAT_S)
        wall_s = time.perf_counter() - began + period_s / 2
        stopped.append(True)
        written = await asyncio.gather(*tasks)
        late.sort()
        return {
            "written": written, "rate": sum(written) / wall_s, "stall_ms": late[-1] * 1000,
            "p99_ms": late[int(0.99 * len(late))] * 1000,
        }  # fmt: skip

    def _compile(self, source: str, use: str) -> Callable[..., Any]:
        call = call_source(self.rival.syntax, f"log.{use}", EVENT, FIELDS)
        if use == NONE:
            call = "pass"
        elif use == "ainfo":
            call = f"await {call}"
        scope: dict[str, Any] = {"sleep": asyncio.sleep}
        exec(source.format(call=call), scope)
        run: Callable[..., Any] = scope["run"]
        return run

    def _dropped(self) -> int:
        if not self.rival.ours:
            return 0
        from provide.foundation import stats

        outputs = stats().outputs.values()
        return sum(sum(output.dropped.values()) for output in outputs)


def fairness(counts: list[int]) -> float:
    """Return Jain's index: 1 if all are equal, 1/n if one has everything.

    Source: R. Jain, D. Chiu, W. Hawe, "A quantitative measure of fairness and discrimination for
    resource allocation in shared computer systems", 1984.
    """
    squares = sum(count * count for count in counts)
    return sum(counts) ** 2 / (len(counts) * squares) if squares else 0.0
