"""Prints what a run found: scoreboard, comparison, targets.

The rows are made here too, as plain data, so that the results file holds what was printed and the
report can be made from it alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from perf_lab.comparison.ratios import interval_of, ratio_of
from perf_lab.laboratory import show
from perf_lab.places import read_table
from perf_lab.records.documented import describe
from perf_lab.records.text_table import text_table
from perf_lab.rivals.catalogue import REFERENCE, RIVALS

_OURS = "foundation"
_TABLES = read_table("bench/tables.toml")


def comparison_rows(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one row a library for the founding claims' call, fastest first; unsound ones last."""
    found = results["workloads"]["three_fields"]["rows"]
    rows = []
    for name, row in found.items():
        rival = RIVALS[name]
        line: dict[str, Any] = {
            "library": name, "features": rival.features,
            "format": "JSON" if rival.json else "text",
            "state": row["state"], "reason": row.get("reason", ""),
        }  # fmt: skip
        writes = results["writes"].get(name, {})
        line |= {"writes": writes["writes"]} if "writes" in writes else {}
        if row["state"] == "ok":
            p50 = results["latency"].get("three_fields", {}).get(name, {}).get("p50")
            line |= {"ns": row["ns"], "rate": 1e9 / row["ns"], "p50_us": p50 and p50 / 1000}
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
        each: dict[str, Any] = found["rows"]
        reference = each.get(REFERENCE, {})
        cells = {name: row["state"] for name, row in each.items()}
        for name in [name for name, state in cells.items() if state == "ok"]:
            cells[name] = f"{each[name]['ns']:.0f} ns"
            if reference.get("state") == "ok":
                cells[name] = f"{ratio_of(reference['rounds'], each[name]['rounds']):.2f}x"
        outside = {
            name: ", ".join(f"{reason} {share:.0%}" for reason, share in row["fallbacks"].items())
            for name, row in each.items()
            if row.get("fallbacks") and not name.endswith("-processor")
        }
        rows.append({
            "workload": workload, "title": found["title"], "ns": each.get(_OURS, {}).get("ns"),
            "cells": cells,
            "lesser": {name: row["lesser"] for name, row in each.items() if "lesser" in row},
            "outside": outside,
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
        [row["workload"], row["ns"] and f"{row['ns']:.0f}", *(cell(row, name) for name in common)]
        for row in rows
    ]
    below = []
    for row in rows:
        some = [f"{n} {said}" for n, said in row["cells"].items() if n in {*names} - {*common}]
        below += [f"{row['workload']}: {', '.join(some)}"] if some else []
    for key, form in (("lesser", "~ {}, {}: in a lesser form: {}"),
                      ("outside", "outside of the fast lanes: {}, {}: {}")):  # fmt: skip
        below += [form.format(row["workload"], *each) for row in rows for each in row[key].items()]
    return text_table(
        ("workload", ">ns", *(f">{_short(name)}" for name in common)),
        cells,
        title="ALL WORKLOADS: times as fast as structlog tuned (itself is 1); ns of foundation",
        after="\n".join(below),
    )


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
