"""Threads that log, bind, set levels and set up anew at once: each call is a line, or counted.

The interpreter changes threads as often as it can. In the runs "without a GIL" core takes what it
has for interpreters without one; what runs it here has one, so that is no proof for those.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane, parse
from provide.foundation._diagnostics.counter import LineCounter

#: Run before anything else, by the interpreter itself.
NO_GIL = "import sys; sys._is_gil_enabled = lambda: False"
CROWD = """
    from threading import Thread
    from provide.foundation import Delivery, Sample, set_level
    sys.setswitchinterval(1e-6)
    THREADS, CALLS = 8, 60
    raised = []

    def work(number):
        mine = get_logger(f"app.worker{number}")
        bound = mine.bind(worker=number)
        try:
            for turn in range(CALLS):
                # Above each level that is set here, so that it is known how many are calls.
                bound.error("bound", turn=turn)
                mine.bind(fresh=turn).error("fresh")
                mine.error(f"event {turn % 70}", **{f"key{turn % 90}": turn})
                if number == 0 and turn % 10 == 0:
                    set_level("DEBUG" if turn % 20 else "ERROR")
                if number == 1 and turn % 20 == 10:
                    use(OPTIONS)
        except BaseException as error:
            raised.append(repr(error))

    use(OPTIONS)
    threads = [Thread(target=work, args=(number,)) for number in range(THREADS)]
    for each in threads: each.start()
    for each in threads: each.join()
    from provide.foundation import shutdown_telemetry
    shutdown_telemetry()
    from provide.foundation._diagnostics.counter import LineCounter
    report(calls=THREADS * CALLS * 3, raised=raised, counter=LineCounter.__name__)
"""
DIRECT = "log_file=FILE"
BACKGROUND = 'log_file=FILE, delivery=Delivery("background", queue_policy="{}", queue_lines=50)'
SAMPLED = 'log_file=FILE, sampling={"app": Sample(first=3, thereafter=5, per_s=0.05, errors=True)}'
KINDS = {
    "direct": DIRECT,
    "block": BACKGROUND.format("block"),
    "drop_oldest": BACKGROUND.format("drop_oldest"),
    "sampled": SAMPLED,
}


def check(lane: Lane, code: str, counter: str) -> None:
    """Run a program, and compare its calls with its lines and its counts."""
    done = lane.run(code)
    lines, torn = parse(done.file.read_bytes())
    written, dropped = done.balance(str(lane.file))
    told = [line["left_out"] for line in lines if "left_out" in line]
    # Foundation's own say how many calls sampling has left out.
    lines = [line for line in lines if "left_out" not in line]

    assert (counter, [], []) == (done.report["counter"], done.report["raised"], torn)
    assert (done.report["calls"], len(lines)) == (written + dropped, written)
    assert sum(told) == (dropped if "sampling" in code else 0)


CASES = {f"{name}-{kind}": (name, kind) for name in LANES for kind in KINDS if name != "processor"}


@pytest.mark.parametrize(("name", "kind"), CASES.values(), ids=CASES)
def test_threads_lose_nothing(name: str, kind: str, tmp_path: Path) -> None:
    """However often threads change places, calls are lines and counted losses."""
    check(Lane(name, tmp_path), CROWD.replace("OPTIONS", KINDS[kind]), LineCounter.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_threads_lose_nothing_by_what_needs_no_gil(kind: str, tmp_path: Path) -> None:
    """The counters, the queue and the decisions for interpreters without a GIL count as exactly."""
    (tmp_path / "sitecustomize.py").write_text(NO_GIL)
    lane = Lane("fast", tmp_path)
    lane.environment["PYTHONPATH"] = str(tmp_path)
    check(lane, CROWD.replace("OPTIONS", KINDS[kind]), "CellCounter")
