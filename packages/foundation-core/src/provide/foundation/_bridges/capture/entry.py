"""A handler for configurations of `logging`: each record that it gets becomes a line, once."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any


class _Latest(threading.local):
    """Hold the record that a thread has given here last, as long as it lives."""

    def __init__(self) -> None:
        self.record: Callable[[], Any] = lambda: None


_LATEST = _Latest()


class EntryHandler(logging.Handler):
    """Give records to Foundation, for as many loggers as have this handler, or one like it.

    While `logging` is captured it stands for a console that is set aside: its filters are run, and
    records become lines by the way that all take. Otherwise it takes them itself.

    Args:
        take: Takes a record.
    """

    def __init__(self, take: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self._take = take

    # A filter may return another record from Python 3.12 on, which typeshed's 3.11 does not say.
    def handle(self, record: Any) -> Any:
        """Filter one record and write it, without the handler's lock: a fork could leave it held.

        Source: logging.Handler.handle, 3.13.
        """
        passed: Any = self.filter(record)
        if passed and _LATEST.record() is not record:
            _LATEST.record = weakref.ref(record)
            self._take(passed if isinstance(passed, logging.LogRecord) else record)
        return passed
