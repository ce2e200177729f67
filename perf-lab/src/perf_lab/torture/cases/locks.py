"""No deadlock: no deadlock, whatever interrupts a call; every line is there."""

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
from typing import Any

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, lines_only, manner, read

_FORKS = 60


def _children_too(performance: Performance) -> str:
    found = every_line(performance)
    if found != KEPT:
        return found
    hung = performance.facts["hung"]
    lost = _FORKS - sum(b"from a child" in line for line in performance.data.splitlines())
    return "a child hung" if hung else f"lost {lost} of children" if lost else KEPT


def _fork_and_log(stage: Stage) -> None:
    running = True

    def work(part: Stage) -> None:
        while running:
            part.call(pad="y" * 200)

    parts = [stage.part(f"t{chr(97 + number)}") for number in range(8)]
    threads = [threading.Thread(target=work, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    hung = 0
    for _ in range(_FORKS):
        child = os.fork()
        if child == 0:
            stage.log.info("from a child")
            os._exit(0)
        end = time.monotonic() + 3
        while not os.waitpid(child, os.WNOHANG)[0]:
            if time.monotonic() > end:
                hung += 1
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                break
            time.sleep(0.0005)
        if hung:
            break
    running = False
    for thread in threads:
        thread.join()
    stage.facts["hung"] = hung


@case(6, _children_too, limit_s=8)
def fork_with_file(stage: Stage) -> None:
    """Fork while 8 threads log to a file; the children log too."""
    _fork_and_log(stage)


@case(6, _children_too, output="stream", limit_s=8)
def fork_with_stream(stage: Stage) -> None:
    """Fork while 8 threads log to a pipe; the children log too."""
    _fork_and_log(stage)


def _storm_of_signals(stage: Stage) -> None:
    handler = stage.part("h")

    def handle(*_: object) -> None:
        handler.call()

    signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0004, 0.0004)
    end = time.monotonic() + 5
    while handler.count < 500 and time.monotonic() < end:
        stage.call()
    signal.setitimer(signal.ITIMER_REAL, 0)


@case(6, every_line)
def signal_handler_with_file(stage: Stage) -> None:
    """A signal handler logs in the midst of log calls, to a file."""
    _storm_of_signals(stage)


@case(6, every_line, output="stream")
def signal_handler_with_stream(stage: Stage) -> None:
    """A signal handler logs in the midst of log calls, to a pipe."""
    _storm_of_signals(stage)


def _storm_of_interrupts(stage: Stage) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    returned: list[str] = []
    interrupts = 0
    info = stage.log.info
    while interrupts < 300:
        try:
            signal.setitimer(signal.ITIMER_REAL, random.random() * 0.0006)
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
    stage.in_threads(2, lambda part: part.call())
    stage.facts["returned"] = returned


def _returned_is_there(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    reading = read(performance)
    returned = performance.facts["returned"]
    missing = sum(reading.present[name] != 1 for name in (*returned, "taa0", "tab0"))
    if missing:
        return f"lost {missing} of {len(returned)}"
    return f"torn {reading.torn}" if reading.torn else KEPT


@case(6, _returned_is_there, limit_s=8)
def interrupts_with_file(stage: Stage) -> None:
    """300 KeyboardInterrupts in the midst of log calls to a file."""
    _storm_of_interrupts(stage)


@case(6, _returned_is_there, output="stream", limit_s=8)
def interrupts_with_stream(stage: Stage) -> None:
    """300 KeyboardInterrupts in the midst of log calls to a pipe."""
    _storm_of_interrupts(stage)


@case(6, every_line, output="stream")
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


@case(6, every_line, output="stream", quick=True)
def repr_logs(stage: Stage) -> None:
    """`__repr__` of a value logs."""
    part = stage.part("r")

    class Value:
        def __repr__(self) -> str:
            part.call()
            return "value"

    for _ in range(100):
        stage.call(v=Value())


def _late_too(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    data = performance.data
    missing = [word for word in ("at exit", "at teardown") if word.encode() not in data]
    return f"lost the line {missing[0]}" if missing else lines_only(performance)


@case(6, _late_too, output="stream", quick=True)
def shutdown(stage: Stage) -> None:
    """Exit handlers and the teardown of modules log."""
    info = stage.log.info

    class Late:
        def __del__(self) -> None:
            info("at teardown")

    module: Any = types.ModuleType("late")
    sys.modules["late"] = module
    module.late = Late()
    atexit.register(info, "at exit")
    stage.call()


@case(6, lambda p: manner(p) or (KEPT if b"last" in p.data else "lost the last line"),
      output="stream")  # fmt: skip
def daemon_thread(stage: Stage) -> None:
    """A daemon thread logs while the interpreter ends, and an exit handler too."""

    def work() -> None:
        while True:
            stage.log.info("from a daemon", pad="y" * 5000)

    atexit.register(stage.log.info, "last")
    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.1)


@case(6, lambda p: manner(p) or KEPT, output="stream")
def stream_that_logs(stage: Stage) -> None:
    """The stream's own `write` logs."""

    class Stream:
        encoding = "utf-8"
        closed = False

        def __init__(self, kept: Any) -> None:
            self.kept = kept
            self.depth = 0

        def write(self, text: str) -> int:
            stage.attempt(stage.log.info, "again")
            return int(self.kept.write(text))

        def flush(self) -> None:
            self.kept.flush()

        def isatty(self) -> bool:
            return False

    name = "stderr" if os.environ.get("PROVIDE_LOG_LEVEL") else "stdout"
    setattr(sys, name, Stream(getattr(sys, name)))
    from perf_lab.torture.libraries import LIBRARIES, Request

    library = LIBRARIES[sys.argv[1]]
    if library.name == "structlog-orjson":  # it writes bytes, to whatever has such a write
        sys.stdout.buffer = sys.stdout  # type: ignore[misc]
    request = Request(None, text="json" not in library.forms, watch=False, options={})
    stage.log = library.set_up(request)
    for _ in range(3):
        stage.attempt(stage.log.info, "first")
    setattr(sys, name, getattr(sys, f"__{name}__"))


def _deep_fork(performance: Performance) -> str:
    found = manner(performance)
    failed = performance.facts.get("failed", 0)
    return found or (f"children hung: {failed}" if failed else KEPT)


@case(6, _deep_fork, output="stream", limit_s=8)
def fork_amid_first_line(stage: Stage) -> None:
    """Fork while another thread writes the first line of the program."""
    failed = 0
    for number in range(12):
        prober = os.fork()
        if prober == 0:
            threading.Thread(target=stage.log.info, args=("first",), daemon=True).start()
            time.sleep(number / 2000)
            child = os.fork()
            if child == 0:
                signal.alarm(3)
                stage.log.info("child")
                os._exit(0)
            os._exit(os.waitpid(child, 0)[1] != 0)
        failed += os.waitpid(prober, 0)[1] != 0
    stage.facts["failed"] = failed


def _silent_children(performance: Performance) -> str:
    found = every_line(performance)
    if found != KEPT:
        return found
    if performance.facts["hung"]:
        return "a child hung"
    lost = 10 - performance.data.count(b"from a silent child")
    return f"lost {lost} of 10 of children" if lost else KEPT


@case(6, _silent_children, only=("foundation",), options={"delivery": "background"}, limit_s=8)
def silent_fork(stage: Stage) -> None:
    """C code forks, as uWSGI does, with a thread that writes; each child logs and ends."""
    import ctypes

    from provide.foundation import flush

    fork = ctypes.PyDLL(None).fork
    hung = 0
    for _ in range(10):
        stage.call()
        flush(30)  # the thread is at rest: else the child's interpreter itself may be broken
        child = fork()
        if child == 0:
            stage.log.info("from a silent child")
            flush(5)
            os._exit(0)
        end = time.monotonic() + 10
        while not os.waitpid(child, os.WNOHANG)[0]:
            if time.monotonic() > end:
                hung += 1
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                break
            time.sleep(0.001)
        if hung:
            break
    flush(30)
    stage.facts["hung"] = hung
