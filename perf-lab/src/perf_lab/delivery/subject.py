"""A process that logs in the background, is killed, or keeps a pace; it imports who logs."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from perf_lab.processes import worker

if TYPE_CHECKING:
    from provide.foundation.config import DeliveryMode

EVENT = "benchmark_message"
#: Lines that Foundation's queue holds here, which is what it may lose: its default.
QUEUE_LINES = 16_384
Call = Callable[[int], None]
#: What logs one line, and what ends when all of them are in the file.
Opened = tuple[Call, Callable[[], None]]


def open_foundation(path: str, delivery: DeliveryMode) -> Opened:
    """Set Foundation up."""
    import provide.foundation as foundation

    queue = foundation.Delivery(delivery, queue_lines=QUEUE_LINES)
    logging = foundation.LoggingConfig(log_file=path, console_formatter="json", delivery=queue)
    foundation.setup_telemetry(foundation.TelemetryConfig(logging=logging))
    log = foundation.get_logger("benchmark")
    end = foundation.shutdown_telemetry
    return (lambda i: log.info(EVENT, iteration=i, thread_id=7, seconds=1.5)), end


def open_loguru(path: str) -> Opened:
    """Set loguru up with its own JSON and its own queue."""
    from loguru import logger

    logger.remove()
    logger.add(path, serialize=True, enqueue=True, backtrace=False, diagnose=False)
    # `remove` joins the thread that writes.
    return (lambda i: logger.info(EVENT, iteration=i, thread_id=7, seconds=1.5)), logger.remove


def open_stdlib(path: str) -> Opened:
    """Set logging up with orjson's formatter and a queue."""
    import logging
    import logging.handlers
    import queue

    from pythonjsonlogger.orjson import OrjsonFormatter

    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(OrjsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(lines, handler)
    listener.start()
    log = logging.getLogger("benchmark")
    log.setLevel("INFO")
    log.propagate = False
    log.addHandler(logging.handlers.QueueHandler(lines))

    return (
        lambda i: log.info(EVENT, extra={"iteration": i, "thread_id": 7, "seconds": 1.5})
    ), listener.stop


RIVALS: dict[str, Callable[[str], Opened]] = {
    "foundation-background": lambda path: open_foundation(path, "background"),
    "foundation": lambda path: open_foundation(path, "direct"),
    "loguru-enqueue": open_loguru,
    "stdlib-queue": open_stdlib,
}


class Subject:
    """Log through a library of `RIVALS`; a process of this logs once."""

    def __init__(self, _name: str) -> None:
        """Wait to be told who logs."""

    def drain(self, name: str, path: str, lines: int, rate: int = 0) -> dict[str, float]:
        """Log so many lines; return the nanoseconds of each, of its call, of the processor's time.

        Args:
            name: Who logs.
            path: Where to.
            lines: How many.
            rate: Lines a second; 0: as fast as it goes. The sleep between two is in the
                processor's time: taken off, what is left would be the noise of two large figures.
        """
        call, close = _open(name, path)
        cpu = time.process_time_ns()
        started = time.perf_counter_ns()
        for number in range(lines):
            call(number)
            if rate:
                due = started + (number + 1) * 1_000_000_000 // rate
                time.sleep(max(0, due - time.perf_counter_ns()) / 1e9)
        called = time.perf_counter_ns()
        close()
        ended = time.perf_counter_ns()
        return {
            "ns": (ended - started) / lines,
            "call_ns": (called - started) / lines,
            "cpu_ns": (time.process_time_ns() - cpu) / lines,
        }

    def kill(self, name: str, path: str, milliseconds: int, counter: str) -> None:
        """Log for so long, count the calls that have returned in a shared file, and die."""
        call, _ = _open(name, path)
        shared = mmap.mmap(os.open(counter, os.O_RDWR), 8)
        calls = 0
        end = time.perf_counter() + milliseconds / 1000
        while time.perf_counter() < end:
            call(calls)
            calls += 1
            shared[:] = struct.pack("q", calls)
        os.kill(os.getpid(), signal.SIGKILL)


def _open(name: str, path: str) -> Opened:
    opened = RIVALS[name](path)
    opened[0](-1)
    time.sleep(0.1)  # the thread of whoever has one is there
    return opened


if __name__ == "__main__":
    worker.main(Subject)
