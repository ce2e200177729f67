"""Prints what the memory laboratory found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perf_lab.memory.verdict import RATE
from perf_lab.records.text_table import text_table


def show(data: Mapping[str, Any]) -> str:
    """Return the tables of a run."""
    parts = [_workloads(data), _loggers(data), _growth(data), _single(data), _lasting(data)]
    return "\n\n".join(parts)


def _workloads(data: Mapping[str, Any]) -> str:
    cells: list[list[str]] = []
    for workload, found in data["workloads"].items():
        for library, row in found["rows"].items():
            if "unsupported" in row:
                cells.append([workload, library, *[""] * 5, row["unsupported"]])
                continue
            cells.append([
                workload, library, f"{row['allocations']:.1f}", f"{row['bytes']:,.0f}",
                f"{row['bytes'] * RATE / 1e6:.1f} MB/s", f"{row['peak_bytes']:,.0f} B",
                f"{row['kept_bytes']:.2f} B",
            ])  # fmt: skip
    scratch = data["scratch"]
    return text_table(
        ("workload", "library", ">allocations", ">bytes", f">at {RATE:,}/s", ">held", ">kept", ""),
        cells,
        title="ALLOCATIONS of one iteration, by memray; held and kept by tracemalloc",
        after=f"Of the {scratch['total_bytes']:,.0f} B that a call with three fields holds, "
        f"orjson's buffer is {scratch['scratch_bytes']:,.0f} B; without it the most is "
        f"{scratch['own_bytes']:,.0f} B.",
    )


def _loggers(data: Mapping[str, Any]) -> str:
    cells = []
    for row in data["loggers"]:
        emoji = row["emoji_pattern_bytes"]
        cells.append([
            f"{row['loggers']:,}", f"{row['logger_bytes']:.0f}", f"{row['logger_used_bytes']:.0f}",
            f"{row['bound_bytes']:.0f}", f"{row['bound_field_bytes']:.1f}",
            f"{row['processor_bytes']:.1f}", "" if emoji is None else f"{emoji:.0f}",
            f"{row['total_bytes'] / 1e6:.3f} MB", f"{row['resident_bytes'] / 1e6:.3f} MB",
        ])  # fmt: skip
    return text_table(
        (">loggers", ">logger", ">used", ">bound", ">bound field", ">processor", ">emoji event",
         ">all of them", ">resident"),
        cells, title="WEIGHT, bytes each, by tracemalloc",
    )  # fmt: skip


def _growth(data: Mapping[str, Any]) -> str:
    growth = data["growth"]
    cells = [
        [name, f"{row['slope']:,.1f}", f"{row['low']:,.1f} to {row['high']:,.1f}",
         f"{row['total']:,.1f}"]
        for name, row in growth["slopes"].items()
    ]  # fmt: skip
    return text_table(
        ("of", ">per 1M messages", ">95 % interval", ">over the run"),
        cells,
        title=f"GROWTH over {growth['messages']:,} messages, {growth['tracked_messages']:,} "
        "of them under tracemalloc",
    )


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
    cells = [[row["type"], f"{row['count']:,}", f"{row['bytes']:,} B"] for row in data["lasting"]]
    title = "WHAT LASTS after a set-up, 100 loggers and 1,000 lines"
    return text_table(("type", ">count", ">bytes"), cells, title=title)
