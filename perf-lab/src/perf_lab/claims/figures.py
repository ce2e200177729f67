"""Finds a figure in the results of a run by the words that claims and targets use for it.

figures.toml says where most of them stand, functions here how others are made of several. What a
run did not measure is a `Missing` with the reason, never a silent gap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from perf_lab.comparison.ratios import ratio_of
from perf_lab.delivery.command import ratio_of_lane
from perf_lab.places import read_table
from perf_lab.workloads.table import POINTS, greatest_leap

#: What the founding claims say was sustained: 14,000 a second for 24 hours.
DAY_S = 86_400
DAY_MESSAGES = 14_000 * DAY_S
Results = dict[str, Any]
_TABLE = read_table("claims/figures.toml")


class Missing(Exception):
    """Say why a figure is not there."""


def look_up(metric: str, results: Results) -> float:
    """Return a figure by its words, such as ``latency_us p99 three_fields foundation``.

    Raises:
        Missing: The run has no such figure; the message says why.
    """
    kind, *words = metric.split()
    if rule := _TABLE["plain"].get(kind):
        figure = float(find(results, rule["figure"].format(*words)))
        if figure < rule.get("floor", figure):
            return 0.0
        return 1e9 / figure if "rate" in rule else figure * float(rule.get("times", 1))
    if kind in _TABLE["ratios"]:
        found = [find(results, path.format(*words)) for path in _TABLE["ratios"][kind]]
        first, second = (each if isinstance(each, list) else [each] for each in found)
        return ratio_of(first, [each or 1 for each in second])
    return _OTHERS[kind](results, *words)


def find(results: Results, path: str) -> Any:
    """Return what stands at a path of keys; `*` stands for each item of a list.

    Raises:
        Missing: It is not there, or in a row that is not sound.
    """
    found: Any = results
    keys = path.split("/")
    for number, key in enumerate(keys):
        if key == "*":
            return [find(each, "/".join(keys[number + 1 :])) for each in found]
        found = found.get(key) if isinstance(found, dict) else found[int(key)]
        if found is None:
            raise Missing(_why(path))
        if isinstance(found, str):  # of a probe, or of a record that was not taken
            raise Missing(found)
        state = found.get("state", "ok") if isinstance(found, dict) else "ok"
        if state != "ok":
            needs = state.startswith("needs")
            raise Missing(state if needs else f"{state}: {found.get('reason', '')}")
    return found


def _why(path: str) -> str:
    """Return why a figure may not be there."""
    first, second, *_ = path.split("/")
    if first == "records":
        return f"`nox -s {second}` has not run here"
    emoji = first == "probes" and second.startswith(("emoji_", "preset_development"))
    return "needs foundation-emoji" if emoji else "not part of this run"


def _delta_us(results: Results, workload: str, without: str, rival: str) -> float:
    more, less = (look_up(f"cpu_us {name} {rival}", results) for name in (workload, without))
    return max(0.0, more - less)


def _file_write_us(results: Results) -> float:
    extra = _delta_us(results, "three_fields_file", "three_fields", "foundation")
    return extra + look_up("probe_us output_write", results)


def _verified(results: Results, workload: str, rival: str) -> float:
    return float(bool(find(results, f"workloads/{workload}/rows/{rival}")))


def _growth_leap(results: Results, rival: str) -> float:
    times = {name: find(results, f"workloads/{name}/rows/{rival}/ns") for name in POINTS}
    return greatest_leap(times)[0]


def _paced_ratio(results: Results, lane: str) -> float:
    found = results.get("paced", {})
    if lane not in found:
        raise Missing(found.get("reason", "not part of this run"))
    return ratio_of_lane(found, lane)


def _soak_rate(results: Results) -> float:
    """Return the rate of a soak, if it was as long as the day of the founding claims."""
    found = find(results, "records/soak/data/summary")
    wrong = sum(found[name] for name in ("lost", "twice", "torn"))
    if wrong:
        raise Missing(f"{wrong:,} messages of the soak were wrong")
    if found["messages"] < DAY_MESSAGES and found["seconds"] < DAY_S:
        raise Missing(
            f"{found['messages']:,} of the {DAY_MESSAGES:,} messages of such a day, "
            f"{found['rate']:,.0f} a second, none wrong"
        )
    return float(found["rate"])


def _soak_growth_mb(results: Results) -> float:
    growth = find(results, "records/soak/data/summary")["rss_growth_bytes"]
    if growth is None:
        raise Missing("the soak was too short")
    return max(0.0, float(growth)) / 1e6


def _blocked_s(results: Results, rival: str) -> float:
    for row in find(results, "records/contention/data/locks"):
        if row["rival"] == rival and row["blocked_s"] is not None:
            return float(row["blocked_s"])
    raise Missing("not part of this run")


_OTHERS: dict[str, Callable[..., float]] = {
    "blocked_s": _blocked_s,
    "delta_us": _delta_us,
    "file_write_us": _file_write_us,
    "growth_leap": _growth_leap,
    "paced_ratio": _paced_ratio,
    "soak_growth_mb": _soak_growth_mb,
    "soak_rate": _soak_rate,
    "verified": _verified,
}
KINDS = frozenset((*_TABLE["plain"], *_TABLE["ratios"], *_OTHERS))
