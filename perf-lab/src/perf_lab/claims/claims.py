"""From claims.toml and the results of a run to the scoreboard; pure functions over both.

`look_up` knows the words that claims and targets may use for a figure; what a run did not measure
is a `Missing` with the reason, never a silent gap.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perf_lab.comparison.ratios import ratio_of
from perf_lab.delivery.command import ratio_of_lane
from perf_lab.workloads.growth import POINTS, greatest_leap

#: What the founding claims say was sustained: 14,000 a second for 24 hours.
DAY_S = 86_400
DAY_MESSAGES = 14_000 * DAY_S
DIRECTIONS = ("higher", "lower", "reference")


class Missing(Exception):
    """Say why a figure is not there."""


@dataclass(frozen=True)
class Claim:
    """Hold one documented figure."""

    section: str
    claim: str
    documented: float
    unit: str
    direction: str
    measure: str
    metric: str = ""
    later: str = ""


@dataclass(frozen=True)
class Verdict:
    """Hold a claim beside what was measured."""

    claim: Claim
    measured: float | None
    ratio: float | None
    result: str


def read_claims() -> list[Claim]:
    """Return the rows of claims.toml."""
    text = Path(__file__).with_name("claims.toml").read_text(encoding="utf-8")
    return [Claim(**row) for row in tomllib.loads(text)["claim"]]


def judge(claim: Claim, results: dict[str, Any]) -> Verdict:
    """Return what a run says about a claim."""
    if not claim.metric:
        return Verdict(claim, None, None, claim.later)
    try:
        measured = look_up(claim.metric, results)
    except Missing as missing:
        return Verdict(claim, None, None, str(missing))
    ratio = gain(claim, measured)
    if claim.direction == "reference":
        return Verdict(claim, measured, ratio, "reference")
    better = measured >= claim.documented
    passed = better if claim.direction == "higher" else measured <= claim.documented
    return Verdict(claim, measured, ratio, "pass" if passed else "FAIL")


def gain(claim: Claim, measured: float) -> float | None:
    """Return how many times better than documented; None where there is nothing to divide."""
    if claim.direction == "lower":
        return claim.documented / measured if measured and claim.documented else None
    return measured / claim.documented if claim.documented else None


def look_up(metric: str, results: dict[str, Any]) -> float:
    """Return a figure by its words, such as ``latency_us p99 three_fields foundation``.

    Raises:
        Missing: The run has no such figure; the message says why.
    """
    kind, *words = metric.split()
    return _KINDS[kind](results, *words)


def _row(results: dict[str, Any], group: str, workload: str, rival: str) -> dict[str, Any]:
    rows = results.get(group, {}).get(workload)
    if rows is None:
        raise Missing("not part of this run")
    row: dict[str, Any] | None = rows.get("rows", rows).get(rival)
    if row is None:
        raise Missing("not part of this run")
    if row["state"] != "ok":
        reason = row.get("reason", "")
        raise Missing(
            row["state"] if row["state"].startswith("needs") else f"{row['state']}: {reason}"
        )
    return row


def _throughput(results: dict[str, Any], workload: str, rival: str) -> float:
    return 1e9 / float(_row(results, "workloads", workload, rival)["ns"])


def _cpu_us(results: dict[str, Any], workload: str, rival: str) -> float:
    return float(_row(results, "workloads", workload, rival)["cpu_ns"]) / 1000


def _delta_us(results: dict[str, Any], workload: str, without: str, rival: str) -> float:
    return max(0.0, _cpu_us(results, workload, rival) - _cpu_us(results, without, rival))


def _ratio(results: dict[str, Any], workload: str, slower: str, faster: str) -> float:
    first = _row(results, "workloads", workload, slower)["rounds"]
    return ratio_of(first, _row(results, "workloads", workload, faster)["rounds"]).middle


def _latency_us(results: dict[str, Any], which: str, workload: str, rival: str) -> float:
    return float(_row(results, "latency", workload, rival)[which]) / 1000


def _latency_ratio(
    results: dict[str, Any], which: str, workload: str, rival: str, reference: str
) -> float:
    ours = _latency_us(results, which, workload, rival)
    return ours / _latency_us(results, which, workload, reference)


def _allocation(results: dict[str, Any], which: str, workload: str, rival: str) -> float:
    return float(_row(results, "allocation", workload, rival)[which])


def _logger(which: str, factor: float) -> Callable[..., float]:
    def look(results: dict[str, Any], rival: str, count: str = "1") -> float:
        row = _row(results, "loggers", "all", rival)
        if which not in row:
            raise Missing("has no bound fields")
        return float(row[which]) * factor * float(count)

    return look


def _probe(factor: float) -> Callable[..., float]:
    def look(results: dict[str, Any], name: str) -> float:
        value = results.get("probes", {}).get(name, "not part of this run")
        if isinstance(value, str):
            needed = name == "preset_development" or name.startswith("emoji_")
            raise Missing("needs foundation-emoji" if needed else value)
        return float(value) * factor

    return look


def _probe_rate(results: dict[str, Any], name: str) -> float:
    return 1e9 / _probe(1)(results, name)


def _file_write_us(results: dict[str, Any]) -> float:
    extra = _delta_us(results, "three_fields_file", "three_fields", "foundation")
    return extra + _probe(0.001)(results, "output_write")


def _collections(results: dict[str, Any], generation: str) -> float:
    row = _row(results, "collections", "three_fields", "foundation")
    return float(row["collections"][int(generation)])


def _verified(results: dict[str, Any], workload: str, rival: str) -> float:
    return float(bool(_row(results, "workloads", workload, rival)))


def _thread_scaling(results: dict[str, Any], workload: str, rival: str) -> float:
    row = _row(results, "workloads", workload, rival)
    return ratio_of(row["alone"], row["rounds"]).middle


def _calls(results: dict[str, Any], workload: str, rival: str) -> float:
    return float(_row(results, "calls", workload, rival)["python"])


def _startup_ratio(results: dict[str, Any], rival: str, reference: str) -> float:
    found = results.get("startup", {})
    if rival not in found or reference not in found:
        raise Missing("not part of this run")
    return ratio_of(found[rival]["rounds"], found[reference]["rounds"]).middle


def _delivery(results: dict[str, Any], rival: str) -> dict[str, Any]:
    row: dict[str, Any] | None = results.get("delivery", {}).get("rows", {}).get(rival)
    if row is None or not row["rounds"]:
        raise Missing("not part of this run" if row is None else row.get("reason", "no rounds"))
    if row["state"] != "ok":
        raise Missing(f"{row['state']}: {row['reason']}")
    return row


def _delivery_ratio(results: dict[str, Any], key: str, slower: str, faster: str) -> float:
    first, second = (_delivery(results, name)["rounds"] for name in (slower, faster))
    return ratio_of([each[key] for each in first], [each[key] for each in second]).middle


def _delivery_kept(results: dict[str, Any], more: str, fewer: str) -> float:
    kept = _delivery(results, fewer)["kept"]
    return ratio_of(_delivery(results, more)["kept"], [max(1, lines) for lines in kept]).middle


def _delivery_lost(results: dict[str, Any], rival: str) -> float:
    return float(_delivery(results, rival)["lost"])


def _paced_ratio(results: dict[str, Any], lane: str) -> float:
    found = results.get("paced", {})
    if lane not in found:
        raise Missing(found.get("reason", "not part of this run"))
    return ratio_of_lane(found, lane)


def _growth_leap(results: dict[str, Any], rival: str) -> float:
    times = {name: float(_row(results, "workloads", name, rival)["ns"]) for name in POINTS}
    return greatest_leap(times)[0]


def _single(name: str) -> Callable[[dict[str, Any]], float]:
    def look(results: dict[str, Any]) -> float:
        if name not in results.get("single", {}):
            raise Missing("not part of this run")
        return float(results["single"][name])

    return look


def _kept_rounded(results: dict[str, Any], workload: str, rival: str) -> float:
    kept = _allocation(results, "kept_bytes", workload, rival)
    return 0.0 if kept < 0.5 else kept


def _rate_kb(results: dict[str, Any], which: str, workload: str, rival: str) -> float:
    return max(0.0, _allocation(results, which, workload, rival)) * 10_000 / 1000


def _kept(results: dict[str, Any], lab: str) -> dict[str, Any]:
    """Return the data of another laboratory's record that was kept."""
    found = results.get("records", {}).get(lab, f"`nox -s {lab}` has not run here")
    if isinstance(found, str):
        raise Missing(found)
    data: dict[str, Any] = found["data"]
    return data


def _soak_rate(results: dict[str, Any]) -> float:
    """Return the rate of a soak, if it was as long as the day of the founding claims."""
    found = _kept(results, "soak")["summary"]
    wrong = sum(found[name] for name in ("lost", "twice", "torn"))
    if wrong:
        raise Missing(f"{wrong:,} messages of the soak were wrong")
    if found["messages"] < DAY_MESSAGES and found["seconds"] < DAY_S:
        raise Missing(
            f"{found['messages']:,} of the {DAY_MESSAGES:,} messages of such a day, "
            f"{found['rate']:,.0f} a second, none wrong"
        )
    return float(found["rate"])


def _soak_growth_mb(results: dict[str, Any]) -> float:
    growth = _kept(results, "soak")["summary"]["rss_growth_bytes"]
    if growth is None:
        raise Missing("the soak was too short")
    return max(0.0, float(growth)) / 1e6


def _blocked_s(results: dict[str, Any], rival: str) -> float:
    for row in _kept(results, "contention")["locks"]:
        if row["rival"] == rival and row["blocked_s"] is not None:
            return float(row["blocked_s"])
    raise Missing("not part of this run")


_KINDS: dict[str, Callable[..., float]] = {
    "allocation": _allocation,
    "blocked_s": _blocked_s,
    "bound_bytes": _logger("bound_bytes", 1),
    "bound_third": _logger("bound_bytes", 1 / 3),
    "bound_used_bytes": _logger("bound_used_bytes", 1),
    "bound_used_third": _logger("bound_used_bytes", 1 / 3),
    "calls": _calls,
    "collections": _collections,
    "cpu_us": _cpu_us,
    "delivery_kept": _delivery_kept,
    "delivery_lost": _delivery_lost,
    "delivery_ratio": _delivery_ratio,
    "delta_us": _delta_us,
    "file_write_us": _file_write_us,
    "growth_leap": _growth_leap,
    "interning": _single("interning_percent"),
    "kept_rounded": _kept_rounded,
    "latency_ratio": _latency_ratio,
    "latency_us": _latency_us,
    "logger_bytes": _logger("logger_bytes", 1),
    "logger_kb": _logger("logger_used_bytes", 1 / 1000),
    "logger_used_bytes": _logger("logger_used_bytes", 1),
    "minimal_import_kb": _single("minimal_import_kb"),
    "minimal_kb": _single("minimal_kb"),
    "paced_ratio": _paced_ratio,
    "probe": _probe(1),
    "probe_rate": _probe_rate,
    "probe_us": _probe(0.001),
    "rate_kb": _rate_kb,
    "ratio": _ratio,
    "resident_mb": _logger("resident_bytes", 10_000 / 1e6),
    "soak_growth_mb": _soak_growth_mb,
    "soak_rate": _soak_rate,
    "startup_ratio": _startup_ratio,
    "thread_scaling": _thread_scaling,
    "throughput": _throughput,
    "verified": _verified,
}

KINDS = frozenset(_KINDS)
