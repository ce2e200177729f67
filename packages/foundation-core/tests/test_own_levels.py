"""Levels of modules that reach loggers of `logging` which have levels of their own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    reset_for_testing,
    set_level,
    setup_telemetry,
    shutdown_telemetry,
)

TOP, ENGINE, BELOW, OTHER = (
    logging.getLogger(name)
    for name in ("own_levels", "own_levels.engine", "own_levels.engine.Engine", "own_other")
)


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Give a function that sets up with a file, and loggers of which two have their own levels."""

    def apply(override: bool = True, **modules: str) -> None:
        levels = {name.replace("__", "."): level for name, level in modules.items()}
        setup_telemetry(
            TelemetryConfig(
                logging=LoggingConfig(
                    log_file=tmp_path / "app.log",
                    module_levels=levels,
                    override_stdlib_levels=override,
                )
            )
        )

    reset_for_testing()
    for each in (TOP, ENGINE, BELOW, OTHER):
        each.setLevel(logging.NOTSET)
    TOP.setLevel("WARNING")
    BELOW.setLevel("ERROR")
    yield apply
    reset_for_testing()


def levels() -> list[int]:
    """Return the level that each logger has of its own."""
    return [each.level for each in (TOP, ENGINE, BELOW, OTHER)]


def test_own_levels_hold_by_default(set_up: Callable[..., None]) -> None:
    """Without the option no logger's level is touched, but the root's."""
    set_up(override=False, own_levels__engine="DEBUG", own_other="DEBUG")
    set_level("DEBUG", logger="own_levels")
    assert [30, 0, 40, 0] == levels()


def test_levels_of_modules_reach_loggers_with_levels(set_up: Callable[..., None]) -> None:
    """The logger of the name and those below it have our level; no other logger has."""
    set_up(own_levels__engine="DEBUG")
    assert [30, 10, 10, 0] == levels()
    assert BELOW.isEnabledFor(10)


def test_set_level_reaches_them(set_up: Callable[..., None]) -> None:
    """A level that is set while the program runs reaches them, and the default level does not."""
    set_up()
    assert [30, 0, 40, 0] == levels()
    set_level("TRACE", logger="own_levels")
    set_level("DEBUG")
    assert [5, 0, 5, 0] == levels()
    set_level("OFF", logger="own_levels.engine")
    assert [5, 60, 60, 0] == levels()


def test_a_later_set_level_of_the_logger_is_remembered(set_up: Callable[..., None]) -> None:
    """What code says by setLevel meanwhile does nothing, and holds after the shutdown."""
    set_up(own_levels__engine="DEBUG")
    ENGINE.setLevel("CRITICAL")
    late = logging.getLogger("own_levels.engine.late")
    late.setLevel(logging.INFO)
    OTHER.setLevel("INFO")
    assert [30, 10, 10, 20, 10] == [*levels(), late.level]
    with pytest.raises(ValueError, match="Unknown level"):
        ENGINE.setLevel("LOUD")
    shutdown_telemetry()
    assert [30, 50, 40, 20, 20] == [*levels(), late.level]


def test_levels_are_given_back(set_up: Callable[..., None]) -> None:
    """A shutdown, and a set-up without the option, give each logger its own level and method."""
    plain = logging.Logger.setLevel
    set_up(own_levels="DEBUG")
    assert [10, 0, 10, 0] == levels()
    assert plain is not logging.Logger.setLevel
    set_up(override=False, own_levels="DEBUG")
    assert [30, 0, 40, 0] == levels()
    set_up(own_levels="DEBUG")
    set_up(own_other="DEBUG")
    assert [30, 0, 40, 10] == levels()
    shutdown_telemetry()
    assert [30, 0, 40, 0] == levels()
    assert plain is logging.Logger.setLevel


def test_a_level_that_was_assigned_stays(set_up: Callable[..., None]) -> None:
    """A level that somebody has put past setLevel is not replaced at the shutdown."""
    set_up(own_levels="DEBUG")
    BELOW.level = 50
    shutdown_telemetry()
    assert [30, 0, 50, 0] == levels()
