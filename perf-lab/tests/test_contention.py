"""The contention lab: a small run of all its parts, and the reader of its lines."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perf_lab.contention.command import PLAN, Contention, fairness, judge
from perf_lab.contention.lines import check_lines
from perf_lab.contention.locks import WatchedLock
from perf_lab.laboratory import show
from perf_lab.rivals.catalogue import RIVALS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes are Unix's")

#: What a tiny run has otherwise.
TINY: dict[str, dict[str, Any]] = {
    "threads": {"counts": [1, 4], "loggers": ["each"]}, "scaling": {"counts": [1, 4]},
    "scaling_null": {"counts": [1, 4]}, "processes": {"counts": [1, 2]},
    "tasks": {"counts": [20], "period_s": 0.02}, "locks": {"counts": [4]},
}  # fmt: skip


def test_small_run_measures_everything_and_loses_nothing(tmp_path: Path) -> None:
    """Every question has rows of everybody, and each line that was written has arrived."""
    lab = Contention(["foundation", "structlog-tuned"], tmp_path, None, lambda _text: None)
    data = {
        name: lab.ask(name, {**question, "rounds": 1, "seconds": 0.05, **TINY[name]})
        for name, question in PLAN["questions"].items()
    }

    rows = [row for part in data.values() for row in part]
    assert [] == [row for row in rows if row["state"] != "ok"]
    assert {"foundation", "structlog-tuned"} <= {row["rival"] for row in data["threads"]}
    assert all(row["rate"] > 0 for row in data["threads"] + data["processes"] + data["locks"])
    for scaling in ("scaling", "scaling_null"):
        assert ["foundation", "structlog-tuned", "none"] == [row["rival"] for row in data[scaling]]
        assert {4} == {row["threads"] for row in data[scaling]}
    lost = [check for check in judge(data) if check.unit == "lines"]
    assert [(check.name, 0) for check in lost] == [(check.name, check.value) for check in lost]
    assert "fairness" in show(PLAN, data)


CHANGES: dict[str, tuple[Callable[[bytes], bytes], tuple[int, ...]]] = {
    "sound": (lambda text: text, (0, 0, 0)),
    "fused": (lambda text: text.replace(b'"number":1}\n', b'"number":1}', 1), (2, 0, 1)),
    "torn": (lambda text: text[:-5], (1, 0, 1)),
    "twice": (lambda text: text * 2, (0, 6, 0)),
    "lost": (lambda text: text[text.index(b"\n") + 1 :], (1, 0, 0)),
    "stranger": (lambda text: text.replace(b'"writer":1', b'"writer":9'), (3, 0, 3)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_reader_finds_what_is_wrong(name: str) -> None:
    """Lines of two writers: lost, twice and torn ones are told apart."""
    line = b'{"event":"contended","writer":%d,"number":%d}\n'
    text = b"".join(line % (writer, number) for writer in range(2) for number in range(3))
    change, expected = CHANGES[name]
    found = check_lines(change(text), RIVALS["foundation"], [3, 3])

    assert expected == (found["lost"], found["twice"], found["torn"])


@pytest.mark.parametrize(
    ("native", "alone", "passed"),
    [(0.95, 1.1, True), (0.9, 1.1, False), (0.9, 0.95, True), (0.8, 0.95, False)],
)
def test_threads_are_judged_beside_the_loop_alone(
    native: float, alone: float, passed: bool
) -> None:
    """A machine that takes more for changing threads does not fail the library, nor excuse it."""
    ratios = {"foundation": 0.9, "foundation-native": native, "structlog-tuned": 0.3, "none": alone}
    same = {"threads": 32, "state": "ok", "lost": 0, "twice": 0, "torn": 0, "blocked_s": 0.0}
    rows = [{"rival": rival, "ratio": ratio, **same} for rival, ratio in ratios.items()]
    found = judge(dict.fromkeys(PLAN["questions"], rows))

    natives = [check.passed for check in found if check.name.startswith("native lane")]
    assert [passed, passed] == natives


def test_waiting_for_a_lock_is_measured() -> None:
    """A lock that another thread holds is waited for, one that is free is not."""
    lock = WatchedLock(threading.Lock())
    WatchedLock.waits.clear()
    WatchedLock.watched = True
    with lock:
        waiter = threading.Thread(target=lambda: lock.acquire())
        waiter.start()
        time.sleep(0.1)
    waiter.join()
    WatchedLock.watched = False

    assert 1 == len(WatchedLock.waits)
    assert 0.05 < WatchedLock.waits[0]


@pytest.mark.parametrize(("counts", "expected"), [([5, 5, 5], 1.0), ([9, 0, 0], 1 / 3)])
def test_fairness_is_jains_index(counts: list[int], expected: float) -> None:
    """1 where all have the same, 1/n where one has everything."""
    assert expected == pytest.approx(fairness(counts))
