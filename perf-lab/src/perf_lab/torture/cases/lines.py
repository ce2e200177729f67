"""One line, one write: one line, one write; lines of several threads and processes stay whole."""

from __future__ import annotations

import json
import random

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, manner


def _long_lines(stage: Stage) -> None:
    choose = random.Random(stage.tag)
    for _ in range(12):
        stage.call(pad="y" * choose.choice([100, 5000, 1 << 20]))


@case(4, every_line, players=8, limit_s=10)
def processes_share_a_file(stage: Stage) -> None:
    """8 processes write lines of 100 B to 1 MB to one file."""
    _long_lines(stage)


@case(4, every_line, players=8, output="stream", limit_s=10)
def processes_share_a_pipe(stage: Stage) -> None:
    """8 processes write lines of 3,000 B, shorter than PIPE_BUF, to one pipe."""
    for _ in range(60):
        stage.call(pad="y" * 2500)


def _fifty(part: Stage) -> None:
    for _ in range(50):
        part.call(pad="y" * 200)


@case(4, every_line, quick=True)
def threads_share_a_file(stage: Stage) -> None:
    """32 threads write to one file."""
    stage.in_threads(32, _fifty)


@case(4, every_line, output="stream")
def threads_share_a_stream(stage: Stage) -> None:
    """32 threads write to one pipe."""
    stage.in_threads(32, _fifty)


@case(4, every_line, output="stream", limit_s=10)
def long_lines_of_threads(stage: Stage) -> None:
    """8 threads write lines of 300 KB to one pipe."""

    def work(part: Stage) -> None:
        for _ in range(8):
            part.call(pad="y" * 300_000)

    stage.in_threads(8, work)


@case(4, every_line, output="stream", wiring="file")
def hundred_kilobytes(stage: Stage) -> None:
    """8 threads write lines of 100 KB to a stream that is a file."""

    def work(part: Stage) -> None:
        for _ in range(20):
            part.call(pad="y" * 100_000)

    stage.in_threads(8, work)


def _in_order(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    seen = []
    for line in performance.data.decode().splitlines():
        printed = line.isdecimal()
        mark = line.partition("end-m")[2].partition("-")[0]
        seen.append(2 * int(line) if printed else 2 * int(mark) + 1 if mark else -1)
    return KEPT if seen == list(range(200)) else "out of order"


@case(4, _in_order, output="stream",
      only=("foundation", "structlog-orjson", "structlog", "logging", "loguru", "picologging",
            "logbook"))  # fmt: skip
def order_with_print(stage: Stage) -> None:
    """Lines on stdout keep their order with print()."""
    for number in range(100):
        print(number)
        stage.call()


def _one_write(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    writes = json.loads((performance.folder / "player0" / "writes.json").read_text())
    return KEPT if writes == 20 else f"{writes} writes for 20 lines"


@case(4, _one_write)
def one_write_a_line(stage: Stage) -> None:
    """A line of 50 KB to a file is one system call, as the kernel counts them."""

    def count() -> int:
        with open("/proc/self/io") as file:
            return int(file.read().partition("syscw: ")[2].split()[0])

    stage.call(pad="y" * 50_000)
    before = count()
    for _ in range(20):
        stage.call(pad="y" * 50_000)
    (stage.folder / "writes.json").write_text(str(count() - before))
