"""Bounded whatever comes: bounded time and memory, whatever the fields are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, manner

#: A line of many fresh keys may cost so many times what a line of the same bytes costs.
_MOST_TIMES = 10.0
_MOST_GROWTH_MB = 50


def _spent(call: Callable[[], object]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


def _not_multiplied(performance: Performance) -> str:
    found = every_line(performance)
    if found != KEPT:
        return found
    times = performance.facts["times"]
    return KEPT if times < _MOST_TIMES else f"a call took {times:.0f} times what its bytes take"


def _not_grown(performance: Performance) -> str:
    found = manner(performance)
    grown = performance.facts.get("grown_mb", 0)
    return found or (KEPT if grown < _MOST_GROWTH_MB else f"{grown} MB more")


@case(25, _not_multiplied, form="json")
def fresh_keys_beside_long_texts(stage: Stage) -> None:
    """299 keys that nobody has met, in a value beside 35 texts of 20,000 newlines."""
    texts = {f"t{number}": "\n" * 20_000 for number in range(35)}
    known = {f"k{number}": number for number in range(299)}
    for _ in range(3):
        stage.call(body={**texts, **known})
    usual = min(_spent(lambda: stage.call(body={**texts, **known})) for _ in range(3))
    spent = []
    for turn in range(3):
        fresh = {f"f{turn}_{number}": number for number in range(299)}
        body = {**texts, **fresh}
        spent.append(_spent(lambda body=body: stage.call(body=body)))  # type: ignore[misc]
    stage.facts["times"] = min(spent) / max(usual, 1e-4)


def _resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


@case(25, _not_grown)
def keys_of_a_megabyte(stage: Stage) -> None:
    """300 lines, each with a key of 1 MB that never comes again."""

    def log(number: int) -> None:
        key = f"{number:06}" + "k" * 1_000_000
        stage.attempt(stage.log.info, "long", **{key: 1})
        stage.attempt(stage.log.info, "long", body={key: {key: 1}})

    for number in range(20):
        log(number)
    before = _resident_mb()
    for number in range(20, 300):
        log(number)
    stage.facts["grown_mb"] = _resident_mb() - before


@case(1, every_line, only=("foundation",), quick=True)
def patch_undone_around_a_set_up(stage: Stage) -> None:
    """A patch of the class that is undone after a set-up, and a class that has kept a method."""
    from unittest import mock

    from provide.foundation import Logger, get_logger, setup_telemetry
    from provide.foundation._runtime.state import STATE

    class Own(Logger):
        info = Logger.info

    stage.call(v=1)
    with mock.patch.object(Logger, "info"):
        setup_telemetry(STATE.config)
    bound = get_logger("torture").bind(a=1)
    for log in (bound, Own(), Logger()):
        name = stage.take()
        stage._attempt(log.info, f"beg-{name}-", end=f"end-{name}-")
