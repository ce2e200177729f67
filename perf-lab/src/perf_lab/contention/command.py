"""The contention lab: who writes where with how many, round by round, and what is judged."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from statistics import mean, median
from typing import Any

import click

from perf_lab.contention.lines import FAULTS, Target
from perf_lab.contention.subject import NONE
from perf_lab.laboratory import LANES, Row, conclude, known, middle, read_plan, show
from perf_lab.places import RESULTS
from perf_lab.processes.pool import Worker, WorkerFailed
from perf_lab.records.machine import describe_machine
from perf_lab.records.progress import Progress
from perf_lab.records.record import Check, Record
from perf_lab.rivals.catalogue import REFERENCE
from perf_lab.soak.histogram import add_counts, percentiles_us
from perf_lab.tool import FILE, Options, Tool

PLAN = read_plan(__file__)
OURS = "foundation"
NATIVE = "foundation-native"
#: What the native lane's throughput is to keep of one thread's, with the most threads, where the
#: loop without a log call keeps all of it. What that loses is the interpreter's and the machine's.
KEPT = 0.93


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

    def ask(self, name: str, question: Row) -> list[Row]:
        """Return the rows of a question, as contention.toml has it."""
        rivals = [rival for rival in self.rivals if rival not in question.get("without", ())]
        entrants = [*((rival, "info") for rival in rivals), *map(tuple, question.get("more", ()))]
        entrants = [each for each in entrants if each[0] in self.rivals]
        outputs, loggers = question.get("outputs", ["file"]), question.get("loggers", ["one"])
        places = list(product(outputs, loggers, question["counts"], entrants))
        rounds: dict[Any, list[Row]] = {place: [] for place in places}
        failed: dict[Any, str] = {}
        turns = list(places)
        if question.get("beside_one"):  # many threads come right after one, and before
            turns.sort(key=lambda place: entrants.index(place[3]))
        for group in [[rival] for rival in rivals] if question.get("apart") else [rivals]:
            with ExitStack() as stack:
                teams = {rival: self._team(rival, question, stack) for rival in group}
                for number in range(question["rounds"]):
                    # Forth and back: who is measured beside another is so before and after it.
                    for place in turns[:: -1 if number % 2 else 1]:
                        output, _, count, (rival, _) = place
                        if rival not in group or place in failed:
                            continue
                        self.say(f"{name}, round {number + 1}: {count} of {rival} to {output}")
                        try:
                            rounds[place].append(self._round(teams[rival], question, *place))
                        except WorkerFailed as error:
                            failed[place] = str(error)
        found = []
        for place in places:
            output, each, count, (rival, use) = place
            one = output, each, question["counts"][0], (rival, use)
            if place != one or not question.get("beside_one"):
                found.append({
                    "rival": NONE if use == NONE else rival, "use": use, "output": output,
                    "loggers": each, question["over"]: count,
                    "period_s": question.get("period_s"),
                    **sum_up(rounds[place], failed.get(place)),
                    **compare(rounds[place], rounds[one]),
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
        self, team: list[Worker] | str, question: Row, output: str, loggers: str, count: int,
        entrant: tuple[str, str],
    ) -> Row:  # fmt: skip
        """Let one rival log, and check what arrived."""
        if isinstance(team, str):
            raise WorkerFailed(team)
        over, use = question["over"], entrant[1]
        arguments: Row = {"seconds": question["seconds"], "use": use, "count": count}
        if over == "processes":
            team, arguments["count"] = team[:count], 1
        if over == "tasks":
            arguments["period_s"] = question["period_s"]
        else:
            arguments |= {"each": loggers == "each", "at": time.monotonic() + 0.1}
        self._files += 1
        target = Target(output, self.folder / f"{output}-{self._files}")
        for worker in team:
            worker.ask("open", path=str(target.path))
        for first, worker in enumerate(team):
            worker.tell("tasks" if over == "tasks" else "threads", **arguments, first=first)
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


def sum_up(rounds: Sequence[Row], failed: str | None) -> Row:
    """Return the medians of the rounds' figures, and the sums of what was counted."""
    if failed or not rounds:
        return {"state": failed or "not measured"}
    row: Row = {"state": "ok", "rates": [each["rate"] for each in rounds]}
    if "stall_ms" in rounds[0]:
        row["stalls_ms"] = [each["stall_ms"] for each in rounds]
    for name in rounds[0]:
        make = sum if name in (*FAULTS, "written", "dropped") else median
        row[name] = known(lambda m=make, n=name: m(each[n] for each in rounds))  # type: ignore[misc]
    return row


def compare(mine: Sequence[Row], one: Sequence[Row]) -> Row:
    """Return the ratios of the rounds to those of one thread or process.

    Of a busy machine 32 threads get more than one does: what they do with it counts too.
    """
    pairs = [pair for pair in zip(mine, one, strict=False) if pair[1]["rate"]]
    ratios = [many["rate"] / single["rate"] for many, single in pairs]
    of_processor = known(lambda: median(
        ratio * single["cpu_share"] / many["cpu_share"]
        for ratio, (many, single) in zip(ratios, pairs, strict=True)
    ))  # fmt: skip
    found = middle(ratios)
    return {"versus_one": found, "ratio": found, "ratios": ratios, "cpu_ratio": of_processor}


def fairness(counts: Sequence[int]) -> float:
    """Return Jain's index: 1 if all are equal, 1/n if one has everything.

    Source: R. Jain, D. Chiu, W. Hawe, "A quantitative measure of fairness and discrimination for
    resource allocation in shared computer systems", 1984.
    """
    squares = sum(count * count for count in counts)
    return sum(counts) ** 2 / (len(counts) * squares) if squares else 0.0


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
            checks.append(Check(title, known(partial(kept, name)), KEPT, "x", "at least"))
    blocked = known(lambda: figure("locks", OURS, "blocked_s"))
    checks.append(Check(f"{most} threads: waiting for Foundation's locks", blocked, 0.0, "s/s"))
    return checks


@click.command("contention", cls=Tool)
@click.option("--quick", is_flag=True, help="fewer counts and rounds: a minute")
@click.option("--lane", type=click.Choice(LANES), help="the lane of Foundation to run")
@click.option("--results", type=FILE, default=RESULTS, help="where the record goes")
def command(options: Options) -> int:
    """Log from threads and processes at once.

    It ends with 1 if a check has failed.
    """
    rivals = list(PLAN["rivals"])
    if not known(lambda: import_module("provide.foundation.native").COMPILED):
        rivals.remove(NATIVE)
        print("foundation-native is not compiled: its lane has no rows", file=sys.stderr)
    machine = describe_machine()
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="contention-") as folder:
        lab = Contention(rivals, Path(folder), options.lane, progress)
        data: dict[str, Any] = {
            name: lab.ask(name, {**question, **(question["quick"] if options.quick else {})})
            for name, question in PLAN["questions"].items()
        }
    progress.end()
    given = {"quick": options.quick, "lane": options.lane}
    checks = judge(data)
    data["seconds"] = round(time.monotonic() - progress.started)
    record = Record("contention", given, data, checks, machine=machine)
    return conclude(record, show(PLAN, data), options.results / "contention.json")
