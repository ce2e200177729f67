"""Takes the measurements of a run: interleaved rounds, latencies, memory, calls, probes.

Everything goes through the workers of `pool.py`; nothing of a library is imported here. The result
is one plain mapping, which becomes the results file.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from perf_lab.bench.plan import PLANS, PROBES, RENEWED, Effort, Plan, is_timed_alone, schedule
from perf_lab.comparison.ratios import distribution
from perf_lab.comparison.verify import check_output, check_text, find_lesser
from perf_lab.places import RESULTS
from perf_lab.processes.pool import Pool, Worker, WorkerFailed
from perf_lab.processes.terminal import Terminal
from perf_lab.processes.usage import LINES
from perf_lab.rivals.catalogue import RIVALS, Rival
from perf_lab.workloads.table import WORKLOADS
from perf_lab.workloads.workload import Workload

T = TypeVar("T")
NULL = "/dev/null"
_VERIFIED_ITERATIONS = 64
#: Iterations in which it is counted how many lines leave the fast lanes.
_WATCHED_ITERATIONS = 20
_LATENCY_CHUNK = 500
#: Calls at the beginning of each turn that do not count: the caches are another library's, and the
#: second has changed meanwhile. With them every 500th call would be such a one, and be the p99.9.
_UNTIMED = 50


@dataclass(eq=False)  # one is a key of what was measured
class Measurement:
    """Take measurements in one lab.

    Args:
        lab: The rivals' processes.
        effort: How long to measure.
        progress: Is told what is being done.
        slowdown: Percent by which Foundation is slowed down on purpose.
        folder: Where real files are written; they are removed afterwards.
        verdicts: What a pair of workload and rival was found to be; each is verified once.
        terminals: By library and width.
    """

    lab: Pool
    effort: Effort
    progress: Callable[[str], None]
    slowdown: float
    folder: Path
    verdicts: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    terminals: dict[tuple[str, int], Terminal] = field(default_factory=dict)

    def verify(self, workload: str, name: str) -> dict[str, str]:
        """Have a rival write a workload to a real file, and say what became of it."""
        key = (workload, name)
        if key not in self.verdicts:
            self.verdicts[key] = self._verify(WORKLOADS[workload], RIVALS[name])
        return self.verdicts[key]

    def _verify(self, workload: Workload, rival: Rival) -> dict[str, str]:
        if rival.name in self.lab.missing:
            return {"state": "not available", "reason": self.lab.missing[rival.name]}
        if rival.ours and workload.needs and workload.needs not in self.lab.extensions:
            return {"state": f"needs {workload.needs}", "reason": "it is not installed, or empty"}
        file = self.folder / f"{rival.name}.log"
        file.touch()
        worker = self.lab.workers[rival.name]
        path = self._path(workload, rival.name)
        try:
            answer = worker.ask("prepare", name=workload.name, path=path)
            if "unsupported" in answer:
                return {"state": "unsupported", "reason": answer["unsupported"]}
            to_terminal = workload.output == "terminal"
            terminal = self.terminals[rival.name, workload.columns] if to_terminal else None
            if terminal:
                terminal.take()
            worker.ask("emit", n=_VERIFIED_ITERATIONS, path=path)
            data = terminal.take() if terminal else file.read_bytes()
            if rival.keeps_file:
                data = _last(data, workload)
            faults = check_output(data, rival, workload, _VERIFIED_ITERATIONS)
            if workload.output == "both":
                console = file.with_name(f"{file.name}.console").read_bytes()
                faults += check_text(_last(console, workload), workload, _VERIFIED_ITERATIONS)
        except WorkerFailed as error:
            if worker.process.poll() is not None or "hangs" in str(error):
                self.lab.restart(rival.name)
            missing = "has no attribute" in str(error)
            return {"state": "unsupported" if missing else "invalid", "reason": str(error)}
        finally:
            if not rival.keeps_file:
                file.unlink(missing_ok=True)
        if faults:
            return {"state": "invalid", "reason": "; ".join(faults)}
        lesser = find_lesser(data, rival, workload)
        return {"state": "ok", "lesser": ", ".join(lesser)} if lesser else {"state": "ok"}

    def _path(self, workload: Workload, name: str) -> str:
        """Return where a workload is verified: in a file, or at a terminal of its own."""
        if workload.output != "terminal":
            return str(self.folder / f"{name}.log")
        key = (name, workload.columns)
        if key not in self.terminals:
            self.terminals[key] = Terminal(workload.columns)
        return self.terminals[key].path

    def renew(self, names: Iterable[str]) -> None:
        """Go on with new processes."""
        self.lab.restart(*(name for name in names if name in self.lab.workers))

    def ready(self, workload: str, names: Iterable[str]) -> tuple[dict[str, Any], list[Worker]]:
        """Verify rivals, prepare those that are sound, and return a row each and the workers."""
        wanted = WORKLOADS[workload]
        rows: dict[str, Any] = {}
        workers = []
        for name in names:
            rows[name] = dict(self.verify(workload, name))
            if rows[name]["state"] == "ok":
                workers.append(self.lab.workers[name])
                path = NULL if wanted.output == "null" else self._path(wanted, name)
                slowdown = self.slowdown if RIVALS[name].ours else 0.0
                answer = workers[-1].ask("prepare", name=workload, path=path, slowdown=slowdown)
                rows[name]["iteration_ns"] = answer["iteration_ns"]
        return rows, workers

    def throughput(self, workload: str, names: Iterable[str], *, more: int = 1) -> dict[str, Any]:
        """Measure a workload: rounds taken in turn."""
        names, wanted = list(names), WORKLOADS[workload]
        rows, workers = self.ready(workload, names)
        plan = schedule(workload, self.effort)
        round_ns, rounds = plan.round_ms * 1e6, plan.rounds * more
        counts = {w.name: max(8, int(round_ns / rows[w.name]["iteration_ns"])) for w in workers}
        kept = {"rounds": plan.clock, "wall": "wall_ns", "cpu": "cpu_ns", "alone": "alone_ns"}
        for number in range(rounds):
            if number and number % math.ceil(rounds / plan.processes) == 0:
                self.renew(name for name in names if name in RENEWED)
                _, workers = self.ready(workload, [worker.name for worker in workers])
            if number % 10 == 0:
                self.progress(f"{workload}, {len(workers)} in turn, round {number + 1} of {rounds}")
            for worker in turn_order(workers, number):
                if wanted.output in ("file", "both") and not worker.rival.keeps_file:
                    self._empty(worker.name)
                alone = is_timed_alone(workload, worker.name)
                answer = worker.ask("round", n=counts[worker.name], alone=alone)
                for key, found in kept.items():
                    if found in answer:
                        rows[worker.name].setdefault(key, []).append(round(answer[found], 2))
        for worker in workers:
            row = rows[worker.name]
            row["ns"] = median(row["rounds"])
            row["wall_ns"] = median(row.pop("wall"))
            row["cpu_ns"] = median(row.pop("cpu"))
            if worker.rival.ours and wanted.threads == 1:
                row.update(worker.ask("fallbacks", n=_WATCHED_ITERATIONS))
        return {"title": wanted.title, "clock": plan.clock, "rows": rows}

    def _empty(self, name: str) -> None:
        for file in (self.folder / f"{name}.log", self.folder / f"{name}.log.console"):
            if file.exists():
                file.open("wb").close()

    def latency(self, workload: str, names: Iterable[str]) -> dict[str, Any]:
        """Measure the distribution of a call's latency, in chunks taken in turn.

        Beside the pooled percentiles stands the p50 of each chunk, for ratios.
        """
        rows, workers = self.ready(workload, names)
        chunks = max(2, self.effort.latencies // _LATENCY_CHUNK)
        samples: dict[str, list[float]] = {worker.name: [] for worker in workers}
        for number in range(chunks):
            if number % 10 == 0:
                self.progress(f"latency of {workload}, chunk {number + 1} of {chunks}")
            for worker in turn_order(workers, number):
                answer = worker.ask("latency", n=_UNTIMED + _LATENCY_CHUNK)
                timed = answer["samples"][_UNTIMED:]
                samples[worker.name] += timed
                row = rows[worker.name]
                row.setdefault("chunk_p50_ns", []).append(median(timed))
                row["timer_ns"] = answer["timer_ns"]
        for name, taken in samples.items():
            rows[name].update(distribution(taken))
        return rows

    def each(self, plan: Plan, action: str, **arguments: Any) -> dict[str, Any]:
        """Have every rival of a plan answer one command for each workload."""
        found: dict[str, Any] = {}
        for workload, names in plan.items():
            self.progress(f"{action} of {workload}")
            found[workload], workers = self.ready(workload, names)
            for worker in workers:
                found[workload][worker.name].update(worker.ask(action, **arguments))
        return found

    def probes(self) -> dict[str, float | str]:
        """Take Foundation's own measurements, each prepared anew."""
        worker = self.lab.workers["foundation"]
        found: dict[str, float | str] = {}
        emoji = "foundation-emoji" in self.lab.extensions
        for name in PROBES["plain"] + (PROBES["emoji"] if emoji else []):
            self.progress(f"probe {name}")
            worker.ask("prepare", name="three_fields", path=NULL)
            try:
                found[name] = worker.ask("probe", name=name)["value"]
            except WorkerFailed as error:
                found[name] = f"not measured: {error}"
        return found


def _last(data: bytes, workload: Workload) -> bytes:
    """Return the lines of the iterations that are verified, which stand last."""
    lines = data.splitlines(keepends=True)
    return b"".join(lines[-_VERIFIED_ITERATIONS * workload.emits :])


def turn_order(workers: Sequence[T], number: int) -> list[T]:
    """Return who has a turn when in a round: every other one is backwards, each pair starts later.

    Backwards, because a machine gets slower while a round lasts, or faster. Whoever ends a round
    begins the next, in caches that are its own, for 0.99 of the time: so that must not always be
    the same one.
    """
    first = number // 2 % max(1, len(workers))
    order = [*workers[first:], *workers[:first]]
    return order[::-1] if number % 2 else order


def measure_all(measurement: Measurement, plan: Plan) -> dict[str, Any]:
    """Take every measurement there is."""
    each, effort, latency = measurement.each, measurement.effort, PLANS["latency"]
    results: dict[str, Any] = {
        "workloads": {name: measurement.throughput(name, who) for name, who in plan.items()},
        "latency": {name: measurement.latency(name, who) for name, who in latency.items()},
        "calls": each(PLANS["calls"], "calls"),
        "collections": each(PLANS["collections"], "collections", n=100_000),
    }
    writes = each({"three_fields_file": plan["three_fields"]}, "writes", n=LINES)
    results["writes"] = writes["three_fields_file"]
    results["probes"] = measurement.probes()
    results["allocation"] = each(PLANS["allocation"], "allocation", n=effort.allocations)
    # Last: ten thousand loggers stay with the process that made them. In new processes: the table
    # of one that has seen many may just have grown, or be about to.
    measurement.renew(PLANS["loggers"]["static"])
    loggers = each(PLANS["loggers"], "loggers_memory", n=effort.loggers)
    return {**results, "loggers": {"all": loggers["static"]}}


@contextmanager
def open_measurement(
    names: Iterable[str], effort: Effort, progress: Callable[[str], None], slowdown: float = 0.0
) -> Iterator[Measurement]:
    """Start the processes of libraries, and a folder for real files beside the results.

    There they are on a disk, not in memory.
    """
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder, Pool(names) as lab:
        yield Measurement(lab, effort, progress, slowdown, Path(folder))
