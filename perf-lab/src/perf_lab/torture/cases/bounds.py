"""Bounded whatever comes, Memory may run out: the time and the memory that a line may cost."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perf_lab.torture.case import Stage, case
from perf_lab.torture.checks import every_line, has, no_silent_loss


def memory_bytes(column: int) -> int:
    """Return the address space that the process has; in column 1 what is resident of it."""
    pages = int(Path("/proc/self/statm").read_text().split()[column])
    return pages * resource.getpagesize()


@contextlib.contextmanager
def memory_left(size: int) -> Iterator[None]:
    """Leave no more than so many bytes of address space."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes(0) + size, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@case(25, has("end-m0-", "lost the line"))
def values_that_log(stage: Stage) -> None:
    """Two values whose `__repr__` logs two of their kind."""

    class Talker:
        def __repr__(self) -> str:
            stage.attempt(stage.log.info, "inner", a=Talker(), b=Talker())
            return "talker"

    stage.call(a=Talker(), b=Talker())


@case(25, every_line, form="json")
def fresh_keys_beside_long_texts(stage: Stage) -> str:
    """299 keys that nobody has met, in a value beside 35 texts of 20,000 newlines."""
    texts = {f"t{number}": "\n" * 20_000 for number in range(35)}

    def spend(name: str) -> float:
        """Return the processor time of a line with keys that begin with a name."""
        body = {**texts, **{f"{name}{number}": number for number in range(299)}}
        started = time.process_time()
        stage.call(body=body)
        return time.process_time() - started

    usual = min([spend("k") for _ in range(6)][3:])
    fresh = min(spend(f"f{turn}_") for turn in range(3))
    times = fresh / max(usual, 1e-4)
    return "" if times < 10 else f"a call took {times:.0f} times what its bytes take"


@case(25)
def keys_of_a_megabyte(stage: Stage) -> str:
    """300 lines, each with a key of 1 MB that never comes again."""
    before = 0
    for number in range(300):
        if number == 20:
            before = memory_bytes(1)
        key = f"{number:06}" + "k" * 1_000_000
        stage.attempt(stage.log.info, "long", **{key: 1})
        stage.attempt(stage.log.info, "long", body={key: {key: 1}})
    grown = memory_bytes(1) // 1_000_000 - before // 1_000_000
    return "" if grown < 50 else f"{grown} MB more"


def _call_without_memory(stage: Stage, floor: int, values: list[Any]) -> None:
    """Log values while 4 MB of address space are left and used up, in pieces of down to `floor`."""
    stage.call(v=1)
    with memory_left(4 << 20):
        eaten, size = [], 1 << 20
        while size >= floor:
            try:
                eaten.append(bytes(size))
            except MemoryError:
                size //= 2
        for value in values:
            stage.call(v=value)
        eaten.clear()
    stage.call(v=1)


@case(22, no_silent_loss, form="json")
def long_text_without_memory(stage: Stage) -> None:
    """A text of 90 KB, and one of 1 MB, with less than 1 MB left."""
    texts = ["x" * 90_000, "x" * 1_000_000, "\u20ac" * 90_000]
    _call_without_memory(stage, 1 << 18, texts)


@case(22, no_silent_loss, form="json")
def nested_value_without_memory(stage: Stage) -> None:
    """Lists and dicts of many small texts, with less than 64 KB left."""
    many = {f"k{n}": "z" for n in range(800)}
    _call_without_memory(stage, 1 << 16, [["y" * 40] * 800, many, [{"a": "b"}] * 900])
