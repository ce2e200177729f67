"""The ids of the current span: read directly, through the public API, or not at all."""

from __future__ import annotations

import gc
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from otlp_collector import Run
from provide.foundation.native import COMPILED
from provide.foundation.otel.correlation import Correlation, find_direct


def expected(span: Any) -> bytes:
    """Return the members of a span, made another way."""
    ids = span.get_span_context()
    parts = {
        "trace_id": trace.format_trace_id(ids.trace_id),
        "span_id": trace.format_span_id(ids.span_id),
        "trace_flags": format(ids.trace_flags, "02x"),
    }
    return ",".join(f'"{key}":"{value}"' for key, value in parts.items()).encode()


@pytest.fixture(params=["direct", "public"])
def correlation(request: pytest.FixtureRequest) -> Correlation:
    """Give a correlation that reads the variable, and one for which it is not what it was."""
    made = Correlation()
    if request.param == "direct":
        made.start()
        assert find_direct(trace) is not None
    else:
        made.find(SimpleNamespace(get_current_span=trace.get_current_span))  # type: ignore[arg-type]
    return made


def test_spans_inside_spans(correlation: Correlation) -> None:
    """Each span has its own ids, and the outer one its own again afterwards."""
    tracer = TracerProvider().get_tracer("t")

    assert b"" == correlation()
    with tracer.start_as_current_span("outer") as outer:
        assert expected(outer) == correlation()
        with tracer.start_as_current_span("inner") as inner:
            assert expected(inner) == correlation() == correlation()
        assert expected(outer) == correlation()
    assert b"" == correlation()


def test_many_spans_one_after_another(correlation: Correlation) -> None:
    """A span that gets the identity of one that is gone does not get its ids."""
    tracer = TracerProvider().get_tracer("t")
    for _ in range(3000):
        with tracer.start_as_current_span("short") as span:
            assert expected(span) == correlation()
        del span
    gc.collect()


def test_threads(correlation: Correlation) -> None:
    """Threads that log at the same time each see their own span."""
    tracer = TracerProvider().get_tracer("t")
    wrong: list[bytes] = []

    def work() -> None:
        for _ in range(300):
            with tracer.start_as_current_span("one") as span:
                wrong.extend(m for _ in range(5) if (m := correlation()) != expected(span))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    assert [] == wrong


def test_invalid_span(correlation: Correlation) -> None:
    """A span without valid ids adds nothing."""
    with trace.use_span(trace.INVALID_SPAN):
        assert b"" == correlation()


@pytest.mark.parametrize("formatter", ["json", "key_value", "compact"])
def test_every_format(formatter: str, run: Run) -> None:
    """The ids come after the import of OpenTelemetry, in every format; without it nothing does."""
    script = """
import json, sys
from provide.foundation import *
setup_telemetry(TelemetryConfig(
    logging=LoggingConfig(log_file="a.log", console_formatter=sys.argv[1])))
logger.info("before")
assert "opentelemetry" not in sys.modules
from opentelemetry.sdk.trace import TracerProvider
with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
    logger.info("inside")
    ids = span.get_span_context()
logger.info("after")
lines = open("a.log").read().splitlines()
names = (f"{ids.trace_id:032x}", f"{ids.span_id:016x}")
print(json.dumps([all(name in line for name in names) for line in lines]))
"""
    assert [False, True, False] == run(script, formatter).last


LANES = ["processor", "fast", *(["native"] if COMPILED else [])]


@pytest.mark.parametrize("formatter", ["json", "key_value", "compact"])
@pytest.mark.parametrize("lane", LANES)
def test_each_line_has_the_ids_of_its_own_span(lane: str, formatter: str, run: Run) -> None:
    """Threads, tasks and contexts take turns, and a lane that remembers one never mixes them up."""
    script = """
import asyncio, contextvars, json, re, sys, threading
from provide.foundation import *
sys.setswitchinterval(1e-5)
setup_telemetry(TelemetryConfig(
    logging=LoggingConfig(log_file="a.log", console_formatter=sys.argv[1])))
logger.info("before", wanted=None)
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
tracer = TracerProvider().get_tracer("t")
def log(span=None):
    wanted = None if span is None else f"{span.get_span_context().span_id:016x}"
    for _ in range(3):
        logger.info("line", wanted=wanted)
def work():
    log()
    for _ in range(50):
        with tracer.start_as_current_span("outer") as outer:
            log(outer)
            with tracer.start_as_current_span("inner") as inner:
                log(inner)
            log(outer)
            contextvars.Context().run(log)
            log(outer)
        log()
async def task():
    with tracer.start_as_current_span("task") as span:
        for _ in range(20):
            log(span)
            await asyncio.sleep(0)
async def tasks():
    await asyncio.gather(*(task() for _ in range(10)))
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
asyncio.run(tasks())
log()
lane = stats().lane
shutdown_telemetry()
lines = open("a.log").read().splitlines()
def ids(name, line):
    return re.findall(name + r'"?[=:]"?([0-9a-f]{16})', line)
wrong = sum(ids("wanted", line) != ids("span_id", line) for line in lines)
found = sum(bool(ids("span_id", line)) for line in lines)
print(json.dumps([lane, len(lines), wrong, found > 1000]))
"""
    lines = 1 + 4 * (3 + 50 * 6 * 3) + 10 * 20 * 3 + 3
    assert [lane, lines, 0, True] == run(script, formatter, FOUNDATION_LANE=lane).last
