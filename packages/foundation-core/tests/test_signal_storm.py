"""A background writer under a storm of signals: no call counts twice, none raises what is ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane, parse

if sys.platform == "win32":
    pytest.skip("signals as POSIX has them", allow_module_level=True)


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


STORM = """
    class Stop(Exception): pass
    armed = False
    def handle(*_):
        global armed
        if {raises} and armed:
            armed = False
            raise Stop
    signal.signal(signal.SIGALRM, handle)
    use({options})
    returned = set()
    begun = 0
    foreign = []
    end = time.monotonic() + 0.5
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    while time.monotonic() < end:
        begun += 1
        try:
            armed = True
            log.info("x", number=begun)
            armed = False
            returned.add(begun)
        except Stop:
            pass
        except BaseException as error:
            foreign.append(repr(error))
        armed = False
    signal.setitimer(signal.ITIMER_REAL, 0)
    from provide.foundation import shutdown_telemetry
    ends = time.monotonic()
    shutdown_telemetry()
    took = time.monotonic() - ends
    report(begun=begun, returned=len(returned), foreign=foreign, took=took)
"""


@pytest.mark.parametrize("raises", [True, False], ids=["raises", "returns"])
@pytest.mark.parametrize("policy", ["block", "drop_oldest"])
def test_storm_of_signals_counts_no_call_twice(lane: Lane, policy: str, raises: bool) -> None:
    """What is written is counted once, what is dropped once, and only the handler raises."""
    delivery = f'Delivery("background", queue_policy="{policy}", queue_lines=200)'
    options = f"log_file=FILE, delivery={delivery}"
    done = lane.run(STORM.format(raises=raises, options=options))

    lines, torn = parse(done.file.read_bytes())
    written, dropped = done.balance(str(lane.file))
    begun, returned = done.report["begun"], done.report["returned"]
    assert ([], []) == (done.report["foreign"], torn)
    assert len({line["number"] for line in lines}) == len(lines) == written
    # A call that the handler ended may have a line, a count, or neither; never both.
    assert returned <= written + dropped <= begun
    if not raises:
        assert begun == returned
    # No line has kept its room in the queue: then the end would wait for 10 s.
    assert 5 > done.report["took"]
