"""Runs a soak: starts writers and readers, keeps the series, and reports."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from perf_lab.laboratory import conclude, judge, known, show
from perf_lab.processes.pool import Worker, WorkerFailed
from perf_lab.records.machine import describe_machine
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record, RecordError
from perf_lab.rivals.catalogue import REFERENCE, RIVALS
from perf_lab.soak.drift import evaluate
from perf_lab.soak.histogram import add_counts, latency_rows, percentiles_us
from perf_lab.soak.series import PLAN, Series
from perf_lab.tool import Options

OURS = "foundation"
#: Unread bytes in the folder above which the writer waits for the reader.
MOST_UNREAD = 2 << 30
#: A writer that has said nothing for so long hangs, or a reader of what is left.
SILENCE_S = 120.0
Data = dict[str, Any]


class Side:
    """Hold one library of the run: its writer, its reader, what both have said last.

    Args:
        name: The library.
        folder: Where its log goes.
        first: The number of its first message.
        lane: The lane of Foundation; None: its own choice.
    """

    def __init__(self, name: str, folder: Path, first: int, lane: str | None) -> None:
        self.name, self.folder, self.first = name, folder, first
        folder.mkdir()
        chosen = {"FOUNDATION_LANE": lane} if lane and RIVALS[name].ours else {}
        self.writer = Worker(name, "perf_lab.soak.writer", chosen, wait=False, stderr=None)
        self.reader = Worker(name, "perf_lab.soak.reader", wait=False, stderr=None)
        self.sample: Data = {}
        self.result: Data = {}  # the writer's last word
        self.checked: Data = {}  # the reader's
        self.latency = {"service": Counter[int](), "response": Counter[int]()}
        self.finished = False  # the reader knows how far to read
        self.heard = time.monotonic()

    def write(self, take: Callable[[Side, Data], None]) -> None:
        """Have the writer begin, pass its samples on, and tell the reader where it has ended.

        Raises:
            WorkerFailed: It ended before its time.
        """
        try:
            self.writer.tell("write")
            for message in self._listen(self.writer):
                self.heard = time.monotonic()
                if "end" in message:
                    self.result = message
                else:
                    take(self, message)
            if not self.result:
                code = self.writer.process.wait()
                raise WorkerFailed(f"{self.name}'s writer ended with {code}")
        finally:
            self.finished, self.heard = True, time.monotonic()
            with suppress(WorkerFailed):  # what has become of the reader is said by `read`
                self.reader.tell("finish", stop=self.last["next"])

    def read(self) -> None:
        """Listen to the reader until its end.

        Raises:
            WorkerFailed: It ended before its time.
        """
        for message in self._listen(self.reader):
            self.checked = message
            if self.finished:
                self.heard = time.monotonic()
        self.writer.process.terminate()  # nobody reads any more
        if not self.checked.get("end"):
            raise WorkerFailed(f"{self.name}'s reader did not come to the end")

    def _listen(self, worker: Worker) -> Iterator[Data]:
        with suppress(ValueError):  # it was killed within a line
            for line in worker.output:
                message = json.loads(line)
                if "error" in message:
                    raise WorkerFailed(f"{self.name}: {message['error']}")
                yield message
                if "end" in message:
                    return

    @property
    def last(self) -> Data:
        """Return what the writer has said last."""
        return {"next": self.first, "seconds": 0.0, **self.sample, **self.result}

    @property
    def counts(self) -> dict[str, int]:
        """Return what writer and reader have counted."""
        dropped = sum(self.result.get("dropped", {}).values())
        found = {**self.checked, **self.result.get("done", {}), "dropped": dropped}
        counts = {name: int(found.get(name, 0)) for name in PLAN["counts"]}
        if not self.checked.get("end"):
            written = self.last["next"] - self.first
            counts["unchecked"] = max(0, written - counts["lines"] - counts["lost"])
        return counts

    def summarise(self, messages: int, before_s: float = 0.0) -> Data:
        """Return counts and figures of all calls, of so many messages."""
        seconds = before_s + self.last["seconds"]
        return {
            "messages": messages, "seconds": seconds, "written": self.result.get("written"),
            "rate": messages / seconds if seconds else 0.0,
            "disturbances": self.result.get("done", {}), "late": self.checked.get("late", 0),
            "waited_s": self.result.get("waited_s", 0.0), "faults": self.checked.get("faults", []),
            **percentiles_us(self.latency["service"]),
            **percentiles_us(self.latency["response"], "response_{}_us"), **self.counts,
        }  # fmt: skip


class Soak:
    """Run one soak by its options.

    Args:
        options: Those of the command.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.stated = {
            "duration_s": options.duration, "messages": options.messages, "rate": options.rate,
            "lane": options.lane, "alone": options.alone, "leak": options.inject_leak,
        }  # fmt: skip
        self.machine = describe_machine()
        head = {"options": self.stated, "machine": self.machine}
        self.series = Series(options.results / "soak.jsonl", head, resume=options.resume)
        self.progress = Progress()
        self.ended = ""
        self.interrupts = 0
        self.sides: list[Side] = []

    def run(self) -> tuple[Record, str]:
        """Run to the end, whatever ends it, and return the record and its tables."""
        with ExitStack() as stack:
            for each in (signal.SIGINT, signal.SIGTERM):
                stack.callback(signal.signal, each, signal.signal(each, self._interrupt))
            folder = tempfile.mkdtemp(prefix="soak-", dir=self.options.folder)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            stack.callback(self.progress.end)
            try:
                self._start(Path(folder), stack)
                self._watch()
            except WorkerFailed as error:
                self.ended = self.ended or str(error)
        return self._record()

    def _interrupt(self, *_: object) -> None:
        self.interrupts += 1
        self.ended = "interrupted"
        for side in self.sides:  # the second time nobody waits
            side.writer.process.terminate()

    def _start(self, folder: Path, stack: ExitStack) -> None:
        options, series = self.options, self.series
        most_unread = min(MOST_UNREAD, max(shutil.disk_usage(folder).free // 4, 1 << 20))
        left_s = options.duration and options.duration - series.before_s
        for name in [OURS] if options.alone else [OURS, REFERENCE]:
            side = Side(name, folder / name, series.before, options.lane)
            stack.callback(side.reader.stop)
            stack.callback(side.writer.stop)
            self.sides.append(side)
        for side in self.sides:  # they have come up side by side
            side.writer.meet()
            side.reader.meet()
            side.writer.ask(
                "prepare", folder=str(side.folder), first=series.before, stop=options.messages,
                duration_s=left_s, rate=options.rate, phase_s=0.0005 * (side.name != OURS),
                leak=options.inject_leak and side.name == OURS, most_unread=most_unread,
            )  # fmt: skip
            side.reader.tell("read", folder=str(side.folder), first=series.before)

    def _watch(self) -> None:
        """Listen until every writer has ended, or hangs, and every reader has read the rest."""
        with ThreadPoolExecutor(2 * len(self.sides)) as pool:
            reads = {side: pool.submit(side.read) for side in self.sides}
            writes = [pool.submit(side.write, self._sample) for side in self.sides]
            jobs = [*writes, *reads.values()]
            while wait(jobs, timeout=0.2).not_done:
                for side in [side for side, job in reads.items() if not job.done()]:
                    if time.monotonic() - side.heard > SILENCE_S or self.interrupts > 1:
                        self.ended = self.ended or f"{side.name}'s processes hang"
                        side.writer.process.kill()
                        side.reader.process.kill()
                    elif self.sides[0].finished:  # the others only stand beside it
                        side.writer.process.terminate()
        for job in jobs:
            job.result()

    def _sample(self, side: Side, sample: Data) -> None:
        side.sample = sample
        sample |= {"t_s": sample["seconds"], "messages": sample["next"]}
        for name, counts in json.loads(sample.pop("latency")).items():
            now = Counter[int]()
            add_counts(now, counts)
            add_counts(side.latency[name], counts)
            sample |= percentiles_us(now, "{}_us" if name == "service" else "response_{}_us")
        if side is not self.sides[0]:
            return
        rival = self.sides[-1].sample if len(self.sides) > 1 else {}
        sample |= {f"rival_{name}": rival.get(name) for name in ("p50_us", "p99_us", "rate")}
        counts = {**side.counts, "dropped": sample["dropped"]}
        self.series.add(sample, counts)
        wrong = sum(counts[name] for name in ("lost", "twice", "torn", "dropped"))
        behind = sample["next"] - side.first - counts["lines"]
        left_s = [0.0]
        if self.options.messages:
            left_s.append((self.options.messages - sample["messages"]) / max(sample["rate"], 1))
        if self.options.duration:
            left_s.append(self.options.duration - self.series.before_s - sample["t_s"])
        self.progress(
            f"{sample['messages']:,} messages, {sample['rate']:,.0f}/s, "
            f"p99 {sample.get('p99_us', 0):.1f} us, {sample['rss_bytes'] / 1e6:.1f} MB, "
            f"{wrong} wrong, {behind:,} unread, ETA {timedelta(seconds=round(max(left_s)))}"
        )

    def _record(self) -> tuple[Record, str]:
        series = self.series
        ours, *others = self.sides
        summary = ours.summarise(ours.last["next"], series.before_s) | series.close(ours.counts)
        data, figures = evaluate(series, summary, ours.counts["lines"], self.options.rate)
        data["rivals"] = {
            side.name: side.summarise(side.last["next"] - side.first) for side in others
        }
        data["ended"] = self.ended or "complete"
        data["latency"] = {side.name: latency_rows(side.latency["service"]) for side in self.sides}
        if others:
            theirs = data["rivals"][REFERENCE]
            figures["p99_ratio"] = known(lambda: summary["p99_us"] / theirs["p99_us"])
        record = Record("soak", self.stated, data, judge(PLAN, figures), machine=self.machine)
        calls = {OURS: data["summary"], **data["rivals"]}
        for name, each in list(calls.items()):
            due = {key.removeprefix("response_"): value for key, value in each.items()
                   if key.startswith("response_")}  # fmt: skip
            calls |= {f"{name}, since due": due} if due else {}
        done = data["summary"]["disturbances"]
        meanwhile = ", ".join(f"{times} {name}" for name, times in done.items())
        text = show(PLAN, {**data, "calls": calls, "meanwhile": meanwhile})
        return record, "\n".join([text, *data["summary"]["faults"]])


def run(options: Options) -> int:
    """Run a soak, print its report, and write its record."""
    try:
        soak = Soak(options)
    except RecordError as error:
        print(error, file=sys.stderr)
        return 2
    record, text = soak.run()
    code = conclude(record, text, options.results / "soak.json")
    ended = record.data["ended"]
    return code if ended == "complete" else 130 if ended == "interrupted" and not code else 1
