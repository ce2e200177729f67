"""Level names and numbers, and the threshold of every logger name."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    stats,
)
from provide.foundation._logger.logger import NamedLogger
from provide.foundation.levels import INFO, LevelTable, nearest_level, parse_level

SetUp = Callable[..., Callable[[], list[str]]]


@pytest.fixture(params=LANES)
def set_up(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[SetUp]:
    """Give a function that sets up, in each lane, and returns what reads the events."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    path = tmp_path / "app.log"

    def apply(**config: Any) -> Callable[[], list[str]]:
        section = LoggingConfig(log_file=path, console_formatter="json", **config)
        setup_telemetry(TelemetryConfig(logging=section))
        return lambda: [json.loads(line)["event"] for line in path.read_text().splitlines()]

    reset_for_testing()
    yield apply
    reset_for_testing()


@pytest.mark.parametrize(
    ("value", "expected"),
    [("trace", 5), (" Debug ", 10), ("warn", 30), ("FATAL", 50), (20, 20), ("off", 60)],
)
def test_level_is_parsed(value: object, expected: int) -> None:
    """A level is a name in any case or a standard number."""
    assert expected == parse_level(value)


@pytest.mark.parametrize("value", ["loud", "", "20", 25, 60, 0, True, None, 20.0, b"INFO"])
def test_other_levels_are_refused(value: object) -> None:
    """What is no level is a ConfigurationError that says what is allowed."""
    with pytest.raises(ConfigurationError, match="TRACE, DEBUG, INFO"):
        parse_level(value)


@pytest.mark.parametrize(
    ("number", "expected"), [(-1, 5), (0, 5), (5, 5), (9, 5), (25, 20), (49, 40), (1000, 50)]
)
def test_nearest_level(number: int, expected: int) -> None:
    """A number between two levels belongs to the lower one."""
    assert expected == nearest_level(number)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app", 30),
        ("app.db", 10),
        ("app.db.pool", 10),
        ("app.db.pool.wait", 50),
        ("app.dbx", 30),
        ("application", 20),
        ("", 20),
        (".app", 20),
        ("app.", 30),
    ],
)
def test_longest_dotted_prefix_wins(name: str, expected: int) -> None:
    """A module level covers its own name and what follows a dot; the longest one wins."""
    table = LevelTable()
    table.replace(INFO, {"app": 30, "app.db": 10, "app.db.pool.wait": 50})
    assert expected == table.threshold_of(name)


def test_module_levels_decide_what_is_written(set_up: SetUp) -> None:
    """Module levels of the configuration hold for existing and for new loggers."""
    before = get_logger("app.db.pool")
    events = set_up(default_level="WARNING", module_levels={"app.db": "DEBUG", "app.db.x": "ERROR"})
    before.debug("pool debug")
    before.trace("pool trace")
    get_logger("app.db").debug("db debug")
    get_logger("app.dbx").info("dbx info")
    get_logger("app.db.x.y").warning("x warning")
    get_logger("app.db.x.y").error("x error")
    assert ["pool debug", "db debug", "x error"] == events()


def test_set_level_acts_at_once_on_what_exists(set_up: SetUp) -> None:
    """A change of level holds for loggers, bound ones and kept bound methods alike."""
    events = set_up()
    log = get_logger("app.part")
    bound = log.bind(a=1)
    debug, bound_debug = log.debug, bound.debug
    for call in (debug, bound_debug, bound.debug):
        call("off")
    set_level("DEBUG")
    for number, call in enumerate((debug, bound_debug, bound.debug)):
        call(f"on {number}")
    set_level(50, logger="app")
    for call in (debug, bound_debug, bound.error):
        call("off again")
    assert ["on 0", "on 1", "on 2"] == events()


def test_default_level_leaves_module_levels_alone(set_up: SetUp) -> None:
    """A new default level does not touch levels that modules were given."""
    events = set_up(module_levels={"app.db": "ERROR"})
    set_level("TRACE")
    get_logger("app.db.pool").warning("off")
    get_logger("app").trace("on")
    assert ["on"] == events()


def test_set_level_takes_a_logger(set_up: SetUp) -> None:
    """A logger stands for its name."""
    events = set_up()
    set_level("DEBUG", logger=get_logger("app").bind(a=1))
    get_logger("app.sub").debug("on")
    get_logger("other").debug("off")
    assert ["on"] == events()


def test_bad_level_changes_nothing(set_up: SetUp) -> None:
    """A level that does not exist is refused, and the old one stays."""
    events = set_up()
    with pytest.raises(ConfigurationError, match="level"):
        set_level("LOUD", logger="app")
    get_logger("app").info("on")
    get_logger("app").debug("off")
    assert ["on"] == events()


def test_level_set_before_the_first_line_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is set up, set_level starts Foundation, so that no start undoes it."""
    monkeypatch.setenv("PROVIDE_LOG_LEVEL", "ERROR")
    reset_for_testing()
    set_level("DEBUG")
    assert get_logger("app").is_enabled_for("debug")
    reset_for_testing()


def test_names_from_many_threads_share_one_site() -> None:
    """Threads that ask for the same new name get the same site."""
    table = LevelTable()
    table.make_site = NamedLogger
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        found: list[list[Any]] = [[] for _ in range(8)]

        def ask(mine: list[Any]) -> None:
            mine.extend(table.site(f"name.{number}") for number in range(500))

        threads = [threading.Thread(target=ask, args=(mine,)) for mine in found]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    for mine in found[1:]:
        assert all(a is b for a, b in zip(found[0], mine, strict=True))


@pytest.mark.parametrize("by_config", [True, False], ids=["config", "set_level"])
def test_loggers_can_be_off(set_up: SetUp, by_config: bool) -> None:
    """A prefix that is OFF writes no line, of `logging` neither; others write, and it can again."""
    events = set_up(module_levels={"noisy": "Off"} if by_config else {})
    log = get_logger("noisy.part").bind(a=1)
    if not by_config:
        log.critical("before")
        set_level("OFF", logger="noisy")
    log.critical("off")
    log.exception("off")
    log.log("critical", "off")
    logging.getLogger("noisy").critical("off")
    logging.getLogger("noisy").log(1000, "off")
    get_logger("noisyx").info("on")

    enabled = [log.is_enabled_for(level) for level in ("critical", 50, 60, 1000, "off")]
    assert [False] * 5 == enabled
    assert 60 == log.get_effective_level()
    set_level("INFO", logger="noisy")
    log.info("again")
    assert [*([] if by_config else ["before"]), "on", "again"] == events()


def test_everything_can_be_off(set_up: SetUp) -> None:
    """A default level of OFF leaves the prefixes that have a level of their own."""
    events = set_up(default_level="OFF", module_levels={"app": "INFO"})
    get_logger("other").critical("off")
    logging.getLogger("other").critical("off")
    get_logger("app").info("on")
    set_level("OFF", logger="app")
    get_logger("app").critical("off")
    assert ["on"] == events()
    assert {} == stats().outputs[next(iter(stats().outputs))].dropped


def test_output_can_be_off(set_up: SetUp, tmp_path: Path) -> None:
    """An output that is OFF gets no line; the other ones do."""
    quiet, loud = tmp_path / "quiet.log", tmp_path / "loud.log"
    outputs = (OutputConfig(quiet, level="OFF"), OutputConfig(loud))
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs)))
    get_logger("app").critical("on")
    assert ("", 1) == (quiet.read_text(), loud.read_text().count("\n"))
