"""What a contention run is judged by, and its tables for a person; imports record only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perf_lab.records.record import Check, Record
from perf_lab.records.text_table import text_table

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
    tasks = [
        [
            row["rival"] + ("" if row["use"] in ("info", NONE) else f", {row['use']}"),
            _number(row.get("rate"), 0), _number(row["stall_ms"], 2), _number(row["p99_ms"], 2),
        ]
        for row in data["tasks"]
    ]  # fmt: skip
    parts.append(text_table(("asyncio tasks", ">lines/s", ">stall ms", ">p99 ms"), tasks))
    locks = {row["rival"]: row for row in data["locks"]}
    scaling = []
    for row, null in zip(data["scaling"], data["scaling_null"], strict=True):
        lock = locks.get(row["rival"], {})
        scaling.append([
            row["rival"], _number(row["ratio"], 3), _number(null["ratio"], 3),
            _number(row["cpu_ratio"], 3), _number(lock.get("blocked_s"), 4),
            _number(lock.get("blocked"), 0),
        ])  # fmt: skip
    columns = (">file", ">null", ">per CPU", ">blocked s/s", ">a second")
    parts.append(text_table(("to one thread, and its locks", *columns), scaling))
    parts.append("\n".join(map(str, record.checks)))
    parts.append("passed" if record.passed else "FAILED")
    return "\n\n".join(parts)


def _curve(title: str, rows: Sequence[Row], over: str) -> str:
    """Return one table: a line a rival and count, its rate and the rest."""
    cells = [
        [
            row["rival"], row[over], _number(row["rate"], 0), _number(row["versus_one"], 2),
            _number(row.get("p50_us"), 1), _number(row.get("p99_us"), 1),
            _number(row.get("p99.9_us"), 0), _number(row.get("fairness"), 3),
            _number(row["lost"], 0), _number(row["torn"], 0),
        ]
        if row["state"] == "ok"
        else [row["rival"], row.get(over, ""), *[""] * 8, row["state"]]
        for row in rows
    ]  # fmt: skip
    columns = (">lines/s", ">to one", ">p50", ">p99", ">p99.9", ">fairness", ">lost", ">torn", "")
    return text_table((title, f">{over}", *columns), cells)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
