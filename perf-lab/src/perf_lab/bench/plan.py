"""What is measured in a run, how long, and beside whom: what plan.toml says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perf_lab.rivals.catalogue import FEATURE_LIBRARIES, FLOOR, NEWCOMERS, REFERENCE, RIVALS
from perf_lab.workloads.table import WORKLOADS

Plan = dict[str, tuple[str, ...]]

_TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("plan.toml").read_text("utf-8"))
_SETS = {**_TABLE["sets"], "features": FEATURE_LIBRARIES, "newcomers": NEWCOMERS}


def _expand(names: Iterable[str]) -> tuple[str, ...]:
    """Return libraries, those of a set in its place."""
    return tuple(
        each
        for name in names
        for each in (_expand(_SETS[name[1:]]) if name.startswith("$") else (name,))
    )


def _plan(title: str) -> Plan:
    return {name: _expand(names) for name, names in _TABLE[title].items()}


def _of(plan: Plan, workload: str) -> tuple[str, ...] | None:
    """Return what a plan has for a workload, or for its group."""
    return plan.get(workload, plan.get(WORKLOADS[workload].group))


@dataclass(frozen=True)
class Effort:
    """Say how long to measure.

    Args:
        rounds: Rounds of each rival and workload.
        round_ms: How long a round is to take.
        latencies: Calls whose latency is taken one by one.
        startups: Fresh processes for each program.
        loggers: How many loggers are weighed.
        processes: How many processes of a library share the rounds that a target is judged by.
        close_processes: The same, where two set-ups of one library are compared.
        deliveries: How often each way of background delivery has its turn.
        delivered: How many lines a turn logs.
        allocations: How many calls are watched for what they allocate.
        threaded_rounds: Rounds of a workload with threads, at most: they need longer ones.
        light_rounds: Rounds of a workload whose ratio is far from its limit, or one of many.
    """

    rounds: int
    round_ms: float
    latencies: int
    startups: int = 0
    loggers: int = 0
    processes: int = 1
    close_processes: int = 1
    deliveries: int = 0
    delivered: int = 0
    allocations: int = 5_000
    threaded_rounds: int = 9
    light_rounds: int = 31


QUICK, FULL, GATE, BASELINE = (
    Effort(**_TABLE["effort"][name]) for name in ("quick", "full", "gate", "baseline")
)
_ROUNDS = {name: frozenset(_expand(names)) for name, names in _TABLE["rounds"].items()}
RENEWED = _ROUNDS["renewed"]
#: How much longer rounds of `close` rows are. The first 100 lines of a round find the caches full
#: of another library, and there what is only in one of two variants costs up to five times as much.
_CLOSE_TIMES = 3
#: For each thread of a round. The interpreter lets one run for 5 ms, so in less time each would do
#: all of its work in one go, and the round would tell what it costs to end threads.
_THREADED_MS = 10.0
#: Of the row that tells how threads scale.
_MOST_THREADS = max(workload.threads for workload in WORKLOADS.values())


def rounds_of(workload: str, effort: Effort) -> int:
    """Return how many rounds a workload gets."""
    if is_threaded(workload):
        return min(effort.rounds, effort.threaded_rounds)
    light = {workload, WORKLOADS[workload].group} & _ROUNDS["light"]
    return min(effort.rounds, effort.light_rounds) if light else effort.rounds


def round_ms_of(workload: str, effort: Effort) -> float:
    """Return how long a round of a workload is to take."""
    if not is_threaded(workload):
        return effort.round_ms * (_CLOSE_TIMES if workload in _ROUNDS["close"] else 1)
    return max(effort.round_ms, _THREADED_MS * WORKLOADS[workload].threads)


def processes_of(workload: str, effort: Effort) -> int:
    """Return over how many processes, one after the other, a workload's rounds are spread.

    A process keeps, for its life, the luck of where its memory lies: up to 8% in either direction.
    """
    if workload in _ROUNDS["close"]:
        return effort.close_processes
    return effort.processes if workload in _ROUNDS["judged"] else 1


def is_timed_alone(workload: str, name: str) -> bool:
    """Say whether rounds in threads are to be compared with rounds of one thread."""
    return WORKLOADS[workload].threads == _MOST_THREADS and RIVALS[name].ours


def is_threaded(workload: str) -> bool:
    """Say whether a workload runs in threads."""
    return WORKLOADS[workload].threads > 1


def clock_of(workload: str) -> str:
    """Return which clock a workload's ratios are of: threads share one by waiting."""
    wall = is_threaded(workload) or WORKLOADS[workload].wall
    return "wall_ns" if wall else "cpu_ns"


_COMPARED = _plan("compared")
#: Workloads in which Foundation is compared with the first of the libraries.
COMPARED: Plan = {name: who for name in WORKLOADS if (who := _of(_COMPARED, name))}
LATENCY_PLAN, ALLOCATION_PLAN, CALLS_PLAN, COLLECTIONS_PLAN, LOGGERS_PLAN = (
    _plan(title) for title in ("latency", "allocation", "calls", "collections", "loggers")
)
PROBE_NAMES, EMOJI_PROBE_NAMES = _TABLE["probes"]["plain"], _TABLE["probes"]["emoji"]


def throughput_plan(*, quick: bool, newcomers: bool = False) -> Plan:
    """Return the rivals of each workload."""
    usual = {**_plan("full"), **(_plan("quick") if quick else {})}
    more = _plan("newcomers") if newcomers else {}
    return {
        name: (COMPARED.get(name) or _of(usual, name) or usual["*"]) + (_of(more, name) or ())
        for name in WORKLOADS
    }


@dataclass(frozen=True)
class BaselineRow:
    """Say what a row of a baseline compares: one set-up of ours with its references."""

    workload: str
    subject: str
    references: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the row's name in the baseline."""
        ours = self.subject.partition("foundation")[2]
        return self.workload + ours

    @property
    def rivals(self) -> tuple[str, ...]:
        """Return everybody who takes part."""
        return (self.subject, *self.references)


BASELINE_ROWS = tuple(
    BaselineRow(
        row["workload"],
        row.get("subject", "foundation"),
        tuple(row.get("references", (FLOOR, REFERENCE))),
    )
    for row in _TABLE["baseline"]
)
GATE_ROWS = BASELINE_ROWS[:4]
