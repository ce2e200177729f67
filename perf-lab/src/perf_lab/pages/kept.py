"""What is kept of records in docs/data: what pages show of a run, figures to five digits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from perf_lab.claims.claims import judge, read_claims
from perf_lab.records.record import Record, kept_records, read_record

#: By laboratory: its record's name in docs/data.
KEPT = {
    "bench": "performance",
    "memory": "memory",
    "flame": "flame",
    "soak": "soak",
    "soak-paced": "soak-paced",
    "contention": "contention",
    "torture": "guarantees",
}
#: Where a record's name in results/ is not its laboratory's.
FILES = {"bench": "latest"}
#: Laboratories that measure founding claims, too, each whenever it runs, and the kinds of metrics.
LATER = ("soak", "contention")
_KINDS = ("soak_rate", "soak_growth_mb", "blocked_s")
#: What is kept of the rows of a benchmark.
_COLUMNS = {
    "cells": "state reason ns lesser",
    "comparison": "library features state reason ns p50_us vs_structlog writes",
    "latency": "state p50 p90 p95 p99 p99.9 mean stdev",
    "allocation": "peak_bytes kept_bytes",
    "targets": "title sign limit aim unit measured result",
    "claims": "section claim documented measured unit result measure",
}


def reduce(found: Mapping[str, Record]) -> dict[str, Record]:
    """Return what is kept of records, by laboratory; figures have five digits.

    Args:
        found: By laboratory; of "bench" and "torture" the record beside it, too.
    """
    kept = {}
    for lab, record in found.items():
        data = dict(record.data)
        paced = "-paced" if lab == "soak" and record.options.get("rate") else ""
        if lab == "bench":
            data = reduce_bench(record.data, found["optimisations"].data["rows"])
            record = replace(record, options={"mode": data["mode"]}, checks=[])
        elif lab == "torture":
            data["breaks"] = found["breaks"].data["rows"]
        elif "growth" in data:
            series = ("series", "tracked")  # these stay behind
            data["growth"] = {k: v for k, v in data["growth"].items() if k not in series}
        if lab in KEPT:
            kept[lab + paced] = replace(record, data=_round(data))
    return kept


def reduce_bench(results: Mapping[str, Any], steps: Any = ()) -> dict[str, Any]:
    """Return what pages show of a run of the benchmark, and of the optimisations."""
    workloads = []
    for row in results["matrix"]:
        rows = results["workloads"][row["workload"]]["rows"]
        cells = {
            name: _pick("cells", rows.get(name, {}))
            | ({"vs_structlog": float(text[:-1])} if text.endswith("x") else {})
            for name, text in row["cells"].items()
        }
        workloads.append({"workload": row["workload"], "title": row["title"], "cells": cells})
    return {
        "mode": results["mode"],
        "versions": {name: rival["version"] for name, rival in results["rivals"].items()},
        "missing": results.get("missing", {}),
        "comparison": [_pick("comparison", row) for row in results["comparison"]],
        "workloads": workloads,
        "latency": {
            name: _pick("latency", row) for name, row in results["latency"]["three_fields"].items()
        },
        "allocation": {
            workload: {name: _pick("allocation", row) for name, row in rows.items()}
            for workload, rows in results["allocation"].items()
        },
        "probes": results["probes"],
        "targets": [_pick("targets", row) for row in results["targets"]],
        "claims": [_pick("claims", row) for row in results["claims"]],
        "steps": list(steps),
    }


def _pick(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _COLUMNS[kind].split() if name in row}


def _round(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _round(each) for key, each in value.items()}
    return [_round(each) for each in value] if isinstance(value, list) else value


def read_kept(folder: Path, labs: Iterable[str] = KEPT) -> dict[str, Record]:
    """Return those records of laboratories that a folder has under their names in docs/data."""
    paths = {lab: folder / f"{KEPT[lab]}.json" for lab in labs}
    return {lab: read_record(path) for lab, path in paths.items() if path.is_file()}


def refresh_scoreboard(record: Record, folder: Path) -> Record:
    """Return the kept benchmark, with those rows made anew that other kept records measure."""
    records = kept_records(LATER, record.machine, (folder,))
    claims = {claim.claim: claim for claim in read_claims()}
    rows = []
    for row in record.data["claims"]:
        claim = claims.get(row["claim"])
        if claim is not None and claim.metric.split(" ")[0] in _KINDS:
            found = judge(claim, {"records": records})
            row = row | {"measure": claim.measure, "measured": _round(found.measured),
                         "result": found.result}  # fmt: skip
        rows.append(row)
    return replace(record, data={**record.data, "claims": rows})
