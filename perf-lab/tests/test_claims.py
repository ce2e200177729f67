"""claims.toml and targets.toml: every row is complete, and its figure is one that is measured."""

from __future__ import annotations

from typing import Any

import pytest

from perf_lab.bench.scoreboard import command
from perf_lab.claims.claims import TARGETS, Claim, judge, judge_targets, read_claims
from perf_lab.claims.figures import KINDS
from perf_lab.places import PUBLISHED
from perf_lab.processes.probes import PROBES
from perf_lab.records.record import read_record
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.workloads.table import WORKLOADS

CLAIMS = read_claims()
#: Words of a metric that are neither a workload, a library nor a probe.
OTHERS = {
    "p50", "p90", "p95", "p99", "p99.9", "mean", "stdev", "peak_bytes", "kept_bytes", "0", "1",
    "2", "1000", "ns", "cpu_ns", "native", "fast", "loguru-enqueue", "stdlib-queue",
    "foundation-background", "foundation-fast",
}  # fmt: skip


_CLAIM: dict[str, Any] = {
    "section": "s", "claim": "c", "documented": 1000, "unit": "messages/s",
    "direction": "higher", "measure": "m", "metric": "throughput static foundation",
}  # fmt: skip


def results(**row: Any) -> dict[str, Any]:
    """Return a run with one row."""
    return {"workloads": {"static": {"rows": {"foundation": row}}}}


def test_claims_are_complete() -> None:
    """Each has a unit, a direction and a way to measure it or who measures it, and stands once."""
    assert [] == [row for row in CLAIMS if not (row.unit and row.measure)]
    assert {"higher", "lower", "reference"} == {row.direction for row in CLAIMS}
    assert [] == [row for row in CLAIMS if not (row.metric or row.later)]
    assert len(CLAIMS) == len({(row.section, row.claim) for row in CLAIMS})
    assert 18 == len({row.section for row in CLAIMS})


METRICS = {row.metric for row in CLAIMS if row.metric} | {target.metric for target in TARGETS}


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_metric_is_known(metric: str) -> None:
    """Each word of a metric is a kind, a workload, a library or a probe that exists."""
    kind, *words = metric.split()

    assert kind in KINDS
    known = WORKLOADS.keys() | RIVALS.keys() | PROBES.keys() | OTHERS
    assert set() == set(words) - known


@pytest.mark.parametrize(
    ("changes", "found", "says"),
    [
        # A throughput of 10,000 is above a floor of 1,000, and above a ceiling of it.
        ({"direction": "higher"}, results(state="ok", ns=1e5), "pass"),
        ({"direction": "higher"}, results(state="ok", ns=1e7), "FAIL"),
        ({"direction": "lower"}, results(state="ok", ns=1e7), "pass"),
        ({"direction": "lower"}, results(state="ok", ns=1e5), "FAIL"),
        ({"direction": "reference"}, results(state="ok", ns=1e5), "reference"),
        # What a run has no figure for is reported, not passed and not hidden.
        ({}, {}, "not part of this run"),
        ({}, results(state="needs foundation-emoji", reason="x"), "needs foundation-emoji"),
        ({}, results(state="invalid", reason="no line"), "invalid: no line"),
        ({"metric": "probe emoji_miss_us"}, {}, "needs foundation-emoji"),
        ({"metric": "soak_rate"}, {}, "`nox -s soak` has not run here"),
        ({"metric": "", "later": "a later issue"}, {}, "a later issue"),
    ],
)
def test_claim_says_what_a_run_has_shown(
    changes: dict[str, Any], found: dict[str, Any], says: str
) -> None:
    """Its direction decides; without a figure it says why there is none."""
    assert says == judge(Claim(**{**_CLAIM, **changes}), found).result


def test_target_without_a_figure_is_not_reached() -> None:
    """A run without figures reaches nothing, and says so for every target."""
    rows = judge_targets({})

    assert len(TARGETS) == len(rows) > 200
    assert [] == [row for row in rows if row["result"] in ("reached", "NOT REACHED")]


def test_scoreboard_of_a_run_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """`perf-lab claims` has a row for each claim of a record, and ends with 1 if one fails."""
    path = PUBLISHED / "performance.json"
    rows = read_record(path).data["claims"]

    status = command.main(["--results", str(path)], standalone_mode=False)

    printed = capsys.readouterr().out
    assert any(row["result"] == "FAIL" for row in rows) == bool(status)
    assert [] == [row["claim"] for row in rows if row["claim"][:74] not in printed]
