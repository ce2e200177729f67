"""One log call: off, on and floor side by side, `test_call[<library>-<workload>]`.

Idea: tokio-rs/tracing's benches/shared.rs. The figures are those of the library's own process.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from perf_lab.bench.measure import Measurement, open_measurement
from perf_lab.bench.plan import QUICK
from perf_lab.rivals.catalogue import FLOOR, REFERENCE

LIBRARIES = ("foundation", "foundation-processor", REFERENCE, FLOOR)
WORKLOADS = (
    "disabled", "static", "three_fields", "three_bound", "two_context", "bind", "bind_emit_1",
    "exception",
)  # fmt: skip


class RecordedClock:
    """Be a clock that moves by the rounds that were measured in a library's own process.

    The rounds of all libraries were taken in turn before; pytest-benchmark sees one at a time, and
    would otherwise time them minutes apart, on a machine that has changed its speed meanwhile.
    """

    def __init__(self, rounds_ns: list[float]) -> None:
        self.seconds = 0.0
        self.rounds = iter(rounds_ns)

    def __call__(self) -> float:
        """Return the time; each look moves it a little, as pytest-benchmark expects of a clock."""
        self.seconds += 1e-12
        return self.seconds

    def take(self) -> None:
        """Let the time of one call pass, as the next round had it."""
        self.seconds += next(self.rounds) * 1e-9


@pytest.fixture(scope="module")
def measurement() -> Iterator[Measurement]:
    """Start the libraries' processes, and stop them at the end; nothing of them is imported."""
    with open_measurement(LIBRARIES, QUICK, lambda _text: None) as opened:
        yield opened


@cache
def measure(measurement: Measurement, workload: str) -> dict[str, Any]:
    """Verify what all libraries write, then take their rounds in turn; once a workload."""
    rows: dict[str, Any] = measurement.throughput(workload, LIBRARIES)["rows"]
    return rows


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_call(benchmark: Any, measurement: Measurement, workload: str, library: str) -> None:
    """Hand the rounds of one library to pytest-benchmark."""
    row = measure(measurement, workload)[library]
    benchmark.extra_info.update(correct=row["state"] == "ok", library=library, state=row["state"])
    benchmark.group = workload
    if row["state"] != "ok":
        pytest.skip(f"{library} {row['state']}: {row.get('reason', '')}")
    clock = RecordedClock(row["rounds"])
    benchmark._timer = clock
    benchmark.pedantic(clock.take, rounds=len(row["rounds"]))
