"""Tests of signal handlers that change the set-up, and of interrupts in the midst of a change."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import interpreters

LANES = ["fast", "processor"]
if importlib.util.find_spec("provide.foundation.native") is not None:
    LANES.append("native")

#: Begins each program: a timer that hits anywhere, until it has hit often enough.
STORM = """
import os, random, signal, sys, time
import provide.foundation as foundation
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, set_level
from provide.foundation._runtime.setup import reset_for_testing, setup_telemetry, shutdown_telemetry

log = get_logger("app")
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="begin.log")))
hits = depth = 0

def config(name):
    return TelemetryConfig(logging=LoggingConfig(log_file=name, default_level="DEBUG"))

def storm(handle, work, most, seconds=2.0):
    def hit(*_):
        global hits, depth
        hits += 1
        depth += 1
        try:
            if hits < most:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + random.random() * 0.004)
            if depth < 3:
                handle()
        finally:
            depth -= 1
    signal.signal(signal.SIGALRM, hit)
    signal.setitimer(signal.ITIMER_REAL, 0.0001)
    end = time.monotonic() + seconds
    while hits < most and time.monotonic() < end:
        work()
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
"""


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest) -> str:
    """Return a lane to play a program in."""
    return str(request.param)


def run(code: str, folder: Path, lane: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program behind `STORM`; a hang is an error."""
    return interpreters.run(
        [sys.executable, "-c", STORM + code],
        capture_output=True,
        text=True,
        timeout=40,
        cwd=folder,
        env={**os.environ, "FOUNDATION_LANE": lane, **environ},
    )


def list_events(file: Path) -> list[str]:
    """Return the events of a file of JSON lines."""
    return [json.loads(line)["event"] for line in file.read_text().splitlines()]


def test_level_is_set_in_a_signal_handler(lane: str, tmp_path: Path) -> None:
    """A handler that sets levels, in the midst of `set_level`, neither waits nor is forgotten."""
    code = """
setup_telemetry(config("app.log"))
levels = ["DEBUG", "INFO", "WARNING"]
storm(lambda: set_level(random.choice(levels), "other"),
      lambda: (set_level(random.choice(levels)), log.error("line")), 400)
set_level("ERROR")
print(log.is_enabled_for("WARNING"), get_logger("other").get_effective_level() <= 30)
"""
    done = run(code, tmp_path, lane)

    assert (0, "False True\n", "") == (done.returncode, done.stdout, done.stderr)


def test_set_up_in_a_signal_handler(lane: str, tmp_path: Path) -> None:
    """A handler that sets up anew, in the midst of a set-up, takes its turn behind that one."""
    code = """
import threading
written = 0
def set_up():
    global written
    setup_telemetry(config(random.choice(["a.log", "b.log"])))
    log.info("line")
    written += 1
storm(set_up, set_up, 150)
setup_telemetry(config("end.log"))
log.info("last")
log.bind(a=1).info("bound")
dropped = sum(
    sum(each.dropped.values()) for each in foundation.stats().outputs.values())
print(written, dropped)
"""
    done = run(code, tmp_path, lane)

    assert (0, "") == (done.returncode, done.stderr)
    lines = sum(len(list_events(tmp_path / name)) for name in ("begin.log", "a.log", "b.log"))
    assert [f"{lines}", "0"] == done.stdout.split()
    assert ["last", "bound"] == list_events(tmp_path / "end.log")


def test_everything_in_a_signal_handler(lane: str, tmp_path: Path) -> None:
    """Whatever changes the set-up may interrupt anything else that does."""
    code = """
import threading
from provide.foundation.testing import capture_logs
def capture():
    with capture_logs() as lines:
        log.info("captured")
changes = [
    lambda: set_level("INFO"), lambda: setup_telemetry(config("a.log")), shutdown_telemetry,
    reset_for_testing, capture, lambda: log.info("line"),
    lambda: setup_telemetry(TelemetryConfig(logging=LoggingConfig(
        log_file="b.log", delivery="background", capture_stdlib=False))),
]
done = False
def work():
    while not done:
        random.choice(changes[:5])()
threads = [threading.Thread(target=work) for _ in range(2)]
for each in threads: each.start()
storm(lambda: random.choice(changes)(), lambda: random.choice(changes)(), 150, 3)
done = True
for each in threads: each.join()
setup_telemetry(config("end.log"))
log.info("last")
"""
    done = run(code, tmp_path, lane, PROVIDE_LOG_LEVEL="ERROR")

    assert 0 == done.returncode, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert ["last"] == list_events(tmp_path / "end.log")


def test_interrupted_set_up_leaves_one_that_works(lane: str, tmp_path: Path) -> None:
    """KeyboardInterrupt in the midst of a set-up leaves the older one or the newer, and no lock."""
    code = """
import threading
def interrupt(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, interrupt)
end = time.monotonic() + 2
while hits < 300 and time.monotonic() < end:
    try:
        hits += 1
        signal.setitimer(signal.ITIMER_REAL, 0.0001 + random.random() * 0.003)
        # An end to it: Python throws away what is raised while it finalises an object.
        for _ in range(5):
            setup_telemetry(config(random.choice(["a.log", "b.log"])))
            set_level("INFO")
            log.info("line")
        time.sleep(0.01)
    except KeyboardInterrupt:
        log.bind(a=1).info("after")
setup_telemetry(config("end.log"))
thread = threading.Thread(target=log.info, args=("last",))
thread.start()
thread.join()
"""
    done = run(code, tmp_path, lane)

    assert (0, False) == (done.returncode, "RecursionError" in done.stderr)
    assert ["last"] == list_events(tmp_path / "end.log")


@pytest.mark.parametrize("kind", ["line", "level"])
def test_daemon_threads_do_not_hold_up_the_end(lane: str, kind: str, tmp_path: Path) -> None:
    """What runs while the interpreter ends waits for no lock that a stopped thread has taken."""
    code = """
import threading
setup_telemetry(TelemetryConfig(logging=LoggingConfig(output="stderr")))
class Late:
    def __del__(self):
        for _ in range(20):
            log.info("late")
            set_level("INFO")
def work():
    while True:
        log.info("from a daemon", pad="y" * 5000)
        if kind == "level":
            set_level("INFO")
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
sys.modules["late"] = Late()
"""
    for _ in range(2):
        process = interpreters.Popen(
            [sys.executable, "-c", STORM + f"kind = {kind!r}\n" + code],
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env={**os.environ, "FOUNDATION_LANE": lane},
        )
        try:
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()

        assert (0, True) == (process.returncode, b'"late"' in errors)


@pytest.mark.parametrize("base", ["Exception", "TimeoutError"])
def test_what_a_handler_raises_reaches_the_code_around(
    lane: str, base: str, tmp_path: Path
) -> None:
    """A time limit that runs out in a log call is not taken for a failure of the call's own."""
    code = """
class OutOfTime(BASE):
    pass
class Value:
    def __repr__(self):
        return "value"
arrived = caught = 0
inside = False
class Handler:
    def handle(self, *_):
        global arrived, inside
        if inside:
            inside = False
            arrived += 1
            raise OutOfTime
handler = Handler()
signal.signal(signal.SIGALRM, handler.handle)
setup_telemetry(config("app.log"))
# It loads what such values need, which takes longer than any of the limits below.
log.info("first %s", 0, value=Value(), more={"a": [1, Value()]})
# A function of its own: CPython 3.13 covers the jump back of a loop by no `try` around it.
def work(number):
    while inside:
        log.info("line %s", number, value=Value(), more={"a": [1, Value()]})
for number in range(300):
    try:
        inside = True
        signal.setitimer(signal.ITIMER_REAL, 0.00002 + random.random() * 0.0006)
        work(number)
    except OutOfTime:
        caught += 1
log.info("last")
(counts,) = [each for name, each in foundation.stats().outputs.items() if name == "app.log"]
print(arrived - caught <= 3, sum(counts.written.values()), *counts.dropped)
"""
    done = run(code.replace("BASE", base), tmp_path, lane)
    events = list_events(tmp_path / "app.log")

    assert (0, "last") == (done.returncode, events[-1])
    assert ["True", str(len(events)), "interrupted"] == done.stdout.split()
    assert len(events) > 10  # some calls had time enough


@pytest.mark.parametrize(
    "call", ["log.info(event, *numbers)", "log.info('x', errors=errors)"], ids=["message", "field"]
)
def test_what_a_handler_raises_within_a_value_is_kept(lane: str, call: str, tmp_path: Path) -> None:
    """Making a text of a value runs handlers: what one raises reaches the caller."""
    code = """
class OutOfTime(Exception):
    pass
arrived = caught = 0
inside = False
def end(*_):
    global arrived, inside
    if inside:
        inside = False
        arrived += 1
        raise OutOfTime
signal.signal(signal.SIGALRM, end)
setup_telemetry(config("app.log"))
numbers = [10**30 + number for number in range(500)]
event = "%s " * len(numbers)
errors = [OSError(2, "no such file", "app.toml"), KeyError("key"), ValueError(7)] * 150
CALL
def work():
    while inside:
        CALL
for _ in range(200):
    try:
        inside = True
        signal.setitimer(signal.ITIMER_REAL, 0.00002 + random.random() * 0.0006)
        work()
    except OutOfTime:
        caught += 1
print(arrived > 100, arrived - caught <= 3)
"""
    done = run(code.replace("CALL", call), tmp_path, lane)
    assert ("True True\n", 0) == (done.stdout, done.returncode), done.stderr[-2000:]


@pytest.mark.parametrize(
    "install",
    ["handle", "functools.partial(handle)", "Callable()", "Callable().method"],
)
def test_handlers_of_every_kind_are_known(install: str, tmp_path: Path) -> None:
    """A handler is a function, a method, a partial or an object that can be called."""
    code = f"""
import functools
from provide.foundation._process.interrupts import comes_from_handler
def handle(*_):
    raise ValueError
class Callable:
    def __call__(self, *_):
        raise ValueError
    method = __call__
signal.signal(signal.SIGUSR1, {install})
def work():
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(1)
try:
    work()
except ValueError as error:
    print(comes_from_handler(error))
try:
    int("x")
except ValueError as error:
    print(comes_from_handler(error))
"""
    done = run(code, tmp_path, "fast")

    assert ("True\nFalse\n", "") == (done.stdout, done.stderr)


def test_interrupts_leave_no_descriptor_open(tmp_path: Path) -> None:
    """What a handler raises anywhere in opening and rotating leaves no file open."""
    code = """
import dis, functools, gc
from provide.foundation._output.files.rotating import RotatingSink
from provide.foundation._output.files.policy import Rotation
# At each of these places in turn, because a timer hits the few that count once in a thousand times.
@functools.cache
def places(code):
    found = set()
    steps = [each for each in dis.get_instructions(code) if each.opname != "CACHE"]
    for step, following in zip(steps, steps[1:]):
        if step.opname in ("CALL", "CALL_KW", "CALL_FUNCTION_EX", "RESUME"):
            found.add(following.offset)
        elif step.opname == "JUMP_BACKWARD":
            found.add(step.argval)
    return found
NAMES = {"inode.py", "lock.py", "sink.py", "file.py", "ownership.py"}
class Interrupt(BaseException):
    pass
steps = target = 0
hit = True
def trace(frame, event, argument):
    global steps, hit
    if os.path.basename(frame.f_code.co_filename) not in NAMES:
        return None
    frame.f_trace_opcodes = True
    if event == "opcode" and frame.f_lasti in places(frame.f_code):
        steps += 1
        if steps == target:
            sys.settrace(None)
            hit = True
            raise Interrupt
    return trace
def work():
    sink = RotatingSink("app.log", Rotation(max_bytes=10))
    sink.deliver(0, b"a line of some length\\n")
    sink.measure()
def count():
    gc.collect()
    return len(os.listdir("/proc/self/fd"))
sys.unraisablehook = lambda _: None
work()
before, others = count(), 0
sys._getframe().f_trace_opcodes = True  # CPython 3.12 looks for it when a trace begins
while hit:
    target += 1
    steps, hit = 0, False
    sys.settrace(trace)
    try:
        work()
    except Interrupt:
        pass
    except Exception:
        others += 1
    finally:
        sys.settrace(None)
work()
print(count() - before, others, target > 100)
"""
    done = run(code, tmp_path, "fast")

    assert ("0 0 True\n", "") == (done.stdout, done.stderr)
