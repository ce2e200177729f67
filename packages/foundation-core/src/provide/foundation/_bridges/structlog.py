"""`structlog.get_logger()` as one more way to our loggers.

structlog is configured once the application itself has imported it: at set-up if it has been by
then, else at the moment of its import. A program that never uses structlog never loads it. Loggers
that exist by then are taken over (`structlog_earlier.py`); a configuration that comes later and
replaces ours is reported once.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from operator import is_
from types import ModuleType
from typing import Any

from provide.foundation._bridges.structlog_earlier import Earlier, caller_name, name_of
from provide.foundation._bridges.structlog_entries import Entries
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._logger.logger import Logger, get_logger, make_logger
from provide.foundation._logger.starting import METHOD_NAMES
from provide.foundation._pipeline.message import format_event
from provide.foundation._pipeline.processors import see_callers, take_back
from provide.foundation._process.import_watch import ImportWatch
from provide.foundation._record.values import DEFAULT_LIMITS, plain_fields
from provide.foundation.levels import ERROR, LEVEL_NAMES, LEVEL_NUMBERS, METHODS, find_number

_attached = False
_is_secret: Callable[[str], bool] | None = None
_earlier = Earlier()
#: What structlog's configuration was before ours (empty: its defaults), while ours is in place.
_before: dict[str, Any] | None = None
_wrapper: type[Any] | None = None
_entries: Entries | None = None


def attach(is_secret: Callable[[str], bool] | None = None) -> None:
    """Configure structlog now if it has been imported, else when it will be.

    Args:
        is_secret: Tells which keys a renderer of the application's own must not see in clear.
    """
    global _attached, _is_secret
    _attached, _is_secret = True, is_secret
    if "structlog" in sys.modules:
        # Not from sys.modules: another thread may be in the middle of importing it.
        _configure(importlib.import_module("structlog"))
    else:
        _WATCH.start()


def detach() -> None:
    """Give structlog the configuration back that it had; idempotent."""
    global _attached, _before
    _attached = False
    _WATCH.stop()
    _leave_configuration()
    if _entries is not None:
        _entries.take_away()
    _earlier.give_back()
    before, _before = _before, None
    if before is None:
        return
    structlog = sys.modules["structlog"]
    if structlog.get_config()["wrapper_class"] is _wrapper:  # else somebody has replaced ours
        if before:
            structlog.configure(**before)
        else:
            structlog.reset_defaults()


def _configure(structlog: ModuleType) -> None:
    global _before, _entries, _wrapper
    if _wrapper is None:
        _wrapper = _make_wrapper(structlog)
        proxy = getattr(sys.modules.get("structlog._config"), "BoundLoggerLazyProxy", None)
        _entries = None if proxy is None else Entries(proxy, _wrapper, _ONLY_OURS, _make_logger)
    present = structlog.get_config()
    if present["wrapper_class"] is not _wrapper:
        _before = present if structlog.is_configured() else {}
    _leave_configuration()
    structlog.configure(
        processors=[_keep],
        context_class=dict,
        wrapper_class=_wrapper,
        logger_factory=_make_logger,
        # Loggers that modules keep must follow a later set-up.
        cache_logger_on_first_use=False,
    )
    _earlier.take_over(structlog, _wrapper)
    _watch_configuration()


def _watch_configuration() -> None:
    """Follow whoever configures structlog past us; there is no event for that but this."""
    config = _configuration()
    kind: Any = type(config)

    class Watched(kind):  # type: ignore[misc]
        """Be structlog's configuration, and tell of another wrapper class."""

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            if _entries is not None:
                _entries.settle(self)
            if name == "default_wrapper_class" and value is not _wrapper:
                _say_replaced()

    with suppress(TypeError):  # a structlog that keeps its configuration in another way
        if config is not None and kind.__name__ != Watched.__name__:
            config.__class__ = Watched
            if _entries is not None:
                _entries.settle(config)


def _leave_configuration() -> None:
    config = _configuration()
    if type(config).__name__ == "Watched":
        config.__class__ = type(config).__base__


def _configuration() -> Any:
    return getattr(sys.modules.get("structlog._config"), "_CONFIG", None)


def _say_replaced() -> None:
    DIAGNOSTICS.report_once(
        "structlog",
        "structlog was configured after the set-up: its lines pass Foundation by, and no secret in "
        "them is masked",
        {"instead": "call setup_telemetry() after structlog.configure()"},
    )


def _make_logger(*args: object) -> Logger:
    """Return the logger for what `structlog.get_logger` was called with: first, the name."""
    return get_logger(args[0] if args and isinstance(args[0], str) else caller_name())


def _keep(_logger: object, _method_name: str, event_dict: dict[str, Any]) -> dict[str, Any]:
    """Be structlog's whole chain: Foundation's own processors run in the pipeline."""
    return event_dict


#: A chain in which nothing stands beside ours; never the one that structlog is given.
_ONLY_OURS = [_keep]


def _make_wrapper(structlog: ModuleType) -> type[Any]:
    """Return the class of structlog's bound loggers: its binding, our lines."""
    base: Any = structlog.BoundLoggerBase
    drop_event: type[BaseException] = structlog.DropEvent

    class BoundLogger(base):  # type: ignore[misc]
        """Write through the Foundation logger of the same name; made and bound by structlog."""

        def __init__(self, logger: Any, processors: Any, context: dict[str, Any]) -> None:
            super().__init__(logger, processors, context)
            # Whoever wraps an object of their own, such as a stdlib logger, gets its name.
            self._unbound = logger if isinstance(logger, Logger) else get_logger(name_of(logger))
            self._bound_logger: Logger | None = None

        @property
        def name(self) -> str:
            """Return the name that lines carry."""
            return self._unbound.name

        def is_enabled_for(self, level: int | str) -> bool:
            """Say whether a line of this level would be written."""
            return self._unbound.is_enabled_for(level)

        def get_effective_level(self) -> int:
            """Return the number of the lowest level that is written."""
            return self._unbound.get_effective_level()

        isEnabledFor = is_enabled_for
        getEffectiveLevel = get_effective_level

        def log(self, level: int | str, /, *args: Any, **fields: Any) -> None:
            """Write a line at a level given by name or number, as `Logger.log` does."""
            number = find_number(level)
            if number is None:
                number = ERROR
                fields.setdefault("level", level)
            self._write(LEVEL_NAMES[number], args, fields)

        async def alog(self, level: int | str, /, *args: Any, **fields: Any) -> None:
            """Write a line at a level given by name or number, from a coroutine."""
            self.log(level, *args, **fields)

        def _ours(self) -> Logger:
            """Return the logger that has what is bound here: the same one as long as that stays."""
            context = self._context
            if not context:
                return self._unbound
            known = self._bound_logger
            # `new` of structlog empties the context in place, and anybody may change it.
            if (
                known is None
                or len(context) != len(known._bound)
                or not all(map(is_, context, known._bound))
                or not all(map(is_, context.values(), known._bound.values()))
            ):
                known = self._bound_logger = make_logger(self._unbound._site, dict(context))
            return known

        def _write(self, name: str, args: tuple[Any, ...], fields: dict[str, Any]) -> None:
            # structlog takes the event by its name as well.
            event, rest = (args[0], args[1:]) if args else (fields.pop("event", ""), ())
            if self._processors == _ONLY_OURS:
                getattr(self._ours(), name)(event, *rest, **fields)
            elif self._unbound.is_enabled_for("ERROR" if name == "exception" else name):
                self._write_through_chain(name, event, rest, fields)

        def _write_through_chain(
            self, name: str, event: Any, rest: tuple[Any, ...], fields: dict[str, Any]
        ) -> None:
            """Honour processors that came after ours: `structlog.testing.capture_logs` has one."""
            if name == "exception":
                fields.setdefault("exc_info", True)
                name = "error"
            given = dict(self._context)
            given.update(fields, event=format_event(event, rest, fields, is_secret=_is_secret))
            made: Any = given
            *first, last = see_callers(self._processors) or (_keep,)
            try:
                for processor in first:
                    made = processor(self._logger, name, dict(made))
                made = _call_masked(last, self._logger, name, made)
            except drop_event:
                return
            positional: tuple[Any, ...] = ()
            if isinstance(made, str | bytes | bytearray):
                positional, made = (made,), {}
            elif isinstance(made, tuple):
                positional, made = made
            left = dict(made)
            parameters = take_back(left, given, LEVEL_NUMBERS[name.upper()], self.name)
            if parameters.pop("rendered_exception", None) is not None:
                parameters["exc_info"] = given.get("exc_info")  # ours has a structure
            text, *others = positional or (left.pop("event", given["event"]),)
            getattr(self._unbound, name)(text, *others, **{**left, **parameters})

    names = [name for names in METHOD_NAMES.values() for name in names]
    for name in (*names, "exception"):
        _add_methods(BoundLogger, name, name)
    _add_methods(BoundLogger, "msg", "info")
    return BoundLogger


def _call_masked(processor: Any, logger: Any, name: str, fields: Any) -> Any:
    """Call the last processor of a chain; one that renders gets no secret in clear."""
    made = processor(logger, name, dict(fields))
    if isinstance(made, str | bytes | bytearray) and _is_secret is not None:
        masked = plain_fields(fields, DEFAULT_LIMITS, _is_secret)
        if masked != plain_fields(fields):
            return processor(logger, name, masked)
    return made


def _add_methods(wrapper: Any, name: str, target: str) -> None:
    level = LEVEL_NUMBERS.get(target.upper())

    def write(self: Any, /, *args: Any, **fields: Any) -> None:
        if args and level is not None and self._processors == _ONLY_OURS:
            METHODS[level](self._ours(), *args, **fields)
        else:
            self._write(target, args, fields)

    # It writes in the call: structlog's own hands each line to a thread.
    async def write_async(self: Any, /, *args: Any, **fields: Any) -> None:
        self._write(target, args, fields)

    for method, method_name in ((write, name), (write_async, f"a{name}")):
        method.__name__ = method_name
        method.__doc__ = getattr(Logger, target).__doc__
        setattr(wrapper, method_name, method)


def _configure_if_attached(structlog: ModuleType) -> None:
    if _attached:
        _configure(structlog)


_WATCH = ImportWatch("structlog", _configure_if_attached)
