"""`Logger` and `get_logger`.

A logger is three pointers: the `NamedLogger` that all loggers of its name share, its bound fields,
and what a lane has rendered of them. Nothing is compiled per logger. The level methods below are
those of a process in which nothing is set up yet: they start Foundation and call again. A set-up
replaces them, on the class, by the methods of the lane that its configuration compiles to.

(The module is not called `logger`, because the package has a public object of that name.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from provide.foundation.levels import (
    CRITICAL,
    DEBUG,
    DEFAULT_NAME,
    ERROR,
    INFO,
    LEVEL_NAMES,
    LEVEL_NUMBERS,
    METHODS,
    TABLE,
    TRACE,
    UNRENDERED,
    WARNING,
    Site,
)

_NO_FIELDS: dict[str, Any] = {}


class Logger:
    """Write structured lines under one name; immutable, and safe to use from any thread.

    Made by `get_logger` and `Logger.bind`. No method that writes a line raises an `Exception`:
    a line that cannot be written is counted in `stats()`. Each takes an event (a short, constant
    name is best), positional arguments for %-formatting it (rarely needed), and fields. Three
    keywords are parameters, as in stdlib logging: `exc_info`, `stack_info` and `stacklevel`.
    """

    __slots__ = ("_bound", "_rendered", "_site")

    # No `__init__`: `Logger()` alone takes 43 ns, with one that takes the site and the fields 112.
    _site: Site
    _bound: dict[str, Any]
    _rendered: tuple[Any, Any, Any, Any]

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
        start()
        number = LEVEL_NUMBERS.get(level.upper()) if isinstance(level, str) else level
        # Above CRITICAL there is OFF, which no line reaches.
        return number is not None and self._site._threshold <= min(number, CRITICAL)

    isEnabledFor = is_enabled_for

    def get_effective_level(self) -> int:
        """Return the number of the lowest level that is written; 60 if none is."""
        start()
        return self._site._threshold

    getEffectiveLevel = get_effective_level

    # Lines. A set-up replaces these by a lane's methods, under the same names.

    def trace(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at TRACE (5)."""
        _start_and_write(self, TRACE, event, args, fields)

    def debug(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at DEBUG (10)."""
        _start_and_write(self, DEBUG, event, args, fields)

    def info(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at INFO (20)."""
        _start_and_write(self, INFO, event, args, fields)

    def warning(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at WARNING (30)."""
        _start_and_write(self, WARNING, event, args, fields)

    warn = warning

    def error(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at ERROR (40)."""
        _start_and_write(self, ERROR, event, args, fields)

    def critical(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at CRITICAL (50)."""
        _start_and_write(self, CRITICAL, event, args, fields)

    fatal = critical

    def exception(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at ERROR with the exception that is being handled."""
        fields.setdefault("exc_info", True)
        self.error(event, *args, **fields)

    def log(self, level: int | str, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at a level given by name or number.

        One that does not exist writes at ERROR, with the level that was asked for as a field.
        """
        number = LEVEL_NUMBERS.get(level.upper()) if isinstance(level, str) else level
        name = LEVEL_NAMES.get(number) if isinstance(number, int) else None
        if name is None:
            name = "error"
            fields.setdefault("level", level)
        getattr(self, name)(event, *args, **fields)

    # The async twins write in the call, like the others: a line costs microseconds, less than
    # handing it to a thread would, so the event loop waits no longer than a plain call takes.

    async def atrace(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at TRACE (5) from a coroutine."""
        self.trace(event, *args, **fields)

    async def adebug(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at DEBUG (10) from a coroutine."""
        self.debug(event, *args, **fields)

    async def ainfo(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at INFO (20) from a coroutine."""
        self.info(event, *args, **fields)

    async def awarning(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at WARNING (30) from a coroutine."""
        self.warning(event, *args, **fields)

    awarn = awarning

    async def aerror(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at ERROR (40) from a coroutine."""
        self.error(event, *args, **fields)

    async def acritical(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at CRITICAL (50) from a coroutine."""
        self.critical(event, *args, **fields)

    afatal = acritical

    async def aexception(self, event: object, /, *args: object, **fields: object) -> None:
        """Write a line at ERROR with the exception that is being handled, from a coroutine."""
        self.exception(event, *args, **fields)

    async def alog(
        self, level: int | str, event: object, /, *args: object, **fields: object
    ) -> None:
        """Write a line at a level given by name or number, from a coroutine."""
        self.log(level, event, *args, **fields)


class NamedLogger(Logger):
    """Be the logger of a name, the one without bound fields, and what all others of it share.

    One object instead of two saves 48 of 128 bytes.
    """

    __slots__ = ("_ahead", "_name", "_threshold")

    def __init__(self, name: str, threshold: int) -> None:
        self._name = name
        self._threshold = threshold
        self._ahead: tuple[Any, Any, Any, Any] = UNRENDERED
        self._site, self._bound, self._rendered = self, _NO_FIELDS, UNRENDERED


def make_logger(site: Site, bound: dict[str, Any]) -> Logger:
    """Return a logger with these fields bound, and no others."""
    fresh = Logger()
    fresh._site, fresh._bound, fresh._rendered = site, bound, UNRENDERED
    return fresh


#: The names under which a lane's methods stand on the class.
METHOD_NAMES = {
    TRACE: ("trace",),
    DEBUG: ("debug",),
    INFO: ("info",),
    WARNING: ("warning", "warn"),
    ERROR: ("error",),
    CRITICAL: ("critical", "fatal"),
}
_UNSTARTED = {name: Logger.__dict__[name] for names in METHOD_NAMES.values() for name in names}
_BIND = Logger.__dict__["bind"]

TABLE.make_site = NamedLogger


def _load_starter() -> None:
    """Import what starts Foundation, and start it.

    Whoever comes by `provide.foundation` has it already. A logger that was unpickled, or imported
    from this module, has nothing but this; by name, because the set-up stands below this module.
    """
    import_module("provide.foundation._runtime.setup")
    if _starter is not _load_starter:  # else: this thread is in the midst of that import
        start()


_starter: Callable[[], None] | None = _load_starter
_understudy: Callable[..., None] | None = None


class MadeFor:
    """Stand for a method that is made for each class of loggers.

    The interpreter calls fastest what was made for the very class of the object.

    Args:
        make: Returns the method for a class.
    """

    def __init__(self, make: Callable[[type[Logger]], Any]) -> None:
        self._make = make
        self._made: dict[type[Logger], Any] = {}

    def make(self, kind: type[Logger]) -> Any:
        """Return the method for a class: the same one each time."""
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind]


def install(
    methods: Mapping[int, Callable[..., None] | MadeFor], bind: MadeFor | None = None
) -> None:
    """Make a lane's methods the level methods of every logger, at once.

    Args:
        methods: By level.
        bind: A `bind` of the lane's own.
    """
    for level, names in METHOD_NAMES.items():
        for name in names:
            _put(name, methods[level])
        METHODS[level] = _made_for(Logger, methods[level])
    _put("bind", _BIND if bind is None else bind)


def uninstall() -> None:
    """Go back to the methods of a process in which nothing is set up."""
    install({level: _UNSTARTED[names[0]] for level, names in METHOD_NAMES.items()})


def _put(name: str, method: Callable[..., Any] | MadeFor) -> None:
    if not isinstance(method, MadeFor):
        method.__doc__ = (_UNSTARTED.get(name) or _BIND).__doc__
    for each in (Logger, NamedLogger):
        fresh, present = _made_for(each, method), each.__dict__.get(name)
        _OURS.add(_kind(fresh))
        # Nothing where nothing changes: CPython 3.13 remembers where the attributes of a class are
        # for its first 1,000 versions only. And nothing where somebody has put a mock or a wrapper
        # of their own: what that calls finds its way through `METHODS`.
        if present is not fresh and (present is None or _kind(present) in _OURS):
            setattr(each, name, fresh)


def _made_for(kind: type[Logger], method: Callable[..., Any] | MadeFor) -> Any:
    return method.make(kind) if isinstance(method, MadeFor) else method


def _kind(method: object) -> object:
    # Not by name, and not by what it says of its class: wrappers pass for what they wrap.
    kind = type(method)
    return cast("FunctionType", method).__code__ if kind is FunctionType else repr(kind)


def set_starter(starter: Callable[[], None] | None) -> None:
    """Say what starts Foundation at the first line; `None`: it is started."""
    global _starter
    _starter = starter


def set_understudy(understudy: Callable[..., None]) -> None:
    """Say what writes a line for which there is no lane yet, because its own thread makes one."""
    global _understudy
    _understudy = understudy


def start() -> None:
    """Start Foundation with what the environment says, unless it is started."""
    if _starter is not None:
        _starter()


def _start_and_write(
    logger: Logger, level: int, event: object, args: tuple[object, ...], fields: dict[str, object]
) -> None:
    start()
    method = METHODS[level]
    if method is not _UNSTARTED[METHOD_NAMES[level][0]]:
        method(logger, event, *args, **fields)
    elif _understudy is not None:  # this thread is in the midst of a start, or a reset
        _understudy(logger, level, event, args, fields)


def get_logger(name: str | None = None) -> Logger:
    """Return the logger of a name: one object per name, made at its first use.

    Args:
        name: A dotted name, usually `__name__`; None gives the default logger's, ``"root"``.

    Any thread may call it. A logger that is never used costs one small object.
    """
    if _starter is _load_starter:
        # Now rather than with the first line: a process that is forked in the midst of an import
        # can never do the same import.
        import_module("provide.foundation._runtime.setup")
    key = DEFAULT_NAME if name is None else str(name)
    if type(key) is not str:  # what a `__str__` of the user's returns
        key = str.__str__(key)
    found: Logger = TABLE.site(key)
    return found


def _unpickle(name: str, bound: dict[str, Any]) -> Logger:
    found = get_logger(name)
    return found.bind(**bound) if bound else found


#: Of every method that has been put here: its code, or its class where it has none in Python.
_OURS = {_kind(method) for method in (*_UNSTARTED.values(), _BIND)}
uninstall()  # fills `METHODS`

#: The logger that works with no set-up at all.
logger: Logger = TABLE.site(DEFAULT_NAME)


def allow_patches() -> None:
    """Let tests set methods of any logger; without it only `unittest.mock` can.

    Binding then takes longer, so it is for processes that run tests.
    """
    from provide.foundation._logger.patches import delete_attribute, set_attribute  # in tests only

    Logger.__setattr__ = set_attribute  # type: ignore[method-assign]
    Logger.__delattr__ = delete_attribute  # type: ignore[method-assign]
