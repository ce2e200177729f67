"""What tools see of the level methods, whichever lane has put them on the class."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import pydoc
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import interpreters
import provide.foundation
from installed_lanes import LANES
from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    logger,
    reset_for_testing,
    setup_telemetry,
)

pytestmark = pytest.mark.interpreter

PARAMETERS = ["event", "args", "exc_info", "stack_info", "stacklevel", "fields"]
#: By name of a method, the name that it has, and the first words of its documentation.
METHODS = {
    "trace": ("trace", "Write a line at TRACE (5)."),
    "debug": ("debug", "Write a line at DEBUG (10)."),
    "info": ("info", "Write a line at INFO (20)."),
    "warning": ("warning", "Write a line at WARNING (30)."),
    "warn": ("warning", "Write a line at WARNING (30)."),
    "error": ("error", "Write a line at ERROR (40)."),
    "critical": ("critical", "Write a line at CRITICAL (50)."),
    "fatal": ("critical", "Write a line at CRITICAL (50)."),
}


@pytest.fixture(params=["unstarted", *LANES])
def lane(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Put the methods of each lane on the class, or those of a process without a set-up."""
    name: str = request.param
    reset_for_testing()
    if name != "unstarted":
        monkeypatch.setenv("FOUNDATION_LANE", name)
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=os.devnull)))
    yield name
    reset_for_testing()


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("name", METHODS)
def test_methods_describe_themselves(name: str) -> None:
    """A method has the whole signature, a name and a documentation, also where its level is off."""
    expected, text = METHODS[name]
    bound, unbound = getattr(logger.bind(a=1), name), getattr(Logger, name)

    assert PARAMETERS == list(inspect.signature(bound).parameters)
    assert ["self", *PARAMETERS] == list(inspect.signature(unbound).parameters)
    assert (expected, f"Logger.{expected}") == (unbound.__name__, unbound.__qualname__)
    assert text == inspect.getdoc(bound)


@pytest.mark.usefixtures("lane")
def test_help_shows_the_parameters() -> None:
    """`help` of a method shows its parameters and what it does."""
    shown = pydoc.plain(pydoc.render_doc(logger.info))

    # Without quotes from 3.14 on.
    assert "stacklevel: object = 1" in shown.replace("'object'", "object")
    assert "Write a line at INFO (20)." in shown


def test_definition_is_in_the_class_body(lane: str) -> None:
    """Tools that look for the source find the method in the class, and where it comes from."""
    method: Any = inspect.unwrap(Logger.info)
    text = Path(inspect.getfile(Logger)).read_text("utf-8")

    assert inspect.getfile(Logger) == inspect.getfile(method), lane
    assert "`make_log` in `_lanes/json.py`" in text


@pytest.mark.parametrize("name", [name for name in LANES if name != "native"])
def test_profilers_see_the_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code that runs is called as the method is, which profiles and tracebacks show."""
    monkeypatch.setenv("FOUNDATION_LANE", name)
    reset_for_testing()
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=os.devnull)))
    seen: list[str] = []

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            seen.append(frame.f_code.co_qualname)

    log = get_logger("app")
    sys.setprofile(watch)
    try:
        log.info("e")
        log.fatal("e")
        log.debug("off")
    finally:
        sys.setprofile(None)
    reset_for_testing()

    assert ["Logger.info", "Logger.critical", "Logger.debug"] == [
        each for each in dict.fromkeys(seen) if each.startswith("Logger.")
    ]


def test_first_line_takes_call_parameters(tmp_path: Path) -> None:
    """A call that starts Foundation hands its parameters on as any later one does."""
    script = """if True:
        from provide.foundation import logger
        for _ in range(2):
            logger.info("e", exc_info=ValueError("given"), stack_info=True, stacklevel=1)
    """
    printed = interpreters.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PROVIDE_LOG_CONSOLE_FORMATTER": "json"},
    ).stderr  # fmt: skip

    assert 2 == printed.count('"exception"') == printed.count('"stack"')


def test_completion_offers_public_names() -> None:
    """`dir` of the package has the public names and no others."""
    assert sorted(provide.foundation.__all__) == dir(provide.foundation)


@pytest.mark.parametrize("name", ["info", "exception", "ainfo", "awarn", "acritical", "aexception"])
def test_every_method_says_what_it_takes(name: str) -> None:
    """Methods that pass a call on take, by name, what the level methods take."""
    found = inspect.signature(getattr(Logger, name)).parameters
    assert ["self", *PARAMETERS] == list(found)
    assert ("exception" in name) is (found["exc_info"].default is True)
    for each in (Logger.log, Logger.alog):
        assert ["self", "level", *PARAMETERS] == list(inspect.signature(each).parameters)


@pytest.mark.usefixtures("lane")
def test_parameters_are_passed_on(tmp_path: Path) -> None:
    """An exception that is asked for stands in the line of every such method, and no other does."""
    path = tmp_path / "x.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, capture_stdlib=False)))
    log, error = get_logger("app"), ValueError("told")
    log.log("INFO", "asked", exc_info=error, stack_info=True, stacklevel=1, n=1)
    asyncio.run(log.ainfo("asked", exc_info=error, stack_info=True, n=1))
    asyncio.run(log.alog(20, "asked", exc_info=error, stack_info=True, n=1))
    asyncio.run(log.aexception("asked", exc_info=error, stack_info=True, n=1))
    log.exception("not asked", exc_info=None, n=1)
    asyncio.run(log.aexception("not asked", exc_info=False, n=1))
    log.log("INFO", "not asked", exc_info=None, stack_info=False, stacklevel=2, n=1)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [("asked", True, True)] * 4 + [("not asked", False, False)] * 3 == [
        (line["event"], "exception" in line, "stack" in line) for line in lines
    ]
    assert {1} == {line["n"] for line in lines}
