"""What a signal handler raises while the current span is looked up reaches the code that logged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane

if sys.platform == "win32":
    pytest.skip("signals as POSIX has them", allow_module_level=True)

#: A handler that raises at one place of the package after the other, in each kind of look-up.
PROGRAM = """
    import provide.foundation.otel as package
    from opentelemetry import trace as api
    from opentelemetry.sdk.trace import TracerProvider
    from provide.foundation.otel.correlation import Correlation
    FOLDER = os.path.dirname(package.__file__)
    class OutOfTime(BASE): pass
    def handle(*_): raise OutOfTime
    signal.signal(signal.SIGUSR1, handle)
    use(log_file=FILE)
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
    tracer = TracerProvider().get_tracer("t")
    def log_in_span():
        with tracer.start_as_current_span("s"):
            log.info("x")
    KINDS = [log_in_span, lambda: Correlation().start()]
    swallowed, places = [], 0
    for kind, call in enumerate(KINDS):
        target, hit = 0, True
        while hit:
            target += 1
            steps, hit, caught = 0, False, False
            sys.settrace(trace)
            try:
                call()
            except OutOfTime:
                caught = True
            finally:
                sys.settrace(None)
            places += hit
            if hit and not caught:
                swallowed.append((kind, target))
    with tracer.start_as_current_span("s"):
        log.info("last")
    report(swallowed=swallowed, places=places)
"""


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


@pytest.mark.parametrize("base", ["Exception", "TypeError"])
def test_what_a_handler_raises_amid_a_look_at_the_span_reaches_the_caller(
    lane: Lane, base: str
) -> None:
    """At each line of the package's code that a log call runs, and the choice of a way to look."""
    done = lane.run(PROGRAM.replace("BASE", base))

    assert ([], True) == (done.report["swallowed"], done.report["places"] > 15)
    assert b'"event":"last","trace_id":' in done.file.read_bytes()
