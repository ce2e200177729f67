"""The write that keeps the interpreter's lock, and when the fast lanes use it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

import interpreters
from provide.foundation import (
    Delivery,
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation._diagnostics.stats import SAMPLE_EVERY
from provide.foundation._lanes.base import FastLane
from provide.foundation._output.contention import CONTENTION_NS, make_gil_write
from provide.foundation._runtime.state import STATE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="knows Linux' file systems only")


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the fast lane write."""
    monkeypatch.setenv("FOUNDATION_LANE", "fast")


def use_file(path: Path, **options: Any) -> FastLane:
    """Set up to write to a file, and return the lane that does."""
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **options)))
    supersede = STATE.supersede_lane
    lane = getattr(supersede, "__self__", None)
    assert isinstance(lane, FastLane)
    return lane


def keeps_lock(lane: FastLane) -> bool:
    """Say whether a lane's write keeps the interpreter's lock at present."""
    return lane.contention is not None and lane.write is lane.contention.gil_write


def wait_until(holds: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Wait for what other threads bring about."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def log_in_threads(count: int, lines: int, first: int = 0) -> None:
    """Log so many lines in each of so many threads, all at once."""
    barrier = Barrier(count)
    log = get_logger("app")

    def work(thread: int) -> None:
        barrier.wait()
        for number in range(lines):
            log.info("contended", thread=thread, number=number)

    threads = [Thread(target=work, args=(first + n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_regular_file_and_null_device(tmp_path: Path) -> None:
    """It writes what `os.write` does, and says of an error that nothing was taken."""
    descriptor = os.open(tmp_path / "x.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    write = make_gil_write(descriptor)
    assert write is not None
    line = "gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n\0\n".encode() * 1000
    assert len(line) == write(descriptor, line)
    assert line == (tmp_path / "x.log").read_bytes()
    os.close(descriptor)
    assert 0 == write(descriptor, line)
    with open(os.devnull, "wb") as null:
        write = make_gil_write(null.fileno())
        assert write is not None
        assert 5 == write(null.fileno(), b"line\n")


def test_what_can_wait_has_none() -> None:
    """Pipes, other devices, files that are none on a disk, and closed numbers."""
    reader, writer = os.pipe()
    assert make_gil_write(writer) is None
    os.close(reader)
    os.close(writer)
    assert make_gil_write(writer) is None
    for path in ("/dev/full", "/proc/self/comm"):
        descriptor = os.open(path, os.O_WRONLY)
        assert make_gil_write(descriptor) is None
        os.close(descriptor)


@pytest.mark.parametrize("formatter", ["json", "key_value"])
def test_contention_comes_and_goes(tmp_path: Path, formatter: str) -> None:
    """The lock is kept for threads that log at once, not for one alone; no line is lost."""
    path = tmp_path / "x.log"
    lane = use_file(path, console_formatter=formatter)
    log = get_logger("app")
    for number in range(3 * SAMPLE_EVERY):
        log.info("alone", number=number)
    assert lane.write is os.write
    log_in_threads(4, 20 * SAMPLE_EVERY)
    assert keeps_lock(lane)
    time.sleep(1.05 * CONTENTION_NS / 1e9)
    for number in range(2 * SAMPLE_EVERY):
        log.info("alone again", number=number)
    assert lane.write is os.write
    reset_for_testing()
    lines = path.read_text().splitlines()
    assert 3 * SAMPLE_EVERY + 80 * SAMPLE_EVERY + 2 * SAMPLE_EVERY == len(lines)
    assert 80 * SAMPLE_EVERY == len({line[28:] for line in lines if "contended" in line})


def test_new_set_up_under_contention(tmp_path: Path) -> None:
    """Whatever is set up while threads log: each line is in one of the files, once."""
    lanes = [use_file(tmp_path / "0.log")]
    log = get_logger("app")
    written = [0] * 4

    def work(thread: int) -> None:
        while len(lanes) < 5:
            log.info("contended", thread=thread, number=written[thread])
            written[thread] += 1

    threads = [Thread(target=work, args=(n,)) for n in range(len(written))]
    for thread in threads:
        thread.start()
    for number in range(1, 5):
        wait_until(lambda: keeps_lock(lanes[-1]))
        lanes.append(use_file(tmp_path / f"{number}.log"))
    for thread in threads:
        thread.join()
    reset_for_testing()
    found = [
        (line["thread"], line["number"])
        for path in tmp_path.iterdir()
        for line in map(json.loads, path.read_text().splitlines())
    ]
    assert len(found) == len(set(found)) == sum(written)


#: A slow machine has longer ones.
SWITCH_S = 0.05 * float(os.environ.get("FOUNDATION_TEST_PATIENCE", "1"))


def test_contention_lets_others_run(tmp_path: Path) -> None:
    """A thread that does not log gets the lock long before the interpreter would see to it."""
    lane = use_file(tmp_path / "x.log")
    running = True
    log = get_logger("app")

    def work() -> None:
        while running:
            log.info("contended")

    threads = [Thread(target=work) for _ in range(4)]
    interval = sys.getswitchinterval()
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: keeps_lock(lane))
        sys.setswitchinterval(SWITCH_S)
        began = time.monotonic()
        for _ in range(40):
            os.stat(tmp_path)  # lets go of the lock, and waits for it
        took = time.monotonic() - began
    finally:
        running = False
        sys.setswitchinterval(interval)
        for thread in threads:
            thread.join()
        reset_for_testing()
    assert 40 * SWITCH_S / 2 > took


def test_switched_off(tmp_path: Path) -> None:
    """Where the configuration says so no write keeps the lock, however many threads log."""
    lane = use_file(tmp_path / "x.log", delivery=Delivery(write_holds_gil=False))
    log_in_threads(4, 20 * SAMPLE_EVERY)
    found = (lane.contention, lane.write)
    reset_for_testing()
    assert (None, os.write) == found


def test_file_that_moves_to_what_can_wait(tmp_path: Path) -> None:
    """What is written to is looked at again when the file's name leads elsewhere."""
    lane = use_file(tmp_path / "x.log")
    assert lane.contention is not None
    (tmp_path / "x.log").unlink()
    (tmp_path / "x.log").symlink_to("/proc/self/comm")  # stands for a network's: no local disk
    log = get_logger("app")

    def contends() -> bool:
        log.info("x")
        return lane.contention is not None

    wait_until(lambda: not contends())
    assert lane.write is os.write
    (tmp_path / "x.log").unlink()
    wait_until(contends)
    reset_for_testing()
    assert (tmp_path / "x.log").stat().st_size > 0


FULL_DISK = """
import json, os, resource, sys
from threading import Barrier, Thread
from provide.foundation import *
from provide.foundation._runtime.state import STATE

path = sys.argv[1]
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path)))
lane = STATE.supersede_lane.__self__
log = get_logger("app")


def work(lines, barrier=None):
    if barrier is not None:
        barrier.wait()
    for number in range(lines):
        log.info("line", number=number)


def contend(lines):
    barrier = Barrier(4)
    threads = [Thread(target=work, args=(lines, barrier)) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()


contend(2000)
assert lane.write is lane.contention.gil_write
import sys; sys.dont_write_bytecode = True  # else a module may be cut short
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path) + 5003, limits[1]))
contend(100)
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
work(1)
contend(2000)
counts = stats().outputs[path]
written, dropped = sum(counts.written.values()), sum(counts.dropped.values())
assert written + dropped == 4 * 4100 + 1, counts
assert dropped > 0, counts
whole = 0
for line in open(path, "rb").read().splitlines():
    try:
        whole += json.loads(line)["event"] == "line"
    except ValueError:  # the torn one
        pass
assert whole == written, (whole, written)
"""


def test_full_disk_under_contention(tmp_path: Path) -> None:
    """Where the file may not grow, each line is counted, as written or dropped; none raises."""
    done = interpreters.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "x.log")], capture_output=True, text=True
    )
    assert 0 == done.returncode, done.stderr[-2000:]
    assert "Traceback" not in done.stderr


OUT_OF_TIME = """
import signal, sys
from random import random
from threading import Thread
from time import sleep
from provide.foundation import *
from provide.foundation._runtime.state import STATE

path = sys.argv[1]
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, capture_stdlib=False)))
log = get_logger("app")
lane = STATE.supersede_lane.__self__


class OutOfTime(Exception):
    pass


class Limit:
    def end(self, *_):
        global inside
        if inside:
            inside = False
            raise OutOfTime


def work():
    while inside:
        log.info("line")


def work_beside():
    while not done:
        log.info("line beside")
        sleep(0.0005)


inside = done = False
signal.signal(signal.SIGALRM, Limit().end)
threads = [Thread(target=work_beside) for _ in range(2)]
for each in threads: each.start()
contended = 0
for _ in range(2500):
    try:
        inside = True
        signal.setitimer(signal.ITIMER_REAL, 0.0001 + random() * 0.0004)
        work()
    except OutOfTime:
        contended += lane.write is lane.contention.gil_write
done = True
for each in threads: each.join()
found = open(path, "rb").read()
counts = stats().outputs[path]
written = sum(counts.written.values())
print(contended > 500, written - found.count(b"\\n"), counts.bytes - len(found))
"""


def test_time_limits_under_contention_cost_no_count(tmp_path: Path) -> None:
    """A line that a signal handler's exception kept from the file does not count as written."""
    done = interpreters.run(
        [sys.executable, "-c", OUT_OF_TIME, str(tmp_path / "x.log")],
        env={**os.environ, "FOUNDATION_LANE": "fast"}, capture_output=True, text=True,
    )  # fmt: skip
    assert ("True 0 0\n", 0) == (done.stdout, done.returncode), done.stderr[-2000:]


def test_without_ctypes(tmp_path: Path) -> None:
    """An interpreter without it logs all the same, and lets go of the lock for each line."""
    script = (
        "import sys; sys.modules['_ctypes'] = None\n"
        "from provide.foundation import *; from provide.foundation._runtime.state import STATE\n"
        "setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=sys.argv[1])))\n"
        "get_logger().info('here')\n"
        "assert STATE.supersede_lane.__self__.contention is None\n"
    )
    path = tmp_path / "x.log"
    done = interpreters.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True
    )
    assert 0 == done.returncode, done.stderr
    assert 1 == len(path.read_text().splitlines())
