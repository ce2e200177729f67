"""Foundation's lines for what pytest has put on `logging`: `caplog`, its report, its live log.

Lines go to these handlers directly: no handler of the program's own gets them, and no `logging`
configuration keeps them away. What has come from `logging` has been there already.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

from provide.foundation._output.handlers.outward import is_taking_in
from provide.foundation._runtime.capture import keep_levels, listen, set_up_now
from provide.foundation._runtime.levels import set_level
from provide.foundation.levels import LEVELS

Undo = Callable[[], None]


class PytestHandler(logging.Handler):
    """Pass each record on to the handlers of pytest's that are in place.

    Args:
        report: The one behind the section "Captured log".
        is_shown: Says whether the report has the line already, by level and logger.
    """

    name = "pytest"

    def __init__(
        self,
        report: logging.Handler | None,
        is_shown: Callable[[int, str], bool],
    ) -> None:
        super().__init__()
        self._report = report
        self._is_shown = is_shown

    # Without a lock: the handlers that get the record have their own.
    def handle(self, record: Any) -> bool:
        """Pass one record on."""
        if is_taking_in():
            return True
        for handler in tuple(logging.getLogger().handlers):
            if type(handler).__module__ != "_pytest.logging" or record.levelno < handler.level:
                continue
            if handler is self._report and self._is_shown(record.levelno, record.name):
                continue
            handler.handle(record)
        return True


_listening: list[Undo] = []


def begin(handler: PytestHandler) -> Undo:
    """Have pytest's handlers get every line, each once, until the returned function is called."""
    if _listening:  # for the whole run, or for another `caplog` of this test
        return lambda: None
    _listening.append(listen(handler))
    return lambda: _listening.pop()()


def follow_levels(caplog: Any) -> Undo:
    """Let `set_level` and `at_level` of a `caplog` change Foundation's levels as well.

    Returns:
        What undoes what `set_level` has changed.
    """
    undone: list[Undo] = []
    set_theirs, at_theirs = caplog.set_level, caplog.at_level

    def set_both(level: int | str, logger: str | None = None) -> None:
        set_theirs(level, logger)
        undone.append(_change_level(level, logger))

    @contextmanager
    def at_both(level: int | str, logger: str | None = None) -> Generator[None, None, None]:
        with at_theirs(level, logger):
            undo = _change_level(level, logger)
            try:
                yield
            finally:
                undo()

    caplog.set_level, caplog.at_level = set_both, at_both

    def undo_all() -> None:
        while undone:
            undone.pop()()

    return undo_all


def _change_level(level: int | str, logger: str | None) -> Undo:
    """Change a level as `logging` has just done; return what brings the present ones back."""
    number = logging.getLevelName(level) if isinstance(level, str) else level
    if not isinstance(number, int):  # `logging` would have refused it
        return lambda: None
    put, config = keep_levels(), set_up_now()
    lowest = next((each for each in LEVELS if each >= number), "OFF")
    set_level(lowest, None if logger in (None, "root") else logger)
    return partial(_put_back, put, config)


def _put_back(put: Undo, config: object) -> None:
    if config is set_up_now():  # the levels of a set-up in between stay
        put()
