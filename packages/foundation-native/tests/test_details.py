"""Exceptions, stacks, call sites and odd events: the compiled lane writes what core would."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# Where a wheel alone is tested, there is no file in memory to write to.
if sys.platform != "linux":
    pytest.skip("a file in memory", allow_module_level=True)

from provide.foundation import (
    Limits,
    Logger,
    LoggingConfig,
    Redaction,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation._native_api import Pipeline
from provide.foundation.config import Formatter
from provide.foundation.native import COMPILED

pytestmark = [
    pytest.mark.interpreter,
    pytest.mark.skipif(not COMPILED, reason="built where there was no compiler"),
]

_TIMES = re.compile(rb'"timestamp":"[^"]*",|^timestamp=\S* |^[0-9:.]+ ', re.MULTILINE)
FORMATS: tuple[Formatter, ...] = ("json", "key_value", "compact")


class OwnError(Exception):
    """Have a message of its own."""

    def __str__(self) -> str:
        return f"own {self.args}\x1b"


class MuteError(Exception):
    """Fail to say what happened."""

    def __str__(self) -> str:
        raise RuntimeError("mute")


class LoggingError(Exception):
    """Log while the message is made."""

    def __str__(self) -> str:
        get_logger("inner").info("from within", exc_info=ValueError("inner"))
        return "logged"


class NotedError(Exception):
    """Have notes that are no list."""

    __notes__ = ("of the class",)  # type: ignore[assignment]


class PropertyError(Exception):
    """Have notes that are the user's code."""

    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        raise ValueError("no notes")


Foreign = type("Förm\u202e", (Exception,), {"__module__": "app.é"})
Longest = type("L" * 300, (Exception,), {})
Nowhere = type("Nowhere", (Exception,), {"__module__": 5})


def deep(depth: int, error: BaseException) -> Any:
    """Raise from so many frames."""
    if depth == 0:
        raise error
    return deep(depth - 1, error)


def caught(error: BaseException, depth: int = 0, origin: BaseException | None = None) -> Any:
    """Return an exception that has been raised."""
    try:
        if origin is None:
            deep(depth, error)
        else:
            raise error from origin
    except BaseException as found:
        return found


def chain(links: int) -> BaseException:
    """Return an exception that so many others have led to."""
    error = caught(ValueError(0))
    for number in range(links):
        error = caught(OSError(number, "no"), origin=error)
    return error  # type: ignore[no-any-return]


def with_notes(*notes: Any) -> BaseException:
    """Return an exception with notes of any type."""
    error = ValueError("noted")
    error.__notes__ = list(notes)
    return error


def circle() -> BaseException:
    """Return an exception that has come from itself."""
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    return first


def suppressed() -> BaseException:
    """Return an exception whose context is not to be shown."""
    error = caught(ValueError("shown"))
    error.__context__, error.__suppress_context__ = KeyError("hidden"), True
    return error  # type: ignore[no-any-return]


#: Makers, because a traceback grows when its exception is raised again.
PLAIN: dict[str, Callable[[], BaseException]] = {
    "bare": ValueError,
    "message": lambda: caught(ValueError('a "message"\n')),
    "key": lambda: caught(KeyError("k'é")),
    "wide": lambda: caught(ValueError("日本 \u202e")),
    "64 frames": lambda: caught(ValueError("deep"), 62),
    "65 frames": lambda: caught(ValueError("deep"), 63),
    "200 frames": lambda: caught(ValueError("deeper"), 198),
    "16 links": lambda: chain(16),
    "notes": lambda: with_notes("one", "twö\n"),
    "20 notes": lambda: with_notes(*map(str, range(20))),
    "no notes": lambda: with_notes(),
    "suppressed": suppressed,
    "arguments": lambda: caught(ValueError("a", 1, None)),
    "number": lambda: caught(ValueError(5)),
    "exit": lambda: caught(SystemExit(2)),
    "system": lambda: caught(OSError(2, "No such file", "x")),
    "two files": lambda: caught(OSError(18, "cross-device", "a", None, "b")),
    "local": lambda: caught(Foreign("x")),
}
ODD: dict[str, Callable[[], BaseException]] = {
    "container": lambda: caught(ValueError({"password": "p", "a": [1]})),
    "own": lambda: caught(OwnError("x")),
    "mute": lambda: caught(MuteError()),
    "path": lambda: caught(OSError(2, "no", OwnError("x"))),
    "syntax": lambda: caught(SyntaxError("bad", ("f.py", 1, 2, "x x", 1, 3))),
    "group": lambda: caught(ExceptionGroup("g", [caught(ValueError(1)), KeyError("k")])),
    "17 links": lambda: chain(17),
    "40 links": lambda: chain(40),
    "circle": circle,
    "surrogate": lambda: caught(ValueError("\ud800")),
    "notes of numbers": lambda: with_notes(1, ["x"]),
    "notes of a class": lambda: caught(NotedError("x")),
    "notes of code": lambda: caught(PropertyError("x")),
    "long type": lambda: caught(Longest("x")),
    "no module": lambda: caught(Nowhere("x")),
    "long message": lambda: caught(ValueError("x" * 300_000)),
    "context of a group": lambda: caught(ValueError("x"), origin=ExceptionGroup("g", [OwnError()])),
}
ERRORS = {**PLAIN, **ODD}


@pytest.fixture
def emits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Note the calls that leave the compiled lane."""
    noted: list[Any] = []
    for name in ("emit", "finish"):
        original = getattr(Pipeline, name)

        def note(self: Pipeline, *call: Any, original: Any = original, **more: Any) -> None:
            noted.append(call)
            original(self, *call, **more)

        monkeypatch.setattr(Pipeline, name, note)
    yield noted
    reset_for_testing()


def write(lane: str, formatter: Formatter, play: Callable[[Logger], None], **options: Any) -> bytes:
    """Return the lines of calls, without their times."""
    fd = os.memfd_create("details")
    os.environ["FOUNDATION_LANE"] = lane
    try:
        reset_for_testing()
        logging = LoggingConfig(
            log_file=f"/proc/self/fd/{fd}",
            console_formatter=formatter,
            capture_stdlib=False,
            **options,
        )
        setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
        assert lane == stats().lane
        for _ in range(3):  # what is kept of the first must not change the next
            play(get_logger("app"))
        assert not any(stats().outputs[str(logging.log_file)].dropped.values())
        return _TIMES.sub(b"", os.pread(fd, 64 << 20, 0))
    finally:
        reset_for_testing()
        os.close(fd)
        del os.environ["FOUNDATION_LANE"]


def write_both(formatter: Formatter, play: Callable[[Logger], None], **options: Any) -> list[bytes]:
    """Return the lines of the compiled lane, and of the processor lane."""
    lines = []
    for lane in ("native", "processor"):  # from one line of code: it stands in the stacks
        lines.append(write(lane, formatter, play, **options))
    assert lines[0]
    return lines


@pytest.mark.parametrize("formatter", FORMATS)
def test_exceptions_are_the_same(formatter: Formatter) -> None:
    """Whatever an exception is, and however it is given, both lanes write it alike."""

    def play(log: Logger) -> None:
        for name, make in ERRORS.items():
            error = make()
            log.error(name, n=1, exc_info=error)
            log.info(name, exc_info=(type(error), error, None), v=[1])
            try:
                raise error
            except BaseException:
                log.exception(name)
                log.bind(b=1).error(name, exc_info=1, b=2, timestamp=3)

    native, processor = write_both(formatter, play)

    assert processor.splitlines() == native.splitlines()


def test_plain_exceptions_do_not_leave_the_lane(emits: list[Any]) -> None:
    """What programs raise takes no long way."""

    def play(log: Logger) -> None:
        for name, make in PLAIN.items():
            log.error(name, n=1, exc_info=make())

    write("native", "json", play)

    assert [] == emits


def log_around(log: Logger) -> None:
    """Log in all ways that ask where the call was made."""

    def inner(level: Any) -> None:
        log.info("site", a=1, stacklevel=level)
        log.info("stack", stack_info=True, stacklevel=level)

    for level in (0, 1, 2, 1 << 80, -1, True, None, "x", 2.5):
        inner(level)
    log.info("given", stack_info="a stack\nof others")
    log.info("nothing", stack_info="", exc_info=(None, None, None))
    log.info("none", stack_info=0, exc_info=0)
    log.warning("both", stack_info=True, exc_info=ValueError("x"), n=1)
    with bound_contextvars(c=1):
        log.info("context", c=2, stack_info=True)
    log.log(20, "by number", a=1)
    (lambda: log.info("lambda"))()
    exec("log.info('nameless')", {"log": log})
    exec("log.info('of ours')", {"log": log, "__name__": "logging.x"})
    exec("log.info('odd')", {"log": log, "__name__": 5})
    exec(compile("\nlog.info('é')", "é\n.py", "exec"), {"log": log, "__name__": "m"})


@pytest.mark.parametrize("callsite", [False, True], ids=["without", "with"])
@pytest.mark.parametrize("formatter", FORMATS)
def test_stacks_and_call_sites_are_the_same(formatter: Formatter, callsite: bool) -> None:
    """The frame is that of core, whatever `stacklevel` says and whoever calls."""
    native, processor = write_both(formatter, log_around, callsite=callsite)

    assert processor == native


def test_call_sites_do_not_leave_the_lane(emits: list[Any]) -> None:
    """A line says where it was logged without core."""

    def play(log: Logger) -> None:
        log.info("site", a=1)
        log.bind(b=1).info("site", stacklevel=2, timestamp=1)
        log.info("stack", stack_info=True)

    write("native", "json", play, callsite=True)

    assert [] == emits


EVENTS = [
    ValueError("boo"), KeyError("k"), OwnError("x"), MuteError(), 5, -(1 << 70), 2.5, None, True,
    b"ab\xff", {"password": "p"}, [1, "x"], ("a", 1), object, type("S", (str,), {})("own"), "x" * 9,
]  # fmt: skip


@pytest.mark.parametrize("formatter", FORMATS)
def test_events_of_any_type_are_the_same(formatter: Formatter) -> None:
    """An event that is no string is the text that core makes of it."""

    def play(log: Logger) -> None:
        for event in EVENTS:
            log.info(event, a=1)
            log.error(event, exc_info=ValueError("x"))

    native, processor = write_both(formatter, play)

    assert processor == native


def test_events_of_any_type_do_not_leave_the_lane(emits: list[Any]) -> None:
    """They become texts between two attempts."""

    def play(log: Logger) -> None:
        for event in EVENTS:
            log.info(event, a=1)

    write("native", "json", play)

    assert [] == emits


@pytest.mark.parametrize(
    "options",
    [
        {"redaction": Redaction(keys=("message", "line"))},
        {"redaction": Redaction(keys=("x",))},
        {"limits": Limits(max_string_chars=1024)},
        {"limits": Limits(max_line_bytes=4096)},
        {"limits": Limits(max_line_bytes=4096, max_string_chars=1024)},
    ],
    ids=["secret keys", "another secret", "short texts", "short lines", "both"],
)
@pytest.mark.parametrize("formatter", FORMATS)
def test_limits_and_secrets_hold(formatter: Formatter, options: dict[str, Any]) -> None:
    """What is masked and cut of an exception, a stack and a call site is the same."""

    def play(log: Logger) -> None:
        for name in ("message", "container", "200 frames", "16 links", "20 notes", "long message"):
            log.error("failed", n=1, exc_info=PLAIN.get(name, ERRORS[name])())
        log.info("stack", stack_info=True, text="x" * 900)
        exec(compile("log.info('site')", "f" * 2000, "exec"), {"log": log, "__name__": "m"})

    native, processor = write_both(formatter, play, callsite=True, **options)

    assert processor == native


def test_a_message_may_log(emits: list[Any]) -> None:
    """What an exception logs while its message is made stands in front of it."""
    lines = write("native", "json", lambda log: log.error("outer", exc_info=LoggingError()))

    assert [b"from within", b"outer"] * 3 == re.findall(rb'"event":"([^"]*)"', lines)


def test_an_interrupt_leaves_the_call() -> None:
    """`KeyboardInterrupt` from a message or from an event is the caller's."""

    class StoppedError(Exception):
        def __str__(self) -> str:
            raise KeyboardInterrupt

    def play(log: Logger) -> None:
        with pytest.raises(KeyboardInterrupt):
            log.error("failed", exc_info=StoppedError())
        with pytest.raises(KeyboardInterrupt):
            log.error(StoppedError())
        log.info("after")

    assert 3 == write("native", "json", play).count(b"\n")
