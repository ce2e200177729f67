"""OpenTelemetry's own handlers of `logging`, set aside while lines are exported here.

Auto-instrumentation, and the SDK where an application asks it, put a `LoggingHandler` on the root
logger. Foundation exports the records of `logging` that it takes over, so each would arrive twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

_NAME = "LoggingHandler"
_PACKAGE = "opentelemetry."
#: Each handler that is set aside, whose it is, and where it stood there.
_ASIDE: list[tuple[logging.Logger, int, logging.Handler]] = []
#: The exports that want it so: a new one starts before the one before has ended.
_WANTED_BY: set[object] = set()


def set_aside() -> Callable[[], None]:
    """Set aside the handlers that there are now; return what gives them back.

    They are given back once every export that has set them aside has done so.
    """
    export = object()
    _WANTED_BY.add(export)
    known = logging.getLogger().manager.loggerDict
    for owner in (logging.getLogger(), *known.values()):
        if isinstance(owner, logging.Logger):
            found = [each for each in owner.handlers if _is_opentelemetrys(each)]
            _ASIDE.extend((owner, owner.handlers.index(each), each) for each in found)
            owner.handlers = [each for each in owner.handlers if each not in found]

    def give_back() -> None:
        _WANTED_BY.discard(export)
        if _WANTED_BY:
            return
        while _ASIDE:
            owner, place, handler = _ASIDE[-1]
            if handler not in owner.handlers:
                owner.handlers = [*owner.handlers[:place], handler, *owner.handlers[place:]]
            _ASIDE.pop()

    return give_back


def _is_opentelemetrys(handler: logging.Handler) -> bool:
    """Say whether a handler's class, or one that it is made of, is OpenTelemetry's."""
    return any(
        kind.__name__ == _NAME and kind.__module__.startswith(_PACKAGE)
        for kind in type(handler).__mro__
    )
