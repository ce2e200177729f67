"""structlog's own processors: beside us they do what they do under structlog."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.processors import CallsiteParameter, CallsiteParameterAdder

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)

Compare = Callable[..., tuple[dict[str, Any], dict[str, Any]]]

#: Where the code was: structlog's processors find it by looking at frames.
PLACES = [each for each in CallsiteParameter if each.name not in ("THREAD", "TASK_NAME")]


class SentryLike:
    """Read what structlog_sentry.SentryProcessor 2.2 reads of the event dict, and note it."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def __call__(self, logger: Any, name: str, event_dict: Any) -> Any:
        """Note level, event, logger and exception."""
        logger_name = event_dict.get("logger") or getattr(logger, "name", None)
        given = event_dict.get("exc_info")
        if isinstance(given, BaseException):
            kind: Any = type(given)
        else:
            kind = (given if isinstance(given, tuple) else sys.exc_info())[0] if given else None
        level = event_dict["level"].upper()
        self.seen.append((level, name, event_dict.get("event"), logger_name, kind))
        return event_dict


@pytest.fixture(params=[*LANES, "bridge"])
def compare(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Compare]:
    """Give a function that logs one line under structlog and one beside us, from one place.

    `bridge` configures structlog with the chain after the set-up, instead of our processors.
    """
    bridge = request.param == "bridge"
    monkeypatch.setenv("FOUNDATION_LANE", "fast" if bridge else request.param)
    path = tmp_path / "app.log"

    def apply(*chain: Any, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        structlog.configure(
            processors=[*chain, structlog.processors.JSONRenderer()],
            logger_factory=structlog.ReturnLoggerFactory(),
            wrapper_class=structlog.BoundLogger,
        )
        log: Any = structlog.get_logger().bind(a=1)
        config = LoggingConfig(
            log_file=path,
            capture_stdlib=False,
            capture_structlog=bridge,
            processors=() if bridge else chain,
        )
        results = []
        for beside in (False, True):
            if beside:
                structlog.reset_defaults()
                setup_telemetry(TelemetryConfig(logging=config))
                if bridge:
                    structlog.configure(processors=list(chain))
                log = (structlog.get_logger if bridge else get_logger)("app").bind(a=1)
            results.append(log.warning("e", **fields))
        return json.loads(results[0]), json.loads(path.read_text())

    reset_for_testing()
    yield apply
    reset_for_testing()
    structlog.reset_defaults()


def parts_of(line: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return these parts of a line, as far as it has them."""
    return {name: line[name] for name in names if name in line}


def test_callsite_parameter_adder(compare: Compare) -> None:
    """CallsiteParameterAdder finds the caller, not us."""
    names = [each.value for each in PLACES]
    theirs, ours = compare(CallsiteParameterAdder(PLACES))
    assert parts_of(theirs, *names) == parts_of(ours, *names)
    assert ("test_processors.py", len(names)) == (ours["filename"], len(parts_of(ours, *names)))


def test_callsite_parameter_adder_that_ignores_more(compare: Compare) -> None:
    """What the application wants passed over besides is passed over."""
    adder = CallsiteParameterAdder([CallsiteParameter.MODULE], additional_ignores=[__name__])
    theirs, ours = compare(adder)
    assert theirs["module"] == ours["module"] != "test_processors"


def test_stack_info_renderer(compare: Compare) -> None:
    """StackInfoRenderer's stack is the line's, and ends where the call was."""
    theirs, ours = compare(structlog.processors.StackInfoRenderer(), stack_info=True)
    assert theirs["stack"].splitlines()[-2:] == ours["stack"].splitlines()[-2:]
    assert "stack_" not in ours


def test_time_stamper(compare: Compare) -> None:
    """TimeStamper's time is the line's own; one of another format has its own key."""
    theirs, ours = compare(
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.TimeStamper(fmt="%Y", key="year"),
    )
    assert theirs["timestamp"][:16] <= ours["timestamp"][:16]
    assert theirs["year"] == ours["year"]
    assert "timestamp_" not in ours


def test_event_renamer(compare: Compare) -> None:
    """EventRenamer's key has the event, which the line's own key keeps."""
    theirs, ours = compare(structlog.processors.EventRenamer("message"))
    assert ({"message": "e"}, {"message": "e", "event": "e"}) == (
        parts_of(theirs, "message", "event"),
        parts_of(ours, "message", "event"),
    )


@pytest.mark.parametrize(
    "processor", [structlog.processors.add_log_level, structlog.stdlib.add_log_level]
)
def test_add_log_level(compare: Compare, processor: Any) -> None:
    """add_log_level gives processors behind it the level, and the line has it once."""
    seen: list[Any] = []

    def look(_: Any, __: str, event_dict: Any) -> Any:
        seen.append(event_dict["level"])
        return event_dict

    theirs, ours = compare(processor, look)
    assert (["warning"] * 2, "warning") == (seen[:2], ours["level"])
    assert theirs["level"] == ours["level"]
    assert "level_" not in ours


def test_sentry_processor(compare: Compare) -> None:
    """SentryProcessor gets level, event and exception as under structlog; the name is ours."""
    sentry = SentryLike()
    try:
        raise KeyError("k")
    except KeyError:
        theirs, ours = compare(structlog.processors.add_log_level, sentry, exc_info=True)
    under, beside = sentry.seen[0], sentry.seen[-1]
    assert ("WARNING", "warning", "e", None, KeyError) == under
    assert ("WARNING", "warning", "e", "app", KeyError) == beside
    assert ("KeyError", 1) == (ours["exception"]["type"], theirs["a"])


def test_exception_of_structlog_is_the_lines(compare: Compare) -> None:
    """What format_exc_info makes of an exception takes no second place in the line."""
    try:
        raise KeyError("k")
    except KeyError:
        theirs, ours = compare(structlog.processors.format_exc_info, exc_info=True)
    assert "KeyError" in theirs["exception"]
    assert "KeyError" in json.dumps(ours["exception"])
    assert "exception_" not in ours
