"""`structlog.get_logger()` as one more way to our loggers; imports pipeline and above.

structlog is configured once the application itself has imported it: at set-up if it has been by
then, else at the moment of its import. A program that never uses structlog never loads it.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from provide.foundation.import_watch import ImportWatch
from provide.foundation.levels import LEVEL_NAMES, LEVEL_NUMBERS
from provide.foundation.loggers import METHOD_NAMES, Logger, get_logger, make_logger
from provide.foundation.pipeline import format_event

#: The name of lines from `structlog.get_logger()` without one.
DEFAULT_NAME = "structlog"

_attached = False
#: What structlog's configuration was before ours (empty: its defaults), while ours is in place.
_before: dict[str, Any] | None = None
_wrapper: type[Any] | None = None


def attach() -> None:
    """Configure structlog now if it has been imported, else when it will be."""
    global _attached
    _attached = True
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
    global _before, _wrapper
    if _wrapper is None:
        _wrapper = _make_wrapper(structlog)
    present = structlog.get_config()
    if present["wrapper_class"] is not _wrapper:
        _before = present if structlog.is_configured() else {}
    structlog.configure(
        processors=[_keep],
        context_class=dict,
        wrapper_class=_wrapper,
        logger_factory=_make_logger,
        # Loggers that modules keep must follow a later set-up.
        cache_logger_on_first_use=False,
    )


def _make_logger(*args: object) -> Logger:
    """Return the logger for what `structlog.get_logger` was called with: first, the name."""
    return get_logger(args[0] if args and isinstance(args[0], str) else DEFAULT_NAME)


def _keep(_logger: object, _method_name: str, event_dict: dict[str, Any]) -> dict[str, Any]:
    """Be structlog's whole chain: Foundation's own processors run in the pipeline."""
    return event_dict


def _make_wrapper(structlog: ModuleType) -> type[Any]:
    """Return the class of structlog's bound loggers: its binding, our lines."""
    base: Any = structlog.BoundLoggerBase
    drop_event: type[BaseException] = structlog.DropEvent

    class BoundLogger(base):  # type: ignore[misc]
        """Write through the Foundation logger of the same name; made and bound by structlog."""

        def __init__(self, logger: Any, processors: Any, context: dict[str, Any]) -> None:
            super().__init__(logger, processors, context)
            # Whoever wraps an object of their own, such as a stdlib logger, gets its name.
            name = getattr(logger, "name", None) or DEFAULT_NAME
            self._unbound = logger if isinstance(logger, Logger) else get_logger(name)

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
            number = LEVEL_NUMBERS.get(level.upper()) if isinstance(level, str) else level
            name = LEVEL_NAMES.get(number) if isinstance(number, int) else None
            if name is None:
                name = "error"
                fields.setdefault("level", level)
            self._write(name, args, fields)

        async def alog(self, level: int | str, /, *args: Any, **fields: Any) -> None:
            """Write a line at a level given by name or number, from a coroutine."""
            self.log(level, *args, **fields)

        def _write(self, name: str, args: tuple[Any, ...], fields: dict[str, Any]) -> None:
            # structlog takes the event by its name as well.
            event, rest = (args[0], args[1:]) if args else (fields.pop("event", ""), ())
            if self._processors == [_keep]:
                logger = make_logger(self._unbound._site, self._context)
                getattr(logger, name)(event, *rest, **fields)
            elif self._unbound.is_enabled_for("ERROR" if name == "exception" else name):
                self._write_through_chain(name, event, rest, fields)

        def _write_through_chain(
            self, name: str, event: Any, rest: tuple[Any, ...], fields: dict[str, Any]
        ) -> None:
            """Honour processors that came after ours: `structlog.testing.capture_logs` has one."""
            if name == "exception":
                fields.setdefault("exc_info", True)
                name = "error"
            try:
                given, kept = self._process_event(name, format_event(event, rest, fields), fields)
            except drop_event:
                return
            left = dict(kept)
            event, *others = given or (left.pop("event", ""),)
            getattr(self._unbound, name)(event, *others, **left)

    names = [name for names in METHOD_NAMES.values() for name in names]
    for name in (*names, "exception"):
        _add_methods(BoundLogger, name, name)
    _add_methods(BoundLogger, "msg", "info")
    return BoundLogger


def _add_methods(wrapper: Any, name: str, target: str) -> None:
    def write(self: Any, /, *args: Any, **fields: Any) -> None:
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
