"""What is measured in a run, how long, and beside whom: what plan.toml says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from perf_lab.places import read_table
from perf_lab.rivals.catalogue import FEATURE_LIBRARIES, FLOOR, NEWCOMERS, REFERENCE, RIVALS
from perf_lab.workloads.table import WORKLOADS

Plan = dict[str, tuple[str, ...]]

_TABLE = read_table("bench/plan.toml")
_SETS = {**_TABLE["sets"], "features": FEATURE_LIBRARIES, "newcomers": NEWCOMERS}


def _expand(names: Iterable[str]) -> tuple[str, ...]:
    """Return libraries, those of a set in its place."""
    return tuple(
        each
        for name in names
        for each in (_expand(_SETS[name[1:]]) if name.startswith("$") else (name,))
    )


def _of(plan: Plan, workload: str) -> tuple[str, ...] | None:
    """Return what a plan has for a workload, or for its group."""
    return plan.get(workload, plan.get(WORKLOADS[workload].group))


#: By what is measured: the libraries of each workload.
PLANS: dict[str, Plan] = {
    title: {name: _expand(names) for name, names in plan.items()}
    for title, plan in _TABLE["plans"].items()
}
#: Workloads in which Foundation is compared with the first of the libraries.
COMPARED: Plan = {name: who for name in WORKLOADS if (who := _of(PLANS["compared"], name))}
#: Of `processes/probes.py`, with and without foundation-emoji.
PROBES: dict[str, list[str]] = _TABLE["probes"]


def throughput_plan(*, quick: bool, newcomers: bool = False) -> Plan:
    """Return the rivals of each workload."""
    usual = {**PLANS["full"], **(PLANS["quick"] if quick else {})}
    more = PLANS["newcomers"] if newcomers else {}
    return {
        name: (COMPARED.get(name) or _of(usual, name) or usual["*"]) + (_of(more, name) or ())
        for name in WORKLOADS
    }


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


@dataclass(frozen=True)
class Schedule:
    """Say how the rounds of a workload are taken.

    Args:
        rounds: How many there are.
        round_ms: How long each is to take.
        processes: Over how many processes, one after the other, they are spread. A process keeps,
            for its life, the luck of where its memory lies: up to 8% in either direction.
        clock: Which clock the ratios are of: threads share one by waiting.
    """

    rounds: int
    round_ms: float
    processes: int
    clock: str


def schedule(name: str, effort: Effort) -> Schedule:
    """Return how the rounds of a workload are taken."""
    workload = WORKLOADS[name]
    close, judged, light = (
        bool({name, workload.group} & _ROUNDS[kind]) for kind in ("close", "judged", "light")
    )
    processes = effort.close_processes if close else effort.processes if judged else 1
    if workload.threads > 1:
        rounds = min(effort.rounds, effort.threaded_rounds)
        round_ms = max(effort.round_ms, _THREADED_MS * workload.threads)
        return Schedule(rounds, round_ms, processes, "wall_ns")
    rounds = min(effort.rounds, effort.light_rounds) if light else effort.rounds
    round_ms = effort.round_ms * (_CLOSE_TIMES if close else 1)
    return Schedule(rounds, round_ms, processes, "wall_ns" if workload.wall else "cpu_ns")


def is_timed_alone(workload: str, name: str) -> bool:
    """Say whether rounds in threads are to be compared with rounds of one thread."""
    return WORKLOADS[workload].threads == _MOST_THREADS and RIVALS[name].ours


@dataclass(frozen=True)
class BaselineRow:
    """Say what a row of a baseline compares: one set-up of ours with its references."""

    workload: str
    subject: str = "foundation"
    references: Sequence[str] = (FLOOR, REFERENCE)

    @property
    def name(self) -> str:
        """Return the row's name in the baseline."""
        return self.workload + self.subject.removeprefix("foundation")

    @property
    def rivals(self) -> tuple[str, ...]:
        """Return everybody who takes part."""
        return (self.subject, *self.references)


BASELINE_ROWS = tuple(BaselineRow(**row) for row in _TABLE["baseline"])
GATE_ROWS = BASELINE_ROWS[:4]
