"""Tests of the counts: exact, by level and reason, and one set for each output."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import threading

import pytest

from provide.foundation._diagnostics.stats import (
    OWN_RECORD,
    Counters,
    Counts,
    LatencyRing,
    stats,
)


class Unprintable(Exception):
    """Fail to describe itself."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def test_counts_from_threads_are_exact() -> None:
    """No increment of 8 threads is lost, even where threads change places all the time."""
    counts = Counts("x")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work() -> None:
        for _ in range(5000):
            counts.written[2].count += 1
            counts.drop("reason")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)

    assert (40_000, {"reason": 40_000}) == (counts.written[2].total(), counts.dropped)


def test_snapshot_becomes_plain_data() -> None:
    """A snapshot names levels and reasons, and the last error."""
    counts = Counts("x")
    counts.written[3].count += 2
    counts.drop("enospc", OSError(28, "full"))

    assert {
        "written": {"warning": 2},
        "dropped": {"enospc": 1},
        "own_records": 0,
        "bytes": 0,
        "queue": {"lines": 0, "bytes": 0},
        "last_error": "OSError: [Errno 28] full",
    } == counts.snapshot().as_dict()


def test_own_records_are_no_calls() -> None:
    """A record of Foundation's own is counted apart, and its loss is not a dropped line."""
    counts = Counts("x")
    counts.written[OWN_RECORD].count += 1
    counts.drop("epipe", OSError(32, "gone"), OWN_RECORD)

    snapshot = counts.snapshot()
    assert ({}, {}, 1) == (snapshot.written, snapshot.dropped, snapshot.own_records)


def test_unprintable_error_is_counted() -> None:
    """An error that cannot describe itself is counted all the same."""
    counts = Counts("x")
    counts.drop("unprintable", Unprintable())

    assert ({"unprintable": 1}, "Unprintable: <unprintable>") == (
        counts.dropped,
        counts.last_error,
    )


def test_path_keeps_its_counts() -> None:
    """The counts of a path outlive the set-up that asked for them."""
    counters = Counters()

    assert counters.counts("app.log") is counters.counts("app.log")


def test_objects_of_one_name_have_counts_of_their_own() -> None:
    """Two streams that live at the same time are told apart, and keep their counts."""
    counters = Counters()
    one, other = io.StringIO(), io.StringIO()
    names = [counters.counts("StringIO", stream).name for stream in (one, other, one, other)]

    assert ["StringIO", "StringIO#2", "StringIO", "StringIO#2"] == names


def test_name_of_a_dead_object_is_free() -> None:
    """Set-ups with a new stream each time do not add up."""
    counters = Counters()
    for _ in range(100):
        counters.counts("StringIO", io.StringIO())

    assert ["StringIO"] == list(counters.outputs)


def test_object_does_not_take_the_name_of_a_standard_stream() -> None:
    """A stream whose name is `stderr` is not counted as the interpreter's."""
    counters = Counters()
    standard = counters.counts("stderr")

    assert standard is not counters.counts("stderr", io.StringIO())


def test_dropped_total_covers_all_outputs() -> None:
    """The total is the sum over outputs and reasons."""
    counters = Counters()
    counters.counts("a").drop("x")
    counters.counts("b").drop("x")
    counters.counts("b").drop("y")
    counters.counts("b").drop("y")

    assert 4 == counters.dropped_total()


def test_ring_keeps_the_latest_samples() -> None:
    """The ring holds the latest 1,024 samples."""
    ring = LatencyRing()
    for number in range(1500):
        ring.add(number)

    assert list(range(476, 1500)) == sorted(ring.taken())


def test_clear_forgets_everything() -> None:
    """After `clear` there are no outputs, faults or samples."""
    counters = Counters()
    counters.counts("a", io.StringIO()).drop("x")
    counters.fault("processor")
    counters.latency.add(1)
    counters.clear()

    assert ({}, {}, []) == (counters.outputs, counters.faults, counters.latency.taken())


def test_stats_are_frozen() -> None:
    """What `stats()` returned stays as it was, whatever is counted later."""
    counts = Counts("x")
    counts.drop("enospc")
    before = counts.snapshot()
    counts.drop("enospc")

    with pytest.raises(AttributeError):
        before.bytes = 1  # type: ignore[misc]
    assert ({"enospc": 1}, {"enospc": 2}) == (before.dropped, counts.snapshot().dropped)


def test_stats_become_json_and_travel() -> None:
    """The counts go through JSON, as plain data, and to another process by pickle."""
    found = stats()

    assert found.as_dict() == json.loads(json.dumps(found.as_dict()))
    assert found == pickle.loads(pickle.dumps(found))


def test_start_makes_no_classes_of_counts() -> None:
    """A process that never asks for its counts does not load what describes them."""
    code = (
        "import sys; from provide.foundation import logger; logger.info('x'); "
        "print('provide.foundation._diagnostics.snapshot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False\n" == done.stdout
