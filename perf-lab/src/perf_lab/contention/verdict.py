"""What a contention run is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perf_lab.contention.lines import FAULTS
from perf_lab.contention.subject import NONE
from perf_lab.laboratory import Row, known, read_plan
from perf_lab.records.record import Check
from perf_lab.rivals.catalogue import REFERENCE

PLAN = read_plan(__file__)
OURS = "foundation"
NATIVE = "foundation-native"
#: What the native lane's throughput is to keep of one thread's, with the most threads, where the
#: loop without a log call keeps all of it. What that loses is the interpreter's and the machine's.
KEPT = 0.93


def judge(data: Mapping[str, Sequence[Row]]) -> list[Check]:
    """Return the checks: Foundation's lines, how it scales, and what its locks cost."""

    def total(name: str, fault: str) -> float | None:
        rows = [row for row in data[name] if row["rival"] in (OURS, NATIVE)]
        sound = rows and all(row["state"] == "ok" for row in rows)
        return sum(row[fault] or 0 for row in rows) if sound else None

    def figure(name: str, rival: str, what: str) -> float:
        return float(next(row[what] for row in data[name] if row["rival"] == rival))

    def kept(name: str) -> float:
        return figure(name, NATIVE, "ratio") / min(1.0, figure(name, NONE, "ratio"))

    checks = [
        Check(f"{what}: lines {fault}", total(name, fault), 0, "lines")
        for name, what in PLAN["whole"].items()
        for fault in FAULTS
    ]
    most = data["scaling"][0]["threads"]
    beside = known(lambda: figure("scaling", OURS, "ratio") / figure("scaling", REFERENCE, "ratio"))
    title = f"{most} threads to one: throughput, in relation to {REFERENCE}'s"
    checks.append(Check(title, beside, 1.0, "x", "at least"))
    if any(row["rival"] == NATIVE for row in data["scaling"]):
        for name, output in (("scaling", "a file"), ("scaling_null", "the null device")):
            title = f"native lane, {most} threads to one, beside the loop alone: to {output}"
            share = known(lambda name=name: kept(name))  # type: ignore[misc]
            checks.append(Check(title, share, KEPT, "x", "at least"))
    blocked = known(lambda: figure("locks", OURS, "blocked_s"))
    checks.append(Check(f"{most} threads: waiting for Foundation's locks", blocked, 0.0, "s/s"))
    return checks
