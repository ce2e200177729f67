"""Runs a soak: starts writers and readers, renames log files, keeps the series, and reports."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from perf_lab.processes.pool import environment_for
from perf_lab.records.machine import describe_machine
from perf_lab.records.progress import Progress
from perf_lab.records.record import Record, RecordError
from perf_lab.rivals.catalogue import REFERENCE, RIVALS
from perf_lab.soak.protocol import LOG_NAME
from perf_lab.soak.series import Series
from perf_lab.soak.verdict import judge, show, summarise
from perf_lab.soak.writer import MOST_UNREAD, Job
from perf_lab.tool import Options

OURS = "foundation"
#: A log file is renamed after so long, or when it has so many bytes.
ROTATE_S = 7.0
ROTATE_BYTES = 128 << 20
#: A writer that has said nothing for so long hangs.
SILENCE_S = 120.0
#: What a reader may need to read what is left.
READ_REST_S = 600.0


class Child:
    """Hold a process of the run and the JSON lines that it has said.

    Args:
        module: What to run.
        argument: Its arguments.
        environment: Its variables.
    """

    def __init__(self, module: str, *arguments: str, environment: dict[str, str]) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        self.pipe, self.input = self.process.stdout, self.process.stdin
        self.heard = time.monotonic()
        self.over = False
        self._rest = b""

    def listen(self) -> list[dict[str, Any]]:
        """Return what it has said; to be called when the pipe can be read."""
        data = os.read(self.pipe.fileno(), 1 << 16)
        self.heard = time.monotonic()
        self.over = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def last_words(self) -> str:
        """Return the end of what it has written to stderr."""
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace").strip()[-500:]

    def end(self) -> None:
        """Make sure that it is gone."""
        for pipe in (self.input, self.pipe):
            with suppress(OSError):
                pipe.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()


class Side:
    """Hold one library of the run: its writer, its reader, what both have said last."""

    def __init__(self, job: Job, lane: str | None) -> None:
        self.name = job.rival
        self.folder = Path(job.folder)
        self.folder.mkdir()
        environment = environment_for(RIVALS[job.rival])
        if lane is not None and RIVALS[job.rival].ours:
            environment["FOUNDATION_LANE"] = lane
        self.reader = Child(
            "perf_lab.soak.reader",
            job.folder,
            str(job.first),
            environment=environment_for(RIVALS[OURS]),
        )
        self.writer = Child(
            "perf_lab.soak.writer", json.dumps(asdict(job)), environment=environment
        )
        self.sample: dict[str, Any] = {}
        self.result: dict[str, Any] = {}  # the writer's last word
        self.checked: dict[str, Any] = {}  # the reader's
        self.ready = False
        self.rotations = 0
        self._rotated = time.monotonic()

    @property
    def log_file(self) -> Path:
        """Return the file that is written to."""
        return self.folder / LOG_NAME

    def rotate_if_due(self) -> None:
        """Rename the log file, as logrotate would."""
        now = time.monotonic()
        with suppress(FileNotFoundError):
            size = self.log_file.stat().st_size
            # The time is random enough: it does not fit the writer's seconds.
            if size and (now - self._rotated >= ROTATE_S or size >= ROTATE_BYTES):
                self._rotated = now
                self.rotations += 1
                os.rename(self.log_file, f"{self.log_file}.{self.rotations}")


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
        self.series = Series(options.results / "soak.jsonl", head)
        if options.resume:
            self.series.resume()
        self.folder = Path(tempfile.mkdtemp(prefix="soak-", dir=options.folder))
        self.progress = Progress()
        self.ended = ""
        self.interrupts = 0
        self.sides: list[Side] = []

    def run(self) -> Record:
        """Run to the end, whatever ends it, and return the record."""
        older = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        for each in older:
            signal.signal(each, self._interrupt)
        try:
            if not self.options.resume:
                self.series.begin()
            self._start()
            self._watch()
            self._finish()
        finally:
            for side in self.sides:
                side.writer.end()
                side.reader.end()
            shutil.rmtree(self.folder, ignore_errors=True)
            for each, handler in older.items():
                signal.signal(each, handler)
            self.progress.end()
        return self._record()

    def _interrupt(self, *_: object) -> None:
        self.interrupts += 1
        self.ended = "interrupted"
        for side in self.sides:
            # The second time nobody waits.
            if self.interrupts == 1:
                side.writer.process.terminate()
            else:
                side.writer.process.kill()

    def _start(self) -> None:
        options, series = self.options, self.series
        left_s = None if options.duration is None else options.duration - series.before_s
        names = [OURS] if options.alone else [OURS, REFERENCE]
        free = shutil.disk_usage(self.folder).free
        for number, name in enumerate(names):
            job = Job(
                rival=name, folder=str(self.folder / name), first=series.before,
                stop=options.messages, duration_s=left_s, rate=options.rate,
                phase_s=0.0005 * number, leak=options.inject_leak and name == OURS,
                most_unread=min(MOST_UNREAD, max(free // 4, 1 << 20)),
            )  # fmt: skip
            self.sides.append(Side(job, options.lane))

    def _watch(self) -> None:
        """Listen until every writer has said its last word, or hangs."""
        while True:
            waiting = [side for side in self.sides if not side.writer.over]
            if not waiting:
                return
            children = [child for side in self.sides for child in (side.writer, side.reader)]
            self._hear(children)
            for side in waiting:
                if side.writer.over and not side.result:
                    code = side.writer.process.wait()
                    self._say_ended(f"{side.name}'s writer ended with {code}")
                    print(f"\n{side.name}: {side.writer.last_words()}", file=sys.stderr)
                elif time.monotonic() - side.writer.heard > SILENCE_S:
                    self._say_ended(f"{side.name}'s writer hangs")
                    side.writer.process.kill()
                side.rotate_if_due()
            if self.sides[0].writer.over:  # the others only stand beside it
                for side in self.sides[1:]:
                    side.writer.process.terminate()

    def _hear(self, children: list[Child], timeout_s: float = 0.2) -> None:
        listening = [child for child in children if not child.over]
        ready = select.select([child.pipe for child in listening], [], [], timeout_s)[0]
        for child in listening:
            if child.pipe in ready:
                for message in child.listen():
                    self._take(child, message)

    def _take(self, child: Child, message: dict[str, Any]) -> None:
        side = next(each for each in self.sides if child in (each.writer, each.reader))
        if child is side.reader:
            side.checked = message
        elif message.get("ready"):
            side.ready = True
            if all(each.ready for each in self.sides):
                for each in self.sides:
                    with suppress(OSError):  # it was stopped before it began
                        each.writer.input.write(b"begin\n")
                        each.writer.input.flush()
        elif message.get("end"):
            side.result = message
        else:
            side.sample = message
            if side is self.sides[0]:
                self._sample(side)

    def _sample(self, side: Side) -> None:
        found, checked = side.sample, side.checked
        rival = self.sides[1].sample if len(self.sides) > 1 else {}
        generations = found["collections"]
        self.series.add({
            "t_s": found["t"], "messages": found["next"], "rate": found["rate"],
            **{f"{name}_us": value for name, value in found["service"].items()},
            "response_p50_us": found["response"].get("p50"),
            "response_p99_us": found["response"].get("p99"),
            **{name: found[name] for name in (
                "rss_bytes", "blocks", "open_files", "threads", "cpu_ns", "yardstick_ns", "dropped",
            )},
            **{f"collections_{n}": count for n, count in enumerate(generations)},
            **{name: checked.get(name, 0) for name in ("lines", "lost", "twice", "torn")},
            "rival_p50_us": rival.get("service", {}).get("p50"),
            "rival_p99_us": rival.get("service", {}).get("p99"),
            "rival_rate": rival.get("rate"),
        })  # fmt: skip
        self.progress(self._state(found, checked))

    def _state(self, found: dict[str, Any], checked: dict[str, Any]) -> str:
        options, series = self.options, self.series
        here_s = max(found["t"], 1e-3)
        left = []
        if options.messages:
            rate = (found["next"] - series.before) / here_s
            left.append((options.messages - found["next"]) / max(rate, 1))
        if options.duration:
            left.append(options.duration - series.before_s - here_s)
        behind = found["next"] - series.before - checked.get("lines", 0)
        wrong = sum(checked.get(name, 0) for name in ("lost", "twice", "torn")) + found["dropped"]
        return (
            f"{found['next']:,} messages, {found['rate']:,.0f}/s, "
            f"p99 {found['service'].get('p99', 0):.1f} us, {found['rss_bytes'] / 1e6:.1f} MB, "
            f"{wrong} wrong, {behind:,} unread, ETA {show_seconds(min(left))}"
        )

    def _finish(self) -> None:
        """Let the readers read the rest."""
        for side in self.sides:
            end = side.result.get("next", side.sample.get("next", self.series.before))
            with suppress(OSError):
                side.reader.input.write(json.dumps({"finish": end}).encode() + b"\n")
                side.reader.input.flush()
        until = time.monotonic() + READ_REST_S
        while time.monotonic() < until and self.interrupts < 2:
            left = [side for side in self.sides if not side.reader.over]
            if not left:
                return
            self._hear([side.reader for side in left])
            self.progress(f"reading the rest: {left[0].checked.get('lines', 0):,} lines")
        self._say_ended("a reader did not come to the end")

    def _say_ended(self, reason: str) -> None:
        self.ended = self.ended or reason

    def _record(self) -> Record:
        for side in self.sides:
            if not side.checked.get("end"):
                self._say_ended(f"{side.name}'s reader ended early")
                print(f"{side.name}: its reader did not end", file=sys.stderr)
        ours, *others = [
            summarise(side.result or {"next": side.sample.get("next", self.series.before)},
                      side.checked, side.rotations, first=self.series.before)
            for side in self.sides
        ]  # fmt: skip
        counts = self.series.close(ours.counts)
        data, checks = judge(
            self.series, ours, counts, {side.name: each for side, each in
                                        zip(self.sides[1:], others, strict=True)},
            rate=self.options.rate,
        )  # fmt: skip
        data["ended"] = self.ended or "complete"
        data["latency"] = {side.name: side.result.get("latency", []) for side in self.sides}
        return Record("soak", self.stated, data, checks, machine=self.machine)


def show_seconds(seconds: float) -> str:
    """Return seconds as hours, minutes and seconds."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def run(options: Options) -> int:
    """Run a soak, print its report, and write its record."""
    try:
        soak = Soak(options)
    except RecordError as error:
        print(error, file=sys.stderr)
        return 2
    record = soak.run()
    print(show(record))
    try:
        print(f"record in {record.write(options.results / 'soak.json')}")
    except OSError as error:  # a full disk: what was printed is the report
        print(f"the record could not be written: {error}", file=sys.stderr)
    if record.data["ended"] == "interrupted" and record.passed:
        return 130
    return 0 if record.passed and record.data["ended"] == "complete" else 1
