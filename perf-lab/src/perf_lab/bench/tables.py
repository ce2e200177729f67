"""Prints what a run found: scoreboard, comparison, targets.

The rows are made here too, as plain data, so that the results file holds what was printed and the
report can be made from it alone.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perf_lab.comparison.ratios import interval_of, ratio_of
from perf_lab.laboratory import show
from perf_lab.records.documented import describe
from perf_lab.records.text_table import text_table
from perf_lab.rivals.catalogue import REFERENCE, RIVALS

_OURS = "foundation"
_TABLES: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("tables.toml").read_text(encoding="utf-8")
)


def comparison_rows(
    results: dict[str, Any], workload: str = "three_fields"
) -> list[dict[str, Any]]:
    """Return one row a library for the founding claims' call, fastest first; unsound ones last."""
    found = results["workloads"][workload]["rows"]
    latency = results["latency"].get(workload, {})
    rows = []
    for name, row in found.items():
        rival = RIVALS[name]
        line: dict[str, Any] = {
            "library": name,
            "features": rival.features,
            "format": "JSON" if rival.json else "text",
            "state": row["state"],
            "reason": row.get("reason", ""),
        }
        writes = results.get("writes", {}).get(name, {}).get("writes")
        if writes is not None:
            line["writes"] = writes
        if row["state"] == "ok":
            line["ns"] = row["ns"]
            line["rate"] = 1e9 / row["ns"]
            p50 = latency.get(name, {}).get("p50")
            line["p50_us"] = p50 / 1000 if p50 is not None else None
            for key, reference in (("vs_structlog", REFERENCE), ("vs_ours", _OURS)):
                other = found.get(reference, {})
                if other.get("state") == "ok":
                    low, high = interval_of(other["rounds"], row["rounds"])
                    line[key] = ratio_of(other["rounds"], row["rounds"])
                    line[f"{key}_spread"] = (high - low) / 2
        rows.append(line)
    return sorted(rows, key=lambda line: line.get("ns", float("inf")))


def matrix_rows(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return, for each workload, how much faster each library is than structlog tuned."""
    rows = []
    for workload, found in results["workloads"].items():
        reference = found["rows"].get(REFERENCE, {})
        cells: dict[str, str] = {}
        for name, row in found["rows"].items():
            if row["state"] != "ok":
                cells[name] = row["state"]
            elif reference.get("state") == "ok":
                cells[name] = f"{ratio_of(reference['rounds'], row['rounds']):.2f}x"
            else:
                cells[name] = f"{row['ns']:.0f} ns"
        ours = found["rows"].get(_OURS, {}).get("ns")
        lesser = {name: row["lesser"] for name, row in found["rows"].items() if "lesser" in row}
        outside = {
            name: ", ".join(f"{reason} {share:.0%}" for reason, share in row["fallbacks"].items())
            for name, row in found["rows"].items()
            if row.get("fallbacks") and not name.endswith("-processor")
        }
        rows.append({
            "workload": workload, "title": found["title"], "ns": ours, "cells": cells,
            "lesser": lesser, "outside": outside,
        })  # fmt: skip
    return rows


def show_rows(name: str, rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as the table that tables.toml has under a name; nothing where there are none."""
    return show({"table": [_TABLES[name]]}, {"rows": rows}) if rows else ""


def show_claims(rows: Sequence[dict[str, Any]]) -> str:
    """Return the scoreboard."""
    results = Counter(row["result"] for row in rows)
    passed, failed, others = (results[word] for word in ("pass", "FAIL", "reference"))
    waiting = len(rows) - passed - failed - others
    return (
        f"{show_rows('claims', rows)}\n\n{len(rows)} claims: {passed} pass, {failed} fail, "
        f"{others} of others, {waiting} wait for what they name"
    )


def show_targets(rows: Sequence[dict[str, Any]]) -> str:
    """Return the targets of the project."""
    reached = sum(row["result"] == "reached" for row in rows)
    return f"{show_rows('targets', rows)}\n{reached} of {len(rows)} targets reached"


def show_matrix(rows: Sequence[dict[str, Any]]) -> str:
    """Return all workloads: how many times faster than structlog tuned."""
    shown = Counter(name for row in rows for name in row["cells"])
    names = [name for name in RIVALS if name in shown and name != REFERENCE]
    common = [name for name in names if shown[name] > 2] or names

    def cell(row: dict[str, Any], name: str) -> str:
        said: str = row["cells"].get(name, "")
        said = {"unsupported": "no such", "not available": "not there"}.get(said, said)[:13]
        return said + ("~" if name in row["lesser"] else "")

    cells = [
        [row["workload"], "" if row["ns"] is None else f"{row['ns']:.0f}",
         *(cell(row, name) for name in common)]
        for row in rows
    ]  # fmt: skip
    below = []
    for row in rows:
        apart = [
            f"{n} {said}" for n, said in row["cells"].items() if n in names and n not in common
        ]
        below += [f"{row['workload']}: {', '.join(apart)}"] if apart else []
    for key, mark, words in (("lesser", "~ ", "in a lesser form"),
                             ("outside", "outside of the fast lanes: ", "")):  # fmt: skip
        below += [
            f"{mark}{row['workload']}, {name}: {words}{': ' if words else ''}{what}"
            for row in rows
            for name, what in row[key].items()
        ]
    return text_table(
        ("workload", ">ns", *(f">{_short(name)}" for name in common)),
        cells,
        title="ALL WORKLOADS: times as fast as structlog tuned (itself is 1); ns of foundation",
        after="\n".join(below),
    )


def show_ratios(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """Return a table of baseline and present ratios."""
    rows = [
        {"row": row, "metric": metric, "reference": reference, "before": before, "now": now,
         "change": now / before - 1}
        for row, metrics in found.items()
        for metric, references in metrics.items()
        for reference, now in references.items()
        if (before := expected.get(row, {}).get(metric, {}).get(reference)) is not None
    ]  # fmt: skip
    return show_rows("ratios", rows)


def show_machine(machine: dict[str, Any]) -> str:
    """Return what the figures hold for, and whether it is the documented machine."""
    packages = machine["packages"]
    names = ("foundation-core", "structlog", "orjson")
    versions = ", ".join(f"{name} {packages[name]}" for name in names)
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']}, {machine['python']}; "
        f"{versions}; {machine['date']}, commit {machine['commit']}, load {machine['load']}\n"
        f"{describe(machine)}"
    )


def _short(name: str) -> str:
    for word, short in (("foundation-", "f-"), ("structlog-", "s-"), ("provide-f-", "pf-")):
        name = name.replace(word, short)
    return name[:13]
