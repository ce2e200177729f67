"""The level methods of `structlog.get_logger()` while structlog is configured by us."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    reset_for_testing,
    set_level,
    setup_telemetry,
    shutdown_telemetry,
)
from provide.foundation._bridges import structlog_entries

PROXY = type(structlog.get_logger())
CALLER = "def write(log, *args, **fields): log.info(*args, **fields)"


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Set up with a file, and return what reads its lines without their times."""
    path = tmp_path / "app.log"
    reset_for_testing()
    structlog.reset_defaults()
    set_up(path)

    def read() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in path.read_text().splitlines()]
        for each in found:
            del each["timestamp"]
        return found

    yield read
    reset_for_testing()
    structlog.reset_defaults()


def set_up(path: Path) -> None:
    """Set up with a file."""
    logging = LoggingConfig(log_file=path, capture_stdlib=False, default_level="DEBUG")
    setup_telemetry(TelemetryConfig(logging=logging))


def module(name: str) -> Callable[..., None]:
    """Return a function of a module of that name, which writes a line."""
    scope: dict[str, Any] = {"__name__": name}
    exec(CALLER, scope)
    found: Callable[..., None] = scope["write"]
    return found


CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "bare": (("said",), {}),
    "fields": (("said",), {"user": "alice", "n": 1}),
    "arguments": (("took %d", 3), {"n": 1}),
    "no event": ((), {"n": 1}),
    "event by name": ((), {"event": "said", "n": 1}),
    "both": (("said",), {"event": 1, "level": 2}),
    "exception": (("said",), {"exc_info": ValueError("no")}),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("names", [("app.db",), (), (3,), (None, "x")], ids=str)
def test_second_line_is_like_the_first(
    lines: Callable[[], list[dict[str, Any]]],
    names: tuple[Any, ...],
    call: tuple[tuple[Any, ...], dict[str, Any]],
) -> None:
    """A logger's first line is written by binding, later ones are not, and all are the same."""
    log = structlog.get_logger(*names)
    args, fields = call
    for _ in range(3):
        log.warning(*args, **fields)
    log.bind().warning(*args, **fields)
    first, *others = lines()
    assert [first] * 3 == others


def test_line_has_the_name_of_the_calling_module(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """A logger without a name that several modules share writes under each one's."""
    log = structlog.get_logger()
    for name in ("one", "two", "one", "structlog.mine", "two"):
        module(name)(log, "said")
    found = [line["logger"] for line in lines()]
    assert ["one", "two", "one", __name__, "two"] == found


def test_initial_values_are_fields(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """What `get_logger` is given as fields is in each line."""
    log = structlog.get_logger("app", tenant=7)
    for _ in range(3):
        log.info("said")
    assert [7, 7, 7] == [line["tenant"] for line in lines()]


def test_wrapped_loggers_keep_their_own_chain(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """`wrap_logger` with processors of its own is passed by."""
    kept: list[Any] = []

    def keep(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> Any:
        kept.append(fields)
        raise structlog.DropEvent

    log = structlog.wrap_logger(object(), processors=[keep])
    log.info("said", n=1)
    log.info("said", n=2)
    assert [1, 2] == [each["n"] for each in kept]
    assert [] == lines()


def test_capture_logs_takes_each_line(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """The capture of structlog gets the lines of a logger that has written, and then none."""
    log = structlog.get_logger("app")
    bound = log.bind(tenant=7)
    for each in (log, bound):
        each.info("before")
        each.info("before")
    with structlog.testing.capture_logs() as captured:
        log.info("within", n=1)
        bound.info("within", n=2)
    log.info("after")
    assert ["within", "within"] == [each["event"] for each in captured]
    assert ["before"] * 4 + ["after"] == [line["event"] for line in lines()]


def test_later_configuration_of_structlog_is_followed(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """A logger that has written goes where structlog is told to, from then on."""
    log = structlog.get_logger("app")
    log.info("one")
    log.info("two")
    with structlog.testing.capture_logs():
        pass
    kept: list[Any] = []

    def keep(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> str:
        kept.append(fields)
        return "text"

    structlog.configure(
        wrapper_class=structlog.BoundLogger, logger_factory=structlog.ReturnLoggerFactory()
    )
    structlog.configure(processors=[keep])
    log.info("three")
    assert ["one", "two"] == [line["event"] for line in lines()]
    assert ["three"] == [each["event"] for each in kept]


def test_later_set_up_and_levels_are_followed(
    lines: Callable[[], list[dict[str, Any]]], tmp_path: Path
) -> None:
    """Loggers and kept methods write by a later set-up, and obey a level that changes."""
    log = structlog.get_logger("app")
    bound = log.bind(tenant=7)
    writes = [log.info, bound.info]
    for write in (*writes, log.info, bound.info):
        write("one")
    set_level("ERROR")
    for write in (*writes, log.info, bound.info):
        write("two")
    other = tmp_path / "other.log"
    set_up(other)
    for write in (*writes, log.info, bound.info):
        write("three")
    assert ["one"] * 4 == [line["event"] for line in lines()]
    assert ["three"] * 4 == [json.loads(each)["event"] for each in other.read_text().splitlines()]


def test_shutdown_gives_structlog_back(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """After it a proxy has no method of ours, and writes by structlog's own configuration."""
    log = structlog.get_logger("app")
    log.info("one")
    log.info("two")
    assert "info" in vars(PROXY)
    shutdown_telemetry()
    assert not {"info", "warning", "error", "debug", "msg"} & set(vars(PROXY))
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[lambda *a: "x"])
    assert "x" == log.info("three")
    assert ["one", "two"] == [line["event"] for line in lines()]


def test_proxies_are_pickled_and_copied(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """A logger that has written has a copy, by any way, that writes the same."""
    log = structlog.get_logger("app")
    log.info("said")
    for each in (pickle.loads(pickle.dumps(log)), copy.copy(log), copy.deepcopy(log)):
        each.info("said")
    first, *others = lines()
    assert [first] * 3 == others


def test_context_that_is_changed_in_place_is_followed(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """`new` empties what a bound logger has, and its dict may be changed: the next line says so."""
    log = structlog.get_logger("app").bind(a=1, b=2)
    log.info("said")
    structlog.get_context(log)["a"] = True
    log.info("said")
    del structlog.get_context(log)["b"]
    log.info("said")
    other = log.new(c=3)
    log.info("said")
    other.info("said")
    found = [json.dumps({k: line[k] for k in list(line)[3:]}) for line in lines()]
    assert ['{"a": 1, "b": 2}', '{"a": true, "b": 2}', '{"a": true}', "{}", '{"c": 3}'] == found


def test_modules_that_never_log_again(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """What is remembered of calling modules has a bound, and each line has its module's name."""
    log = structlog.get_logger()
    log.info("said")
    for number in range(3000):
        module(f"plugin_{number}")(log, "said")
    assert [f"plugin_{number}" for number in range(3000)] == [
        line["logger"] for line in lines()[1:]
    ]
    assert len(structlog_entries._callers) <= 1024
