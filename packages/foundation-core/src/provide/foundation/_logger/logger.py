"""`Logger` and `get_logger`.

A logger is three pointers: the `NamedLogger` that all loggers of its name share, its bound fields,
and its prefix, which `_logger/state.py` describes. Nothing is compiled per logger. The level
methods below are those of a process in which nothing is set up yet: they start Foundation and call
again. A set-up replaces them, on the class, by the methods of a lane (`_logger/methods.py`).

(The module is not called `logger`, because the package has a public object of that name.)
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from provide.foundation._logger import starting
from provide.foundation._logger.other_methods import OtherMethods
from provide.foundation._logger.starting import METHOD_NAMES, UNSTARTED, start, start_and_write
from provide.foundation._logger.state import Prefix
from provide.foundation.levels import (
    CRITICAL,
    DEBUG,
    DEFAULT_NAME,
    ERROR,
    INFO,
    LEVEL_NUMBERS,
    METHODS,
    TABLE,
    TRACE,
    UNRENDERED,
    WARNING,
)

if TYPE_CHECKING:
    from provide.foundation._logger.state import LoggerState

_NO_FIELDS: dict[str, Any] = {}


class Logger(OtherMethods):
    """Write structured lines under one name; immutable, and safe to use from any thread.

    Made by `get_logger` and `Logger.bind`. No method that writes a line raises an `Exception`:
    a line that cannot be written is counted in `stats()`. Each takes an event (a short, constant
    name is best), positional arguments for %-formatting it (rarely needed), and fields. Three
    keywords are parameters, as in stdlib logging: `exc_info`, `stack_info` and `stacklevel`.
    """

    __slots__ = ("_bound", "_rendered", "_site")

    # No `__init__`: `Logger()` alone takes 43 ns, with one that takes the site and the fields 112.
    _site: LoggerState
    _bound: dict[str, Any]
    _rendered: Prefix

    @property
    def name(self) -> str:
        """Return the name that lines carry."""
        return self._site._name

    @property
    def bound_fields(self) -> Mapping[str, Any]:
        """Return the bound fields, read-only."""
        return MappingProxyType(self._bound)

    def __repr__(self) -> str:
        """Return the name and the names of the bound fields; values may be secret."""
        fields = f" {', '.join(self._bound)}" if self._bound else ""
        return f"<Logger {self._site._name}{fields}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name and bound fields: what a lane has rendered stays here."""
        return _unpickle, (self._site._name, self._bound)

    def __copy__(self) -> Logger:
        """Return this logger, which never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Logger:
        """Return this logger: what is bound may be a lock, or anything else that has no copy."""
        return self

    if not TYPE_CHECKING:  # which would take the class's own mapping for it

        @property
        def __dict__(self) -> dict[str, Any]:
            """Return what a test has put in place of methods of this very logger.

            `unittest.mock` asks for it before it patches; see `_logger/patches.py`.
            """
            from provide.foundation._logger.patches import open_for_patches  # in tests only

            return open_for_patches(self)

    # Binding

    def bind(self, /, **fields: Any) -> Logger:
        """Return a logger that adds these fields to every line; the older one stays as it is."""
        bound = self._bound
        fresh = Logger()
        fresh._site = site = self._site
        fresh._bound = {**bound, **fields} if bound else fields
        fresh._rendered = site._ahead
        return fresh

    def unbind(self, *names: str) -> Logger:
        """Return a logger without these fields.

        Raises:
            KeyError: A name is not bound; `try_unbind` does not mind.
        """
        kept = dict(self._bound)
        for name in names:
            del kept[name]
        return make_logger(self._site, kept)

    def try_unbind(self, *names: str) -> Logger:
        """Return a logger without these fields, whether they are bound or not."""
        kept = {name: value for name, value in self._bound.items() if name not in names}
        return make_logger(self._site, kept)

    def new(self, /, **fields: Any) -> Logger:
        """Return a logger of this name with these fields instead of the bound ones."""
        return make_logger(self._site, fields)

    # Levels

    def is_enabled_for(self, level: int | str) -> bool:
        """Say whether a line of this level (number or name, any case) would be written."""
        number = LEVEL_NUMBERS.get(level.upper()) if isinstance(level, str) else level
        # Above CRITICAL there is OFF, which no line reaches.
        return number is not None and self.get_effective_level() <= min(number, CRITICAL)

    isEnabledFor = is_enabled_for

    def get_effective_level(self) -> int:
        """Return the number of the lowest level that is written; 60 if none is."""
        start()
        return self._site._threshold

    getEffectiveLevel = get_effective_level

    # Lines. These six run until a set-up has put a lane's methods in their place, under the same
    # names; what they say of themselves, tools say of those, too. The methods that write lines come
    # from `make_log` in `_lanes/json.py`, `logfmt.py` and `compact.py`, all three made from
    # `_lanes/fused.py`; from `level_methods` in `_pipeline/pipeline.py`; or from foundation-native.

    # fmt: off
    def trace(self, event: object, /, *args: object, exc_info: object = None,
              stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at TRACE (5)."""
        start_and_write(self, TRACE, event, args, fields, exc_info, stack_info, stacklevel)

    def debug(self, event: object, /, *args: object, exc_info: object = None,
              stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at DEBUG (10)."""
        start_and_write(self, DEBUG, event, args, fields, exc_info, stack_info, stacklevel)

    def info(self, event: object, /, *args: object, exc_info: object = None,
             stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at INFO (20)."""
        start_and_write(self, INFO, event, args, fields, exc_info, stack_info, stacklevel)

    def warning(self, event: object, /, *args: object, exc_info: object = None,
                stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at WARNING (30)."""
        start_and_write(self, WARNING, event, args, fields, exc_info, stack_info, stacklevel)

    warn = warning

    def error(self, event: object, /, *args: object, exc_info: object = None,
              stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at ERROR (40)."""
        start_and_write(self, ERROR, event, args, fields, exc_info, stack_info, stacklevel)

    def critical(self, event: object, /, *args: object, exc_info: object = None,
                 stack_info: object = False, stacklevel: object = 1, **fields: object) -> None:
        """Write a line at CRITICAL (50)."""
        start_and_write(self, CRITICAL, event, args, fields, exc_info, stack_info, stacklevel)

    fatal = critical
    # fmt: on


class NamedLogger(Logger):
    """Be the logger of a name, the one without bound fields, and what all others of it share.

    One object instead of two saves 48 of 128 bytes.
    """

    __slots__ = ("_ahead", "_name", "_threshold")

    def __init__(self, name: str, threshold: int) -> None:
        self._name = name
        self._threshold = threshold
        self._ahead: Prefix = UNRENDERED
        self._site, self._bound, self._rendered = self, _NO_FIELDS, UNRENDERED


def make_logger(site: LoggerState, bound: dict[str, Any]) -> Logger:
    """Return a logger with these fields bound, and no others."""
    fresh = Logger()
    fresh._site, fresh._bound, fresh._rendered = site, bound, UNRENDERED
    return fresh


TABLE.make_site = NamedLogger
for _level, _names in METHOD_NAMES.items():
    METHODS[_level] = UNSTARTED[_level] = Logger.__dict__[_names[0]]


def get_logger(name: str | None = None) -> Logger:
    """Return the logger of a name: one object per name, made at its first use.

    Args:
        name: A dotted name, usually `__name__`; None gives the default logger's, ``"root"``.

    Any thread may call it. A logger that is never used costs one small object.
    """
    if not starting.is_loaded():
        # Now rather than with the first line: a process that is forked in the midst of an import
        # can never do the same import.
        starting.load()
    key = DEFAULT_NAME if name is None else str(name)
    if type(key) is not str:  # what a `__str__` of the user's returns
        key = str.__str__(key)
    found: Logger = TABLE.site(key)
    return found


def _unpickle(name: str, bound: dict[str, Any]) -> Logger:
    found = get_logger(name)
    return found.bind(**bound) if bound else found


#: The logger that works with no set-up at all.
logger: Logger = TABLE.site(DEFAULT_NAME)
#: `Logger.catch` of the logger `root`.
catch: Final = logger.catch
