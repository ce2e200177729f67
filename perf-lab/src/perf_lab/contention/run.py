"""The order of a contention run: who writes where with how many, round by round."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from perf_lab.contention.lines import SlowReader, check_lines
from perf_lab.contention.locks import VARIABLE
from perf_lab.contention.verdict import NATIVE, NONE, judge, show
from perf_lab.processes.pool import Worker, WorkerFailed
from perf_lab.records.machine import describe_machine
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record
from perf_lab.rivals.catalogue import FLOOR, REFERENCE
from perf_lab.tool import Options

OURS = "foundation"
RIVALS = (OURS, NATIVE, REFERENCE, "stdlib-json", "loguru-serialize", FLOOR)
MODULE = "perf_lab.contention.worker"
_FIGURES = {"p50": "p50_us", "p99": "p99_us", "p99.9": "p99.9_us", "p99.99": "p99.99_us"}


@dataclass(frozen=True)
class Plan:
    """Say what is measured, and how long.

    Args:
        threads: How many threads.
        outputs: Where they write.
        loggers: Whether they share a logger.
        rounds, seconds: Of each combination.
        processes: How many processes share a file.
        process_s: How long a round of processes takes.
        scaling, scaling_s: Rounds in which the most threads are measured beside one, and how long
            each takes: each thread is to have several turns of the interpreter's 5 ms.
        tasks: How many asyncio tasks.
        period_s: How often each task logs.
        task_s, task_rounds: How long, and how often.
        locks_s: How long the locks are watched.
        rivals: Who takes part.
    """

    threads: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    outputs: tuple[str, ...] = ("null", "file", "pipe")
    loggers: tuple[str, ...] = ("one", "each")
    rounds: int = 2
    seconds: float = 0.2
    processes: tuple[int, ...] = (1, 2, 4, 8)
    process_s: float = 0.3
    scaling: int = 9
    scaling_s: float = 0.4
    tasks: int = 1000
    period_s: float = 0.1
    task_s: float = 1.0
    task_rounds: int = 3
    locks_s: float = 1.0
    rivals: tuple[str, ...] = RIVALS


FULL = Plan()
QUICK = Plan(
    threads=(1, 32), loggers=("one",), rounds=1, seconds=0.1, processes=(1, 4), process_s=0.2,
    scaling=3, scaling_s=0.2, task_s=0.5, task_rounds=1, locks_s=0.3,
)  # fmt: skip

Rows = list[dict[str, Any]]


class Contention:
    """Run a plan with the processes of all rivals.

    Args:
        plan: What to measure.
        folder: Where files and pipes go.
        lane: The lane of Foundation; None: its own choice.
        say: Shows what is being done.
    """

    def __init__(
        self, plan: Plan, folder: Path, lane: str | None, say: Callable[[str], None]
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.lane = lane
        self.say = say
        self.workers: dict[str, Worker] = {}
        self._files = 0

    def measure(self) -> dict[str, Rows]:
        """Return the rows of every question."""
        try:
            for rival in self.plan.rivals:
                self.workers[rival] = self._worker(rival)
            return {
                "threads": self.measure_threads(),
                "scaling": self.measure_scaling("file"),
                "scaling_null": self.measure_scaling("null"),
                "processes": self.measure_processes(),
                "tasks": self.measure_tasks(),
                "locks": self.measure_locks(),
            }
        finally:
            for worker in self.workers.values():
                worker.stop()

    def measure_threads(self) -> Rows:
        """Measure each output, with one logger and with one each, with each number of threads."""
        cells: dict[tuple[str, str, int, str], Cell] = {}
        plan = self.plan
        for number in range(plan.rounds):
            for output in plan.outputs:
                for loggers in plan.loggers:
                    for threads in plan.threads:
                        self.say(f"round {number + 1}: {threads} threads to {output}")
                        for rival in self.plan.rivals:
                            cell = cells.setdefault((output, loggers, threads, rival), Cell())
                            each = loggers == "each"
                            cell.add(
                                partial(self.round, rival, threads, output, plan.seconds, each=each)
                            )
        rows = []
        for (output, loggers, threads, rival), cell in cells.items():
            alone = cells[output, loggers, plan.threads[0], rival]
            rows.append({
                "output": output, "loggers": loggers, "threads": threads, "rival": rival,
                **cell.row(), "versus_one": cell.versus(alone),
            })  # fmt: skip
        return rows

    def measure_scaling(self, output: str) -> Rows:
        """Measure the most threads between two rounds of one: a ratio for each.

        The loop alone says what the interpreter itself takes for handing its lock round.
        """
        most = self.plan.threads[-1]
        entrants = [(rival, rival, "info") for rival in self.plan.rivals] + [(NONE, OURS, NONE)]
        found: dict[str, list[list[dict[str, Any]]]] = {entrant[0]: [] for entrant in entrants}
        for number in range(self.plan.scaling):
            self.say(f"round {number + 1}: {most} threads beside one, to {output}")
            for name, rival, use in entrants:
                with suppress(WorkerFailed):
                    found[name].append([
                        self.round(rival, threads, output, self.plan.scaling_s, use=use)
                        for threads in (1, most, 1)
                    ])  # fmt: skip
        rows = []
        for rival, measured in found.items():
            ratios = [_to_one(one, "rate") for one in measured if one[0]["rate"]]
            # Of a busy machine 32 threads get more than one does: what they do with it counts too.
            of_processor = [
                _to_one(one, "rate") / _to_one(one, "cpu_share")
                for one in measured
                if one[0]["rate"] and all(each["cpu_share"] for each in one)
            ]
            lines = {
                name: sum(each[name] or 0 for one in measured for each in one)
                for name in ("lost", "twice", "torn")
            }
            row: dict[str, Any] = {
                "rival": rival, "state": "ok" if ratios else "failed", "threads": most,
                "ratio": median(ratios) if ratios else None, "ratios": ratios,
                "cpu_ratio": median(of_processor) if of_processor else None, **lines,
            }  # fmt: skip
            rows.append(row)
        return rows

    def round(
        self,
        rival: str,
        threads: int,
        output: str,
        seconds: float,
        *,
        each: bool = False,
        use: str = "info",
    ) -> dict[str, Any]:
        """Let one rival's threads log, or run the loop alone, and check what arrived.

        Raises:
            WorkerFailed: It could not.
        """
        worker = self.workers[rival]
        with self._output(output) as target:
            _ask(worker, "open", path=str(target.path))
            found = _ask(worker, "threads", count=threads, seconds=seconds, each=each, use=use)
            found["dropped"] = _ask(worker, "close")["dropped"]
            found |= target.check(worker, [0] * threads if use == NONE else found["written"])
        return found

    def measure_processes(self) -> Rows:
        """Measure processes that write to one file, with one thread each."""
        most = max(self.plan.processes)
        rows: Rows = []
        for rival in self.plan.rivals:
            try:
                team = [self._worker(rival) for _ in range(most)]
            except WorkerFailed as error:
                rows.append({"rival": rival, "state": str(error)})
                continue
            cells = {count: Cell() for count in self.plan.processes}
            for number in range(self.plan.rounds):
                for count, cell in cells.items():
                    self.say(f"round {number + 1}: {count} processes of {rival}")
                    cell.add(partial(self._together, team[:count]))
            for worker in team:
                worker.stop()
            alone = cells[self.plan.processes[0]]
            rows += [
                {
                    "rival": rival, "processes": count, **cell.row(),
                    "versus_one": cell.versus(alone),
                }
                for count, cell in cells.items()
            ]  # fmt: skip
        return rows

    def _together(self, workers: list[Worker]) -> dict[str, Any]:
        with self._output("file") as target:
            for worker in workers:
                _ask(worker, "open", path=str(target.path))
            begin = time.monotonic() + 0.1
            for number, worker in enumerate(workers):
                worker.tell("threads", count=1, seconds=self.plan.process_s, first=number, at=begin)
            parts = [worker.hear() for worker in workers]
            dropped = [_ask(worker, "close")["dropped"] for worker in workers]
            written = [part["written"][0] for part in parts]
            return {
                "written": written, "rate": sum(part["rate"] for part in parts),
                "cpu_share": sum(part["cpu_share"] for part in parts), "dropped": sum(dropped),
                "latency_us": {
                    name: max(part["latency_us"].get(name, 0.0) for part in parts)
                    for name in _FIGURES
                },
                **target.check(workers[0], written),
            }  # fmt: skip

    def measure_tasks(self) -> Rows:
        """Measure asyncio tasks, beside a loop whose tasks do not log."""
        plan = self.plan
        entrants = [(OURS, NONE), *((rival, "info") for rival in plan.rivals if rival != FLOOR)]
        entrants += [(OURS, "ainfo"), (REFERENCE, "ainfo")]
        cells = {entrant: Cell() for entrant in entrants}
        for number in range(plan.task_rounds):
            for (rival, use), cell in cells.items():
                self.say(f"round {number + 1}: {plan.tasks} tasks of {rival}, {use}")
                cell.add(partial(self._task_round, rival, use))
        rows = []
        for (rival, use), cell in cells.items():
            stalls = [found["stall_ms"] for found in cell.found]
            rows.append({
                "rival": NONE if use == NONE else rival, "use": use, "tasks": plan.tasks,
                "period_s": plan.period_s, **cell.row(),
                "stall_ms": median(stalls) if stalls else None, "stalls_ms": stalls,
                "p99_ms": cell.middle("p99_ms"),
            })  # fmt: skip
        return rows

    def _task_round(self, rival: str, use: str) -> dict[str, Any]:
        worker, plan = self.workers[rival], self.plan
        with self._output("file") as target:
            _ask(worker, "open", path=str(target.path))
            found = _ask(
                worker, "tasks", count=plan.tasks, period_s=plan.period_s, seconds=plan.task_s,
                use=use,
            )  # fmt: skip
            found["dropped"] = _ask(worker, "close")["dropped"]
            lines = [0] * plan.tasks if use == NONE else found["written"]
            return {**found, **target.check(worker, lines)}

    def measure_locks(self) -> Rows:
        """Watch the locks of each library while the most threads write to a file."""
        rows = []
        for rival in self.plan.rivals:
            self.say(f"the locks of {rival}")
            cell = Cell()
            try:
                self.workers[rival] = self._again(rival)
                cell.add(
                    partial(self.round, rival, self.plan.threads[-1], "file", self.plan.locks_s)
                )
            except WorkerFailed as error:
                cell.reason = str(error)
            rows.append({
                "rival": rival, "threads": self.plan.threads[-1], **cell.row(),
                "blocked_s": cell.middle("blocked_s"), "blocked": cell.middle("blocked"),
            })  # fmt: skip
        return rows

    def _again(self, rival: str) -> Worker:
        self.workers[rival].stop()
        return self._worker(rival, {VARIABLE: "1"})

    def _worker(self, rival: str, more: Mapping[str, str] | None = None) -> Worker:
        environment = dict(more or {})
        if self.lane is not None and rival == OURS:
            environment["FOUNDATION_LANE"] = self.lane
        return Worker(rival, MODULE, environment)

    def _output(self, kind: str) -> Target:
        self._files += 1
        return Target(kind, self.folder / f"{kind}-{self._files}")


@dataclass
class Cell:
    """Hold the rounds of one combination."""

    found: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""

    def add(self, measure: Callable[[], dict[str, Any]]) -> None:
        """Take one round; one that fails ends the combination."""
        if self.reason:
            return
        try:
            self.found.append(measure())
        except WorkerFailed as error:
            self.reason = str(error)

    def row(self) -> dict[str, Any]:
        """Return the medians of the figures, and the sums of what was counted."""
        if self.reason or not self.found:
            return {"state": self.reason or "not measured"}
        first = self.found[0]
        row: dict[str, Any] = {
            "state": "ok", "rate": self.middle("rate"),
            "rates": [each["rate"] for each in self.found],
        }  # fmt: skip
        for name in ("fairness", "least_share", "cpu_share"):
            if name in first:
                row[name] = self.middle(name)
        for name, short in _FIGURES.items():
            values = [each["latency_us"][name] for each in self.found if each.get("latency_us")]
            if values:
                row[short] = median(values)
        row["written"] = sum(sum(each["written"]) for each in self.found)
        for name in ("lost", "twice", "torn", "dropped"):
            values = [each[name] for each in self.found]
            row[name] = None if None in values else sum(values)
        return row

    def middle(self, name: str) -> float | None:
        """Return the median of a figure over the rounds."""
        return median(each[name] for each in self.found) if self.found else None

    def versus(self, alone: Cell) -> float | None:
        """Return the median of the rounds' ratios of rates to those of another cell."""
        ratios = [
            mine["rate"] / theirs["rate"]
            for mine, theirs in zip(self.found, alone.found, strict=False)
            if theirs["rate"]
        ]
        return median(ratios) if ratios else None


class Target:
    """Be where lines go: the null device, a file, or a pipe with a slow reader.

    Args:
        kind: "null", "file" or "pipe".
        path: Where to make it.
    """

    def __init__(self, kind: str, path: Path) -> None:
        self.kind = kind
        self.path = Path(os.devnull) if kind == "null" else path
        self.reader = SlowReader(path) if kind == "pipe" else None

    def __enter__(self) -> Target:
        return self

    def check(self, worker: Worker, written: list[int]) -> dict[str, Any]:
        """Return what is wrong with the lines that arrived; None where nothing can be read."""
        if self.kind == "null":
            return dict.fromkeys(("lost", "twice", "torn"))
        if self.reader is not None:
            data = self.reader.finish()
        else:
            data = self.path.read_bytes() if self.path.exists() else b""
        return {**check_lines(data, worker.rival, written)}

    def __exit__(self, *_: object) -> None:
        if self.kind != "null":
            self.path.unlink(missing_ok=True)


def _to_one(one: Sequence[Mapping[str, Any]], name: str) -> float:
    """Return a figure of many threads in relation to one's before and after."""
    before, many, after = (each[name] for each in one)
    return float(2 * many / (before + after))


def _ask(worker: Worker, action: str, **arguments: Any) -> dict[str, Any]:
    answer = worker.ask(action, **arguments)
    if "unsupported" in answer:
        raise WorkerFailed(answer["unsupported"])
    return answer


def is_compiled() -> bool:
    """Say whether there is a native lane to measure."""
    try:
        from provide.foundation import native
    except ImportError:
        return False
    return native.COMPILED


def run(options: Options) -> int:
    """Run the plan that the options name."""
    plan = QUICK if options.quick else FULL
    if not is_compiled():
        plan = replace(plan, rivals=tuple(name for name in plan.rivals if name != NATIVE))
        print("foundation-native is not compiled: its lane has no rows", file=sys.stderr)
    machine = describe_machine()
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="contention-") as folder:
        data = Contention(plan, Path(folder), options.lane, progress).measure()
    progress.end()
    seconds = round(time.monotonic() - progress.started)
    record = Record(
        "contention", {"quick": options.quick, "lane": options.lane},
        {**data, "seconds": seconds}, judge(data), machine=machine,
    )  # fmt: skip
    print(show(record))
    print(f"{seconds} s; record in {record.write(options.results / 'contention.json')}")
    return 0 if record.passed else 1
