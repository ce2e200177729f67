"""Prints what a run found: scoreboard, comparison, targets.

The rows are made here too, as plain data, so that the results file holds what was printed and the
report can be made from it alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from perf_lab.comparison.ratios import interval_of, ratio_of
from perf_lab.records.documented import describe
from perf_lab.records.text_table import text_table
from perf_lab.rivals.catalogue import REFERENCE, RIVALS

_OURS = "foundation"


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


def show_claims(rows: Sequence[dict[str, Any]]) -> str:
    """Return the scoreboard."""
    cells: list[Sequence[object]] = []
    for section, part in groupby(rows, lambda row: row["section"]):
        cells.append([f"-- {section}"])
        for row in part:
            ratio = "" if row.get("ratio") is None else f"{row['ratio']:.3g}x"
            figures = (_figure(row["documented"]), _figure(row["measured"]), ratio)
            cells.append([row["claim"][:74], *figures, row["unit"], row["result"]])
    results = Counter(row["result"] for row in rows)
    passed, failed, others = (results[word] for word in ("pass", "FAIL", "reference"))
    return text_table(
        ("claim", ">documented", ">measured", ">ratio", "unit", "result"),
        cells,
        title="SCOREBOARD: what the founding claims say, and what this machine shows",
        after=f"{len(rows)} claims: {passed} pass, {failed} fail, {others} of others, "
        f"{len(rows) - passed - failed - others} wait for what they name",
    )


def show_comparison(rows: Sequence[dict[str, Any]]) -> str:
    """Return the comparison of the founding claims' call."""
    cells: list[Sequence[object]] = [
        [
            row["library"], row["format"], f"{row['ns']:.0f}", f"{row['rate']:,.0f}",
            "" if row["p50_us"] is None else f"{row['p50_us']:.2f}",
            _ratio(row, "vs_structlog"), _ratio(row, "vs_ours"), row["features"],
        ]
        if row["state"] == "ok"
        else [row["library"], row["format"], *[""] * 5, f"{row['state']}: {row['reason'][:90]}"]
        for row in rows
    ]  # fmt: skip
    return text_table(
        ("library", "form", ">CPU ns", ">lines/s", ">p50 us", ">x structlog tuned",
         ">x foundation", "features"),
        cells,
        title="COMPARISON: three fields to the null device; ratios are medians of interleaved "
        "rounds, with half of the interval that has it in 95 of 100 runs (bootstrap)",
    )  # fmt: skip


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


def show_targets(rows: Sequence[dict[str, Any]]) -> str:
    """Return the targets of the issue."""
    cells = [
        [
            row["title"], f"{row['sign']} {row['limit']:g}",
            "" if row["measured"] is None else f"{row['measured']:.2f}",
            row["result"] + ("" if row["aim"] is None else f" (aim {row['aim']:g})"),
        ]
        for row in rows
    ]  # fmt: skip
    reached = sum(row["result"] == "reached" for row in rows)
    return text_table(
        ("target", ">limit", ">measured", "result"), cells, title="TARGETS",
        after=f"{reached} of {len(rows)} targets reached",
    )  # fmt: skip


def show_ratios(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """Return a table of baseline and present ratios."""
    cells = [
        [row, metric, reference, f"{before:.3f}", f"{now:.3f}", f"{now / before - 1:+.1%}"]
        for row, metrics in found.items()
        for metric, references in metrics.items()
        for reference, now in references.items()
        if (before := expected.get(row, {}).get(metric, {}).get(reference)) is not None
    ]
    return text_table(("row", "metric", "relative to", ">baseline", ">now", ">change"), cells)


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


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _ratio(row: dict[str, Any], key: str) -> str:
    if key not in row:
        return ""
    return f"{row[key]:.2f} ±{row[f'{key}_spread']:.2f}"


def _short(name: str) -> str:
    for word, short in (("foundation-", "f-"), ("structlog-", "s-"), ("provide-f-", "pf-")):
        name = name.replace(word, short)
    return name[:13]
