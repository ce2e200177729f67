"""The level methods of every logger: a set-up puts those of a lane on the class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol, cast

from provide.foundation._logger.logger import Logger, NamedLogger
from provide.foundation._logger.starting import METHOD_NAMES, UNSTARTED
from provide.foundation.levels import METHODS

_BIND = Logger.__dict__["bind"]
#: What stands in the class body, by name.
_ORIGINALS = {
    "bind": _BIND,
    **{name: UNSTARTED[level] for level, names in METHOD_NAMES.items() for name in names},
}

if TYPE_CHECKING:

    class Gate(Protocol):
        """Decide about calls; see `gates.py`."""

        def wraps(self, level: int, lowest: int) -> bool:
            """Say whether calls of a level have to be decided about.

            Args:
                level: The level.
                lowest: The lowest one that any logger writes; methods below it do nothing.
            """
            raise NotImplementedError

        def make(self, level: int, method: Callable[..., None]) -> Callable[..., None]:
            """Return a function for a level: `named` after it, and of the same arguments.

            Args:
                level: The level.
                method: What gets the calls that it lets through.
            """
            raise NotImplementedError


#: Gates that stay over set-ups, in the order in which they came; the latest is the outermost.
STAYING: list[Gate] = []


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
    install(UNSTARTED)


def _put(name: str, method: Callable[..., Any] | MadeFor) -> None:
    if not isinstance(method, MadeFor):
        describe(method, _ORIGINALS[name])
    for each in (Logger, NamedLogger):
        fresh, present = _made_for(each, method), each.__dict__.get(name)
        OURS.add(_kind(fresh))
        # Nothing where nothing changes: CPython 3.13 remembers where the attributes of a class are
        # for its first 1,000 versions only. And nothing where somebody has put a mock or a wrapper
        # of their own: what that calls finds its way through `METHODS`.
        if present is not fresh and (present is None or _kind(present) in OURS):
            setattr(each, name, fresh)


def describe(method: Any, original: Any) -> None:
    """Have a method say of itself what the one in the class body says, whose place it takes.

    `help`, `inspect.signature` and "go to definition" follow `__wrapped__` to that one.
    """
    if method is not original:
        method.__name__, method.__qualname__ = original.__name__, original.__qualname__
        method.__doc__ = original.__doc__
        method.__wrapped__ = original


def _made_for(kind: type[Logger], method: Callable[..., Any] | MadeFor) -> Any:
    return method.make(kind) if isinstance(method, MadeFor) else method


def _kind(method: object) -> object:
    # Not by name, and not by what it says of its class: wrappers pass for what they wrap.
    kind = type(method)
    return cast("FunctionType", method).__code__ if kind is FunctionType else repr(kind)


#: Of every method that has been put here: its code, or its class where it has none in Python.
OURS = {_kind(method) for method in _ORIGINALS.values()}
uninstall()


def allow_patches() -> None:
    """Let tests set methods of any logger; without it only `unittest.mock` can.

    Binding then takes longer, so it is for processes that run tests.
    """
    from provide.foundation._logger.patches import delete_attribute, set_attribute  # in tests only

    Logger.__setattr__ = set_attribute  # type: ignore[method-assign]
    Logger.__delattr__ = delete_attribute  # type: ignore[method-assign]
