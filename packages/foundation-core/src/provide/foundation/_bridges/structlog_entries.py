"""The level methods of `structlog.get_logger()`, while structlog's configuration is ours.

What that function returns is a proxy without level methods: it makes a bound logger for each call.
While every line ends in a Foundation logger anyway, the proxies have level methods of their own,
which give the call to the method that writes at present. So a later set-up is followed. They
are taken away as soon as structlog is configured otherwise.
"""

from __future__ import annotations

import sys
from typing import Any

from provide.foundation._logger.starting import METHOD_NAMES
from provide.foundation.levels import INFO, METHODS, TABLE

#: Under this name a proxy knows the name of its logger; "" means that of the calling module.
_MARK = "_foundation_name"
#: What a proxy must not have: then it follows the configuration, and binds nothing.
_OWN = ("_logger", "_wrapper_class", "_processors", "_context_class", "_initial_values")
#: The loggers of calling modules, by the modules' names; emptied when there are too many.
_callers: dict[str, Any] = {}
_MOST_CALLERS = 1024


class Entries:
    """Put level methods on the class of structlog's proxies, and take them away.

    Args:
        kind: That class.
        wrapper: Our class of bound loggers.
        chain: Our chain of processors.
        factory: Our factory of loggers.
    """

    def __init__(self, kind: type[Any], wrapper: type[Any], chain: list[Any], factory: Any) -> None:
        self._kind, self._wrapper, self._chain, self._factory = kind, wrapper, chain, factory
        names = {name: level for level, names in METHOD_NAMES.items() for name in names}
        self._methods = {
            name: _make_method(name, level, wrapper)
            for name, level in {**names, "msg": INFO}.items()
            if not hasattr(kind, name)
        }

    def settle(self, config: Any) -> None:
        """Put them there while structlog's configuration is ours, else take them away."""
        if (
            config.default_wrapper_class is not self._wrapper
            or config.default_processors != self._chain
            or config.logger_factory is not self._factory
        ):
            self.take_away()
            return
        for name, method in self._methods.items():
            setattr(self._kind, name, method)

    def take_away(self) -> None:
        """Take them away; idempotent."""
        for name, method in self._methods.items():
            if self._kind.__dict__.get(name) is method:
                delattr(self._kind, name)


def _make_method(name: str, level: int, wrapper: type[Any]) -> Any:
    def write(self: Any, /, *args: Any, **fields: Any) -> None:
        known = self.__dict__.get(_MARK)
        if known is None or not args:
            # As without these methods.
            bound = self.bind()
            if known is None and type(bound) is wrapper:
                _mark(self)
            getattr(bound, name)(*args, **fields)
            return
        if known:
            logger = TABLE.sites.get(known) or TABLE.site(known)
        else:
            frame = sys._getframe(1)
            logger = _callers.get(frame.f_globals.get("__name__", ""))
            if logger is None:
                logger = _find_caller(frame)
                if logger is None:
                    getattr(self.bind(), name)(*args, **fields)
                    return
        METHODS[level](logger, *args, **fields)

    write.__name__, write.__qualname__ = name, f"{wrapper.__name__}.{name}"
    write.__doc__ = getattr(wrapper, name).__doc__
    return write


def _mark(proxy: Any) -> None:
    """Let a proxy know its logger's name, if its lines need nothing else."""
    own = proxy.__dict__
    args = own.get("_logger_factory_args", ())
    if any(own.get(name) for name in _OWN) or "bind" in own:
        return
    first = args[0] if args else ""
    own[_MARK] = first if type(first) is str else ""


def _find_caller(frame: Any) -> Any:
    """Return the logger of the module that a frame belongs to; `None`: that needs a closer look."""
    name = frame.f_globals.get("__name__")
    if type(name) is not str or name.startswith(("structlog", "provide.foundation")):
        return None
    if len(_callers) >= _MOST_CALLERS:
        _callers.clear()
    return _callers.setdefault(name, TABLE.site(name))
