"""What each optimisation that the founding claims name is worth, before and after.

`perf-lab optimisations` prints a markdown table and writes results/optimisations.json. Every pair
is small and self-contained, so that it can be read here and tried elsewhere; it imports orjson and
nothing of Foundation. The two halves of a pair are timed in turn, and the figure is the median.
Over 300 lines, because a table of pairs is read in one place.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from statistics import median
from typing import Any

import click
from orjson import OPT_APPEND_NEWLINE, dumps

from perf_lab.records.record import Record
from perf_lab.tool import Options, Tool

ROUNDS = 41
_NULL = os.open(os.devnull, os.O_WRONLY)


@dataclass(frozen=True)
class Step:
    """Hold a before and an after, what came of it and why."""

    name: str
    before: str
    after: str
    slow: Callable[[], object]
    fast: Callable[[], object]
    verdict: str


# Level check

_LEVELS = {"app": 20, "app.db": 30}


def walk_levels(name: str = "app.db.pool") -> bool:
    """Look a threshold up by prefix at each call."""
    while name:
        level = _LEVELS.get(name)
        if level is not None:
            return level <= 20
        name = name.rpartition(".")[0]
    return True


class Site:
    """Hold a threshold."""

    __slots__ = ("threshold",)

    def __init__(self) -> None:
        self.threshold = 30


_SITE = Site()


def compare_level(site: Site = _SITE) -> bool:
    """Compare with the threshold that was looked up once."""
    return site.threshold <= 20


# Lazy chain


class LazyChain:
    """Be the LazyProcessorChain of the founding claims: ask at each call whether it is built."""

    def __init__(self) -> None:
        self._processors: list[Callable[[dict[str, Any]], dict[str, Any]]] | None = None

    def process(self, event: dict[str, Any]) -> dict[str, Any]:
        """Build at first use, then loop."""
        if self._processors is None:
            self._processors = [lambda fields: fields] * 4
        for processor in self._processors:
            event = processor(event)
        return event


_CHAIN = LazyChain()
_EVENT = {"iteration": 1, "thread_id": 140_123_412_341_234, "timestamp_s": 1_763_906_400.123}


def fused(event: dict[str, Any] = _EVENT) -> dict[str, Any]:
    """Be the same four steps in one function, installed at the first call."""
    return event


# Context

_MANY = [ContextVar[object](f"field_{number}") for number in range(3)]
for _variable in _MANY:
    _variable.set(1)
_ONE: ContextVar[tuple[dict[str, int], bytes]] = ContextVar("one")
_ONE.set(({"a": 1, "b": 2, "c": 3}, b'"a":1,"b":2,"c":3,'))


def gather_context() -> dict[str, object]:
    """Read one variable a field, as structlog does, into a dict."""
    found = {}
    for variable in _MANY:
        value = variable.get(None)
        if value is not None:
            found[variable.name] = value
    return found


def read_context() -> bytes:
    """Read the one variable, whose fields are rendered already."""
    return _ONE.get()[1]


# Interning

_KEYS = [f"user_{name}" for name in ("id", "name", "region")]


def make_keys() -> dict[str, int]:
    """Make the common strings at each call."""
    return {f"user_{name}": 1 for name in ("id", "name", "region")}


def keep_keys() -> dict[str, int]:
    """Use strings that are there."""
    return dict.fromkeys(_KEYS, 1)


def intern_keys() -> dict[str, int]:
    """Call sys.intern for strings that the compiler has interned already."""
    return {sys.intern(key): 1 for key in _KEYS}


# Serialisation

_FULL = {"timestamp": "2026-11-23T14:10:00.123456Z", "level": "info", "logger": "app.db",
         "event": "benchmark_message"}  # fmt: skip
_HEAD = b'{"timestamp":"2026-11-23T14:10:00.123456Z","level":"info","logger":"app.db","event":'
_EVENTS = {"benchmark_message": b'"benchmark_message"'}
_join = b"".join


def one_dict() -> bytes:
    """Encode one dict of everything."""
    return dumps({**_FULL, **_EVENT}, None, OPT_APPEND_NEWLINE)


def spliced() -> bytes:
    """Join a head that is there with the call's own fields."""
    return _join(
        (_HEAD, _EVENTS["benchmark_message"], b",", dumps(_EVENT, None, OPT_APPEND_NEWLINE)[1:])
    )


def generic_json() -> bytes:
    """Encode with the standard library."""
    return json.dumps({**_FULL, **_EVENT}).encode() + b"\n"


def render_twice() -> tuple[bytes, bytes]:
    """Render for each of two outputs of one format."""
    return one_dict(), one_dict()


def render_once() -> tuple[bytes, bytes]:
    """Render once a format, and hand the bytes to both."""
    rendered = {"json": one_dict()}
    return rendered["json"], rendered["json"]


# Pooling and buffers

_POOL: list[dict[str, Any]] = [{}]


def pooled_dict() -> None:
    """Take a dict from a pool, fill it, empty it, give it back."""
    event = _POOL.pop() if _POOL else {}
    event.update(_EVENT)
    event["level"] = "info"
    event.clear()
    _POOL.append(event)


def fresh_dict() -> None:
    """Let CPython's free lists do it."""
    event = {**_EVENT, "level": "info"}
    del event


_BUFFER = bytearray(4096)


def filled_buffer() -> memoryview:
    """Copy the parts into a buffer that is kept."""
    at = 0
    for part in (_HEAD, b'"benchmark_message"', b",", b'"iteration":1}\n'):
        _BUFFER[at : at + len(part)] = part
        at += len(part)
    return memoryview(_BUFFER)[:at]


def joined() -> bytes:
    """Join the parts: one allocation, one copy."""
    return _join((_HEAD, b'"benchmark_message"', b",", b'"iteration":1}\n'))


_LARGE = {"rows": [{"id": number, "name": "x" * 40} for number in range(1000)]}


def streamed() -> None:
    """Write a large object piece by piece."""
    for piece in json.JSONEncoder().iterencode(_LARGE):
        os.write(_NULL, piece.encode())


def whole() -> None:
    """Encode a large object, bounded beforehand, and write it once."""
    os.write(_NULL, dumps(_LARGE))


# Time

_SECOND = (1_763_906_400_000_000_000, b"2026-11-23T14:10:00.")
_DIGITS = [b"%03d" % number for number in range(1000)]
_millisecond = (0, b"")


def iso_format() -> bytes:
    """Format the time anew."""
    return datetime.fromtimestamp(time.time(), UTC).isoformat().encode()


def cached_second() -> bytes:
    """Format the fraction, the text of the second being there."""
    start, text = _SECOND
    nanos = (time.time_ns() - start) % 1_000_000_000
    return _join((text, _DIGITS[nanos // 1_000_000], _DIGITS[nanos // 1000 % 1000]))


def cached_millisecond() -> bytes:
    """Format the microseconds, the text of the millisecond being there or made first."""
    global _millisecond
    now = time.time_ns()
    start, text = _millisecond
    nanos = now - start
    if not 0 <= nanos < 1_000_000:
        second, text = _SECOND
        millis, nanos = divmod((now - second) % 1_000_000_000, 1_000_000)
        text += _DIGITS[millis]
        _millisecond = (now - nanos, text)
    return _join((text, _DIGITS[nanos // 1000]))


STEPS = (
    Step("level cache", "prefix look-up at each call", "one threshold, kept per name",
         walk_levels, compare_level, "adopted: levels.py"),
    Step("lazy chain", "ask at each call, loop over four", "compiled at first call, one function",
         lambda: _CHAIN.process(_EVENT), fused,
         "adopted as compile-once: _runtime/setup.py, _pipeline/pipeline.py"),
    Step("context cache", "one variable a field, into a dict", "one variable, fields rendered",
         gather_context, read_context, "adopted: context.py"),
    Step("string interning", "common strings made at each call", "strings that are there",
         make_keys, keep_keys, "adopted: constants are interned by the compiler"),
    Step("explicit sys.intern", "strings that are there", "sys.intern of each",
         keep_keys, intern_keys, "rejected: costs time and saves nothing"),
    Step("custom JSON encoder", "json.dumps of one dict", "orjson of one dict",
         generic_json, one_dict, "adopted: orjson"),
    Step("spliced head", "orjson of one dict", "fixed head, joined with the fields",
         one_dict, spliced, "adopted: _lanes/json.py"),
    Step("deferred serialisation", "one rendering an output", "one rendering a format",
         render_twice, render_once, "adopted: _pipeline/pipeline.py"),
    Step("pooling of dicts", "a new dict a call", "a pool of dicts",
         fresh_dict, pooled_dict, "rejected: slower, and unsafe when a value logs"),
    Step("pre-allocated buffers", "b''.join of the parts", "slices of a kept bytearray",
         joined, filled_buffer, "rejected: slower, and not safe between threads"),
    Step("streaming of large objects", "encoded whole, one write", "encoded and written in pieces",
         whole, streamed, "rejected: slower, and lines of two writers would mix"),
    Step("timestamp by the second", "isoformat at each call", "text of the second kept",
         iso_format, cached_second, "adopted: _record/timestamps.py, _lanes/json.py"),
    Step("timestamp by the millisecond", "text of the second kept", "text of the millisecond kept",
         cached_second, cached_millisecond, "rejected: never there at the rates of a service"),
)  # fmt: skip


def measure(step: Step) -> tuple[float, float]:
    """Return the nanoseconds of both halves, taken in turn."""
    found: tuple[list[float], list[float]] = ([], [])
    once = _time(step.slow, 20)
    n = max(5, min(20_000, int(2e6 / max(once, 1))))
    for _ in range(ROUNDS):
        for call, times in zip((step.slow, step.fast), found, strict=True):
            times.append(_time(call, n))
    floor = median(_time(_nothing, 20_000) for _ in range(9))
    return tuple(max(0.0, median(times) - floor) for times in found)  # type: ignore[return-value]


def _nothing() -> None:
    return None


def _time(call: Callable[[], object], n: int) -> float:
    started = time.process_time_ns()
    for _ in repeat(None, n):
        call()
    return (time.process_time_ns() - started) / n


@click.command("optimisations", cls=Tool)
def command(options: Options) -> None:
    """Measure what each optimisation is worth."""
    print("| optimisation | before | ns | after | ns | result |")
    print("|---|---|---:|---|---:|---|")
    rows = []
    for step in STEPS:
        before, after = measure(step)
        rows.append({"name": step.name, "before": step.before, "after": step.after,
                     "before_ns": before, "after_ns": after, "verdict": step.verdict})  # fmt: skip
        print(
            f"| {step.name} | {step.before} | {before:,.0f} | {step.after} | {after:,.0f} "
            f"| {step.verdict} |"
        )
    Record("optimisations", {}, {"rows": rows}).write()
