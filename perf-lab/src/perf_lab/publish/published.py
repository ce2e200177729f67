"""What of a run is published: a results file reduced to what the pages show.

It imports the standard library only. `docs/data/performance.json` holds what `reduce` returns; the
page and the tables of the guide are made from that file alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: How the pages call a library; others are called what the lab calls them.
NAMES = {
    "none": "the loop alone",
    "foundation": "Foundation, JSON",
    "foundation-processor": "Foundation, JSON, processor lane",
    "foundation-native": "Foundation, JSON, native lane",
    "foundation-native-key_value": "Foundation, key_value, native lane",
    "foundation-native-compact": "Foundation, compact, native lane",
    "foundation-key_value": "Foundation, key_value",
    "foundation-compact": "Foundation, compact",
    "foundation-logging": "Foundation, logging's lines",
    "foundation-native-logging": "Foundation, logging's lines, native lane",
    "foundation-structlog": "Foundation, structlog's lines",
    "foundation-native-structlog": "Foundation, structlog's lines, native lane",
    "foundation-beside-structlog": "Foundation",
    "foundation-native-beside-structlog": "Foundation, native lane",
    "hand-rolled": "hand-rolled, JSON",
    "structlog-colors": "structlog, ConsoleRenderer",
    "stdlib-both": "logging, two handlers",
    "structlog-tuned": "structlog tuned, JSON",
    "structlog-default": "structlog as it comes, text",
    "structlog-key_value": "structlog, KeyValueRenderer",
    "stdlib-text": "logging, text",
    "stdlib-json": "logging with python-json-logger",
    "loguru-text": "loguru, text",
    "loguru-serialize": "loguru, serialize=True",
    "bqlog": "BqLog, messages that the caller renders",
    "picologging": "picologging, text",
    "logbook": "logbook, text",
    "rich": "rich.logging",
    "provide-foundation": "provide-foundation, JSON",
    "provide-foundation-emoji": "provide-foundation, emoji",
}
_LATENCY = ("p50", "p90", "p95", "p99", "p99.9", "mean", "stdev")


def reduce(results: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the pages show, figures to five digits.

    Args:
        results: What `nox -s bench` wrote.
        steps: What `perf-lab optimisations` wrote.
    """
    return {
        "machine": results["machine"],
        "mode": results["mode"],
        "versions": {name: rival["version"] for name, rival in results["rivals"].items()},
        "missing": results.get("missing", {}),
        "comparison": [
            _pick(
                row,
                "library",
                "features",
                "state",
                "reason",
                "ns",
                "p50_us",
                "vs_structlog",
                "writes",
            )
            for row in results["comparison"]
        ],
        "workloads": [_workload(row, results["workloads"]) for row in results["matrix"]],
        "latency": {
            name: _pick(row, "state", *_LATENCY)
            for name, row in results["latency"]["three_fields"].items()
        },
        "allocation": {
            workload: {name: _pick(row, "peak_bytes", "kept_bytes") for name, row in rows.items()}
            for workload, rows in results["allocation"].items()
        },
        "probes": {name: _round(value) for name, value in results["probes"].items()},
        "targets": [
            _pick(row, "title", "sign", "limit", "aim", "unit", "measured", "result")
            for row in results["targets"]
        ],
        "claims": [
            _pick(row, "section", "claim", "documented", "measured", "unit", "result", "measure")
            for row in results["claims"]
        ],
        "steps": [{key: _round(value) for key, value in row.items()} for row in steps],
    }


def _workload(row: Mapping[str, Any], workloads: Mapping[str, Any]) -> dict[str, Any]:
    found = workloads[row["workload"]]["rows"]
    cells = {}
    for name, text in row["cells"].items():
        cell = _pick(found.get(name, {}), "state", "reason", "ns", "lesser")
        if text.endswith("x"):
            cell["vs_structlog"] = float(text[:-1])
        cells[name] = cell
    return {"workload": row["workload"], "title": row["title"], "cells": cells}


def _pick(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: _round(row[name]) for name in names if name in row}


def _round(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


# Look-ups


def name_of(library: str) -> str:
    """Return how the pages call a library."""
    return NAMES.get(library, library)


def cell(data: Mapping[str, Any], workload: str, library: str = "foundation") -> dict[str, Any]:
    """Return what one library did with one workload; empty if the run had it not."""
    for row in data["workloads"]:
        if row["workload"] == workload:
            found: dict[str, Any] = row["cells"].get(library, {})
            return found
    return {}


def claim(data: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return the claim of exactly that text.

    Raises:
        KeyError: There is none.
    """
    for row in data["claims"]:
        if row["claim"] == text:
            found: dict[str, Any] = row
            return found
    raise KeyError(text)


def step(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return one optimisation that was tried; empty if it was not."""
    return next((dict(row) for row in data["steps"] if row["name"] == name), {})


def is_waiting(result: str) -> bool:
    """Say whether a row has no verdict yet."""
    return result.lower() not in ("pass", "fail", "reference", "reached", "not reached")
