"""Endless recursion in background delivery: no room is lost, and each call is settled once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane, parse

if sys.platform == "win32":
    pytest.skip("the tests' processes need POSIX", allow_module_level=True)


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return one lane after the other."""
    return Lane(request.param, tmp_path)


#: Recurse without end, 50 times; `begun` and `returned` bound what may count.
SCRIPTS = {
    "depth": """
        def deeper():
            global begun, returned
            begun += 1
            log.info("x", number=begun)
            returned += 1
            deeper()
    """,
    "repr": """
        class Endless:
            def __repr__(self):
                global begun, returned
                begun += 1
                log.info("x", number=begun, value=Endless())
                returned += 1
                return repr(self)
        def deeper():
            global begun, returned
            begun += 1
            log.info("x", number=begun, value=Endless())
            returned += 1
            raise RecursionError
    """,
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_recursion_costs_no_room_in_the_queue(lane: Lane, kind: str) -> None:
    """After 50 recursions to the end of the stack the queue is empty, and a stop waits for none."""
    script = """
        from provide.foundation import flush, shutdown_telemetry
        use(log_file=FILE, delivery="background")
        begun = returned = 0
    """
    script += SCRIPTS[kind]
    script += """
        for _ in range(50):
            try:
                deeper()
            except RecursionError:
                pass
        flushed = flush(30)
        depth = stats().outputs[FILE].queue.lines
        start = time.monotonic()
        shutdown_telemetry()
        took = time.monotonic() - start
        report(flushed=flushed, depth=depth, took=took, begun=begun, returned=returned)
    """
    done = lane.run(script)

    facts = done.report
    assert (True, 0) == (facts["flushed"], facts["depth"])
    # A queue whose room has gone is waited for: 5 s, `drain_timeout_s`.
    assert facts["took"] < 4
    written, dropped = done.balance(str(lane.file))
    lines, torn = parse(done.file.read_bytes())
    assert (written, []) == (len(lines), torn)
    assert facts["returned"] <= written + dropped <= facts["begun"]


def test_lines_that_could_not_be_counted_are_counted_for_who_asks(lane: Lane) -> None:
    """`stats` after a recursion has every call, though no call has come since."""
    done = lane.run("""
        use(log_file=FILE)
        begun = returned = 0
        def deeper():
            global begun, returned
            begun += 1
            log.info("x", number=begun)
            returned += 1
            deeper()
        for _ in range(50):
            try:
                deeper()
            except RecursionError:
                pass
        report(begun=begun, returned=returned)
    """)

    written, dropped = done.balance(str(lane.file))
    assert written == len(done.file.read_bytes().splitlines())
    assert done.report["returned"] <= written + dropped <= done.report["begun"]
