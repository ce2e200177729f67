"""The level methods where processors run: the line is the one of the whole pipeline."""

from __future__ import annotations

import importlib.util
import re
import types
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog

from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    clear_contextvars,
    get_logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    stats,
)
from provide.foundation._runtime.state import STATE
from provide.foundation.levels import INFO

LANES = ["fast"]
if importlib.util.find_spec("provide.foundation.native") is not None:
    LANES.append("native")


def add_host(_logger: Any, _name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Add a field, as most processors do."""
    fields["host"] = "web-1"
    return fields


def fail_half_way(_logger: Any, _name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Change something, and raise."""
    fields["lost"] = 1
    fields.clear()
    raise ValueError("no")


def drop_two_hundred(_logger: Any, _name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Drop lines of one status."""
    if fields.get("status") == 200:
        raise structlog.DropEvent
    return fields


def bind_tenant(_logger: Any, _name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Bind to the context, behind the moment at which the line has taken it."""
    bind_contextvars(tenant=1)
    return fields


KEPT: list[dict[str, Any]] = []


def keep(_logger: Any, _name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Keep what is returned."""
    KEPT.append(fields)
    return fields


PROCESSORS: dict[str, list[Any]] = {
    "none of note": [add_host],
    "three": [add_host, keep, lambda _l, name, fields: {**fields, "name": name}],
    "failing": [add_host, fail_half_way, add_host],
    "dropping": [drop_two_hundred],
    "structlog's": [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("message"),
    ],
    "rendering": [add_host, lambda _l, _n, fields: str(sorted(fields))],
    "mapping": [lambda _l, _n, fields: types.MappingProxyType(fields), add_host],
    "no mapping": [lambda _l, _n, fields: 3, add_host],
    "keys of another type": [lambda _l, _n, fields: {**fields, 3: 4}],
    "without the event": [lambda _l, _n, fields: {"n": 1}],
    "event of another type": [lambda _l, _n, fields: {**fields, "event": ["a", 1]}],
    "parameters": [lambda _l, _n, fields: {**fields, "exc_info": ValueError("no")}],
    "the context": [bind_tenant],
    "the logger's name": [lambda logger, _n, fields: {**fields, "of": logger.name}],
}
CALLS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "bare": ("said", (), {}),
    "fields": ("said", (), {"user": "alice", "status": 200, "ms": 2.5}),
    "arguments": ("took %d", (3,), {"n": 1}),
    "no text": (ValueError("no"), (), {}),
    "reserved": ("said", (), {"event": 1, "level": "x", "logger": 2}),
    "secret": ("said", (), {"password": "pw", "nested": {"token": 1}}),
    "bound as well": ("said", (), {"bound": 2, "n": 1}),
    "exception": ("said", (), {"exc_info": ValueError("no")}),
    "objects": ("said", (), {"path": Path("/srv"), "numbers": [1, float("nan")]}),
}


@pytest.fixture(params=LANES)
def set_up(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[list[Any]], Callable[[], list[str]]]]:
    """Give a function that sets up with processors, and returns what reads the lines."""
    path = tmp_path / "app.log"
    monkeypatch.setenv("FOUNDATION_LANE", request.param)

    def apply(processors: list[Any]) -> Callable[[], list[str]]:
        logging = LoggingConfig(log_file=path, processors=processors, capture_stdlib=False)
        setup_telemetry(TelemetryConfig(logging=logging))
        return lambda: [
            re.sub(r'"(timestamp|ts)":"[^"]*"', "", each) for each in path.read_text().splitlines()
        ]

    reset_for_testing()
    yield apply
    reset_for_testing()
    structlog.contextvars._CONTEXT_VARS.clear()


@pytest.mark.parametrize("processors", PROCESSORS.values(), ids=PROCESSORS)
def test_lines_are_those_of_the_pipeline(
    set_up: Callable[[list[Any]], Callable[[], list[str]]], processors: list[Any]
) -> None:
    """Each call comes out byte for byte as the steps of the pipeline make it."""
    lines = set_up(processors)
    assert STATE.pipeline is not None
    log = get_logger("app")
    for logger in (log, log.bind(bound=1, service="x")):
        for event, args, fields in CALLS.values():
            for context in ({}, {"tenant": 7}):
                for write in (partial(STATE.pipeline.emit, logger, INFO), called(logger)):
                    clear_contextvars()
                    if context:
                        bind_contextvars(**context)
                    write(event, args, dict(fields))
    written = lines()
    assert written[::2] == written[1::2]
    dropped = sum(next(iter(stats().outputs.values())).dropped.values())
    assert 2 * 2 * 2 * len(CALLS) == len(written) + dropped


def called(logger: Logger) -> Callable[[Any, tuple[Any, ...], dict[str, Any]], None]:
    """Return what calls a logger's method."""
    return lambda event, args, fields: logger.info(event, *args, **fields)


def test_processor_may_keep_what_it_returns(
    set_up: Callable[[list[Any]], Callable[[], list[str]]],
) -> None:
    """What a processor has returned and kept is not changed behind it."""
    set_up([keep])
    KEPT.clear()
    get_logger("app").info("said", n=1)
    assert [{"n": 1, "event": "said"}] == KEPT


def test_levels_and_later_set_ups_are_followed(
    set_up: Callable[[list[Any]], Callable[[], list[str]]],
) -> None:
    """A level that changes later holds, and so does a later set-up, for a kept method too."""
    lines = set_up([add_host])
    log = get_logger("app")
    write = log.info
    set_level("ERROR", "app")
    log.info("one")
    set_level("INFO", "app")
    log.info("two")
    set_up([])
    log.info("three")
    write("four")
    assert [True, False, False] == ["host" in line for line in lines()]


def test_structlog_s_variables_are_fields(
    set_up: Callable[[list[Any]], Callable[[], list[str]]],
) -> None:
    """What is bound by structlog's context variables is seen by processors, and is written."""
    lines = set_up([add_host])
    with structlog.contextvars.bound_contextvars(tenant=7):
        get_logger("app").info("said")
    assert ['"tenant":7,"host":"web-1"}'] == [line[-26:] for line in lines()]


def test_logger_that_nothing_has_initialised_writes(
    set_up: Callable[[list[Any]], Callable[[], list[str]]],
) -> None:
    """`Logger()` writes under the default name."""
    lines = set_up([add_host])
    Logger().info("said")
    assert ['"logger":"root","event":"said","host":"web-1"}'] == [line[-46:] for line in lines()]
