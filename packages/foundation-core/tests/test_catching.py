"""`catch` logs what leaves a function or a block, once, and leaves all else as it is."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import json
import os
import pickle
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    catch,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.testing import capture_logs

pytestmark = pytest.mark.interpreter

log = get_logger("app.jobs")
QUIETLY = log.catch(reraise=False, default="instead")


@pytest.fixture(name="lines")
def capture() -> Iterator[list[dict[str, Any]]]:
    """Keep the lines of a test."""
    with capture_logs() as captured:
        yield captured


def divide(by: int) -> float:
    """Divide one."""
    return 1 / by


def count(to: int) -> Generator[int, str, str]:
    """Count, divide by what is left, and say what was sent."""
    sent = ""
    for number in range(to):
        try:
            sent += yield number
        except KeyError:
            sent += "thrown "
    divide(0 if sent.endswith("!") else 1)
    return sent


async def divide_later(by: int) -> float:
    """Divide one, in a while."""
    await asyncio.sleep(0)
    return 1 / by


async def count_later(to: int) -> AsyncGenerator[int, str]:
    """Count, and divide by zero if that was sent."""
    for number in range(to):
        try:
            sent = yield number
        except KeyError:
            sent = "thrown"
        if sent == "!":
            divide(0)


async def drive(made: AsyncGenerator[int, str]) -> list[Any]:
    """Send, throw and send what makes it raise; return what came."""
    came: list[Any] = [await anext(made), await made.asend("a"), await made.athrow(KeyError())]
    try:
        await made.asend("!")
    except (StopAsyncIteration, ZeroDivisionError) as error:
        came.append(type(error))
    return came


def test_exception_goes_on_and_is_logged(lines: list[dict[str, Any]]) -> None:
    """The line has a constant event, the name of the function, and the exception."""
    caught = log.catch(divide)

    with pytest.raises(ZeroDivisionError):
        caught(0)

    [line] = lines
    frames = line.pop("exception")["frames"]
    assert {
        "event": "exception caught",
        "level": "error",
        "logger": "app.jobs",
        "function": "divide",
    } == line
    assert ["divide"] == [frame["function"] for frame in frames]
    assert 1.0 == caught(1)


@pytest.mark.parametrize("function", [divide, count, divide_later, count_later])
def test_function_stays_what_it_is(function: Callable[..., Any]) -> None:
    """Name, text, signature and kind are those of the function."""
    caught = log.catch(function)
    kinds = (
        inspect.iscoroutinefunction,
        inspect.isgeneratorfunction,
        inspect.isasyncgenfunction,
    )

    assert inspect.signature(function) == inspect.signature(caught)
    assert (function.__qualname__, function.__doc__) == (caught.__qualname__, caught.__doc__)
    assert [kind(function) for kind in kinds] == [kind(caught) for kind in kinds]


def test_swallowed_exception_gives_the_default(lines: list[dict[str, Any]]) -> None:
    """With `reraise=False` a function, a coroutine and a generator give the default."""
    generator = QUIETLY(count)(1)
    next(generator)
    with pytest.raises(StopIteration) as stopped:
        generator.send("!")

    assert "instead" == QUIETLY(divide)(0)
    assert "instead" == asyncio.run(QUIETLY(divide_later)(0))
    assert "instead" == stopped.value.value
    assert ["count", "divide", "divide_later"] == [line["function"] for line in lines]


def test_generator_is_driven_as_before(lines: list[dict[str, Any]]) -> None:
    """What is sent, thrown in or closed reaches the generator; closing is no error."""
    generator = log.catch(count)(3)
    came = [next(generator), generator.send("a "), generator.throw(KeyError())]
    with pytest.raises(StopIteration) as stopped:
        generator.send("b")
    closed = log.catch(exceptions=Exception)(count)(3)
    next(closed)
    closed.close()

    assert ([0, 1, 2], "a thrown b") == (came, stopped.value.value)
    assert [] == lines


def test_async_generator_is_driven_as_before(lines: list[dict[str, Any]]) -> None:
    """What is sent or thrown in reaches it; what it raises is logged, and closing is not."""

    async def close() -> None:
        made = log.catch(count_later)(3)
        await anext(made)
        await made.aclose()

    bare = asyncio.run(drive(count_later(5)))
    asyncio.run(close())
    assert [] == lines
    assert bare == asyncio.run(drive(log.catch(count_later)(5)))
    assert [0, 1, 2, StopAsyncIteration] == asyncio.run(drive(QUIETLY(count_later)(5)))
    assert ["count_later", "count_later"] == [line["function"] for line in lines]


def test_cancellation_and_exit_pass(lines: list[dict[str, Any]]) -> None:
    """What ends a task or the program passes, unlogged and even where errors are swallowed."""

    @QUIETLY
    async def wait() -> None:
        await asyncio.sleep(60)

    @QUIETLY
    def leave(error: BaseException) -> None:
        raise error

    async def cancel() -> bool:
        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return task.cancelled()

    for error in (SystemExit(1), KeyboardInterrupt(), GeneratorExit()):
        with pytest.raises(type(error)):
            leave(error)
    assert asyncio.run(cancel())
    assert [] == lines
    assert "instead" == log.catch(exceptions=SystemExit, reraise=False, default="instead")(
        leave.__wrapped__  # type: ignore[attr-defined]
    )(SystemExit(1))
    assert ["SystemExit"] == [line["exception"]["type"] for line in lines]


def test_nested_blocks_log_once(lines: list[dict[str, Any]]) -> None:
    """An exception that passes two of them has one line; one that was swallowed has a new one."""
    error = ValueError("once")
    for _ in range(2):
        with catch(reraise=False), log.catch(), log.catch(level="WARNING"):
            raise error

    assert [("warning", "app.jobs"), ("warning", "app.jobs")] == [
        (line["level"], line["logger"]) for line in lines
    ]
    assert "test_nested_blocks_log_once" == lines[0]["function"]


def test_exception_of_another_process_is_logged_again(lines: list[dict[str, Any]]) -> None:
    """That it was logged elsewhere says nothing of the log of this process."""
    caught = []
    for pid in (0, None):
        error = ValueError("sent")
        with contextlib.suppress(ValueError), log.catch():
            raise error
        copied = pickle.loads(pickle.dumps(error))
        if pid is not None:
            copied._foundation_caught = pid
        with contextlib.suppress(ValueError), log.catch():
            raise copied
        caught.append(len(lines))

    assert [2, 3] == caught


def test_chosen_exceptions(lines: list[dict[str, Any]]) -> None:
    """Others than those that are chosen pass unlogged, and so do those that are excluded."""
    chosen = log.catch(
        exceptions=(LookupError, OSError), exclude=FileNotFoundError, level=30, event="lookup"
    )
    errors: list[Exception] = [KeyError("k"), FileNotFoundError(), PermissionError(), ValueError()]
    for error in errors:
        with pytest.raises(type(error)), chosen:
            raise error

    assert [("lookup", "warning", "KeyError"), ("lookup", "warning", "PermissionError")] == [
        (line["event"], line["level"], line["exception"]["type"]) for line in lines
    ]


def test_on_error_is_called_and_costs_nothing(lines: list[dict[str, Any]]) -> None:
    """It gets the exception behind the line; what it raises is counted."""
    got: list[object] = []

    def fail(error: BaseException) -> None:
        got.append((len(lines), error))
        raise RuntimeError("of on_error")

    before = stats().faults.get("on_error", 0)
    error = ValueError("v")
    with pytest.raises(ValueError, match="v"), log.catch(on_error=fail):
        raise error

    assert [(1, error)] == got
    assert before + 1 == stats().faults["on_error"]


class Service:
    """Have methods of each kind."""

    @QUIETLY
    def method(self) -> float:
        """Divide."""
        return divide(0)

    @QUIETLY
    @staticmethod
    def static() -> float:
        """Divide."""
        return divide(0)

    @classmethod
    @QUIETLY
    def of_class(cls) -> float:
        """Divide."""
        return divide(0)

    async def __call__(self) -> float:
        """Divide, as an object that is a coroutine function."""
        return divide(0)


def test_methods_and_other_callables(lines: list[dict[str, Any]]) -> None:
    """Methods, partial functions and objects whose call is a coroutine are caught."""
    partial = QUIETLY(functools.partial(divide, 0))
    calls = [Service().method(), Service.static(), Service.of_class(), partial()]
    calls.append(asyncio.run(QUIETLY(Service())()))

    assert ["instead"] * 5 == calls
    assert ["Service.method", "Service.static", "Service.of_class", "partial", "Service"] == [
        line["function"] for line in lines
    ]


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: catch(ValueError),
        lambda: catch(5),  # type: ignore[call-overload]
        lambda: catch(exceptions=5),  # type: ignore[call-overload]
        lambda: catch(exclude=(ValueError, "KeyError")),  # type: ignore[arg-type]
    ],
    ids=["class", "number", "exceptions", "exclude"],
)
def test_misuse_is_a_type_error(misuse: Callable[[], object]) -> None:
    """What is no function, and no class of exceptions, is refused where it stands."""
    with pytest.raises(TypeError, match="takes"):
        misuse()


@pytest.mark.parametrize("lane", LANES)
def test_call_site_is_the_users(lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every lane the call site is a line of the program, and each line is counted."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    file = tmp_path / "app.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=file, callsite=True)))
    QUIETLY(divide)(0)
    asyncio.run(QUIETLY(divide_later)(0))
    with catch(reraise=False):
        divide(0)
    written = stats().outputs[str(file)].written
    reset_for_testing()

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    places = [line["callsite"]["file"] for line in lines]
    assert {"error": 3} == written
    assert [__file__, __file__] == places[::2]
    assert "provide/foundation" not in places[1]
    assert "divide" == lines[0]["exception"]["frames"][0]["function"]


def test_line_that_no_level_lets_through_counts_for_nobody(tmp_path: Path) -> None:
    """An exception whose line the inner block does not write is for the outer one."""
    file = tmp_path / "app.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=file)))
    with pytest.raises(ZeroDivisionError), log.catch(), log.catch(level="DEBUG"):
        divide(0)
    reset_for_testing()

    assert ["error"] == [json.loads(line)["level"] for line in file.read_text().splitlines()]


def test_mark_of_another_machine_counts_for_nobody(lines: list[dict[str, Any]]) -> None:
    """Processes of other containers have the same number: what they have logged, this has not."""
    error: Any = ValueError("from elsewhere")
    error._foundation_caught = os.getpid()
    with pytest.raises(ValueError, match="elsewhere"), log.catch():
        raise error

    assert 1 == len(lines)


def test_mark_that_cannot_be_read_costs_nothing(lines: list[dict[str, Any]]) -> None:
    """An exception of any class is logged, and is the one that goes on."""

    class Strange(Exception):
        @property
        def _foundation_caught(self) -> object:
            raise RuntimeError("not this one")

    with pytest.raises(Strange), log.catch():
        raise Strange

    assert 1 == len(lines)


def test_exception_that_is_raised_again_is_logged_once(lines: list[dict[str, Any]]) -> None:
    """One object is one exception, however often it is raised: the page says so."""
    kept = ValueError("made once")
    for _ in range(3):
        with pytest.raises(ValueError, match="once"), log.catch():
            raise kept

    assert 1 == len(lines)
