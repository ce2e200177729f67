"""What a signal handler raises while a line is being marked reaches the code that logged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane

if sys.platform == "win32":
    pytest.skip("signals as POSIX has them", allow_module_level=True)

#: A handler that raises at one place of the package after the other, in a log call of each kind.
PROGRAM = """
    import provide.foundation.emoji as package
    FOLDER = os.path.dirname(package.__file__)
    class OutOfTime(BASE): pass
    def handle(*_): raise OutOfTime
    signal.signal(signal.SIGUSR1, handle)
    use(log_file=FILE, das_emoji_prefix_enabled=True, logger_name_emoji_prefix_enabled=True)
    steps = target = 0
    hit = False
    def trace(frame, event, argument):
        global steps, hit
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        if event == "line":
            steps += 1
            if steps == target:
                sys.settrace(None)
                hit = True
                signal.raise_signal(signal.SIGUSR1)
        return trace
    KINDS = [
        lambda number: log.info(f"event {number} failed to connect"),
        lambda number: log.info("x", domain="auth", action=f"login{number}", status="success"),
        lambda number: log.info("x", **{"http.method": "GET", "http_method": f"PUT{number}"}),
        lambda number: log.info("x", **{f"key{number}": 1}),
        lambda number: get_logger(f"name.{number}").info("x"),
    ]
    swallowed, places = [], 0
    for kind, call in enumerate(KINDS):
        target, hit = 0, True
        while hit:
            target += 1
            steps, hit, caught = 0, False, False
            sys.settrace(trace)
            try:
                call(target)
            except OutOfTime:
                caught = True
            finally:
                sys.settrace(None)
            places += hit
            if hit and not caught:
                swallowed.append((kind, target))
    log.info("last")
    report(swallowed=swallowed, places=places)
"""


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


@pytest.mark.parametrize("base", ["Exception", "TimeoutError"])
def test_what_a_handler_raises_amid_a_marker_reaches_the_caller(lane: Lane, base: str) -> None:
    """At each line of the package's code that a log call runs, of five kinds of calls."""
    done = lane.run(PROGRAM.replace("BASE", base))

    assert ([], True) == (done.report["swallowed"], done.report["places"] > 50)
    assert b'"event":"last"' in done.file.read_bytes()
