"""Prints what the memory laboratory found; plain text of fixed columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perf_lab.memory.verdict import RATE


def show(data: Mapping[str, Any]) -> str:
    """Return the tables of a run."""
    parts = [_workloads(data), _loggers(data), _growth(data), _single(data), _lasting(data)]
    return "\n\n".join(parts)


def _workloads(data: Mapping[str, Any]) -> str:
    lines = [
        "ALLOCATIONS of one iteration, by memray; held and kept by tracemalloc", "",
        f"{'workload':<14} {'library':<26} {'allocations':>11} {'bytes':>8} "
        f"{'at ' + format(RATE, ',') + '/s':>12} {'held':>8} {'kept':>8}",
    ]  # fmt: skip
    for workload, found in data["workloads"].items():
        for library, row in found["rows"].items():
            if "unsupported" in row:
                lines.append(f"{workload:<14} {library:<26} {row['unsupported']}")
                continue
            rate = row["bytes"] * RATE / 1e6
            lines.append(
                f"{workload:<14} {library:<26} {row['allocations']:>11.1f} {row['bytes']:>8,.0f} "
                f"{rate:>7.1f} MB/s {row['peak_bytes']:>6,.0f} B {row['kept_bytes']:>6.2f} B"
            )
    scratch = data["scratch"]
    lines.append(
        f"Of the {scratch['total_bytes']:,.0f} B that a call with three fields holds, orjson's "
        f"buffer is {scratch['scratch_bytes']:,.0f} B; without it the most is "
        f"{scratch['own_bytes']:,.0f} B."
    )
    return "\n".join(lines)


def _loggers(data: Mapping[str, Any]) -> str:
    lines = [
        "WEIGHT, bytes each, by tracemalloc", "",
        f"{'loggers':>8} {'logger':>8} {'used':>8} {'bound':>8} {'bound field':>12} "
        f"{'processor':>10} {'emoji event':>12} {'all of them':>12} {'resident':>12}",
    ]  # fmt: skip
    for row in data["loggers"]:
        emoji = row["emoji_pattern_bytes"]
        lines.append(
            f"{row['loggers']:>8,} {row['logger_bytes']:>8.0f} {row['logger_used_bytes']:>8.0f} "
            f"{row['bound_bytes']:>8.0f} {row['bound_field_bytes']:>12.1f} "
            f"{row['processor_bytes']:>10.1f} {'' if emoji is None else f'{emoji:.0f}':>12} "
            f"{row['total_bytes'] / 1e6:>9.3f} MB {row['resident_bytes'] / 1e6:>9.3f} MB"
        )
    return "\n".join(lines)


def _growth(data: Mapping[str, Any]) -> str:
    growth = data["growth"]
    lines = [
        f"GROWTH over {growth['messages']:,} messages, {growth['tracked_messages']:,} "
        "of them under tracemalloc", "",
        f"{'of':<12} {'per 1M messages':>16} {'95 % interval':>30} {'over the run':>16}",
    ]  # fmt: skip
    for name, row in growth["slopes"].items():
        interval = f"{row['low']:,.1f} to {row['high']:,.1f}"
        lines.append(f"{name:<12} {row['slope']:>16,.1f} {interval:>30} {row['total']:>16,.1f}")
    return "\n".join(lines)


def _single(data: Mapping[str, Any]) -> str:
    minimal, collector = data["minimal"], data["collector"]
    return (
        f"The minimal preset keeps {minimal['retained_bytes'] / 1000:,.1f} KB after 1,000 lines; "
        f"the modules that it imports take {minimal['import_bytes'] / 1000:,.0f} KB.\n"
        f"{collector['messages']:,} messages caused {collector['collections']} collections of the "
        f"generations, and leave {collector['tracked']:g} objects each to the collector.\n"
        "memray's pages: " + ", ".join(row["file"] for row in data["pages"])
    )


def _lasting(data: Mapping[str, Any]) -> str:
    lines = ["WHAT LASTS after a set-up, 100 loggers and 1,000 lines", ""]
    lines += [
        f"{row['type']:<24} {row['count']:>7,} {row['bytes']:>10,} B" for row in data["lasting"]
    ]
    return "\n".join(lines)
