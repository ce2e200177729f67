"""Prints what a run found: scoreboard, comparison, targets; plain text of fixed columns.

The rows are made here too, as plain data, so that the results file holds what was printed and the
report can be made from it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perf_lab.claims.claims import Claim, judge
from perf_lab.comparison.ratios import ratio_of
from perf_lab.records.documented import describe
from perf_lab.rivals.catalogue import REFERENCE, RIVALS

_OURS = "foundation"


def claim_rows(claims: Sequence[Claim], results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the scoreboard's rows."""
    rows = []
    for verdict in (judge(claim, results) for claim in claims):
        claim = verdict.claim
        rows.append(
            {
                "section": claim.section,
                "claim": claim.claim,
                "documented": claim.documented,
                "unit": claim.unit,
                "measured": verdict.measured,
                "ratio": verdict.ratio,
                "result": verdict.result,
                "measure": claim.measure,
            }
        )
    return rows


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
                    ratio = ratio_of(other["rounds"], row["rounds"])
                    line[key] = ratio.middle
                    line[f"{key}_spread"] = (ratio.high - ratio.low) / 2
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
                cells[name] = f"{ratio_of(reference['rounds'], row['rounds']).middle:.2f}x"
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
    lines = [
        "SCOREBOARD: what the founding claims say, and what this machine shows", "",
        f"{'claim':<74} {'documented':>12} {'measured':>12} {'ratio':>9}  {'unit':<11} result",
    ]  # fmt: skip
    section = ""
    for row in rows:
        if row["section"] != section:
            section = row["section"]
            lines.append(f"-- {section}")
        # What is published has the figures, and not their ratios.
        ratio = "" if row.get("ratio") is None else f"{row['ratio']:.3g}x"
        lines.append(
            f"{row['claim'][:74]:<74} {_figure(row['documented']):>12} "
            f"{_figure(row['measured']):>12} {ratio:>9}  {row['unit']:<11} {row['result']}"
        )
    results = [row["result"] for row in rows]
    waiting = len(results) - sum(results.count(word) for word in ("pass", "FAIL", "reference"))
    lines.append(
        f"{len(rows)} claims: {results.count('pass')} pass, {results.count('FAIL')} fail, "
        f"{results.count('reference')} of others, {waiting} wait for what they name"
    )
    return "\n".join(lines)


def show_comparison(rows: Sequence[dict[str, Any]]) -> str:
    """Return the comparison of the founding claims' call."""
    lines = [
        "COMPARISON: three fields to the null device; ratios are medians of interleaved rounds, "
        "with half the quartile distance", "",
        f"{'library':<24} {'form':<5} {'CPU ns':>8} {'lines/s':>9} {'p50 us':>8} "
        f"{'x structlog tuned':>18} {'x foundation':>15}  features",
    ]  # fmt: skip
    for row in rows:
        head = f"{row['library']:<24} {row['format']:<5}"
        if row["state"] != "ok":
            lines.append(f"{head} {row['state']}: {row['reason'][:90]}")
            continue
        p50 = "" if row["p50_us"] is None else f"{row['p50_us']:.2f}"
        lines.append(
            f"{head} {row['ns']:>8.0f} {row['rate']:>9,.0f} {p50:>8} "
            f"{_ratio(row, 'vs_structlog'):>18} {_ratio(row, 'vs_ours'):>15}  {row['features']}"
        )
    return "\n".join(lines)


def show_matrix(rows: Sequence[dict[str, Any]]) -> str:
    """Return all workloads: how many times faster than structlog tuned."""
    names = [name for name in RIVALS if any(name in row["cells"] for row in rows)]
    names = [name for name in names if name != REFERENCE]
    common = [name for name in names if sum(name in row["cells"] for row in rows) > 2]
    common = common or names
    lines = ["ALL WORKLOADS: times as fast as structlog tuned (its own row is 1); ns of foundation"]
    lines += ["", f"{'workload':<19} {'ns':>6} " + " ".join(f"{_short(n):>13}" for n in common)]
    for row in rows:
        ns = "" if row["ns"] is None else f"{row['ns']:.0f}"
        cells = (
            _state(row["cells"].get(name, "")) + ("~" if name in row.get("lesser", {}) else "")
            for name in common
        )
        lines.append(f"{row['workload']:<19} {ns:>6} " + " ".join(f"{c:>13}" for c in cells))
    for row in rows:
        apart = [name for name in row["cells"] if name in names and name not in common]
        if apart:
            shown = ", ".join(f"{name} {row['cells'][name]}" for name in apart)
            lines.append(f"{row['workload']}: {shown}")
    lines += [
        f"~ {row['workload']}, {name}: in a lesser form: {fields}"
        for row in rows
        for name, fields in row.get("lesser", {}).items()
    ]
    lines += [
        f"outside of the fast lanes: {row['workload']}, {name}: {reasons}"
        for row in rows
        for name, reasons in row.get("outside", {}).items()
    ]
    return "\n".join(lines)


def show_targets(rows: Sequence[dict[str, Any]]) -> str:
    """Return the targets of the issue."""
    lines = ["TARGETS", "", f"{'target':<76} {'limit':>8} {'measured':>9}  result"]
    for row in rows:
        limit = f"{row['sign']} {row['limit']:g}"
        measured = "" if row["measured"] is None else f"{row['measured']:.2f}"
        aim = "" if row["aim"] is None else f" (aim {row['aim']:g})"
        lines.append(f"{row['title']:<76} {limit:>8} {measured:>9}  {row['result']}{aim}")
    reached = sum(row["result"] == "reached" for row in rows)
    lines.append(f"{reached} of {len(rows)} targets reached")
    return "\n".join(lines)


def show_ratios(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """Return a table of baseline and present ratios."""
    lines = [f"{'row':<26} {'metric':<11} {'relative to':<20} {'baseline':>9} {'now':>9} change"]
    for row, metrics in found.items():
        for metric, references in metrics.items():
            for reference, now in references.items():
                before = expected.get(row, {}).get(metric, {}).get(reference)
                if before is not None:
                    lines.append(
                        f"{row:<26} {metric:<11} {reference:<20} {before:>9.3f} {now:>9.3f} "
                        f"{now / before - 1:+.1%}"
                    )
    return "\n".join(lines)


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
    return (
        name.replace("foundation-", "f-")
        .replace("structlog-", "s-")
        .replace("provide-f-", "pf-")[:13]
    )


def _state(cell: str) -> str:
    return {"unsupported": "no such", "not available": "not there"}.get(cell, cell)[:13]
