"""From the series and the last words of the processes to figures and what is judged.

A rise counts as found when the whole 95 % interval of its slope lies above zero; it fails when
what it surely adds up to over the run is more than its limit. Resident memory comes in steps (an
arena of Python's allocator is 1 MiB), so one step is allowed. Times are judged in relation to a
yardstick, a fixed piece of work that is timed in each second too: on a shared machine the
processor itself drifts by more than any logger may. The limits stand in soak.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from perf_lab.laboratory import known, middle
from perf_lab.soak.drift import find_slope
from perf_lab.soak.mix import DOCUMENTED_RATE
from perf_lab.soak.series import PLAN, Columns, Series

#: Samples below which times are not judged.
FEWEST_TIMES = 30


def find_drift(judged: Columns) -> dict[str, dict[str, Any]]:
    """Return the slope of each figure; where there are too few samples, only what it is."""
    found: dict[str, dict[str, Any]] = {}
    for name, kind in PLAN["drift"].items():
        y, per = judged[name], PLAN["per"][kind["over"]]
        there = ~np.isnan(y)
        slope = find_slope(judged[kind["over"]][there] / per["size"], y[there])
        found[name] = {
            "name": name,
            "what": kind["what"],
            "unit": kind["unit"],
            "per": per["name"],
            **slope,
        }
    return found


def evaluate(
    series: Series, ours: Mapping[str, Any], counts: Mapping[str, int], lines: int, rate: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record's data, and the figures that are judged.

    Args:
        series: All samples.
        ours: The summary of Foundation, with the counts of all runs that the series has.
        counts: Those counts.
        lines: How many lines the reader has counted in this run.
        rate: What was asked for; 0: as fast as it goes.
    """
    judged = series.judged()
    drift = find_drift(judged)

    def gained(name: str) -> float:
        values = judged[name]
        part = max(1, len(values) // 10)
        return float(np.median(values[-part:]) - np.median(values[:part]))

    summary = {
        **ours, "runs": series.run + 1,
        "hours_at_14000": ours["messages"] / DOCUMENTED_RATE / 3600,
        **{name: middle(judged[name].tolist()) for name in ("rss_bytes", "cpu_ns")},
        "rss_growth_bytes": drift["rss_bytes"].get("total"),
    }  # fmt: skip
    figures: dict[str, Any] = {
        **counts, "children_missing": counts["forks"] - counts["children"],
        "count_difference": known(lambda: abs(ours["written"] - lines)),
        **{name: drift[name].get("total_low") for name in ("rss_bytes", "blocks")},
    }  # fmt: skip
    if rate:
        figures["rate_share"] = summary["rate"] / rate
    if len(judged["t_s"]):
        figures |= {name: gained(name) for name in ("open_files", "threads")}
    if len(judged["t_s"]) >= FEWEST_TIMES:
        for name in ("cpu_share", "p50_share"):
            figures[name] = 100 * drift[name]["total_low"] / drift[name]["mean"]
    return {"summary": summary, "drift": list(drift.values()), **series.thin()}, figures
