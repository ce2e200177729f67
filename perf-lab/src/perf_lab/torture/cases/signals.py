"""Signals are safe: signal handlers that log, set levels, set up and raise."""

from __future__ import annotations

import gc
import os
import random
import signal
import time
from collections.abc import Callable

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, manner

_OURS = ("foundation",)
_HITS = 100


def _storm(stage: Stage, handle: Callable[[], None], work: Callable[[], None]) -> None:
    hits = depth = 0

    def hit(*_: object) -> None:
        nonlocal hits, depth
        hits += 1
        depth += 1
        if hits < _HITS:
            signal.setitimer(signal.ITIMER_REAL, 0.0002 + random.random() * 0.004)
        if depth < 3:
            handle()
        depth -= 1

    signal.signal(signal.SIGALRM, hit)
    signal.setitimer(signal.ITIMER_REAL, 0.0001)
    end = time.monotonic() + 3
    while hits < _HITS and time.monotonic() < end:
        work()
        stage.call()
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    stage.call()


@case(19, every_line, only=_OURS, limit_s=8)
def set_level_in_handler(stage: Stage) -> None:
    """A signal handler sets levels in the midst of `set_level` and of log calls."""
    from provide.foundation import set_level

    def change() -> None:
        set_level(random.choice(("DEBUG", "INFO")), random.choice(("other", "another")))

    _storm(stage, change, change)


@case(19, every_line, only=_OURS, limit_s=8)
def set_up_in_handler(stage: Stage) -> None:
    """A signal handler sets up anew in the midst of a set-up and of log calls."""
    from provide.foundation import LoggingConfig, TelemetryConfig, setup_telemetry

    config = TelemetryConfig(logging=LoggingConfig(log_file=str(stage.file)))
    _storm(stage, lambda: setup_telemetry(config), lambda: setup_telemetry(config))


def _reaches(performance: Performance) -> str:
    found = manner(performance, raising=True)
    if found:
        return found
    arrived, caught = performance.facts["arrived"], performance.facts["caught"]
    lost = arrived - caught
    return f"swallowed {lost} of {arrived}" if lost * 100 > arrived else KEPT


@case(19, _reaches, limit_s=8)
def time_limit_in_a_call(stage: Stage) -> None:
    """What a signal handler raises in the midst of a log call reaches the code around it."""

    class OutOfTimeError(Exception):
        pass

    arrived = caught = 0
    inside = False

    def hit(*_: object) -> None:
        nonlocal arrived, inside
        if inside:
            inside = False
            arrived += 1
            raise OutOfTimeError

    signal.signal(signal.SIGALRM, hit)
    info = stage.log.info
    end = time.monotonic() + 4
    while arrived < 300 and time.monotonic() < end:
        try:
            inside = True
            signal.setitimer(signal.ITIMER_REAL, 0.00002 + random.random() * 0.0006)
            while inside:
                info("a line", number=arrived, text="y" * 50)
        except OutOfTimeError:
            caught += 1
    stage.facts.update(arrived=arrived, caught=caught)


def _closes(performance: Performance) -> str:
    found = manner(performance)
    left = performance.facts["left"]
    return found or (f"left {left} descriptors open" if left else KEPT)


@case(19, _closes, only=_OURS, limit_s=15)
def interrupted_rotation(stage: Stage) -> None:
    """What a signal handler raises in the midst of set-up and rotation leaves no file open."""
    from provide.foundation import LoggingConfig, Rotation, TelemetryConfig, setup_telemetry

    class OutOfTimeError(BaseException):
        pass

    def set_up(name: str) -> None:
        path = str(stage.file.with_name(name))
        logging = LoggingConfig(log_file=path, rotation=Rotation(max_bytes=1024))
        setup_telemetry(TelemetryConfig(logging=logging))

    def count() -> int:
        stage.log.info("a line")  # a logger keeps what it wrote by until its next call
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    inside = False

    def hit(*_: object) -> None:
        nonlocal inside
        if inside:
            inside = False
            raise OutOfTimeError

    signal.signal(signal.SIGALRM, hit)
    set_up("end.log")
    before = count()
    end = time.monotonic() + 8
    for _ in range(600):
        try:
            inside = True
            signal.setitimer(signal.ITIMER_REAL, 0.00005 + random.random() * 0.005)
            while inside and time.monotonic() < end:
                set_up(random.choice(("one.log", "other.log")))
                for _ in range(130):
                    stage.log.info("a line", text="y" * 50)
        except OutOfTimeError:
            pass
    inside = False
    set_up("end.log")
    stage.facts["left"] = count() - before
