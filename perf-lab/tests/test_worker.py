"""A real worker: what it writes is verified, and a deliberate slowdown shows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from perf_lab.bench.measure import NULL, Measurement
from perf_lab.bench.plan import QUICK
from perf_lab.processes.pool import Pool
from perf_lab.processes.usage import count_writes, show_writes
from perf_lab.rivals.catalogue import FEATURES

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="select() takes sockets only")


def verify(lab: Pool, workload: str, name: str, folder: Path) -> dict[str, str]:
    """Have a rival write a workload, and return what became of it."""
    return Measurement(lab, QUICK, lambda _text: None, 0.0, folder).verify(workload, name)


@pytest.fixture(scope="module")
def lab() -> Iterator[Pool]:
    """Start Foundation's process, and ask for a rival that cannot be there."""
    with Pool(["foundation", "provide-foundation"]) as started:
        yield started


@pytest.mark.parametrize("workload", [
    "three_fields", "two_context", "bind_emit_3", "threads_4", "as_written", "big_integer",
    "callsite", "deep_exception", "disabled", "error_exc_info", "order", "percent_args",
    "secret_key", "two_outputs",
])  # fmt: skip
def test_foundation_writes_what_it_should(lab: Pool, workload: str, tmp_path: Path) -> None:
    """The lines of a workload are all there, parse, and say what was logged."""
    assert "ok" == verify(lab, workload, "foundation", tmp_path)["state"]


@pytest.mark.parametrize(("workload", "name"), [
    ("terminal", "foundation-compact"), ("left_out", "foundation-left-out"),
    ("kept", "foundation-buffered"),
    *(("features", feature.lanes[-1][1]) for feature in FEATURES),
])  # fmt: skip
def test_set_ups_do_what_they_should(workload: str, name: str, tmp_path: Path) -> None:
    """A terminal gets colours, a feature its part of the line, and what writes none has decided."""
    with Pool([name]) as lab:
        assert {"state": "ok"} == verify(lab, workload, name, tmp_path)


def test_missing_rival_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A rival whose interpreter is not there is not available, with the reason."""
    monkeypatch.delenv("PERF_LAB_PROVIDE_FOUNDATION", raising=False)
    with Pool(["provide-foundation"]) as lab:
        verdict = verify(lab, "static", "provide-foundation", tmp_path)

    assert ("not available", True) == (verdict["state"], "PERF_LAB" in verdict["reason"])


def test_unknown_command_is_an_error(lab: Pool) -> None:
    """A worker answers what it cannot do, and lives on."""
    worker = lab.workers["foundation"]
    with pytest.raises(Exception, match="AttributeError"):
        worker.ask("juggle")

    assert worker.ask("prepare", name="static", path=NULL)["iteration_ns"] > 0


def test_lines_outside_of_the_fast_lanes_are_counted(lab: Pool) -> None:
    """A plain call stays in its lane; a line with a processor of the user's has none."""
    for workload, expected in (("three_fields", {}), ("processor", {"lane": 1.0})):
        lab.workers["foundation"].ask("prepare", name=workload, path=NULL)

        assert {"fallbacks": expected} == lab.workers["foundation"].ask("fallbacks", n=20)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts them")
@pytest.mark.parametrize(("buffering", "fewest", "most"), [(0, 100, 110), (65_536, 0, 5)])
def test_buffering_is_seen(tmp_path: Path, buffering: int, fewest: int, most: int) -> None:
    """A file without a buffer writes each line, and one with a buffer nearly none."""
    with (tmp_path / "lines").open("wb", buffering=buffering) as file:

        def log(n: int) -> None:
            for _ in range(n):
                file.write(b"a line\n")

        assert fewest <= count_writes(log, 100)["writes"] <= most


def test_who_buffers_most_stands_first() -> None:
    """The table is sorted by writes; who has none is left out."""
    table = show_writes({"each": {"writes": 1000}, "buffers": {"writes": 25}, "absent": {}})

    assert ["buffers", "each"] == [line.split()[0] for line in table.splitlines()[1:]]


def test_slowdown_slows_down(lab: Pool) -> None:
    """A deliberate slowdown of 100% about doubles the time of a call."""
    worker = lab.workers["foundation"]
    times: dict[float, list[float]] = {0.0: [], 100.0: []}
    # In turns and the best of each: a busy machine changes its speed from one second to the next.
    for _ in range(6):
        for percent, taken in times.items():
            worker.ask("prepare", name="static", path=NULL, slowdown=percent)
            taken.extend(worker.ask("round", n=1000)["cpu_ns"] for _ in range(5))

    assert 1.2 < min(times[100.0]) / min(times[0.0]) < 5
