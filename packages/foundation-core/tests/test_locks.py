"""No interrupt leaves a lock held, wherever in the code that takes one it comes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane

if sys.platform == "win32":
    pytest.skip("the tests' processes need POSIX", allow_module_level=True)

#: An interrupt at each place, one after the other, where CPython lets a signal handler run: at the
#: beginning of a function and behind a call (from 3.14 to 3.14.10 also of the lock's `__enter__`,
#: which is a call there).
PROGRAM = """
    import faulthandler, pathlib
    import provide.foundation as foundation
    from provide.foundation import flush, set_level
    from provide.foundation.extension import call_holding
    faulthandler.dump_traceback_later(50, exit=True)
    lock = threading.Lock()
    folder = pathlib.Path(foundation.__file__).parent
    # Whose code takes locks.
    WORDS = (".acquire", "call_holding(", "with self._lock")
    FILES = {
        str(file)
        for file in folder.rglob("*.py")
        if any(word in file.read_text() for word in WORDS)
    }
    steps = target = 0
    hit = True
    def interrupt(frame, event, argument):
        global steps, hit
        if event in ("call", "c_return") and frame.f_code.co_filename in FILES:
            steps += 1
            if steps == target:
                sys.setprofile(None)
                hit = True
                raise KeyboardInterrupt
    def start(delivery):
        # A pipe and a file: only of a pipe has a line to wait for others.
        target = {"output": "stderr"} if delivery == "direct" else {"log_file": FILE}
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(
            **target, delivery=delivery, console_formatter="json", default_level="DEBUG",
            capture_stdlib=False)))
    def log_line():
        log.info("line")
    ACTIONS = {
        "line": log_line,
        "level": lambda: set_level("DEBUG", "other"),
        "stats": stats,
        "helper": lambda: call_holding(lock, len, ""),
        "flush": lambda: flush(5),
        "set_up": lambda: start(delivery),
    }
    # Set-ups take long: each lane tries a third of their places, and all together all.
    turn = ("fast", "processor", "native").index(os.environ["FOUNDATION_LANE"])
    tried = {}
    for delivery in ("direct", "background"):
        for name, action in ACTIONS.items():
            start(delivery)
            stride = 3 if name == "set_up" else 1
            target, hit = turn % stride, True
            while hit:
                target += stride
                steps, hit = 0, False
                sys.setprofile(interrupt)
                try:
                    action()
                except KeyboardInterrupt:
                    pass
                finally:
                    sys.setprofile(None)
            tried[f"{delivery} {name}"] = target
        # What is left held, or owned by this thread, lets no other thread go on.
        def work(number):
            for action in ACTIONS.values(): action()
            log.info("from a thread", delivery=delivery)
        in_threads(1, work)
        log.info("last", delivery=delivery)
        flush(5)
    report(tried=tried)
"""


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


def test_interrupts_leave_no_lock_held(lane: Lane) -> None:
    """In lines, levels, counts, flushes and set-ups, direct and in background delivery."""
    done = lane.run(PROGRAM)

    assert (0, b"") == (done.status, done.stderr.partition(b"Timeout (")[2])
    lines = [json.loads(line) for line in (done.stderr + done.file.read_bytes()).splitlines()]
    seen = [(line["event"], line["delivery"]) for line in lines if "delivery" in line]
    tried = done.report["tried"]
    assert [
        (event, delivery)
        for delivery in ("direct", "background")
        for event in ("from a thread", "last")
    ] == seen
    taking = ("direct level", "direct helper", "direct set_up", "background line")
    assert [True] * len(taking) == [tried[name] > 3 for name in taking]
