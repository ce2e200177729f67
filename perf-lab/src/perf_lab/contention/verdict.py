"""What a contention run is judged by, and its tables for a person; imports record only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perf_lab.records.record import Check, Record

OURS = "foundation"
NATIVE = "foundation-native"
#: What the native lane's throughput is to keep of one thread's, with the most threads, where the
#: loop without a log call keeps all of it. What that loses is the interpreter's and the machine's.
KEPT = 0.93
REFERENCE = "structlog-tuned"
#: As a rival and as a use: what the loop itself does, with no library.
NONE = "none"
Row = Mapping[str, Any]


def judge(data: Mapping[str, Sequence[Row]]) -> list[Check]:
    """Return the checks: Foundation's lines, how it scales, and what its locks cost."""
    checks = []
    for name, what in (
        ("threads", "threads"), ("scaling", "threads beside one"),
        ("scaling_null", "threads beside one, null device"),
        ("processes", "processes on one file"), ("tasks", "asyncio tasks"),
    ):  # fmt: skip
        rows = [row for row in data[name] if row["rival"] in (OURS, NATIVE)]
        for fault in ("lost", "twice", "torn"):
            checks.append(Check(f"{what}: lines {fault}", _total(rows, fault), 0, "lines"))
    ours, theirs = (_figure(data["scaling"], rival, "ratio") for rival in (OURS, REFERENCE))
    most = data["scaling"][0]["threads"]
    checks.append(
        Check(
            f"{most} threads to one: throughput, in relation to {REFERENCE}'s",
            ours / theirs if ours is not None and theirs else None, 1.0, "x", "at least",
        )
    )  # fmt: skip
    if any(row["rival"] == NATIVE for row in data["scaling"]):
        for name, output in (("scaling", "a file"), ("scaling_null", "the null device")):
            kept, alone = (_figure(data[name], rival, "ratio") for rival in (NATIVE, NONE))
            title = f"native lane, {most} threads to one, beside the loop alone: to {output}"
            share = kept / min(1.0, alone) if kept is not None and alone else None
            checks.append(Check(title, share, KEPT, "x", "at least"))
    blocked = _figure(data["locks"], OURS, "blocked_s")
    checks.append(Check(f"{most} threads: waiting for Foundation's locks", blocked, 0.0, "s/s"))
    return checks


def _total(rows: Sequence[Row], fault: str) -> float | None:
    """Return a sum over the rows; None if one of them could not be measured."""
    if not rows or any(row["state"] != "ok" for row in rows):
        return None
    return sum(row[fault] or 0 for row in rows)


def _figure(rows: Sequence[Row], rival: str, name: str) -> float | None:
    for row in rows:
        if row["rival"] == rival:
            found: float | None = row.get(name)
            return found
    return None


def show(record: Record) -> str:
    """Return a record as tables."""
    data = record.data
    parts = []
    for output, loggers in dict.fromkeys(
        (row["output"], row["loggers"]) for row in data["threads"]
    ):
        rows = [r for r in data["threads"] if (r["output"], r["loggers"]) == (output, loggers)]
        parts.append(_curve(f"threads to {output}, {loggers} logger", rows, "threads"))
    parts.append(_curve("processes on one file", data["processes"], "processes"))
    tasks = [f"{'asyncio tasks':<28} {'lines/s':>10} {'stall ms':>9} {'p99 ms':>8}"]
    for row in data["tasks"]:
        name = row["rival"] + ("" if row["use"] in ("info", NONE) else f", {row['use']}")
        tasks.append(
            f"{name:<28} {_number(row.get('rate'), 0):>10} {_number(row['stall_ms'], 2):>9} "
            f"{_number(row['p99_ms'], 2):>8}"
        )
    parts.append("\n".join(tasks))
    head = f"{'to one thread, and its locks':<28} {'file':>8} {'null':>8} {'per CPU':>8}"
    scaling = [f"{head} {'blocked s/s':>12} {'a second':>9}"]
    locks = {row["rival"]: row for row in data["locks"]}
    for row, null in zip(data["scaling"], data["scaling_null"], strict=True):
        lock = locks.get(row["rival"], {})
        scaling.append(
            f"{row['rival']:<28} {_number(row['ratio'], 3):>8} "
            f"{_number(null['ratio'], 3):>8} {_number(row['cpu_ratio'], 3):>8} "
            f"{_number(lock.get('blocked_s'), 4):>12} {_number(lock.get('blocked'), 0):>9}"
        )
    parts.append("\n".join(scaling))
    parts.append("\n".join(map(str, record.checks)))
    parts.append("passed" if record.passed else "FAILED")
    return "\n\n".join(parts)


def _curve(title: str, rows: Sequence[Row], over: str) -> str:
    """Return one table: a line a rival and count, its rate and the rest."""
    head = (
        f"{title:<32} {over:>9} {'lines/s':>10} {'to one':>7} {'p50':>8} {'p99':>9} {'p99.9':>10}"
    )
    lines = [f"{head} {'fairness':>8} lost torn"]
    for row in rows:
        if row["state"] != "ok":
            lines.append(f"{row['rival']:<32} {row.get(over, ''):>9} {row['state']}")
            continue
        lines.append(
            f"{row['rival']:<32} {row[over]:>9} {_number(row['rate'], 0):>10} "
            f"{_number(row['versus_one'], 2):>7} {_number(row.get('p50_us'), 1):>8} "
            f"{_number(row.get('p99_us'), 1):>9} {_number(row.get('p99.9_us'), 0):>10} "
            f"{_number(row.get('fairness'), 3):>8} {_number(row['lost'], 0):>4} "
            f"{_number(row['torn'], 0):>4}"
        )
    return "\n".join(lines)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
