"""No deadlock, Signals are safe, Exit ends: interrupts, forks, and the end of a process."""

from __future__ import annotations

import atexit
import gc
import os
import random
import signal
import sys
import threading
import time
import types
from collections.abc import Callable
from functools import partial
from typing import Any

from perf_lab.torture.case import Stage, case
from perf_lab.torture.checks import every_line, has, whole_lines
from perf_lab.torture.judge import Performance


def hangs(work: Callable[[], object]) -> bool:
    """Do work in a child, and say whether it crashed or had to be killed after three seconds."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(3)
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def _children_too(performance: Performance) -> str:
    if performance.facts["hung"]:
        return "a child hung"
    lost = 60 - sum(b"from a child" in line for line in performance.data.splitlines())
    return f"lost {lost} of children" if lost else ""


@case(6, every_line, _children_too, limit_s=8, output="pipe", name="fork_with_stream",
      title="Fork while 8 threads log to a pipe; the children log too.")  # fmt: skip
@case(6, every_line, _children_too, limit_s=8, name="fork_with_file",
      title="Fork while 8 threads log to a file; the children log too.")  # fmt: skip
def fork_and_log(stage: Stage) -> None:
    """Fork in the midst of what threads log."""
    ended = threading.Event()

    def work(part: Stage) -> None:
        while not ended.is_set():
            part.call(pad="y" * 200)

    def fork() -> None:
        children = (hangs(lambda: stage.log.info("from a child")) for _ in range(60))
        stage.facts["hung"] = any(children)
        ended.set()

    stage.in_threads(8, work, fork)


@case(6, output="pipe", limit_s=8)
def fork_amid_first_line(stage: Stage) -> str:
    """Fork while another thread writes the first line of the program."""

    def probe(delay_s: float) -> None:
        threading.Thread(target=stage.log.info, args=("first",), daemon=True).start()
        time.sleep(delay_s)
        os._exit(hangs(lambda: stage.log.info("child")))

    hung = sum(hangs(partial(probe, number / 2000)) for number in range(12))
    return f"children hung: {hung}" if hung else ""


@case(6, every_line, output="pipe", name="signal_handler_with_stream",
      title="A signal handler logs in the midst of log calls, to a pipe.")  # fmt: skip
@case(6, every_line, name="signal_handler_with_file",
      title="A signal handler logs in the midst of log calls, to a file.")  # fmt: skip
def signal_handler_logs(stage: Stage) -> None:
    """Have a signal handler log."""
    handler = stage.part("h")
    signal.signal(signal.SIGALRM, lambda *_: handler.call())
    signal.setitimer(signal.ITIMER_REAL, 0.0004, 0.0004)
    end = time.monotonic() + 5
    while handler.count < 500 and time.monotonic() < end:
        stage.call()
    signal.setitimer(signal.ITIMER_REAL, 0)


@case(6, every_line, output="pipe")
def finaliser(stage: Stage) -> None:
    """`__del__` logs while garbage is collected in the midst of log calls."""
    part = stage.part("d")

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            part.call()

    gc.set_threshold(3)
    for _ in range(200):
        Cycle()
        stage.call(v=[1, {"a": 2}])
    gc.collect()


@case(6, every_line, output="pipe", quick=True)
def repr_logs(stage: Stage) -> None:
    """`__repr__` of a value logs."""
    part = stage.part("r")

    class Value:
        def __repr__(self) -> str:
            part.call()
            return "value"

    for _ in range(100):
        stage.call(v=Value())


def at_teardown(work: Callable[[], object]) -> None:
    """Have the teardown of modules do work."""
    module: Any = types.ModuleType("late")
    sys.modules["late"] = module
    module.late = type("Late", (), {"__del__": lambda _: work()})()


def log_in_daemons(stage: Stage, seconds: float) -> None:
    """Have four daemon threads log until they are stopped, and wait for so long."""

    def work() -> None:
        while True:
            stage.log.info("from a daemon", pad="y" * 5000)

    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(seconds)


_LATE = [has(word, f"lost the line {word}") for word in ("at exit", "at teardown")]


@case(6, *_LATE, whole_lines, output="pipe", quick=True)
def shutdown(stage: Stage) -> None:
    """Exit handlers and the teardown of modules log."""
    info = stage.log.info
    at_teardown(lambda: info("at teardown"))
    atexit.register(info, "at exit")
    stage.call()


@case(6, has("last", "lost the last line"), output="pipe")
def daemon_thread(stage: Stage) -> None:
    """A daemon thread logs while the interpreter ends, and an exit handler too."""
    atexit.register(stage.log.info, "last")
    log_in_daemons(stage, 0.1)


@case(26, output="pipe", limit_s=8)
def daemon_threads_and_finaliser(stage: Stage) -> None:
    """Daemon threads log until they are stopped, and then the teardown of a module does."""
    info = stage.log.info
    at_teardown(lambda: [info("late") for _ in range(50)])
    log_in_daemons(stage, 0.05)


@case(6, output="pipe")
def stream_that_logs(stage: Stage) -> None:
    """The stream's own `write` logs."""
    original: Any = getattr(sys, stage.stream)

    class Stream:
        encoding = "utf-8"
        closed = False
        flush = original.flush
        isatty = original.isatty

        def write(self, text: str) -> int:
            stage.attempt(stage.log.info, "again")
            return int(original.write(text))

    setattr(sys, stage.stream, Stream())
    if stage.library.name == "structlog-orjson":  # it writes bytes, to whatever has such a write
        sys.stdout.buffer = sys.stdout  # type: ignore[misc]
    stage.set_up(to_file=False)
    for _ in range(3):
        stage.attempt(stage.log.info, "first")
    setattr(sys, stage.stream, original)


def _returned_is_there(performance: Performance) -> str:
    reading = performance.reading
    returned = performance.facts["returned"]
    missing = sum(reading.present[name] != 1 for name in (*returned, "taa0", "tab0"))
    if missing:
        return f"lost {missing} of {len(returned)}"
    return f"torn {reading.torn}" if reading.torn else ""


@case(6, _returned_is_there, limit_s=8, output="pipe", name="interrupts_with_stream",
      title="300 KeyboardInterrupts in the midst of log calls to a pipe.")  # fmt: skip
@case(6, _returned_is_there, limit_s=8, name="interrupts_with_file",
      title="300 KeyboardInterrupts in the midst of log calls to a file.")  # fmt: skip
def interrupts(stage: Stage) -> None:
    """Interrupt log calls, and note which have returned."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    returned: list[str] = []
    interrupts = 0
    info = stage.log.info
    while interrupts < 300:
        try:
            signal.setitimer(signal.ITIMER_REAL, 1e-6 + random.random() * 0.0006)
            while True:
                name = stage.take()
                info(f"beg-{name}-", pad="y" * 9000, end=f"end-{name}-")
                returned.append(name)
        except KeyboardInterrupt:
            interrupts += 1
        except Exception as error:  # what a library raises is the result
            stage.raised[type(error).__name__] += 1
            interrupts += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    stage.in_threads(2, Stage.call)
    stage.facts["returned"] = returned


@case(19, raising=True, limit_s=8)
def time_limit_in_a_call(stage: Stage) -> str:
    """What a signal handler raises in the midst of a log call reaches the code around it."""
    arrived = caught = 0
    inside = False

    class OutOfTimeError(Exception):
        pass

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
    lost = arrived - caught
    return f"swallowed {lost} of {arrived}" if lost * 100 > arrived else ""
