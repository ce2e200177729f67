"""The way of a record of `logging` past the handlers, while `logging` is captured.

It takes the place of `logging.Logger.callHandlers`, and differs in two points: a handler that is
set aside is passed by, and a record that has met one, or has come to the root, is taken here, once.
The lists of handlers stay as the application keeps them. So it makes no difference who changes
them later, in which way, and which threads log meanwhile: each record is judged by the handlers
that it meets, and each handler when it is first met.

Source: logging.Logger.callHandlers, 3.11 to 3.14.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container
from typing import Any

from provide.foundation._process.hooks import put_back, put_first

#: What becomes of a handler: it gets records as ever.
STAYS = "stays"
#: It is passed by, and whoever comes past it is taken here; ours is such a one itself.
ASIDE = "aside"
#: A console that was added after the set-up, and is left to whoever added it.
THEIRS = "theirs"

Take = Callable[[logging.LogRecord], object]
#: Takes a handler and its logger, and returns what becomes of it.
Judge = Callable[[logging.Handler, logging.Logger], str]

#: So many handlers are remembered before those are forgotten that no logger has any more.
_FEWEST = 64
#: How long a record waits for a configuration that takes handlers away from its logger.
_LONGEST_CONFIGURATION_S = 1.0


class Verdicts:
    """Remember what becomes of each handler that a record has met.

    Args:
        forget: Is told now and then which handlers are remembered, by their identities.
    """

    def __init__(self, forget: Callable[[Container[int]], None]) -> None:
        self._forget = forget
        #: By identity: a class of the user's may have handlers that cannot be hashed.
        self.by_id: dict[int, str] = {}
        # A handler stays alive as long as its identity is known.
        self._handlers: dict[int, logging.Handler] = {}
        self._most = _FEWEST

    def note(self, handler: logging.Handler, verdict: str) -> str:
        """Remember what becomes of a handler."""
        if len(self.by_id) >= self._most:
            self._forget_unused()
        self._handlers[id(handler)] = handler
        self.by_id[id(handler)] = verdict
        return verdict

    def _forget_unused(self) -> None:
        # Rarely: where handlers come and go, as those of tests do.
        loggers = [logging.getLogger(), *logging.getLogger().manager.loggerDict.copy().values()]
        used = {id(h) for each in loggers for h in tuple(getattr(each, "handlers", ()))}
        for each in [each for each in self._handlers.copy() if each not in used]:
            self.by_id.pop(each, None)
            self._handlers.pop(each, None)
        self._most = max(_FEWEST, 2 * len(self.by_id))
        self._forget(self.by_id)


class Walk:
    """Stand in the place of `Logger.callHandlers`.

    Args:
        ours: The handler that stands on the root; its filters and its level count.
        take: Takes a record.
        known: What becomes of handlers, by their identities.
        judge: Is asked about a handler that is not known.
        leave: Is told of a logger whose record has come to the root and is not ours to take;
            `None`: everything that comes to the root is ours.
        earlier: What an earlier set-up has put there, which ends.
    """

    def __init__(
        self,
        ours: logging.Handler,
        take: Take,
        known: dict[int, str],
        judge: Judge,
        leave: Callable[[], None] | None,
        earlier: Walk | None,
    ) -> None:
        self.take: Take | None = take
        #: Loggers below the root whose records end there and were taken.
        self.ends: set[logging.Logger] = set()
        kind: Any = logging.Logger
        before: Callable[..., None] = kind.callHandlers
        if earlier is not None:
            self.ends = earlier.ends
            if before is earlier.function:
                # A thread that is still in it takes its record by it.
                before, earlier = earlier.before, None
        make = _make_capturing if leave is None else _make_leaving
        self.function: Callable[..., None] = make(self, ours, known, judge, before, leave)
        #: What stood there before.
        self.before: Callable[..., None] = before
        put_first(kind, "callHandlers", self.function)
        if earlier is not None:
            earlier.take = None

    def end(self) -> None:
        """Take no record any more, and leave the place, if nobody has put his own in front."""
        put_back(logging.Logger, "callHandlers", self.function, self.before)
        self.take = None  # the function may be called by the one in front of it


def _make_capturing(
    walk: Walk,
    ours: logging.Handler,
    known: dict[int, str],
    judge: Judge,
    before: Callable[..., None],
    _leave: Any,
) -> Callable[..., None]:
    root, is_plain, ends = logging.getLogger(), _is_of_logging(before), walk.ends

    def callHandlers(self: Any, record: Any) -> None:
        take = walk.take
        if take is None:
            before(self, record)
            return
        logger, level = self, record.levelno
        is_due = False
        is_missed, is_taken = True, False
        while True:
            is_last = logger is root or not logger.propagate or logger.parent is None
            for handler in logger.handlers:
                verdict = known.get(id(handler)) or judge(handler, logger)
                if verdict == STAYS:
                    is_missed = False
                    if level >= handler.level:
                        handler.handle(record)
                elif not is_last:
                    is_due = True
                elif not is_taken:
                    # Where the handler stands whose place ours has: what filters do to a record
                    # is seen by the handlers that saw it before.
                    is_taken = True
                    if logger is not root and logger not in ends:
                        ends.add(logger)
                    if level >= ours.level:
                        take(record)
            if is_last:
                break
            logger = logger.parent
        if not is_taken:
            if is_due or logger is root or (logger in ends and _is_still_due(self, known, judge)):
                if level >= ours.level:
                    take(record)
            elif is_missed:
                before(self, record)  # it has the last resort
                return
        if not is_plain:
            before(_Passed(self), record)

    return callHandlers


def _make_leaving(
    walk: Walk,
    ours: logging.Handler,
    known: dict[int, str],
    judge: Judge,
    before: Callable[..., None],
    leave: Any,
) -> Callable[..., None]:
    root, is_plain = logging.getLogger(), _is_of_logging(before)

    def callHandlers(self: Any, record: Any) -> None:
        take = walk.take
        if take is None:
            before(self, record)
            return
        logger, level = self, record.levelno
        is_due = is_theirs = False
        is_missed = True
        while True:
            for handler in logger.handlers:
                verdict = known.get(id(handler)) or judge(handler, logger)
                if verdict == ASIDE:
                    is_due = True
                else:
                    is_missed = False
                    if level >= handler.level:
                        is_theirs = is_theirs or verdict == THEIRS
                        handler.handle(record)
            if logger is root or not logger.propagate or logger.parent is None:
                break
            logger = logger.parent
        if is_due and not is_theirs:
            if level >= ours.level:
                take(record)
        else:
            if logger is root and not is_due:
                leave()
            if is_missed and not is_due:
                before(self, record)
                return
        if not is_plain:
            before(_Passed(self), record)

    return callHandlers


def _is_still_due(logger: Any, known: dict[int, str], judge: Judge) -> bool:
    """Say whether a record is ours to take whose logger has lost the handlers that we stand for.

    A configuration takes the old handlers away before it adds the new ones, in the lock of
    `logging`. Its end is awaited, and then the handlers decide.
    """
    lock: Any = getattr(logging, "_lock", None)
    if lock is not None and lock.acquire(timeout=_LONGEST_CONFIGURATION_S):
        lock.release()
    while True:
        for handler in logger.handlers:
            if (known.get(id(handler)) or judge(handler, logger)) != STAYS:
                return True
        if not logger.propagate or logger.parent is None:
            return logger is logging.getLogger()
        logger = logger.parent


def _is_of_logging(function: Any) -> bool:
    """Say whether a function is Python's own, and no one that watches records, as Sentry's does."""
    return getattr(function, "__globals__", None) is vars(logging)


_NOWHERE = logging.NullHandler()


class _Passed:
    """Stand in for a logger whose record has been past the handlers: it has only one, a mute one.

    A function that was in our place before gets it, for what it does beside calling handlers.
    """

    handlers = (_NOWHERE,)
    propagate = False
    parent = None

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logger, name)
