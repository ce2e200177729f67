"""Level names, numbers and the threshold of each logger name.

A threshold is looked up once per logger name and then kept in its `Site`, which every logger
of that name shares, bound ones included. So a change of level acts at once and everywhere, and a
call below it costs one comparison. Threads may log while levels change; changes are serialised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from provide.foundation._process.locks import Turns
from provide.foundation.errors import ConfigurationError

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "INFO",
    "LEVELS",
    "LEVEL_NAMES",
    "OFF",
    "TRACE",
    "WARNING",
    "parse_level",
]

#: The default level, and the levels of modules.
Levels = tuple[int, dict[str, int]]

_Function = TypeVar("_Function", bound=Callable[..., None])
_Found = TypeVar("_Found")
_Default = TypeVar("_Default")

TRACE = 5
DEBUG = 10
INFO = 20
WARNING = 30
ERROR = 40
CRITICAL = 50
#: No level of a line, but a threshold that none reaches.
OFF = 60

#: Every level in rising order; an index into this tuple is a level's slot in the counters.
LEVELS = (TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL)
LEVEL_NAMES = {5: "trace", 10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}
LEVEL_NUMBERS = {
    "TRACE": TRACE,
    "DEBUG": DEBUG,
    "INFO": INFO,
    "WARNING": WARNING,
    "WARN": WARNING,
    "ERROR": ERROR,
    "CRITICAL": CRITICAL,
    "FATAL": CRITICAL,
}
#: By level, the function that writes at present; `_logger/logger.py` keeps it. A method that has
#: been superseded, or with nothing set up behind it, sends its calls here: never to an attribute of
#: the logger, where an undone patch or a subclass may have put that very method.
METHODS: dict[int, Callable[..., None]] = {}
#: The name of `logger`, and of `get_logger()` without one.
DEFAULT_NAME = "root"
ALLOWED_LEVELS = "TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL, their numbers 5 to 50, or OFF"
_THRESHOLDS = {**LEVEL_NUMBERS, "OFF": OFF}


def named(level: int) -> Callable[[_Function], _Function]:
    """Have a function be called as the method of a level is, in tracebacks and profiles too.

    Args:
        level: A number of `LEVELS`.
    """
    name = LEVEL_NAMES[level]
    qualname = f"Logger.{name}"

    def rename(function: _Function) -> _Function:
        method: Any = function
        method.__name__, method.__qualname__ = name, qualname
        method.__code__ = method.__code__.replace(co_name=name, co_qualname=qualname)
        return function

    return rename


def parse_level(value: object, field: str = "level") -> int:
    """Return the number of a lowest level, given as a name (any case) or as a standard number.

    Args:
        value: ``"INFO"``, ``"warn"``, ``20`` and so on; ``"OFF"`` is above all levels.
        field: The name to blame in the error.

    Raises:
        ConfigurationError: The value is no level.
    """
    if isinstance(value, str):
        number = _THRESHOLDS.get(value.strip().upper())
        if number is not None:
            return number
    elif isinstance(value, int) and not isinstance(value, bool) and value in LEVEL_NAMES:
        return int(value)
    raise ConfigurationError(field, value, ALLOWED_LEVELS)


def find_number(level: object) -> int | None:
    """Return the number of a level of lines, given by its name in any case or as that number.

    `None`: there is no such level.
    """
    number = LEVEL_NUMBERS.get(level.upper()) if isinstance(level, str) else level
    return number if isinstance(number, int) and number in LEVEL_NAMES else None


def level_name(number: int) -> str:
    """Return the upper-case name of a number that `parse_level` has returned."""
    return "OFF" if number == OFF else LEVEL_NAMES[number].upper()


def nearest_level(number: int) -> int:
    """Return the highest standard level that is not above `number` (TRACE for less)."""
    nearest = TRACE
    for level in LEVELS:
        if level <= number:
            nearest = level
    return nearest


def find_level(modules: Mapping[str, _Found], name: str, default: _Default) -> _Found | _Default:
    """Return the level, or the rule, of the longest dotted prefix of a name, or the default one.

    Args:
        modules: Levels by prefixes.
        name: A logger's name.
        default: The default level.
    """
    prefix = name
    while modules:
        level = modules.get(prefix)
        if level is not None:
            return level
        prefix, dot, _ = prefix.rpartition(".")
        if not dot:
            break
    return default


#: The prefix of a logger that no lane has met; `_logger/state.py` describes prefixes.
UNRENDERED: tuple[Any, Any, Any, Any] = (None,) * 4


def parse_levels(default: object, modules: Mapping[str, object]) -> Levels:
    """Return the numbers of a default level and of the levels of modules."""
    return parse_level(default), {name: parse_level(level) for name, level in modules.items()}


def with_level(levels: Levels, module: str | None, level: int | None) -> Levels:
    """Return levels with another default one, or another one of a module; `None`: it has none."""
    default, modules = levels
    if module is None:
        return default if level is None else level, modules
    rest = {name: number for name, number in modules.items() if name != module}
    return default, rest if level is None else {**rest, module: level}


class LevelTable:
    """Keep the default level, the level of each module prefix and all sites.

    Thread safety: every method may be called from any thread, and from a signal handler.
    """

    def __init__(self) -> None:
        self._turns = Turns()
        self.default = INFO
        self.modules: dict[str, int] = {}
        self.sites: dict[str, Any] = {}
        # `_logger/logger.py` puts its own here: a name's site is the logger without bound fields.
        self.make_site: Callable[[str, int], Any] = _no_site
        # Is told the lowest level that any logger writes, whenever levels change.
        self._follower: Callable[[int], None] = lambda lowest: None
        #: Of the one output: the lowest level that it writes, by the names of loggers.
        self._narrow: Callable[[str], int] | None = None
        self._narrowest = TRACE

    def site(self, name: str) -> Any:
        """Return the one site of a logger name, made at its first use."""
        found = self.sites.get(name)
        if found is None:
            # setdefault is atomic: two threads that race get the same site.
            found = self.sites.setdefault(name, self.make_site(name, self.threshold_of(name)))
            # Until it holds: a change of levels may have come between a look and its result.
            while found._threshold != (level := self.threshold_of(name)):
                found._threshold = level
        return found

    def threshold_of(self, name: str) -> int:
        """Return the lowest level of a logger's lines that is written at present."""
        level = find_level(self.modules, name, self.default)
        narrow = self._narrow
        return level if narrow is None else max(level, narrow(name))

    def lowest(self) -> int:
        """Return the lowest level that the level of any logger lets through at present."""
        return min(self.default, *self.modules.values()) if self.modules else self.default

    def replace(self, default: int, modules: Mapping[str, int]) -> None:
        """Take a new default level and new module levels, and apply them to every site."""
        self._turns.make(partial(self._apply, default, dict(modules)))

    def set(self, level: int | None, module: str | None = None) -> None:
        """Change the default level, or that of one module prefix, at once for every logger.

        Without a level, a module prefix has none of its own any more.
        """
        self._turns.make(partial(self._set, level, module))

    def renew(self, change: Callable[[], None] = lambda: None) -> None:
        """Tell the function that follows the levels the lowest one again.

        Args:
            change: What it has to know of, in the same turn.
        """
        self._turns.make(partial(self._renew, change))

    def follow(
        self,
        follower: Callable[[int], None],
        narrow: Callable[[str], int] | None = None,
        narrowest: int = TRACE,
    ) -> None:
        """Tell one function, now and at each change, the lowest level that any logger writes.

        Args:
            follower: The function.
            narrow: Returns, for the name of a logger, the lowest level that anything writes,
                whatever the logger's own level; `None`: everything is written.
            narrowest: The lowest one that it returns.
        """
        self._turns.make(partial(self._follow, follower, narrow, narrowest))

    def _set(self, level: int | None, module: str | None) -> None:
        self._apply(*with_level((self.default, self.modules), module, level))

    def _renew(self, change: Callable[[], None]) -> None:
        change()
        self._apply(self.default, self.modules)

    def _apply(self, default: int, modules: dict[str, int]) -> None:
        self.default, self.modules = default, modules
        for name, site in self.sites.copy().items():
            level = self.threshold_of(name)
            if site._threshold != level:  # cheaper than to set it: there may be 100,000
                site._threshold = level
        self._follower(max(self.lowest(), self._narrowest))

    def _follow(
        self,
        follower: Callable[[int], None],
        narrow: Callable[[str], int] | None,
        narrowest: int,
    ) -> None:
        older = self._narrow
        self._follower = follower
        if narrow is None and older is None:
            return follower(self.lowest())
        # While one set of methods takes the place of the other, no line passes that one of them
        # is not to write: a method of the one output asks no more than the logger's threshold.
        both = [each for each in (older, narrow) if each is not None]
        self._narrow = lambda name: max([each(name) for each in both])
        self._narrowest = max(self._narrowest, narrowest)
        self._apply(self.default, self.modules)
        self._narrow, self._narrowest = narrow, narrowest
        self._apply(self.default, self.modules)

    def renew_lock(self) -> None:
        """Give a forked child a lock that no vanished thread holds."""
        self._turns.renew()


def _no_site(name: str, threshold: int) -> Any:
    raise RuntimeError("_logger/logger.py has not been imported")


#: The one table of the process.
TABLE = LevelTable()


def adopt(logger: Any) -> int:
    """Make a logger that nothing has initialised one of the default name; return its threshold.

    `Logger()` is such a logger, and so is one of a subclass whose `__init__` does not call up.
    """
    site, kind = TABLE.site(DEFAULT_NAME), TABLE.make_site
    found = getattr(logger, "_site", None)
    if not (isinstance(kind, type) and isinstance(found, kind)) or not hasattr(found, "_threshold"):
        logger._site, logger._rendered = site, UNRENDERED
    if not isinstance(getattr(logger, "_bound", None), dict):
        logger._bound, logger._rendered = {}, UNRENDERED
    threshold: int = logger._site._threshold
    return threshold
