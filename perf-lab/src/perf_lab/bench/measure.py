"""Takes the measurements of a run: interleaved rounds, latencies, memory, calls, probes.

Everything goes through the workers of `pool.py`; nothing of a library is imported here. The result
is one plain mapping, which becomes the results file.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from perf_lab.bench.plan import (
    ALLOCATION_PLAN,
    CALLS_PLAN,
    COLLECTIONS_PLAN,
    EMOJI_PROBE_NAMES,
    LATENCY_PLAN,
    LOGGERS_PLAN,
    PROBE_NAMES,
    RENEWED,
    Effort,
    Plan,
    clock_of,
    is_threaded,
    is_timed_alone,
    processes_of,
    round_ms_of,
    rounds_of,
)
from perf_lab.comparison.ratios import distribution
from perf_lab.comparison.verify import check_output, check_text, find_lesser
from perf_lab.places import RESULTS
from perf_lab.processes.pool import Pool, Worker, WorkerFailed
from perf_lab.processes.terminal import Terminal
from perf_lab.processes.usage import LINES
from perf_lab.rivals.catalogue import RIVALS
from perf_lab.workloads.table import WORKLOADS
from perf_lab.workloads.workload import Workload

T = TypeVar("T")
Progress = Callable[[str], None]
NULL = "/dev/null"
_VERIFIED_ITERATIONS = 64
#: Iterations in which it is counted how many lines leave the fast lanes.
_WATCHED_ITERATIONS = 20
_LATENCY_CHUNK = 500
#: Calls at the beginning of each turn that do not count: the caches are another library's, and the
#: second has changed meanwhile. With them every 500th call would be such a one, and be the p99.9.
_UNTIMED = 50


class Measurement:
    """Take measurements in one lab.

    Args:
        lab: The rivals' processes.
        effort: How long to measure.
        progress: Is told what is being done.
        slowdown: Percent by which Foundation is slowed down on purpose.
        folder: Where real files are written; they are removed afterwards.
    """

    def __init__(
        self, lab: Pool, effort: Effort, progress: Progress, slowdown: float, folder: Path
    ) -> None:
        self.lab = lab
        self.effort = effort
        self.progress = progress
        self.slowdown = slowdown
        self.folder = folder
        # What a pair of workload and rival was found to be; each is verified once.
        self.verdicts: dict[tuple[str, str], dict[str, str]] = {}
        self.terminals: dict[tuple[str, int], Terminal] = {}

    def verify(self, workload: str, name: str) -> dict[str, str]:
        """Have a rival write a workload to a real file, and say what became of it."""
        key = (workload, name)
        if key not in self.verdicts:
            self.verdicts[key] = self._verify(workload, name)
        return self.verdicts[key]

    def _verify(self, workload: str, name: str) -> dict[str, str]:
        rival = RIVALS[name]
        wanted = WORKLOADS[workload]
        if name in self.lab.missing:
            return {"state": "not available", "reason": self.lab.missing[name]}
        if rival.ours and wanted.needs and wanted.needs not in self.lab.extensions:
            return {"state": f"needs {wanted.needs}", "reason": "it is not installed, or empty"}
        path = self.folder / f"{name}.log"
        path.touch()
        worker = self.lab.workers[name]
        try:
            answer = worker.ask("prepare", name=workload, path=self._path(workload, name, path))
            if "unsupported" in answer:
                return {"state": "unsupported", "reason": answer["unsupported"]}
            data = self._emit(wanted, worker, path)
            faults = check_output(data, rival, wanted, _VERIFIED_ITERATIONS)
            if wanted.output == "both":
                console = path.with_name(f"{path.name}.console").read_bytes()
                faults += check_text(_last(console, wanted), wanted, _VERIFIED_ITERATIONS)
        except WorkerFailed as error:
            if worker.process.poll() is not None or "hangs" in str(error):
                self.lab.restart(name)
            missing = "has no attribute" in str(error)
            return {"state": "unsupported" if missing else "invalid", "reason": str(error)}
        finally:
            if not rival.keeps_file:
                path.unlink(missing_ok=True)
        if faults:
            return {"state": "invalid", "reason": "; ".join(faults)}
        lesser = find_lesser(data, rival, wanted)
        return {"state": "ok", "lesser": ", ".join(lesser)} if lesser else {"state": "ok"}

    def _path(self, workload: str, name: str, file: Path) -> str:
        """Return where a workload is to be written: to a file, or to a terminal of its own."""
        if WORKLOADS[workload].output != "terminal":
            return str(file)
        columns = WORKLOADS[workload].columns
        if (name, columns) not in self.terminals:
            self.terminals[name, columns] = Terminal(columns)
        return self.terminals[name, columns].path

    def _emit(self, workload: Workload, worker: Worker, file: Path) -> bytes:
        """Have the iterations that are verified written, and return what they were."""
        if workload.output != "terminal":
            worker.ask("emit", n=_VERIFIED_ITERATIONS, path=str(file))
            data = file.read_bytes()
            return _last(data, workload) if worker.rival.keeps_file else data
        terminal = self.terminals[worker.name, workload.columns]
        terminal.take()
        worker.ask("emit", n=_VERIFIED_ITERATIONS, path=terminal.path)
        return terminal.take()

    def renew(self, names: Iterable[str]) -> None:
        """Go on with new processes."""
        self.lab.restart(*(name for name in names if name in self.lab.workers))

    def ready(self, workload: str, names: Iterable[str]) -> tuple[dict[str, Any], list[Worker]]:
        """Verify rivals, prepare those that are sound, and return a row each and the workers."""
        rows: dict[str, Any] = {}
        workers = []
        for name in names:
            rows[name] = dict(self.verify(workload, name))
            if rows[name]["state"] != "ok":
                continue
            worker = self.lab.workers[name]
            file = self.folder / f"{name}.log"
            null = WORKLOADS[workload].output == "null"
            path = NULL if null else self._path(workload, name, file)
            slowdown = self.slowdown if RIVALS[name].ours else 0.0
            answer = worker.ask("prepare", name=workload, path=path, slowdown=slowdown)
            rows[name]["iteration_ns"] = answer["iteration_ns"]
            workers.append(worker)
        return rows, workers

    def throughput(self, workload: str, names: Iterable[str], *, more: int = 1) -> dict[str, Any]:
        """Measure a workload: rounds taken in turn."""
        names = list(names)
        rows, workers = self.ready(workload, names)
        round_ns = round_ms_of(workload, self.effort) * 1e6
        counts = {w.name: max(8, int(round_ns / rows[w.name]["iteration_ns"])) for w in workers}
        clock = clock_of(workload)
        rounds = rounds_of(workload, self.effort) * more
        each_process = math.ceil(rounds / processes_of(workload, self.effort))
        for number in range(rounds):
            if number and number % each_process == 0:
                self.renew(name for name in names if name in RENEWED)
                _, workers = self.ready(workload, [worker.name for worker in workers])
            if number % 10 == 0:
                self.progress(f"{workload}, {len(workers)} in turn, round {number + 1} of {rounds}")
            for worker in turn_order(workers, number):
                if WORKLOADS[workload].output in ("file", "both"):
                    self._empty(worker.name)
                alone = is_timed_alone(workload, worker.name)
                answer = worker.ask("round", n=counts[worker.name], alone=alone)
                answer["rounds_ns"] = answer[clock]
                for key in ("rounds", "wall", "cpu", "alone"):
                    if f"{key}_ns" in answer:
                        value = round(answer[f"{key}_ns"], 2)
                        rows[worker.name].setdefault(key, []).append(value)
        for worker in workers:
            row = rows[worker.name]
            row["ns"] = median(row["rounds"])
            row["wall_ns"] = median(row.pop("wall"))
            row["cpu_ns"] = median(row.pop("cpu"))
            if worker.rival.ours and not is_threaded(workload):
                row.update(worker.ask("fallbacks", n=_WATCHED_ITERATIONS))
        return {"title": WORKLOADS[workload].title, "clock": clock, "rows": rows}

    def _empty(self, name: str) -> None:
        """Empty the files of a library, if it does not mind."""
        if RIVALS[name].keeps_file:
            return
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
        for worker in workers:
            rows[worker.name].update(distribution(samples[worker.name]))
        return rows

    def each(self, plan: Plan, action: str, **arguments: Any) -> dict[str, Any]:
        """Have every rival of a plan answer one command for each workload."""
        found: dict[str, Any] = {}
        for workload, names in plan.items():
            self.progress(f"{action} of {workload}")
            rows, workers = self.ready(workload, names)
            for worker in workers:
                rows[worker.name].update(worker.ask(action, **arguments))
            found[workload] = rows
        return found

    def probes(self) -> dict[str, float | str]:
        """Take Foundation's own measurements, each prepared anew."""
        worker = self.lab.workers["foundation"]
        found: dict[str, float | str] = {}
        emoji = "foundation-emoji" in self.lab.extensions
        for name in (*PROBE_NAMES, *(EMOJI_PROBE_NAMES if emoji else ())):
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
    each = measurement.each
    results: dict[str, Any] = {
        "workloads": {name: measurement.throughput(name, who) for name, who in plan.items()},
        "latency": {name: measurement.latency(name, who) for name, who in LATENCY_PLAN.items()},
        "calls": each(CALLS_PLAN, "calls"),
        "collections": each(COLLECTIONS_PLAN, "collections", n=100_000),
    }
    writes = {"three_fields_file": plan["three_fields"]}
    results["writes"] = each(writes, "writes", n=LINES)["three_fields_file"]
    results["probes"] = measurement.probes()
    results["allocation"] = each(ALLOCATION_PLAN, "allocation", n=measurement.effort.allocations)
    # Last: ten thousand loggers stay with the process that made them. In new processes: the table
    # of one that has seen many may just have grown, or be about to.
    measurement.renew(LOGGERS_PLAN["static"])
    loggers = each(LOGGERS_PLAN, "loggers_memory", n=measurement.effort.loggers)
    return {**results, "loggers": {"all": loggers["static"]}}


@contextmanager
def open_measurement(
    names: Iterable[str], effort: Effort, progress: Progress, slowdown: float = 0.0
) -> Iterator[Measurement]:
    """Start the processes of libraries, and a folder for real files beside the results.

    There they are on a disk, not in memory.
    """
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder, Pool(names) as lab:
        yield Measurement(lab, effort, progress, slowdown, Path(folder))
