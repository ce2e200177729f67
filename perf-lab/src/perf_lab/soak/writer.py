"""The writer's process, by its job as JSON; it logs, and says how it goes.

A second's sample is a JSON object on what was stdout at the start. `rival` "foundation" is
disturbed while it logs; another library is only asked to open its file again when that was renamed.
"""

from __future__ import annotations

import gc
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from perf_lab.records.machine import keep_to_cpus
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.soak.histogram import Histogram
from perf_lab.soak.protocol import LOG_NAME, LOGGER_NAME
from perf_lab.workloads.workload import Options

#: A paced run makes the messages of so long due at one moment.
TICK_S = 0.001
#: Messages between two looks at the clock where there is no pace.
CHUNK = 500
#: Of the yardstick after each tick or chunk, which say how fast the processor is. They are
#: spread over the second, for its speed changes within one: a neighbour's load comes and goes.
YARDSTICK_ITERATIONS = 5
#: Unread bytes in the folder above which the writer waits for the reader.
MOST_UNREAD = 2 << 30


@dataclass(frozen=True)
class Job:
    """Say what to write.

    Args:
        rival: A name of the catalogue.
        folder: Where the log file goes.
        first: The number of the first message.
        stop: The number after the last one; None: no end.
        duration_s: Seconds; None: no end.
        rate: Messages per second; 0: as fast as it goes.
        phase_s: How much later than the beginning of a tick the messages are due, so that two
            writers do not want the processor at the same moment.
        leak: Whether to keep an object per message.
        most_unread: Bytes in the folder above which the writer waits.
    """

    rival: str
    folder: str
    first: int = 0
    stop: int | None = None
    duration_s: float | None = None
    rate: int = 0
    phase_s: float = 0.0
    leak: bool = False
    most_unread: int = MOST_UNREAD


class Subject:
    """Be the program that logs through a rival; nothing happens to it."""

    def __init__(self, job: Job, path: str) -> None:
        self.rival = RIVALS[job.rival]
        self.path = path
        self.module: Any = self.rival.load()
        self.log: Any = None
        self.done: dict[str, int] = {}
        self._open()

    def disturb(self, sequence: int) -> int:
        """Open the file again if it was renamed; return the number of the next message."""
        if not os.path.exists(self.path):
            self._open()
        return sequence

    def account(self) -> dict[str, Any]:
        """Return what the library itself says of its lines: nothing."""
        return {}

    def _open(self) -> None:
        self.module.open_output(self.rival.setup, self.path, Options())
        self.log = self.module.get_logger(LOGGER_NAME)


def make_subject(job: Job, path: str) -> Any:
    """Return what logs, and what happens to it meanwhile."""
    if not RIVALS[job.rival].ours:
        return Subject(job, path)
    from perf_lab.soak.disturbances import Disturbances  # Foundation: its own process only

    return Disturbances(path)


class Writer:
    """Log by the job, and sample once a second."""

    def __init__(self, job: Job, say: Callable[[dict[str, Any]], None]) -> None:
        self.job = job
        self.say = say
        self.path = str(Path(job.folder) / LOG_NAME)
        self.subject = make_subject(job, self.path)
        self.stopped = False
        self.next = job.first
        self.service, self.response = Histogram(), Histogram()
        self.all_service, self.all_response = Histogram(total=True), Histogram(total=True)
        self.leaked: list[object] = []
        self.cpu_ns = 0
        self.waited_s = 0.0
        self.started = 0.0
        self._parent = os.getppid()
        self._null = os.open(os.devnull, os.O_WRONLY)
        self._yardstick_ns = self._yardstick_iterations = 0
        self._sampled = (0.0, job.first)

    def stop(self, *_: object) -> None:
        """End after the present chunk."""
        self.stopped = True

    def run(self) -> None:
        """Write everything, and say at the end what was written."""
        gc.collect()
        self.say({"ready": True})
        if not sys.stdin.readline():  # the parent lets all begin together
            return
        # The clock is the system's, so the ticks of two writers lie `phase_s` apart.
        self.started = math.ceil(time.monotonic() / TICK_S) * TICK_S + self.job.phase_s
        self._sampled = (self.started, self.next)
        if self.job.rate:
            self._run_paced()
        else:
            self._run_free()
        if self.next > self._sampled[1]:
            self._sample()
        self.say({
            "end": True, "next": self.next, "done": dict(self.subject.done),
            "seconds": time.monotonic() - self.started - self.waited_s,
            "waited_s": self.waited_s, **self.subject.account(),
            "service": self.all_service.percentiles_us(),
            "response": self.all_response.percentiles_us(),
            "latency": self.all_service.rows(),
        })  # fmt: skip

    def _is_over(self, now: float) -> bool:
        job = self.job
        return (
            self.stopped
            or (job.stop is not None and self.next >= job.stop)
            or (job.duration_s is not None and now - self.started >= job.duration_s)
        )

    def _run_free(self) -> None:
        due = self.started + 1
        now = time.monotonic()
        while not self._is_over(now):
            count = CHUNK if self.job.stop is None else min(CHUNK, self.job.stop - self.next)
            began = time.thread_time_ns()
            self._emit(count)
            self.cpu_ns += time.thread_time_ns() - began
            self._turn_yardstick()
            now = time.monotonic()
            if now >= due:
                self._sample()
                self._disturb()
                now = time.monotonic()
                due = max(due + 1, now + 0.5)

    def _run_paced(self) -> None:
        per_tick = self.job.rate * TICK_S
        tick = written = 0
        next_sample = self.started + 1
        while True:
            due = self.started + tick * TICK_S
            now = time.monotonic()
            if now < due:
                time.sleep(due - now)
            if self._is_over(due):
                return
            tick += 1
            # Of a rate that no tick divides, no message is lost to rounding.
            count = int(tick * per_tick) - written
            written += count
            if self.job.stop is not None:
                count = min(count, self.job.stop - self.next)
            began = time.thread_time_ns()
            self._emit_due(count, due)
            self.cpu_ns += time.thread_time_ns() - began
            self._turn_yardstick()
            if due >= next_sample:
                self._sample()
                self._disturb()
                next_sample += 1

    def _emit(self, count: int) -> None:
        log, counts, slow = self.subject.log, self.service.counts, self.service.slow
        clock = time.perf_counter_ns
        first = self.next
        for number in range(first, first + count):
            began = clock()
            log.info("message_written", seq=number, user="alice", load=2.5)
            took = clock() - began
            try:
                counts[took >> 6] += 1
            except IndexError:
                slow.append(took)
        self.next += count
        if self.job.leak:
            self.leaked += [(number,) for number in range(first, first + count)]

    def _emit_due(self, count: int, due: float) -> None:
        """Write messages that were due at one moment; a later one waits for the earlier."""
        log, counts, slow = self.subject.log, self.service.counts, self.service.slow
        waits, long_waits = self.response.counts, self.response.slow
        clock = time.perf_counter_ns
        first = self.next
        late = max(0, int((time.monotonic() - due) * 1e9))
        zero = clock() - late
        for number in range(first, first + count):
            began = clock()
            log.info("message_written", seq=number, user="alice", load=2.5)
            ended = clock()
            try:
                counts[ended - began >> 6] += 1
            except IndexError:
                slow.append(ended - began)
            try:
                waits[ended - zero >> 6] += 1
            except IndexError:
                long_waits.append(ended - zero)
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

    def _sample(self) -> None:
        now = time.monotonic() - self.waited_s
        before, first = self._sampled
        count = self.next - first
        self._sampled = (now, self.next)
        service, response = self.service.percentiles_us(), self.response.percentiles_us()
        self.all_service.add(self.service)
        self.all_response.add(self.response)
        self.service.clear()
        self.response.clear()
        # What this class keeps of a second is gone now; it must not look like a leak.
        memory = {"rss_bytes": resident_bytes(), "blocks": sys.getallocatedblocks()}
        dropped = self.subject.account().get("dropped", {})
        self.say({
            "t": round(now - self.started, 3), "next": self.next,
            "rate": round(count / max(now - before, 1e-9), 1),
            "service": service, "response": response, **memory,
            "cpu_ns": round(self.cpu_ns / max(count, 1), 1),
            "yardstick_ns": self._yardstick_ns / max(self._yardstick_iterations, 1),
            "open_files": count_open_files(), "threads": threading.active_count(),
            "collections": [generation["collections"] for generation in gc.get_stats()],
            "dropped": sum(dropped.values()), "waited_s": round(self.waited_s, 1),
        })  # fmt: skip
        self.cpu_ns = self._yardstick_ns = self._yardstick_iterations = 0

    def _turn_yardstick(self) -> None:
        """Time a fixed piece of work, in the processor's nanoseconds: other people's load."""
        null, dumps, write = self._null, orjson.dumps, os.write
        line = {"event": "message_written", "seq": 0, "user": "alice", "load": 2.5}
        began = time.thread_time_ns()
        for number in range(YARDSTICK_ITERATIONS):
            line["seq"] = number
            write(null, dumps(line))
        self._yardstick_ns += time.thread_time_ns() - began
        self._yardstick_iterations += YARDSTICK_ITERATIONS


def unread_bytes(folder: str) -> int:
    """Return how many bytes of log files there are: the reader deletes what it has read."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                total += entry.stat().st_size
            except FileNotFoundError:
                continue
    return total


def resident_bytes() -> int:
    """Return the resident memory, 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


def count_open_files() -> int:
    """Return how many descriptors are open, 0 where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


def main() -> None:
    """Write by the job in the arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(message: dict[str, Any]) -> None:
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    keep_to_cpus(one=True)
    writer = Writer(Job(**json.loads(sys.argv[1])), say)
    signal.signal(signal.SIGTERM, writer.stop)
    writer.run()


if __name__ == "__main__":
    main()
