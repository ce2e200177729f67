"""The order of a contention run: who writes where with how many, round by round."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from statistics import mean, median
from typing import Any

from perf_lab.contention.lines import FAULTS, Target
from perf_lab.contention.subject import NONE
from perf_lab.contention.verdict import NATIVE, OURS, PLAN, judge
from perf_lab.laboratory import Row, conclude, known, middle, show
from perf_lab.processes.pool import Worker, WorkerFailed
from perf_lab.records.machine import describe_machine
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record
from perf_lab.soak.histogram import add_counts, percentiles_us
from perf_lab.tool import Options

Rows = list[Row]


class Contention:
    """Ask questions of the processes of all rivals.

    Args:
        rivals: Who takes part.
        folder: Where files and pipes go.
        lane: The lane of Foundation; None: its own choice.
        say: Shows what is being done.
    """

    def __init__(
        self, rivals: Sequence[str], folder: Path, lane: str | None, say: Callable[[str], None]
    ) -> None:
        self.rivals, self.folder, self.lane, self.say = rivals, folder, lane, say
        self._files = 0

    def ask(self, name: str, question: Row) -> Rows:
        """Return the rows of a question, as contention.toml has it."""
        rivals = [rival for rival in self.rivals if rival not in question.get("without", ())]
        entrants = [*((rival, "info") for rival in rivals), *map(tuple, question.get("more", ()))]
        places = list(product(
            question.get("outputs", ["file"]), question.get("loggers", ["one"]),
            question["counts"], [each for each in entrants if each[0] in self.rivals],
        ))  # fmt: skip
        cells = {place: Cell() for place in places}
        turns = list(places)
        if question.get("beside_one"):  # many threads come right after one, and before
            turns.sort(key=lambda place: entrants.index(place[3]))
        for group in [[rival] for rival in rivals] if question.get("apart") else [rivals]:
            with ExitStack() as stack:
                teams = {rival: self._team(rival, question, stack) for rival in group}
                for number in range(question["rounds"]):
                    # Forth and back: who is measured beside another is so before and after it.
                    for place in turns[:: -1 if number % 2 else 1]:
                        output, loggers, count, (rival, use) = place
                        if rival in group:
                            self.say(f"{name}, round {number + 1}: {count} of {rival} to {output}")
                            cells[place].add(
                                self._round, teams[rival], question, output, count, use, loggers
                            )
        found = []
        for (output, loggers, count, (rival, use)), cell in cells.items():
            one = cells[output, loggers, question["counts"][0], (rival, use)]
            if cell is not one or not question.get("beside_one"):
                found.append({
                    "rival": NONE if use == NONE else rival, "use": use, "output": output,
                    "loggers": loggers, question["over"]: count,
                    "period_s": question.get("period_s"), **cell.row(), **cell.beside(one),
                })  # fmt: skip
        return found

    def _team(self, rival: str, question: Row, stack: ExitStack) -> list[Worker] | str:
        """Return the processes of a rival, or why there are none."""
        environment = dict(question.get("environment", {}))
        if self.lane and rival == OURS:
            environment["FOUNDATION_LANE"] = self.lane
        size = max(question["counts"]) if question["over"] == "processes" else 1
        try:
            return [
                stack.enter_context(Worker(rival, "perf_lab.contention.subject", environment))
                for _ in range(size)
            ]
        except WorkerFailed as error:
            return str(error)

    def _round(
        self, team: list[Worker] | str, question: Row, output: str, count: int, use: str,
        loggers: str,
    ) -> Row:  # fmt: skip
        """Let one rival log, and check what arrived."""
        if isinstance(team, str):
            raise WorkerFailed(team)
        arguments = {"seconds": question["seconds"], "use": use}
        if question["over"] == "tasks":
            team, action = team[:1], "tasks"
            arguments |= {"count": count, "period_s": question["period_s"]}
        else:
            shared = question["over"] == "processes"
            team, action = team[: count if shared else 1], "threads"
            arguments |= {"count": 1 if shared else count, "each": loggers == "each",
                          "at": time.monotonic() + 0.1}  # fmt: skip
        self._files += 1
        with Target(output, self.folder / f"{output}-{self._files}") as target:
            for worker in team:
                worker.ask("open", path=str(target.path))
            for first, worker in enumerate(team):
                worker.tell(action, **arguments, first=first)
            parts = [worker.hear() for worker in team]
            if reason := parts[0].get("unsupported"):
                raise WorkerFailed(reason)
            dropped = sum(worker.ask("close")["dropped"] for worker in team)
            written = [lines for part in parts for lines in part.pop("written")]
            counts = Counter[int]()
            for part in parts:
                add_counts(counts, part.pop("counts", {}))
            return {
                **{name: sum(part[name] for part in parts) for name in parts[0]},
                **percentiles_us(counts), "written": sum(written), "dropped": dropped,
                "fairness": fairness(written),
                "least_share": min(written) / max(mean(written), 1e-9),
                **target.check(team[0].rival, [0] * len(written) if use == NONE else written),
            }  # fmt: skip


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
        if "stall_ms" in self.found[0]:
            row["stalls_ms"] = [each["stall_ms"] for each in self.found]
        for name in self.found[0]:
            values = [each[name] for each in self.found]
            counted = name in (*FAULTS, "written", "dropped")
            row[name] = known(lambda v=values, c=counted: sum(v) if c else median(v))  # type: ignore[misc]
        return row

    def beside(self, one: Cell) -> Row:
        """Return the ratios of the rounds to those of one thread or process.

        Of a busy machine 32 threads get more than one does: what they do with it counts too.
        """
        pairs = [pair for pair in zip(self.found, one.found, strict=False) if pair[1]["rate"]]
        ratios = [mine["rate"] / theirs["rate"] for mine, theirs in pairs]
        of_processor = known(
            lambda: median(
                ratio * theirs["cpu_share"] / mine["cpu_share"]
                for ratio, (mine, theirs) in zip(ratios, pairs, strict=True)
            )
        )
        return {
            "versus_one": middle(ratios), "ratio": middle(ratios), "ratios": ratios,
            "cpu_ratio": of_processor,
        }  # fmt: skip


def fairness(counts: Sequence[int]) -> float:
    """Return Jain's index: 1 if all are equal, 1/n if one has everything.

    Source: R. Jain, D. Chiu, W. Hawe, "A quantitative measure of fairness and discrimination for
    resource allocation in shared computer systems", 1984.
    """
    squares = sum(count * count for count in counts)
    return sum(counts) ** 2 / (len(counts) * squares) if squares else 0.0


def is_compiled() -> bool:
    """Say whether there is a native lane to measure."""
    try:
        from provide.foundation import native
    except ImportError:
        return False
    return native.COMPILED


def run(options: Options) -> int:
    """Run the plan that the options name."""
    rivals = list(PLAN["rivals"])
    if not is_compiled():
        rivals.remove(NATIVE)
        print("foundation-native is not compiled: its lane has no rows", file=sys.stderr)
    machine = describe_machine()
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="contention-") as folder:
        lab = Contention(rivals, Path(folder), options.lane, progress)
        data = {
            name: lab.ask(name, {**question, **(question["quick"] if options.quick else {})})
            for name, question in PLAN["questions"].items()
        }
    progress.end()
    given = {"quick": options.quick, "lane": options.lane}
    seconds = round(time.monotonic() - progress.started)
    record = Record("contention", given, {**data, "seconds": seconds}, judge(data), machine=machine)
    return conclude(record, show(PLAN, data), options.results / "contention.json")
