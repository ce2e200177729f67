"""Blocks that keep lines, in processes of their own: forks, signals, lines that nobody ends."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane, parse

if sys.platform == "win32":
    pytest.skip("signals and fork as POSIX has them", allow_module_level=True)


@pytest.fixture(params=LANES[:1])
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Return the fastest lane: none has a part in what is kept."""
    return Lane(request.param, tmp_path)


def test_fork_in_a_block_writes_no_line_twice(lane: Lane) -> None:
    """What a parent has kept is the parent's; a child keeps and writes its own."""
    done = lane.run("""
        from provide.foundation import buffered
        use(log_file=FILE)
        with buffered():
            log.debug("parent's")
            child = os.fork()
            if child:
                os.waitpid(child, 0)
            log.debug("own", child=not child)
            log.error("failed", child=not child)
            if not child:
                os._exit(0)
        report()
    """)

    lines, torn = parse(done.file.read_bytes())
    expected = [("own", True), ("failed", True), ("parent's", None), ("own", False)]
    assert ([*expected, ("failed", False)], []) == (
        [(line["event"], line.get("child")) for line in lines],
        torn,
    )
    assert (3, 0) == done.balance(str(lane.file))


def test_shutdown_in_a_block_loses_nothing(lane: Lane) -> None:
    """A block that ends behind the shutdown writes its lines, and an abandoned one counts them."""
    done = lane.run("""
        from provide.foundation import buffered, shutdown_telemetry
        use(log_file=FILE, delivery="background")
        def iterate():
            with buffered():
                log.debug("abandoned")
                yield
                log.debug("never")
        iterator = iterate()
        next(iterator)
        del iterator
        with buffered():
            log.debug("kept")
            shutdown_telemetry()
            log.error("failed")
        report()
    """)

    assert ["kept", "failed"] == [line["event"] for line in parse(done.file.read_bytes())[0]]
    assert (2, 1) == done.balance(str(lane.file))


STORM = """
    import traceback
    from provide.foundation import buffered
    class Stop(Exception): pass
    armed = False
    begun = returned = early = 0
    def look(error):
        # At its first line, no method can count yet; lanes have storms of their own.
        global early
        path = []
        for frame, line in traceback.walk_tb(error.__traceback__):
            code = frame.f_code
            if code is handle.__code__:
                name, is_at_door = path[-1] if path else ("", False)
                is_method = len(path) <= 2 or name.endswith("pipeline.py")
                early += (is_at_door and is_method) or any("_lanes" in name for name, _ in path)
                path = []
            elif code is not call.__code__:
                path.append((code.co_filename, line == code.co_firstlineno))
    def handle(*_):
        global armed, begun, returned
        begun += 1
        log.debug("signal")
        returned += 1
        if armed:
            armed = False
            raise Stop
    signal.signal(signal.SIGALRM, handle)
    use(log_file=FILE)
    def call(method, event):
        global armed, begun, returned
        begun += 1
        try:
            armed = True
            method(event, number=begun)
            armed = False
            returned += 1
        except Stop as error:
            look(error)
    end = time.monotonic() + 0.6
    with buffered(max_lines=20):
        signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
        while time.monotonic() < end:
            with buffered(max_lines=8):
                for turn in range(12):
                    call(log.debug, "kept")
                if begun % 3:
                    call(log.error, "failed")
                call(log.debug, "behind")
        signal.setitimer(signal.ITIMER_REAL, 0)
    report(begun=begun, early=early)
"""


def test_storm_of_signals_in_blocks_counts_each_line_once(lane: Lane) -> None:
    """A handler that logs and raises, in the midst of a call, costs and doubles no line."""
    done = lane.run(STORM)

    lines, torn = parse(done.file.read_bytes())
    written, dropped = done.balance(str(lane.file))
    numbers = Counter(line["number"] for line in lines if "number" in line)
    assert ([], written, 1) == (torn, len(lines), max(numbers.values()))
    assert b"ignored" not in done.stderr
    begun, early = done.report["begun"], done.report["early"]
    assert begun - early <= written + dropped <= begun
    assert early < begun / 10
