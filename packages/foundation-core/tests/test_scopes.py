"""Blocks that say how much is logged in their context: what they keep, write, drop and count."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import json
import logging
import sys
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from installed_lanes import LANES
from provide.foundation import (
    ConfigurationError,
    Logger,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    bound_contextvars,
    buffered,
    flush,
    get_logger,
    level_override,
    reset_for_testing,
    set_level,
    setup_telemetry,
    stats,
)
from provide.foundation._runtime.state import STATE
from provide.foundation._scopes.buffer import Buffer, KeptLine
from provide.foundation._scopes.scope import CURRENT, innermost
from provide.foundation.testing import capture_logs

Lines = Callable[[], list[dict[str, Any]]]

log = get_logger("scopes.test")


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Leave nothing of a set-up behind."""
    reset_for_testing()
    yield
    reset_for_testing()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Set up with a JSON file, and return its path."""
    path = tmp_path / "app.log"
    set_up(OutputConfig(path))
    return path


def set_up(*outputs: OutputConfig, **options: Any) -> None:
    """Set up with these outputs."""
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=list(outputs), **options)))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file."""
    flush()
    return [json.loads(line) for line in path.read_text().splitlines()]


def events(path: Path) -> list[str]:
    """Return the events of the lines of a file."""
    return [line["event"] for line in read(path)]


def dropped(path: Path) -> dict[str, int]:
    """Return what an output has counted as dropped."""
    return dict(stats().outputs[str(path)].dropped)


# What a block does


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("wrap", ["single", "several", "processor"])
def test_failed_block_writes_what_it_kept(
    lane: str, wrap: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Kept lines come before the error, in order, as they would have been written at the time."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    path, other = tmp_path / "app.log", tmp_path / "other.log"
    outputs = [OutputConfig(path)]
    if wrap == "several":
        outputs.append(OutputConfig(other, formatter="key_value"))
    options: dict[str, Any] = {"callsite": wrap != "processor"}
    if wrap == "processor":
        options["processors"] = [lambda _logger, _name, fields: {**fields, "seen": True}]
    set_up(*outputs, redact_keys=["pin"], **options)
    items = [1]

    with buffered(), bound_contextvars(request="r-1"):
        log.debug("first %d", 1, pin=1234, items=items)
        items.append(2)
        time.sleep(0.02)
        log.bind(a=1).debug("second")
        log.info("between")
        log.error("failed")

    found = read(path)
    assert ["between", "first 1", "second", "failed"] == [line["event"] for line in found]
    times = [datetime.fromisoformat(line["timestamp"]).timestamp() for line in found]
    assert times[2] - times[1] >= 0.02
    assert (["debug", "debug"], "***", [1], "r-1", 1) == (
        [line["level"] for line in found[1:3]],
        found[1]["pin"],
        found[1]["items"],
        found[1]["request"],
        found[2]["a"],
    )
    if wrap == "processor":
        assert [True] * 4 == [line["seen"] for line in found]
    else:
        assert {__file__} == {line["callsite"]["file"] for line in found}
    if wrap == "several":
        assert 4 == len(other.read_text().splitlines())
    assert {} == dropped(path)


def test_kept_line_is_the_line_that_a_lower_level_writes(path: Path) -> None:
    """Byte for byte, but for the time, a kept line is what DEBUG would have written."""
    fields = {
        "n": 1.5,
        "nan": float("nan"),
        "password": "x",
        "deep": [{"a": (1, None)}],
        "level": 2,
    }

    with buffered():
        log.debug("said\n", **fields)
        log.error("failed")
    set_level("DEBUG")
    log.debug("said\n", **fields)

    kept, _, plain = path.read_bytes().splitlines()
    assert plain[46:] == kept[46:]


def test_successful_block_shows_nothing(path: Path) -> None:
    """At the end of a block without an error its lines are dropped, and counted."""
    with buffered():
        log.debug("one")
        log.trace("too low")
        log.info("shown")
    log.debug("outside")

    assert (["shown"], {"buffered": 1}) == (events(path), dropped(path))


def test_exception_that_leaves_a_block_writes_its_lines(path: Path) -> None:
    """They are there before the exception is met; `sys.exit(0)` and a closed generator are none."""

    def iterate() -> Generator[None, None, None]:
        with buffered():
            log.debug("in a generator")
            yield

    with suppress(ZeroDivisionError), buffered(flush_at="OFF"):
        log.debug("kept")
        log.error("no reason")
        raise ZeroDivisionError
    with suppress(SystemExit), buffered():
        log.debug("at the end")
        sys.exit(0)
    generator = iterate()
    next(generator)
    generator.close()

    assert (["no reason", "kept"], {"buffered": 2}) == (events(path), dropped(path))


def test_block_keeps_anew_behind_an_error(path: Path) -> None:
    """Lines behind an error wait for the next one; `flush` writes them, too."""
    with buffered() as block:
        log.error("first")
        log.debug("kept")
        block.flush()
        log.debug("dropped")

    assert (["first", "kept"], {"buffered": 1}) == (events(path), dropped(path))


def test_level_that_flushes_can_be_lower_or_kept_itself(path: Path) -> None:
    """`flush_at` holds for all lines, also for one that the level would leave out."""
    with buffered(flush_at="warning"):
        log.debug("one")
        log.warning("two")
        set_level("CRITICAL")
        log.debug("three")
        log.error("four")
        log.debug("five")

    assert (["one", "two", "three", "four"], {"buffered": 1}) == (events(path), dropped(path))


def test_quiet_logger_stays_quiet(path: Path) -> None:
    """A logger above the default level keeps its level, and its left-out lines flush nothing."""
    set_level("WARNING", "quiet")
    set_level("OFF", "off")
    quiet, method = get_logger("quiet.part"), vars(Logger)["info"]
    with buffered(), level_override("TRACE"):
        for each in (quiet, get_logger("off")):
            each.info("left out")
            each.debug("left out")
        get_logger("off").error("left out")
        assert (False, 30) == (quiet.is_enabled_for("INFO"), quiet.get_effective_level())
        assert method is vars(Logger)["info"]
        quiet.warning("written")

    assert (["written"], {}) == (events(path), dropped(path))


def test_exception_method_flushes(path: Path) -> None:
    """`log.exception` is a line at ERROR, with the exception that is being handled."""
    with buffered():
        log.debug("before")
        try:
            raise ValueError("no")
        except ValueError:
            log.debug("handling", exc_info=True)
            log.exception("failed")

    assert [("before", None), ("handling", "ValueError"), ("failed", "ValueError")] == [
        (line["event"], line.get("exception", {}).get("type")) for line in read(path)
    ]


# Bounds


def test_oldest_lines_go_first(path: Path) -> None:
    """Beyond `max_lines` and `max_bytes` the oldest lines go, and count as dropped."""
    with buffered(max_lines=3):
        for number in range(10):
            log.debug("few", n=number)
        log.error("failed")
    with buffered(max_bytes=11_000):
        log.debug("too long for all", text="x" * 20_000)
        for number in range(10):
            log.debug("small", n=number, text="x" * 2000)
        log.error("failed")

    numbers = [line["n"] for line in read(path) if "n" in line]
    assert ([7, 8, 9, 6, 7, 8, 9], {"buffered": 14}) == (numbers, dropped(path))


def test_contexts_stay_within_their_bytes(path: Path) -> None:
    """Contexts that never end keep what they may, and count it once nobody has them any more."""
    contexts = [contextvars.copy_context() for _ in range(100)]

    def begin() -> None:
        # No `with`: it never ends.
        buffered(max_bytes=5_000).__enter__()
        for number in range(40):
            log.debug("kept", number=number, text="x" * 100)

    def keep() -> None:
        for context in contexts:
            context.run(begin)

    contextvars.copy_context().run(begin)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    keep()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    contexts.clear()
    gc.collect()

    assert 0 < taken <= 100 * (5_000 + 2_000)
    assert {"buffered": 101 * 40} == dropped(path)


# Contexts


def test_override_is_for_one_context(path: Path) -> None:
    """Of many tasks, those with an override have their debug lines, and no others."""

    async def work(number: int) -> None:
        for _ in range(3):
            log.debug("step", number=number)
            await asyncio.sleep(0)
        log.info("done", number=number)

    async def request(number: int) -> None:
        async with buffered():
            if number % 10:
                await work(number)
            else:
                async with level_override("DEBUG"):
                    await asyncio.gather(work(number), work(number))

    async def serve() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(200):
                group.create_task(request(number))

    asyncio.run(serve())

    shown = [line["number"] for line in read(path) if line["event"] == "step"]
    assert sorted([*range(0, 200, 10)] * 6) == sorted(shown)
    assert {"buffered": 180 * 3} == dropped(path)


def test_task_that_goes_on_is_outside(path: Path) -> None:
    """A task that outlives its block logs as if there were none, whatever the block was."""

    async def linger(ended: asyncio.Event) -> None:
        log.debug("within")
        await ended.wait()
        log.debug("behind")
        log.error("late")

    async def serve() -> None:
        ended = asyncio.Event()
        tasks = []
        for block in (buffered(), level_override("DEBUG")):
            with block:
                tasks.append(asyncio.create_task(linger(ended)))
                await asyncio.sleep(0)
        ended.set()
        await asyncio.gather(*tasks)

    asyncio.run(serve())

    assert (["within", "late", "late"], {"buffered": 1}) == (events(path), dropped(path))


def test_line_that_comes_too_late_is_counted(path: Path) -> None:
    """What reaches a buffer after its end, by a thread that was on its way, is dropped at once."""
    output = STATE.pipeline.outputs[0] if STATE.pipeline is not None else None
    assert output is not None
    with buffered():
        buffer = innermost(Buffer, CURRENT.get())
    assert buffer is not None
    buffer.add(KeptLine(100, 1, 10, "late", ((output, b"late\n", None),), None))
    buffer.flush()

    assert ([], {"buffered": 1}) == (events(path), dropped(path))


def test_inner_block_decides(path: Path) -> None:
    """What an inner block keeps goes to the outer one, in the order of the calls."""
    with buffered() as outer:
        log.debug("1")
        with buffered("INFO"):
            log.debug("not kept")
            with buffered("TRACE"):
                log.trace("2")
            log.debug("not kept")
        log.debug("3")
        outer.flush()
        with buffered("DEBUG", flush_at="CRITICAL"):
            log.debug("4")
            log.error("5")
    with buffered():
        log.debug("6")
        with suppress(KeyError), buffered():
            log.debug("7")
            raise KeyError

    assert (["1", "2", "3", "5", "6", "7"], {"buffered": 1}) == (events(path), dropped(path))


def test_lines_of_an_inner_block_stay_in_order(path: Path) -> None:
    """Where the outer block keeps lines of another task meanwhile, all come as they were called."""

    async def other() -> None:
        log.debug("2")

    async def serve() -> None:
        with buffered():
            task = other()
            await asyncio.create_task(inner(task))
            log.error("4")

    async def inner(task: Any) -> None:
        outside = contextvars.copy_context()
        with buffered():
            log.debug("1")
            await asyncio.create_task(task, context=outside)
            log.debug("3")

    asyncio.run(serve())

    assert ["1", "2", "3", "4"] == events(path)


def test_override_holds_on_both_sides_of_a_buffer(path: Path) -> None:
    """Its lines are written at once, and lower ones are kept; the inner override counts."""
    with level_override("DEBUG"), buffered("TRACE"):
        log.debug("1")
        log.trace("dropped")
    with buffered("TRACE"), level_override("DEBUG"):
        log.trace("dropped")
        log.debug("2")
        with level_override("INFO"):
            log.debug("dropped")

    assert (["1", "2"], {"buffered": 3}) == (events(path), dropped(path))


def test_decorated_functions_are_blocks(path: Path) -> None:
    """Each call of a function or a coroutine function is a block of its own."""

    @buffered()
    def work(fail: bool) -> int:
        """Work."""
        log.debug("worked", fail=fail)
        return 1 // (not fail)

    @level_override("DEBUG")
    async def work_async(number: int) -> int:
        await asyncio.sleep(0)
        log.debug("worked", number=number)
        return number

    @buffered()
    async def fail_async() -> None:
        log.debug("failing")
        raise KeyError

    async def iterate() -> AsyncIterator[None]:
        yield

    async def work_together() -> list[int]:
        return await asyncio.gather(*map(work_async, range(3)))

    assert 1 == work(False)
    with pytest.raises(ZeroDivisionError):
        work(True)
    assert [0, 1, 2] == asyncio.run(work_together())
    with pytest.raises(KeyError):
        asyncio.run(fail_async())
    with pytest.raises(TypeError, match="buffered takes no generator function"):
        buffered()(iterate)

    found = [(line["event"], line.get("number")) for line in read(path)]
    assert [("worked", n) for n in (None, 0, 1, 2)] + [("failing", None)] == found
    assert ("work", "Work.") == (work.__name__, work.__doc__)


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_calls_are_lines_and_dropped(
    lane: str, delivery: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Under 8 threads and 200 tasks, with one buffer for all and one for each, nothing is lost."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    path = tmp_path / "app.log"
    set_up(OutputConfig(path), OutputConfig(tmp_path / "text.log", level="INFO"), delivery=delivery)
    calls = [0] * 8

    async def task(place: int, number: int) -> None:
        with buffered(max_lines=3):
            for step in range(4):
                log.debug("step", number=number, step=step)
                log.info("step", number=number, step=step)
                await asyncio.sleep(0)
            if number % 5 == 0:
                log.error("failed", number=number)
                calls[place] += 1
        calls[place] += 8

    async def serve(place: int) -> None:
        await asyncio.gather(*[task(place, number) for number in range(25)])

    def work(place: int) -> None:
        for number in range(40):
            log.debug("shared", number=number)
            if number % 8 == 7:
                log.error("shared")
                calls[place] += 1
        calls[place] += 40
        asyncio.run(serve(place))

    with buffered(max_lines=50):
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(work, place))
            for place in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    flush()

    counts = stats().outputs[str(path)]
    assert (sum(calls), len(read(path))) == (
        sum(counts.written.values()) + sum(counts.dropped.values()),
        sum(counts.written.values()),
    )
    assert {"buffered"} == set(counts.dropped)
    assert {} == dropped(tmp_path / "text.log")


# Outputs and set-ups


def test_levels_of_outputs_hold(tmp_path: Path) -> None:
    """An output that takes no debug lines gets none, and counts none; an OFF logger stays so."""
    most, few = tmp_path / "most.log", tmp_path / "few.log"
    handler = logging.FileHandler(tmp_path / "handler.log")
    handler.setLevel(logging.INFO)
    set_up(
        OutputConfig(most, filter=lambda record: record.event != "filtered"),
        OutputConfig(few, level="INFO"),
        OutputConfig(handler),
        module_levels={"off": "OFF"},
    )

    with level_override("TRACE"), buffered():
        get_logger("off").error("off")
        log.debug("shown")
    with buffered():
        log.debug("filtered")
        log.debug("dropped")

    assert (["shown"], []) == (events(most), events(few))
    assert ({"filtered": 1, "buffered": 1}, {}) == (dropped(most), dropped(few))
    assert {} == stats().outputs["FileHandler"].dropped
    handler.close()


def test_handler_gets_the_record_of_the_call(tmp_path: Path) -> None:
    """A handler of `logging` gets the values and the time that the call had."""
    seen: list[Any] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    set_up(OutputConfig(Handler()))
    items = [1]
    with buffered():
        log.debug("kept", items=items, exc_info=ValueError("no"))
        items.append(2)
        time.sleep(0.02)
        log.error("failed")

    # An exception holds frames, and whatever their variables hold.
    assert (None, True) == (seen[0].exc_info, '"type":"ValueError"' in seen[0].line)
    assert [("kept", [1]), ("failed", None)] == [
        (record.getMessage(), getattr(record, "items", None)) for record in seen
    ]
    assert seen[1].created - seen[0].created >= 0.02


def test_set_up_in_a_block(tmp_path: Path) -> None:
    """Kept lines go to the output of the same file and format that is there, or are counted."""
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    set_up(OutputConfig(first), OutputConfig(second))

    with buffered():
        log.debug("kept")
        set_up(OutputConfig(first), OutputConfig(second, formatter="key_value"))
        log.error("failed")

    assert ["kept", "failed"] == events(first)
    assert (1, {"buffered": 1}) == (len(second.read_text().splitlines()), dropped(second))


def test_captures_see_what_is_written(path: Path) -> None:
    """`capture_logs` has kept lines once they are written, and those of before it go nowhere."""
    with buffered():
        log.debug("before")
        with capture_logs() as captured:
            log.debug("kept")
            log.error("failed")
            log.debug("never written")
    with capture_logs() as others, level_override("DEBUG"):
        log.debug("shown", n=1)

    assert ["kept", "failed"] == [each["event"] for each in captured]
    assert ["shown"] == [each["event"] for each in others]
    assert ([], {"buffered": 1}) == (events(path), dropped(path))


# Other ways in


def test_other_libraries_obey_blocks(path: Path) -> None:
    """Lines of `logging` and structlog are kept, written and counted like ours."""
    theirs = logging.getLogger("scopes.stdlib")
    theirs.setLevel(logging.DEBUG)
    structured = structlog.get_logger("scopes.structlog")
    try:
        with buffered():
            theirs.debug("dropped")
            structured.debug("dropped")
        with buffered():
            theirs.debug("1 %s", "plain")
            theirs.debug("2", stack_info=True)
            structured.debug("3")
            theirs.error("4", exc_info=ValueError("no"))
        with level_override("DEBUG"):
            theirs.debug("5", stack_info=True)
            structured.debug("6")
        theirs.debug("outside")
    finally:
        theirs.setLevel(logging.NOTSET)

    assert ["1 plain", "2", "3", "4", "5", "6"] == events(path)
    assert {"buffered": 2} == dropped(path)


def test_logger_says_what_its_context_takes(path: Path) -> None:
    """`is_enabled_for` and `get_effective_level` know of the blocks of their context."""
    with buffered("TRACE", flush_at="OFF"), level_override("DEBUG"):
        assert (True, 5) == (log.is_enabled_for("TRACE"), log.get_effective_level())
    with level_override("DEBUG"):
        assert (False, 10) == (log.is_enabled_for("TRACE"), log.get_effective_level())
    assert (False, 20) == (log.isEnabledFor(10), log.getEffectiveLevel())


def test_bad_values_are_refused() -> None:
    """A level or a bound that is none raises at once."""
    for wrong in ({"level": "LOUD"}, {"flush_at": 17}, {"max_lines": 0}, {"max_bytes": True}):
        with pytest.raises(ConfigurationError, match=next(iter(wrong))):
            buffered(**wrong)
    with pytest.raises(ConfigurationError, match="level"):
        level_override(3)
