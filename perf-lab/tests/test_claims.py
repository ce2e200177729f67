"""claims.toml: every row is complete, and every figure of the founding claims is a row."""

from __future__ import annotations

from typing import Any

import pytest

from perf_lab.bench.scoreboard import command
from perf_lab.claims.claims import DIRECTIONS, TARGETS, Claim, judge, judge_targets, read_claims
from perf_lab.claims.figures import KINDS
from perf_lab.places import PUBLISHED
from perf_lab.processes.probes import PROBES
from perf_lab.records.record import read_record
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.workloads.table import WORKLOADS

CLAIMS = read_claims()
SECTIONS = {
    "Performance Requirements", "Throughput Analysis", "Performance by Configuration",
    "Latency Characteristics", "Latency Sources", "Per-Logger Memory Overhead",
    "Memory Growth Patterns", "GC Characteristics", "Fast Path Optimization", "Lazy Initialization",
    "Context Variable Caching", "Emoji Resolution Caching", "String Optimization",
    "Performance Tuning", "Performance Regression Testing", "Known Limitations",
    "Scalability Limits", "Comparison with Alternatives",
}  # fmt: skip
# Words of a metric that are neither a workload, a library nor a probe.
OTHERS = {
    "p50", "p90", "p95", "p99", "p99.9", "mean", "stdev", "peak_bytes", "kept_bytes", "0", "1", "2",
    "1000",
}  # fmt: skip


def claim(**changes: Any) -> Claim:
    """Return a claim about a throughput."""
    given: dict[str, Any] = {
        "section": "s", "claim": "c", "documented": 1000, "unit": "messages/s",
        "direction": "higher", "measure": "m", "metric": "throughput static foundation",
    }  # fmt: skip
    return Claim(**{**given, **changes})


def results(ns: float) -> dict[str, Any]:
    """Return a run in which a line takes so long."""
    row = {"state": "ok", "ns": ns, "wall_ns": ns, "cpu_ns": ns, "rounds": [ns]}
    return {"workloads": {"static": {"rows": {"foundation": row}}}}


@pytest.mark.parametrize("row", CLAIMS, ids=lambda row: row.claim)
def test_claim_is_complete(row: Claim) -> None:
    """Each row has a unit, a direction and a way to measure it, or says who measures it."""
    assert row.unit
    assert row.direction in DIRECTIONS
    assert row.measure
    assert row.metric or row.later


@pytest.mark.parametrize("row", [row for row in CLAIMS if row.metric], ids=lambda row: row.claim)
def test_metric_is_known(row: Claim) -> None:
    """Each word of a metric is a kind, a workload, a library or a probe that exists."""
    kind, *words = row.metric.split()

    assert kind in KINDS
    assert set() == set(words) - WORKLOADS.keys() - RIVALS.keys() - PROBES.keys() - OTHERS


def test_every_section_has_claims() -> None:
    """No section of the founding claims is left out."""
    assert SECTIONS == {row.section for row in CLAIMS}


def test_claims_are_unique() -> None:
    """A figure stands once."""
    names = [(row.section, row.claim) for row in CLAIMS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("direction", "ns", "expected"),
    [
        ("higher", 1e5, "pass"),
        ("higher", 1e7, "FAIL"),
        ("lower", 1e7, "pass"),
        ("lower", 1e5, "FAIL"),
    ],
)
def test_direction_decides(direction: str, ns: float, expected: str) -> None:
    """A throughput of 10,000 passes as a floor of 1,000 and fails as a ceiling of it."""
    assert expected == judge(claim(direction=direction), results(ns)).result


def test_unmeasured_claim_says_why() -> None:
    """What a run has no figure for is reported, not passed and not hidden."""
    waiting = {"state": "needs foundation-emoji", "reason": "it is not installed"}
    found = {"workloads": {"static": {"rows": {"foundation": waiting}}}}

    assert "needs foundation-emoji" == judge(claim(), found).result
    assert "not part of this run" == judge(claim(), {}).result
    assert "a later issue" == judge(claim(metric="", later="a later issue"), {}).result


def test_target_without_a_figure_is_not_reached() -> None:
    """A run without figures reaches nothing, and says so for every target."""
    rows = judge_targets({})

    assert len(TARGETS) == len(rows)
    assert [] == [row for row in rows if row["result"] in ("reached", "NOT REACHED")]


def test_scoreboard_of_a_run_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """`perf-lab claims` has a row for each claim of a record, and ends with 1 if one fails."""
    path = PUBLISHED / "performance.json"
    rows = read_record(path).data["claims"]
    words = ["--results", str(path)]

    status = command.main(words, standalone_mode=False)

    printed = capsys.readouterr().out
    assert any(row["result"] == "FAIL" for row in rows) == bool(status)
    assert [] == [row["claim"] for row in rows if row["claim"][:74] not in printed]
