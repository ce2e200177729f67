"""Finds a figure in the results of a run by the words that claims and targets use for it.

What a run did not measure is a `Missing` with the reason, never a silent gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from perf_lab.comparison.ratios import ratio_of
from perf_lab.delivery.command import ratio_of_lane
from perf_lab.workloads.table import POINTS, greatest_leap

#: What the founding claims say was sustained: 14,000 a second for 24 hours.
DAY_S = 86_400
DAY_MESSAGES = 14_000 * DAY_S
Results = dict[str, Any]


class Missing(Exception):
    """Say why a figure is not there."""


def look_up(metric: str, results: Results) -> float:
    """Return a figure by its words, such as ``latency_us p99 three_fields foundation``.

    Raises:
        Missing: The run has no such figure; the message says why.
    """
    kind, *words = metric.split()
    if kind in _PLAIN:
        path, convert = _PLAIN[kind]
        return convert(float(find(results, path.format(*words))))
    if kind in _RATIOS:
        first, second = (find(results, path.format(*words)) for path in _RATIOS[kind])
        return ratio_of(_listed(first), [each or 1 for each in _listed(second)])
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


def _listed(found: Any) -> Sequence[float]:
    return found if isinstance(found, list) else [found]


def _positive(value: float) -> float:
    return max(0.0, value)


def _times(factor: float) -> Callable[[float], float]:
    return lambda value: value * factor


def _rate(nanoseconds: float) -> float:
    return 1e9 / nanoseconds


_ROW = "workloads/{0}/rows/{1}"
_LOGGER = "loggers/all/{0}/"
#: By kind: where the figure is, the words in place of numbers, and what is made of it.
_PLAIN: dict[str, tuple[str, Callable[[float], float]]] = {
    "allocation": ("allocation/{1}/{2}/{0}", float),
    "bound_bytes": (_LOGGER + "bound_bytes", float),
    "bound_third": (_LOGGER + "bound_bytes", _times(1 / 3)),
    "bound_used_bytes": (_LOGGER + "bound_used_bytes", float),
    "bound_used_third": (_LOGGER + "bound_used_bytes", _times(1 / 3)),
    "calls": ("calls/{0}/{1}/python", float),
    "collections": ("collections/three_fields/foundation/collections/{0}", float),
    "cpu_us": (_ROW + "/cpu_ns", _times(1e-3)),
    "delivery_lost": ("delivery/rows/{0}/lost", float),
    "interning": ("single/interning_percent", float),
    "kept_rounded": ("allocation/{0}/{1}/kept_bytes", lambda kept: 0.0 if kept < 0.5 else kept),
    "latency_us": ("latency/{1}/{2}/{0}", _times(1e-3)),
    "logger_bytes": (_LOGGER + "logger_bytes", float),
    "logger_used_bytes": (_LOGGER + "logger_used_bytes", float),
    "minimal_import_kb": ("single/minimal_import_kb", float),
    "minimal_kb": ("single/minimal_kb", float),
    "probe": ("probes/{0}", float),
    "probe_rate": ("probes/{0}", _rate),
    "probe_us": ("probes/{0}", _times(1e-3)),
    "rate_kb": ("allocation/{1}/{2}/{0}", lambda value: _positive(value) * 10_000 / 1000),
    "resident_mb": (_LOGGER + "resident_bytes", _times(10_000 / 1e6)),
    "throughput": (_ROW + "/ns", _rate),
}
#: By kind: where the slower one's figures are, and those of the faster one, taken in turn.
_RATIOS = {
    "delivery_kept": ("delivery/rows/{0}/kept", "delivery/rows/{1}/kept"),
    "delivery_ratio": ("delivery/rows/{1}/rounds/*/{0}", "delivery/rows/{2}/rounds/*/{0}"),
    "latency_ratio": ("latency/{1}/{2}/{0}", "latency/{1}/{3}/{0}"),
    "ratio": (_ROW + "/rounds", "workloads/{0}/rows/{2}/rounds"),
    "startup_ratio": ("startup/{0}/rounds", "startup/{1}/rounds"),
    "thread_scaling": (_ROW + "/alone", _ROW + "/rounds"),
}


def _logger_kb(results: Results, rival: str, count: str) -> float:
    return look_up(f"logger_used_bytes {rival}", results) / 1000 * float(count)


def _delta_us(results: Results, workload: str, without: str, rival: str) -> float:
    more, less = (look_up(f"cpu_us {name} {rival}", results) for name in (workload, without))
    return _positive(more - less)


def _file_write_us(results: Results) -> float:
    extra = _delta_us(results, "three_fields_file", "three_fields", "foundation")
    return extra + look_up("probe_us output_write", results)


def _verified(results: Results, workload: str, rival: str) -> float:
    return float(bool(find(results, _ROW.format(workload, rival))))


def _growth_leap(results: Results, rival: str) -> float:
    times = {name: find(results, _ROW.format(name, rival) + "/ns") for name in POINTS}
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
    return _positive(float(growth)) / 1e6


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
    "logger_kb": _logger_kb,
    "paced_ratio": _paced_ratio,
    "soak_growth_mb": _soak_growth_mb,
    "soak_rate": _soak_rate,
    "verified": _verified,
}
KINDS = frozenset((*_PLAIN, *_RATIOS, *_OTHERS))
