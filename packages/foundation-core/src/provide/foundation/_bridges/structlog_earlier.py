"""structlog's loggers that were made before the set-up: they write through us as well.

It imports loggers and above. A logger of structlog that has been bound, or that was cached at its
first use, keeps the chain and the outlet of its time, where nothing is masked. The collector of
garbage finds them, because they refer to their classes: it looks at a million objects in 15 ms.
They are given ours; `give_back` undoes it.
"""

from __future__ import annotations

import gc
import sys
import weakref
from contextlib import suppress
from typing import Any

from provide.foundation._logger.logger import Logger, get_logger
from provide.foundation.levels import LEVEL_NUMBERS

#: The name where no module can be found.
_NO_NAME = "structlog"
_LEVEL_METHODS = frozenset({name.lower() for name in LEVEL_NUMBERS} | {"exception", "msg", "log"})


def caller_name() -> str:
    """Return the name of the module that called structlog, as structlog's own factory does."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if isinstance(name, str) and not name.startswith(("structlog", "provide.foundation")):
            return name
        frame = frame.f_back  # type: ignore[assignment]
    return _NO_NAME


def name_of(logger: object) -> str:
    """Return the name of what structlog wraps; where it has none, that of the calling module."""
    name = getattr(logger, "name", None)
    return name if isinstance(name, str) and name else caller_name()


class Outlet:
    """Stand in for what an older logger of structlog wraps: lines go to ours, the rest to it."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        if name in _LEVEL_METHODS:
            logger = get_logger(name_of(self._wrapped))
            return getattr(logger, "info" if name == "msg" else name)
        return getattr(self._wrapped, name)


def _hand_over(_logger: Any, _method_name: str, fields: dict[str, Any]) -> Any:
    """Be an older logger's whole chain: the event, its arguments and the fields."""
    event = fields.pop("event", "")
    return (event, *fields.pop("positional_args", ())), fields


class Earlier:
    """Remember which loggers were taken over."""

    def __init__(self) -> None:
        self._taken: list[tuple[weakref.ref[Any], Any, Any]] = []

    def take_over(self, structlog: Any, ours: type[Any]) -> None:
        """Give every logger that exists our chain and our outlet."""
        kinds = {structlog.BoundLoggerBase, *_subclasses(structlog.BoundLoggerBase)} - {ours}
        proxy = getattr(sys.modules.get("structlog._config"), "BoundLoggerLazyProxy", None)
        # An object refers to its class. To go through all objects here took three times as long.
        for each in gc.get_referrers(proxy, *kinds):
            kind = type(each)
            if kind is proxy:
                vars(each).pop("bind", None)  # what it has cached; it looks anew
            elif kind in kinds:
                with suppress(AttributeError):  # one that another thread is making
                    self._take(each, each._logger, each._processors)

    def _take(self, each: Any, wrapped: Any, processors: Any) -> None:
        if not isinstance(wrapped, Outlet | Logger):
            self._taken.append((weakref.ref(each), wrapped, processors))
            # In this order: a call in between has a text for an outlet that takes any event.
            each._logger = Outlet(wrapped)
            each._processors = [_hand_over]

    def give_back(self) -> None:
        """Let every logger that was taken over write as before."""
        taken, self._taken = self._taken, []
        for found, logger, processors in taken:
            each = found()
            if each is not None:
                each._processors = processors
                each._logger = logger


def _subclasses(kind: type[Any]) -> set[type[Any]]:
    found: set[type[Any]] = set()
    for each in kind.__subclasses__():
        found |= {each, *_subclasses(each)}
    return found
