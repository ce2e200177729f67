"""Calls with an exception, a stack or a call site: every lane writes the same bytes."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    Limits,
    Logger,
    LoggingConfig,
    OutputConfig,
    Redaction,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation._pipeline import stack
from provide.foundation.config import Formatter

#: Stands in no source line that a stack shows.
SECRET = "".join(["hunter", "2"])
FORMATS: tuple[Formatter, ...] = ("json", "key_value", "compact")
#: How long the time is that a line begins with.
STAMPS = {
    "json": len('{"timestamp":"2026-11-23T14:10:00.123456Z"'),
    "key_value": len("timestamp=2026-11-23T14:10:00.123456Z"),
    "compact": len("14:10:00.123"),
}


class Quiet(Exception):
    """Be an exception that cannot say what happened."""

    def __str__(self) -> str:
        raise RuntimeError


class Telling(Exception):
    """Be an exception that logs while it is shown."""

    def __str__(self) -> str:
        get_logger("told").info("asked", by=self.args)
        return "told"


class Lengthy(Exception):
    """Count how often it is asked what happened; its line is too long."""

    asked = 0

    def __str__(self) -> str:
        Lengthy.asked += 1
        return "\x01" * 5000


def catch(error: BaseException, origin: BaseException | None = None) -> Any:
    """Raise an exception, from another one if given, and return it."""
    try:
        raise error from origin
    except BaseException as caught:
        return caught


def call_deeply(depth: int, then: Callable[[], object]) -> object:
    """Call a function below as many calls of this one."""
    return call_deeply(depth - 1, then) if depth else then()


def log_in_hand(log: Logger) -> None:
    """Log the exception that is being handled, and what it came from."""
    try:
        try:
            raise KeyError("inner")
        except KeyError:
            raise ValueError("outer", 7)  # noqa: B904 - what it came from is its context
    except ValueError:
        log.exception("failed", n=1)
        log.error("failed", exc_info=True)
        log.info("failed", exc_info=sys.exc_info(), n=1, token=SECRET)
    log.info("over", exc_info=True, n=1)


def log_of_many_kinds(log: Logger) -> None:
    """Log exceptions whose parts take some care."""
    noted = catch(ValueError("noted"))
    noted.add_note("é\n\u2028")
    group = ExceptionGroup("g", [catch(ValueError("a")), ExceptionGroup("h", [noted])])
    control = ValueError("a\nb\x1b[31m\x7f\x85\u202e")
    for error in (noted, group, control, ValueError("\ud800é"), Quiet(), Telling(1), ValueError()):
        log.error("e", exc_info=catch(error, catch(KeyError(uuid.UUID(int=7)))), n=1)
    log.info("e", exc_info=ValueError("x" * 3000))
    log.info("e", exc_info=catch(KeyboardInterrupt()))
    log.info("%s", "text", exc_info=catch(ValueError("x")), timestamp=1, id=uuid.UUID(int=1))


def log_stacks(log: Logger) -> None:
    """Log stacks: of the call, of a caller, of many equal frames; and given ones."""
    log.info("e", stack_info=True, n=1)
    log.info("e", stack_info=True, stacklevel=2)
    for depth in (1, 2, 3, 4, 9):
        call_deeply(depth, lambda: log.warning("deep", stack_info=True))
    for given in ("Stack: here", "é\n\x1b\ud800", ""):
        log.error("given", stack_info=given, exc_info=catch(ValueError("x")))


def log_from_elsewhere(log: Logger) -> None:
    """Log from code that has no file, and from one that says that it is a file that is not."""
    for name in ("<typed>", "é\x7f.py", "/nowhere/none.py", "\ud800"):
        made: dict[str, Any] = {"log": log}
        source = "def typed():\n    log.info('e', stack_info=True, n=1)\n    1 / 0\n"
        exec(compile(source, name, "exec"), made)
        try:
            made["typed"]()
        except ZeroDivisionError:
            log.exception("typed")


def log_plainly(log: Logger) -> None:
    """Log what has no detail but a call site."""
    log.info("e")
    log.info("e", n=1, s="two words")
    log.warning("e", stacklevel=2)
    call_deeply(2, lambda: log.error("e", stacklevel=2, items=[1]))


SHAPES: dict[str, Callable[[Logger], object]] = {
    "in hand": log_in_hand,
    "of many kinds": log_of_many_kinds,
    "stacks": log_stacks,
    "from elsewhere": log_from_elsewhere,
    "plainly": log_plainly,
}


@contextmanager
def lane(name: str, formatter: Formatter, path: Path | None, **config: Any) -> Iterator[Logger]:
    """Set Foundation up on one lane, with one file."""
    reset_for_testing()
    os.environ["FOUNDATION_LANE"] = name
    try:
        logging = LoggingConfig(
            log_file=path, console_formatter=formatter, capture_stdlib=False,
            capture_structlog=False, **config,
        )  # fmt: skip
        setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
        yield get_logger("app.part")
    finally:
        del os.environ["FOUNDATION_LANE"]
        reset_for_testing()


def written(name: str, formatter: Formatter, path: Path, **config: Any) -> list[bytes]:
    """Play every shape, with bound and context fields and without; return the lines."""
    path.unlink(missing_ok=True)
    with lane(name, formatter, path, **config) as log:
        for shape in SHAPES.values():
            shape(log)
            with bound_contextvars(request="r"):
                shape(log.bind(b=1, password=SECRET))
    return [line[STAMPS[formatter] :] for line in path.read_bytes().split(b"\n")[:-1]]


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({}, id="plain"),
        pytest.param({"callsite": True}, id="callsite"),
        pytest.param({"limits": Limits(max_string_chars=1000, max_line_bytes=8000)}, id="limits"),
        pytest.param({"redaction": Redaction(keys=("message", "function"))}, id="secret"),
    ],
)
@pytest.mark.parametrize("formatter", FORMATS)
def test_lanes_write_alike(formatter: Formatter, config: dict[str, Any], tmp_path: Path) -> None:
    """A call with a detail is the same line, byte for byte, in every lane."""
    # All called in one line, which the stacks show.
    found = {name: written(name, formatter, tmp_path / f"{name}.log", **config) for name in LANES}
    expected = found.pop("processor")
    assert len(expected) > 60
    assert not [line for line in expected if SECRET.encode() in line]
    for lines in found.values():
        assert expected == lines


def test_several_outputs_write_alike(tmp_path: Path) -> None:
    """The same holds where lines go to several outputs, in two formats."""

    def write(name: str) -> list[list[bytes]]:
        paths = [tmp_path / f"{name}.{formatter}" for formatter in FORMATS[::2]]
        outputs = [
            OutputConfig(str(path), formatter=formatter)
            for path, formatter in zip(paths, FORMATS[::2], strict=True)
        ]
        with lane(name, "json", None, outputs=outputs, callsite=True) as log:
            for shape in SHAPES.values():
                shape(log)
        return [
            [line[STAMPS[formatter] :] for line in path.read_bytes().split(b"\n")]
            for path, formatter in zip(paths, FORMATS[::2], strict=True)
        ]

    fast, processor = [write(name) for name in ("fast", "processor")]
    assert 30 < len(processor[0])
    assert processor == fast


@pytest.mark.parametrize("callsite", [False, True])
@pytest.mark.parametrize("name", [name for name in LANES if name != "processor"])
def test_fast_lane_writes_details(name: str, callsite: bool, tmp_path: Path) -> None:
    """Such a call stays with the lane, unless its line is too long; or, in Python, it is cut."""
    with lane(name, "json", tmp_path / "x.log", callsite=callsite) as log:
        for title in ("in hand", "stacks", "plainly"):
            SHAPES[title](log)
        lane_taken, stayed = stats().lane, dict(stats().fallbacks)
        log.error("e", exc_info=ValueError("x" * 3_000_000))
        left = stats().fallbacks
    assert name == lane_taken
    assert {} == stayed
    assert ({} if name == "native" else {"parameters": 1}) == left  # core cuts for that lane


def test_exception_is_asked_once(tmp_path: Path) -> None:
    """What an exception says is asked once, also where the line is too long for the fast lane."""
    Lengthy.asked = 0
    with lane("fast", "json", tmp_path / "x.log", limits=Limits(max_line_bytes=20_000)) as log:
        log.error("e", exc_info=Lengthy())
        fallbacks = stats().fallbacks
    assert (1, {"long": 1}) == (Lengthy.asked, fallbacks)


def test_superseded_call_keeps_its_exception(tmp_path: Path) -> None:
    """A call in whose midst everything is set up anew is sent on with all its parameters."""
    fresh = TelemetryConfig(logging=LoggingConfig(log_file=tmp_path / "new.log"))

    class Upsetting(Exception):
        def __str__(self) -> str:
            if not (tmp_path / "new.log").exists():
                setup_telemetry(fresh)
            return "kept"

    with lane("fast", "json", tmp_path / "old.log") as log:
        log.error("e", exc_info=Upsetting(), n=1)
    assert b"" == (tmp_path / "old.log").read_bytes()
    assert b'"message":"kept"' in (tmp_path / "new.log").read_bytes()


def test_changed_file_is_noticed(tmp_path: Path) -> None:
    """A stack shows a source line as it is in the file, at most a second after it has changed."""
    source = tmp_path / "source.py"
    source.write_text("def get(format):\n    return format(sys._getframe())  # first\n")
    made: dict[str, Any] = {"sys": sys}
    exec(compile(source.read_text(), str(source), "exec"), made)
    first = made["get"](stack.format_stack)
    source.write_text("def get(format):\n    return format(sys._getframe())  # the second\n")
    os.utime(source, (1, 1))
    kept = made["get"](stack.format_stack)
    time.sleep(1.1)
    second = made["get"](stack.format_stack)

    assert ["# first", "# first", "# the second"] == [
        shown.rpartition("  ")[2] for shown in (first, kept, second)
    ]


def test_stack_is_that_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack is the text that `traceback` makes, with fewer frames where it has a limit."""
    linecache.clearcache()
    stack._TEXTS.clear()  # made from what that has forgotten, and good for a second

    def both() -> tuple[str, str]:
        frame = sys._getframe()
        ours, theirs = stack.format_stack(frame), "".join(traceback.format_stack(frame))
        return ours, f"Stack (most recent call last):\n{theirs}".rstrip("\n")

    shown: list[tuple[str, str]] = []
    for depth in (0, 1, 2, 3, 4, 5, 9):
        call_deeply(depth, lambda: shown.append(both()))
        shown.append(both())
    monkeypatch.setattr(sys, "tracebacklimit", 2, raising=False)
    shown.append(both())

    assert [theirs for _, theirs in shown] == [ours for ours, _ in shown]
    assert 5 == shown[-1][0].count("\n") + 1


def test_no_call_loads_a_module_behind_a_set_up() -> None:
    """Stacks, exceptions and call sites load nothing in a call: forked children would hang."""
    code = """
import sys
from provide.foundation import *
setup_telemetry(
    TelemetryConfig(logging=LoggingConfig(callsite=True, exceptions="both", fold_frames=True))
)
before = set(sys.modules)
log = get_logger("a")
try:
    raise ValueError("x") from KeyError("y")
except ValueError:
    log.exception("e", stack_info=True, value=[{"a": 1}], big=2**70)
for code in ("1 +* 2", "'é' + absent", "sys.exit_now", "from os import paths"):
    try:
        exec(code)
    except Exception:
        log.exception("e")
print(sorted(set(sys.modules) - before))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "[]\n" == done.stdout
