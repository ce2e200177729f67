"""A fork that Python knows nothing of, as uWSGI and other C programs do it: the child logs too.

Each script forks by libc, so that none of `os.register_at_fork`'s functions runs.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane, parse

if sys.platform == "win32":
    pytest.skip("fork as POSIX has it", allow_module_level=True)

FORK = """
import ctypes
def fork_silently():
    return ctypes.PyDLL(None).fork()
def end(pid):
    "Wait for a child for a while, and say how it has ended."
    for _ in range(2000):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found: return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    return "hung"
"""


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


@pytest.mark.parametrize("state", ["asleep", "busy"])
def test_queue_gets_a_thread_in_a_child(lane: Lane, state: str) -> None:
    """The child's lines are written once, and the parent's, which wait at the fork, once too."""
    done = lane.run(
        FORK
        + f"""
state = "{state}"
"""
        + """
entered, gate = threading.Event(), threading.Event()
file = os.open(FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def take(line):
    if state == "busy" and os.getpid() == parent:
        entered.set(); gate.wait(30)
    os.write(file, line)
parent = os.getpid()
use(outputs=[take], delivery="background")
for number in range(5): log.info("parent", number=number)
if state == "busy": entered.wait(30)
else:
    while stats().outputs["take"].queue.lines: time.sleep(0.01)
    time.sleep(0.1)
child = fork_silently()
if child == 0:
    for number in range(5): log.info("child", number=number)
    started = time.monotonic()
    from provide.foundation import shutdown_telemetry
    shutdown_telemetry()
    os._exit(int(time.monotonic() - started))
gate.set()
report(child=end(child))
"""
    )

    lines, torn = parse(done.file.read_bytes())
    assert (0, 0, []) == (done.status, done.report["child"], torn)
    assert {"parent": 5, "child": 5} == Counter(line["event"] for line in lines)


def test_child_that_ends_at_once_writes_its_lines(lane: Lane) -> None:
    """A worker logs a line in the very second of the fork, and its exit drains it."""
    done = lane.run(
        FORK
        + """
use(log_file=FILE, delivery="background")
log.info("parent")
while stats().outputs[FILE].queue.lines: time.sleep(0.01)
time.sleep(0.1)
children = []
for number in range(3):
    child = fork_silently()
    if child == 0:
        log.info("child", number=number)
        atexit._run_exitfuncs()
        os._exit(0)
    children.append(child)
report(ends=[end(child) for child in children])
"""
    )

    lines, _ = parse(done.file.read_bytes())
    assert [0, 0, 0] == done.report["ends"]
    assert [0, 1, 2] == sorted(line["number"] for line in lines if line["event"] == "child")


def test_lock_that_another_thread_held_does_not_stop_a_child(lane: Lane) -> None:
    """A thread of the parent is in the midst of a line, for a reader that is stuck, at the fork."""
    done = lane.run(
        FORK
        + """
reader, writer = os.pipe()
os.set_blocking(writer, False)
saved = os.dup(2); os.dup2(writer, 2)
use(output="stderr", delivery=Delivery(write_timeout_s=3600))
thread = threading.Thread(target=lambda: log.info("long", text="y" * 200_000), daemon=True)
thread.start()
time.sleep(0.3)  # it waits for the reader by now, and holds the lock of the line
child = fork_silently()
if child == 0:
    os.dup2(os.open(FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 2)
    log.info("child")
    os._exit(0)
ended = end(child)
os.dup2(saved, 2)
report(child=ended)
os._exit(0)
"""
    )

    lines, _ = parse(done.file.read_bytes())
    assert (0, ["child"]) == (done.report["child"], [line["event"] for line in lines])


def test_child_rotates_for_itself(tmp_path: Path) -> None:
    """A child sets a file aside as its parent does, and every line is in one of them."""
    lane = Lane("fast", tmp_path)
    done = lane.run(
        FORK
        + """
use(log_file=FILE, delivery="background", rotation=Rotation(max_bytes=20_000, backup_count=100))
for number in range(300): log.info("parent", number=number)
# A thread that waits for the interpreter's lock at such a fork breaks that lock in the child.
while stats().outputs[FILE].queue.lines: time.sleep(0.01)
time.sleep(0.2)
child = fork_silently()
if child == 0:
    for number in range(300): log.info("child", number=number)
    atexit._run_exitfuncs()
    os._exit(0)
for number in range(300, 600): log.info("parent", number=number)
report(child=end(child))
"""
    )

    lines = [
        json.loads(line)["event"]
        for file in tmp_path.glob("app.log*")
        for line in file.read_bytes().splitlines()
    ]
    assert (0, {"parent": 600, "child": 300}) == (done.report["child"], Counter(lines))
