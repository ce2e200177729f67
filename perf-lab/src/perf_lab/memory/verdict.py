"""The limits of memory: what was measured, as checks; imports record only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perf_lab.records.record import Check

#: The rate at which the founding claims give their allocation rate.
RATE = 10_000
#: Resident memory comes in steps: an arena of Python's allocator is 1 MiB.
STEP_BYTES = 1 << 20
#: What the interpreter itself gains over a run of any length: a free list that fills, a cache.
FEW_BLOCKS = 200
FEW_BYTES = 4096


def find_checks(data: Mapping[str, Any]) -> list[Check]:
    """Return what a run is judged by; what it has no figure for does not pass."""
    growth = data.get("growth", {}).get("slopes", {})
    heap, rss, blocks = (growth.get(name) for name in ("heap_bytes", "rss_bytes", "blocks"))
    scratch = data.get("scratch", {})
    floor = _figure(data, "three_fields", "hand-rolled", "peak_bytes")
    ours = _figure(data, "three_fields", "foundation", "peak_bytes")
    rows: Sequence[Mapping[str, Any]] = data.get("loggers", [])
    most: Mapping[str, Any] = max(rows, key=lambda row: row["loggers"], default={})
    total = most.get("total_bytes")
    collector = data.get("collector", {})
    collections = collector.get("collections")
    return [
        Check(
            f"memory retained at {RATE:,} messages/s, by tracemalloc, what is sure of the slope",
            None if heap is None else sure_rate(heap), 0, "B/s",
        ),
        Check(
            "resident memory that was surely gained over the run",
            None if rss is None else max(0.0, rss["low"] * rss["millions"]), STEP_BYTES, "B",
        ),
        Check(
            "Python's blocks that were surely gained over the run",
            None if blocks is None else max(0.0, blocks["low"] * blocks["millions"]), FEW_BLOCKS,
            "blocks",
        ),
        Check(
            "held by a call at one moment, three fields, orjson's own buffer apart",
            scratch.get("own_bytes"), 2048, "B",
        ),
        Check(
            "held by a call at one moment, all of it, to what the hand-rolled floor holds",
            ours / floor if ours and floor else None, 1.0, "x",
        ),
        Check(
            f"{most.get('loggers', 0):,} loggers that have written",
            None if total is None else total / 1e6, 3.0, "MB",
        ),
        Check("base logger", most.get("logger_bytes"), 150, "B"),
        Check("each bound field", most.get("bound_field_bytes"), 60, "B"),
        Check(
            "minimal preset, retained by set-up and 1,000 lines, imports apart",
            _kilo(data.get("minimal", {}).get("retained_bytes")), 100, "KB",
        ),
        Check("objects that a message leaves to the collector", collector.get("tracked"), 0, ""),
        Check(
            "garbage collections over the run",
            None if collections is None else sum(collections), 0, "",
        ),
        Check(
            "requests to the network from memray's pages",
            sum(len(row["requests"]) for row in data["pages"]) if data.get("pages") else None,
            0, "",
        ),
    ]  # fmt: skip


def sure_rate(heap: Mapping[str, float]) -> float:
    """Return bytes a second that surely stay; next to nothing over a run counts as none."""
    if heap["low"] * heap["millions"] < FEW_BYTES:
        return 0.0
    return heap["low"] / 1e6 * RATE


def _figure(data: Mapping[str, Any], workload: str, library: str, name: str) -> float | None:
    found: float | None = (
        data.get("workloads", {}).get(workload, {}).get("rows", {}).get(library, {}).get(name)
    )
    return found


def _kilo(value: float | None) -> float | None:
    return None if value is None else value / 1000
