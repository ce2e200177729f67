"""What tools see of the level methods, whichever lane has put them on the class."""

from __future__ import annotations

import inspect
import os
import pydoc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

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

    assert "stacklevel: 'object' = 1" in shown
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
    printed = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PROVIDE_LOG_CONSOLE_FORMATTER": "json"},
    ).stderr  # fmt: skip

    assert 2 == printed.count('"exception"') == printed.count('"stack"')


def test_completion_offers_public_names() -> None:
    """`dir` of the package has the public names and no others."""
    assert sorted(provide.foundation.__all__) == dir(provide.foundation)
