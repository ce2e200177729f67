"""The writer's process: it logs the mix, is disturbed, and says each second how it goes."""

from __future__ import annotations

import gc
import math
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson

from perf_lab.processes import worker
from perf_lab.processes.allocations import resident_bytes
from perf_lab.records.machine import keep_to_cpus
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.soak.disturbances import Disturbed, Undisturbed
from perf_lab.soak.histogram import SHIFT
from perf_lab.soak.mix import CYCLE, LOG_NAME, compile_calls

#: A paced run makes the messages of so long due at one moment.
TICK_S = 0.001
#: Messages between two looks at the clock where there is no pace.
CHUNK = 4 * len(CYCLE)
#: Of the yardstick after each tick or chunk, which say how fast the processor is. They are
#: spread over the second, for its speed changes within one: a neighbour's load comes and goes.
YARDSTICK_ITERATIONS = 5


class Writer:
    """Log through one library, and sample once a second.

    Args:
        name: A name of the catalogue.
    """

    def __init__(self, name: str) -> None:
        keep_to_cpus(one=True)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._stop)
        self.rival = RIVALS[name]
        self.stopped = False
        self.latency: dict[str, dict[int, int]] = {
            "service": defaultdict(int), "response": defaultdict(int),
        }  # fmt: skip
        self.leaked: list[object] = []
        self.waited_s = self.started = 0.0
        self._cpu_ns = self._yardstick_ns = self._turns = 0
        self._parent = os.getppid()
        self._null = os.open(os.devnull, os.O_WRONLY)

    def _stop(self, *_: object) -> None:
        self.stopped = True  # after the present chunk

    def prepare(self, **job: Any) -> dict[str, Any]:
        """Set the library up.

        Args:
            job: `folder`, where the log file goes; `most_unread`, the bytes in there above which
                the writer waits for the reader; `first`, the number of the first message, and
                `stop`, the one after the last, or `duration_s`, seconds (None: no end); `rate`,
                messages a second (0: as fast as it goes); `phase_s`, how much later than the
                beginning of a tick they are due, so that two writers do not want the processor at
                the same moment; `leak`, whether to keep an object per message.
        """
        self.job = SimpleNamespace(**job)
        subject = Disturbed if self.rival.ours else Undisturbed
        self.subject = subject(self.rival.name, str(Path(self.job.folder) / LOG_NAME))
        self.calls = compile_calls(self.rival.syntax)
        self.next = self.job.first
        gc.collect()
        return {}

    def write(self) -> Iterator[dict[str, Any]]:
        """Write everything; a sample a second, and at the end what was written."""
        job = self.job
        ends = job.stop, job.duration_s
        stop, duration_s = (math.inf if end is None else end for end in ends)
        # The clock is the system's, so the ticks of two writers lie `phase_s` apart.
        self.started = math.ceil(time.monotonic() / TICK_S) * TICK_S + job.phase_s
        self._sampled = (self.started, self.next)
        tick = written = 0
        next_sample = self.started + 1
        while True:
            count, due = CHUNK, time.monotonic()
            if job.rate:
                due, now = self.started + tick * TICK_S, due
                if now < due:
                    time.sleep(due - now)
                tick += 1
                # Of a rate that no tick divides, no message is lost to rounding.
                count = int(tick * job.rate * TICK_S) - written
                written += count
            if self.stopped or self.next >= stop or due - self.started >= duration_s:
                break
            began = time.thread_time_ns()
            self._emit(int(min(count, stop - self.next)), due)
            self._cpu_ns += time.thread_time_ns() - began
            self._turn_yardstick()
            if due >= next_sample:
                yield self._sample()
                self._disturb()
                next_sample = max(next_sample + 1, (due if job.rate else time.monotonic()) + 0.5)
        if self.next > self._sampled[1]:
            yield self._sample()
        yield {
            "end": True, "next": self.next, "done": dict(self.subject.done),
            "seconds": time.monotonic() - self.started - self.waited_s,
            "waited_s": self.waited_s, **self.subject.account(),
        }  # fmt: skip

    def _emit(self, count: int, due: float) -> None:
        """Write messages; where there is a rate, all were due at one moment, and may wait."""
        log, calls, length = self.subject.log, self.calls, len(CYCLE)
        service, response = self.latency.values()
        clock, paced = time.perf_counter_ns, self.job.rate
        first = self.next
        zero = clock() - max(0, int((time.monotonic() - due) * 1e9))
        for number in range(first, first + count):
            service[calls[number % length](log, number) >> SHIFT] += 1
            if paced:
                response[clock() - zero >> SHIFT] += 1
        self.next += count
        if self.job.leak:
            self.leaked += [(number,) for number in range(first, first + count)]

    def _disturb(self) -> None:
        self.next = self.subject.disturb(self.next)
        if os.getppid() != self._parent:  # nobody is listening any more
            self.stopped = True
        began = time.monotonic()
        while unread_bytes(self.job.folder) > self.job.most_unread and not self.stopped:
            time.sleep(0.1)
        self.waited_s += time.monotonic() - began

    def _sample(self) -> dict[str, Any]:
        now = time.monotonic() - self.waited_s
        before, first = self._sampled
        count = self.next - first
        self._sampled = (now, self.next)
        # As one text: so many numbers would look like a leak while they wait to be sent.
        text = orjson.dumps(self.latency, option=orjson.OPT_NON_STR_KEYS).decode()
        for counts in self.latency.values():
            counts.clear()
        dropped = self.subject.account().get("dropped", {})
        sample = {
            "seconds": round(now - self.started, 3), "next": self.next,
            "rate": round(count / max(now - before, 1e-9), 1),
            "rss_bytes": resident_bytes(), "blocks": sys.getallocatedblocks(),
            "open_files": count_open_files(),
            "cpu_ns": round(self._cpu_ns / max(count, 1), 1),
            "yardstick_ns": self._yardstick_ns / max(self._turns, 1),
            "threads": threading.active_count(), "dropped": sum(dropped.values()),
            **{f"collections_{n}": each["collections"] for n, each in enumerate(gc.get_stats())},
            "latency": text,
        }  # fmt: skip
        self._cpu_ns = self._yardstick_ns = self._turns = 0
        return sample

    def _turn_yardstick(self) -> None:
        """Time a fixed piece of work, in the processor's nanoseconds: other people's load."""
        null, dumps, write = self._null, orjson.dumps, os.write
        line = {"event": "message_written", "seq": 0, "user": "alice", "load": 2.5}
        began = time.thread_time_ns()
        for number in range(YARDSTICK_ITERATIONS):
            line["seq"] = number
            write(null, dumps(line))
        self._yardstick_ns += time.thread_time_ns() - began
        self._turns += YARDSTICK_ITERATIONS


def unread_bytes(folder: str) -> int:
    """Return how many bytes of log files there are: the reader deletes what it has read."""
    total = 0
    for name in os.listdir(folder):
        with suppress(FileNotFoundError):
            total += os.stat(f"{folder}/{name}").st_size
    return total


def count_open_files() -> int:
    """Return how many descriptors are open, 0 where the system does not tell."""
    with suppress(OSError):
        return len(os.listdir("/proc/self/fd"))
    return 0


if __name__ == "__main__":
    worker.main(Writer)
