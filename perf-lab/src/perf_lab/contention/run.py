"""The order of a contention run: who writes where with how many, round by round."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path
from statistics import mean, median
from typing import Any

from perf_lab.contention.lines import FAULTS, Target
from perf_lab.contention.locks import VARIABLE
from perf_lab.contention.subject import NONE
from perf_lab.contention.verdict import NATIVE, OURS, PLAN, judge
from perf_lab.laboratory import Row, conclude, known, middle, show
from perf_lab.processes.pool import Worker, WorkerFailed
from perf_lab.records.machine import describe_machine
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record
from perf_lab.rivals.catalogue import FLOOR, REFERENCE
from perf_lab.soak.histogram import add_counts, percentiles_us
from perf_lab.tool import Options

Rows = list[Row]


class Contention:
    """Run a plan with the processes of all rivals.

    Args:
        plan: What to measure, as contention.toml has it.
        folder: Where files and pipes go.
        lane: The lane of Foundation; None: its own choice.
        say: Shows what is being done.
    """

    def __init__(
        self, plan: Mapping[str, Any], folder: Path, lane: str | None, say: Callable[[str], None]
    ) -> None:
        self.plan, self.folder, self.lane, self.say = plan, folder, lane, say
        self.workers: dict[str, Worker] = {}
        self._files = 0

    def measure(self) -> dict[str, Rows]:
        """Return the rows of every question."""
        try:
            self.workers = {rival: self._worker(rival) for rival in self.plan["rivals"]}
            return {
                "threads": self.measure_threads(), "scaling": self.measure_scaling("file"),
                "scaling_null": self.measure_scaling("null"),
                "processes": self.measure_processes(), "tasks": self.measure_tasks(),
                "locks": self.measure_locks(),
            }  # fmt: skip
        finally:
            for worker in self.workers.values():
                worker.stop()

    def _worker(self, rival: str, more: Mapping[str, str] | None = None) -> Worker:
        lane = {"FOUNDATION_LANE": self.lane} if self.lane and rival == OURS else {}
        return Worker(rival, "perf_lab.contention.subject", {**lane, **(more or {})})

    def threads(
        self, workers: Sequence[Worker], output: str, count: int, seconds: float, **more: Any
    ) -> Row:
        """Let the threads of one rival's processes log, and check what arrived."""
        arguments = {"count": count, "seconds": seconds, "each": False, "use": "info", **more}
        at = time.monotonic() + 0.1 if len(workers) > 1 else 0.0
        return self._round(
            workers, output, "threads", [{**arguments, "first": n, "at": at}
                                         for n in range(len(workers))],
        )  # fmt: skip

    def _round(
        self, workers: Sequence[Worker], output: str, action: str, arguments: Sequence[Row]
    ) -> Row:
        self._files += 1
        with Target(output, self.folder / f"{output}-{self._files}") as target:
            for worker in workers:
                worker.ask("open", path=str(target.path))
            for worker, each in zip(workers, arguments, strict=True):
                worker.tell(action, **each)
            parts = [worker.hear() for worker in workers]
            for part in parts:
                if "unsupported" in part:
                    raise WorkerFailed(part["unsupported"])
            dropped = sum(worker.ask("close")["dropped"] for worker in workers)
            written = [lines for part in parts for lines in part.pop("written")]
            counts = Counter[int]()
            for part in parts:
                add_counts(counts, part.pop("counts", {}))
            alone = arguments[0]["use"] == NONE
            return {
                **{name: sum(part[name] for part in parts) for name in parts[0]},
                **percentiles_us(counts), "written": sum(written), "dropped": dropped,
                "fairness": fairness(written),
                "least_share": min(written) / max(mean(written), 1e-9),
                **target.check(workers[0].rival, [0] * len(written) if alone else written),
            }  # fmt: skip

    def measure_threads(self) -> Rows:
        """Measure each output, with one logger and with one each, with each number of threads."""
        plan = self.plan
        places = list(product(plan["outputs"], plan["loggers"], plan["threads"], plan["rivals"]))
        cells = {place: Cell() for place in places}
        for number in range(plan["rounds"]):
            for place, cell in cells.items():
                output, loggers, count, rival = place
                self.say(f"round {number + 1}: {count} threads of {rival} to {output}")
                cell.add(
                    self.threads, [self.workers[rival]], output, count, plan["seconds"],
                    each=loggers == "each",
                )  # fmt: skip
        return [
            {
                "output": output, "loggers": loggers, "threads": count, "rival": rival,
                **cell.row(), "versus_one": cell.versus(
                    cells[output, loggers, plan["threads"][0], rival]),
            }
            for (output, loggers, count, rival), cell in cells.items()
        ]  # fmt: skip

    def measure_scaling(self, output: str) -> Rows:
        """Measure the most threads between two rounds of one: a ratio for each.

        The loop alone says what the interpreter itself takes for handing its lock round.
        """
        most, seconds = self.plan["threads"][-1], self.plan["scaling_s"]
        entrants = [(rival, rival, "info") for rival in self.plan["rivals"]] + [(NONE, OURS, NONE)]
        found: dict[str, list[Rows]] = {name: [] for name, _, _ in entrants}
        for number in range(self.plan["scaling"]):
            self.say(f"round {number + 1}: {most} threads beside one, to {output}")
            for name, rival, use in entrants:
                with suppress(WorkerFailed):
                    found[name].append([
                        self.threads([self.workers[rival]], output, threads, seconds, use=use)
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
            rows.append({
                "rival": rival, "state": "ok" if ratios else "failed", "threads": most,
                "ratio": middle(ratios), "ratios": ratios, "cpu_ratio": middle(of_processor),
                **{name: sum(each[name] or 0 for one in measured for each in one)
                   for name in FAULTS},
            })  # fmt: skip
        return rows

    def measure_processes(self) -> Rows:
        """Measure processes that write to one file, with one thread each."""
        counts, rows = self.plan["processes"], []
        for rival in self.plan["rivals"]:
            try:
                team = [self._worker(rival) for _ in range(max(counts))]
            except WorkerFailed as error:
                rows.append({"rival": rival, "state": str(error)})
                continue
            cells = {count: Cell() for count in counts}
            for number in range(self.plan["rounds"]):
                for count, cell in cells.items():
                    self.say(f"round {number + 1}: {count} processes of {rival}")
                    cell.add(self.threads, team[:count], "file", 1, self.plan["process_s"])
            for worker in team:
                worker.stop()
            rows += [
                {"rival": rival, "processes": count, **cell.row(),
                 "versus_one": cell.versus(cells[counts[0]])}
                for count, cell in cells.items()
            ]  # fmt: skip
        return rows

    def measure_tasks(self) -> Rows:
        """Measure asyncio tasks, beside a loop whose tasks do not log."""
        plan = self.plan
        entrants = [(OURS, NONE), *((rival, "info") for rival in plan["rivals"] if rival != FLOOR)]
        cells = {each: Cell() for each in [*entrants, (OURS, "ainfo"), (REFERENCE, "ainfo")]}
        for number in range(plan["task_rounds"]):
            for (rival, use), cell in cells.items():
                self.say(f"round {number + 1}: {plan['tasks']} tasks of {rival}, {use}")
                arguments = {"count": plan["tasks"], "period_s": plan["period_s"],
                             "seconds": plan["task_s"], "use": use}  # fmt: skip
                cell.add(self._round, [self.workers[rival]], "file", "tasks", [arguments])
        return [
            {
                "rival": NONE if use == NONE else rival, "use": use, "tasks": plan["tasks"],
                "period_s": plan["period_s"], "stall_ms": None, "p99_ms": None, **cell.row(),
                "stalls_ms": [found["stall_ms"] for found in cell.found],
            }
            for (rival, use), cell in cells.items()
        ]  # fmt: skip

    def measure_locks(self) -> Rows:
        """Watch the locks of each library while the most threads write to a file."""
        rows, most = [], self.plan["threads"][-1]
        for rival in self.plan["rivals"]:
            self.say(f"the locks of {rival}")
            cell = Cell()
            with self._worker(rival, {VARIABLE: "1"}) as watched:
                cell.add(self.threads, [watched], "file", most, self.plan["locks_s"])
            rows.append({
                "rival": rival, "threads": most, "blocked_s": None, "blocked": None, **cell.row(),
            })  # fmt: skip
        return rows


class Cell:
    """Hold the rounds of one combination."""

    def __init__(self) -> None:
        self.found: Rows = []
        self.reason = ""

    def add(self, measure: Callable[..., Row], *arguments: Any, **named: Any) -> None:
        """Take one round; one that fails ends the combination."""
        if not self.reason:
            try:
                self.found.append(measure(*arguments, **named))
            except WorkerFailed as error:
                self.reason = str(error)

    def row(self) -> Row:
        """Return the medians of the figures, and the sums of what was counted."""
        if self.reason or not self.found:
            return {"state": self.reason or "not measured"}
        row: Row = {"state": "ok", "rates": [each["rate"] for each in self.found]}
        for name in self.found[0]:
            values = [each[name] for each in self.found]
            counted = name in (*FAULTS, "written", "dropped")
            row[name] = known(lambda v=values, c=counted: sum(v) if c else median(v))  # type: ignore[misc]
        return row

    def versus(self, alone: Cell) -> float | None:
        """Return the median of the rounds' ratios of rates to those of another cell."""
        pairs = zip(self.found, alone.found, strict=False)
        return middle([mine["rate"] / theirs["rate"] for mine, theirs in pairs if theirs["rate"]])


def fairness(counts: Sequence[int]) -> float:
    """Return Jain's index: 1 if all are equal, 1/n if one has everything.

    Source: R. Jain, D. Chiu, W. Hawe, "A quantitative measure of fairness and discrimination for
    resource allocation in shared computer systems", 1984.
    """
    squares = sum(count * count for count in counts)
    return sum(counts) ** 2 / (len(counts) * squares) if squares else 0.0


def _to_one(one: Sequence[Row], name: str) -> float:
    """Return a figure of many threads in relation to one's before and after."""
    before, many, after = (each[name] for each in one)
    return float(2 * many / (before + after))


def is_compiled() -> bool:
    """Say whether there is a native lane to measure."""
    try:
        from provide.foundation import native
    except ImportError:
        return False
    return native.COMPILED


def run(options: Options) -> int:
    """Run the plan that the options name."""
    plan = {**PLAN["full"], **(PLAN["quick"] if options.quick else {})}
    if not is_compiled():
        plan["rivals"] = [name for name in plan["rivals"] if name != NATIVE]
        print("foundation-native is not compiled: its lane has no rows", file=sys.stderr)
    machine = describe_machine()
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="contention-") as folder:
        data = Contention(plan, Path(folder), options.lane, progress).measure()
    progress.end()
    given = {"quick": options.quick, "lane": options.lane}
    seconds = round(time.monotonic() - progress.started)
    record = Record("contention", given, {**data, "seconds": seconds}, judge(data), machine=machine)
    return conclude(record, show(PLAN, data), options.results / "contention.json")
