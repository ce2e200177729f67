"""One rival and the workload that it is prepared for: compiled loops, run, timed, sampled.

It lives in the rival's own process and imports that rival; `worker.py` passes commands to it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from statistics import median
from timeit import Timer
from typing import Any

from perf_lab.processes.allocations import measure_allocation, measure_loggers
from perf_lab.processes.calls import count_calls
from perf_lab.processes.usage import count_writes, wait_for_quiet
from perf_lab.records.machine import keep_to_cpus
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.workloads.call_syntax import bind_source, loop_source
from perf_lab.workloads.failures import fail, handle_request
from perf_lab.workloads.objects import MAKERS
from perf_lab.workloads.table import CONSTANTS, WORKLOADS
from perf_lab.workloads.workload import LOGGER_NAME, Options

Run = Callable[[int, Any, list[Any], list[int], int], None]

#: After threads, before one alone: a library may remember for a second that several have logged.
QUIET_S = 1.1
#: Of a file that is written to without end, before it is emptied.
_MOST_BYTES = 64 << 20
# Source: prctl(2), PR_SET_PTRACER and PR_SET_PTRACER_ANY.
_SET_PTRACER, _ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


class Subject:
    """Hold one rival, and the workload that it is prepared for."""

    def __init__(self, name: str) -> None:
        self.rival = RIVALS[name]
        self.module: Any = self.rival.load()
        # Who keeps lines in its process writes them within the round that logged them.
        self.flush: Callable[[], None] = getattr(self.module, "flush", lambda: None)
        self.pool = ThreadPoolExecutor()
        self.quiet_at = 0.0  # on the monotonic clock: when threads are long enough ago
        self.workload = WORKLOADS["static"]

    def prepare(self, name: str, path: str, slowdown: float = 0.0) -> dict[str, Any]:
        """Set the rival up for a workload that writes to `path`; compile the loop.

        Raises:
            Unsupported: The rival has no such feature.
        """
        workload = self.workload = WORKLOADS[name]
        self.pool.shutdown()
        keep_to_cpus(one=workload.threads == 1)
        self.module.clear_context()
        options = Options(
            fields=tuple(workload.expected()), processors=workload.processors,
            emoji=workload.emoji, telemetry=workload.needs == "foundation-otel",
            output=workload.output, asks=workload.asks,
        )  # fmt: skip
        self.module.open_output(self.rival.setup, path, options)
        self.namespace = {
            **CONSTANTS,
            **(MAKERS[workload.objects]() if workload.objects else {}),
            "Adapter": getattr(self.module, "Adapter", None), "NAME": LOGGER_NAME, "SPIN": 0,
            "clock": time.perf_counter_ns, "fail": handle_request if workload.deep else fail,
            "get_logger": self.module.get_logger, "now": time.time, "repeat": repeat,
            "thread": threading.get_ident,
        }  # fmt: skip
        if workload.context:
            evaluated = {each.name: eval(each.expression, self.namespace)
                         for each in workload.context}  # fmt: skip
            self.module.bind_context(evaluated)
        names = [LOGGER_NAME, *(f"{LOGGER_NAME}.{n}" for n in range(1, workload.loggers))]
        self.loggers = [self.module.get_logger(each) for each in names]
        self.logger = self.loggers[0]
        if workload.bound:
            source = bind_source(self.rival.syntax, workload.bound)
            self.logger = eval(source, {**self.namespace, "log": self.logger})
        self.run = self._compile(timed=False, spin=False)
        self.iteration_ns = self._iteration_ns()
        self.spin = slowdown > 0
        if self.spin:
            self._calibrate(slowdown)
            self.run = self._compile(timed=False, spin=True)
        self.timed_run: Run = self._compile(timed=True, spin=self.spin)
        self.pool = ThreadPoolExecutor(workload.threads)  # it has none before they are needed
        gc.collect()
        gc.freeze()
        return {"iteration_ns": self.iteration_ns}

    def _compile(self, *, timed: bool, spin: bool) -> Run:
        source = loop_source(self.rival.syntax, self.workload, timed=timed, spin=spin)
        scope: dict[str, Any] = self.namespace
        exec(compile(source, f"<{self.workload.name}>", "exec"), scope)
        run: Run = scope["run"]
        return run

    def _iteration_ns(self) -> float:
        """Return the least time of an iteration; it is warmed up by then."""
        found, n = [1.0], 8
        while n <= 256 and sum(found) < 2e6:
            found.append(self._process_ns(n) / n)
            n *= 2
        return max(1.0, min(found[-1], *(self._process_ns(n // 4) / (n // 4) for _ in range(3))))

    def _process_ns(self, n: int) -> int:
        started = time.process_time_ns()
        self._loop(n)
        return time.process_time_ns() - started

    def _calibrate(self, percent: float) -> None:
        """Find how many empty iterations of a loop take `percent` of one call.

        To begin such a loop costs something too, so its time is a line through two points.
        """
        none, many = (
            min(Timer(f"for _ in repeat(None, {n}): pass", "from itertools import repeat",
                      timer=time.process_time_ns).repeat(9, 1000)) / 1000
            for n in (0, 200)
        )  # fmt: skip
        wanted = self.iteration_ns * percent / 100
        self.namespace["SPIN"] = max(0, round((wanted - none) / ((many - none) / 200)))

    def _loop(self, n: int, first: int = 0) -> None:
        self.run(n, self.logger, self.loggers, [], first)

    def emit(self, n: int, path: str) -> dict[str, Any]:
        """Write n iterations into an emptied file, outside of any measurement, and close it."""
        self.flush()
        if self.workload.output != "terminal" and not self.rival.keeps_file:
            os.truncate(path, 0)
        if self.workload.threads > 1:
            self._threaded(n)
        else:
            self._loop(n)
        if self.workload.name == "kept":  # so that the block writes what it has kept
            self.logger.error(self.workload.event)
        self.module.close()
        return {}

    def _threaded(self, n: int) -> tuple[float, float]:
        """Run n iterations in all threads at once; return wall and processor nanoseconds.

        The clock starts when the last thread is there, so that starting them costs nothing.
        """
        threads = self.workload.threads
        start: list[int] = []
        barrier = threading.Barrier(
            threads, lambda: start.extend((time.perf_counter_ns(), time.process_time_ns()))
        )

        def share() -> None:
            barrier.wait()
            self._loop(n // threads)

        for done in [self.pool.submit(share) for _ in range(threads)]:
            done.result()
        return time.perf_counter_ns() - start[0], time.process_time_ns() - start[1]

    def round(self, n: int, alone: bool = False) -> dict[str, Any]:
        """Time n iterations; if so asked also, as `alone_ns`, some in one thread."""
        n += -n % self.workload.threads
        gc.collect()
        more = {}
        if self.workload.threads > 1:
            if alone:
                part = max(1, n // 4)
                time.sleep(max(0.0, self.quiet_at - time.monotonic()))
                started = time.perf_counter_ns()
                self._loop(part)
                more["alone_ns"] = (time.perf_counter_ns() - started) / part
            wall, cpu = self._threaded(n)
            self.quiet_at = time.monotonic() + QUIET_S
        else:
            # A thread of an exporter, or of the live page, is not the caller's time.
            exports = self.rival.setup.endswith((":otlp", ":live"))
            clock = time.thread_time_ns if exports else time.process_time_ns
            cpu = clock()
            wall = time.perf_counter_ns()
            self._loop(n)
            self.flush()
            wall = time.perf_counter_ns() - wall
            cpu = clock() - cpu
            if exports:
                wait_for_quiet()
        return {"n": n, "wall_ns": wall / n, "cpu_ns": cpu / n, **more}

    def go_on(self, path: str) -> None:
        """Log until nobody listens any more; processes of the same user may sample this one."""
        if sys.platform == "linux":  # which allows it to parents only
            ctypes.CDLL(None).prctl(_SET_PTRACER, _ANYBODY, 0, 0, 0)
        while not select.select([sys.stdin], [], [], 0)[0]:
            self._loop(10_000)
            if path != os.devnull and os.path.getsize(path) > _MOST_BYTES:
                os.truncate(path, 0)

    def latency(self, n: int) -> dict[str, Any]:
        """Time n iterations one by one; the clock's own cost is taken off."""
        samples = [0] * n
        clock = time.perf_counter_ns
        timer = median(-clock() + clock() for _ in range(2000))
        gc.collect()
        self.timed_run(n, self.logger, self.loggers, samples, 0)
        return {"timer_ns": timer, "samples": [max(0.0, sample - timer) for sample in samples]}

    def collections(self, n: int) -> dict[str, Any]:
        """Count the garbage collections of each generation during n iterations."""
        before = gc.get_stats()
        self._loop(n)
        pairs = zip(gc.get_stats(), before, strict=True)
        return {"collections": [each["collections"] - old["collections"] for each, old in pairs]}

    def writes(self, n: int) -> dict[str, Any]:
        """Count the system calls that write what n iterations log, in its threads too."""
        return count_writes(self._loop, n)

    def fallbacks(self, n: int) -> dict[str, Any]:
        """Return what share of n iterations' lines the fast lanes gave away, by reason, of ours."""
        from provide.foundation import stats

        before = stats().fallbacks
        self._loop(n)
        now = stats()
        if now.lane == "processor":
            return {"fallbacks": {"lane": 1.0}}
        given = {reason: many - before.get(reason, 0) for reason, many in now.fallbacks.items()}
        lines = n * max(1, self.workload.emits)
        return {"fallbacks": {reason: many / lines for reason, many in given.items() if many}}

    def allocation(self, n: int) -> dict[str, Any]:
        """Measure what an iteration allocates and what it keeps."""
        return measure_allocation(self._loop, n)

    def loggers_memory(self, n: int) -> dict[str, Any]:
        """Measure the memory of n loggers and of n bound ones."""
        return measure_loggers(self.module.get_logger, self.rival.syntax, n)

    def calls(self) -> dict[str, Any]:
        """Count the Python functions that one iteration calls."""
        return count_calls(self._loop)

    def probe(self, name: str) -> dict[str, Any]:
        """Take one of Foundation's own measurements."""
        from perf_lab.processes.probes import PROBES  # of Foundation, which no rival imports

        return {"value": PROBES[name](self)}

    def close(self) -> dict[str, Any]:
        """Let go of the output."""
        self.pool.shutdown()
        self.module.close()
        return {}
