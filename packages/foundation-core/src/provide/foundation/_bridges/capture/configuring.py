"""What a later configuration of `logging` does beside its handlers: who it is, whom it disables.

Where all that comes to the root is captured, a configuration disables no logger that was there
before it. Where `logging` is left to whoever configures it, it is noted who that was and which
loggers were disabled, so that a second set-up finds them.

Source: logging.config.DictConfigurator.configure and logging.config.fileConfig, 3.11 to 3.14.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from provide.foundation._bridges.capture.root_level import CONFIGURING
from provide.foundation._process.hooks import put_back, put_first

#: The function of `logging.config` that disables loggers, whichever function configures.
_DISABLING = "_handle_existing_loggers"
#: Who is not the caller. From 3.14 on `removeHandler` assigns a list, so that one function of this
#: module calls another.
_PASSED = {*CONFIGURING, __name__}


class Disabling:
    """Watch over loggers that a configuration does not name."""

    def __init__(self) -> None:
        #: Whether they go on; else they are remembered.
        self.keep = False
        self._disabled: list[logging.Logger] = []
        #: Those that would be disabled without us.
        self._kept: list[logging.Logger] = []
        self._config: Any = None
        self._before: Any = None
        self._hook = self._handle  # one object: that of a method is made anew each time

    def watch(self) -> None:
        """Notice it from now on, if `logging.config` has been imported; any number of times."""
        config: Any = sys.modules.get("logging.config")
        if self._config is None and hasattr(config, _DISABLING):
            self._config = config
            self._before = put_first(config, _DISABLING, self._hook)

    def restore(self) -> None:
        """Let those go on that were disabled."""
        found, self._disabled = self._disabled, []
        for logger in found:
            logger.disabled = False

    def give_back(self) -> None:
        """Notice it no more, and disable what would be disabled without us."""
        if self._config is not None:
            put_back(self._config, _DISABLING, self._hook, self._before)
            self._config = None
        for logger in self._kept:
            logger.disabled = True
        self._kept, self._disabled = [], []

    def _handle(self, existing: Any, child_loggers: Any, disable_existing: Any) -> None:
        known = logging.getLogger().manager.loggerDict
        named = [known.get(name) for name in existing if name not in child_loggers]
        on = [each for each in named if isinstance(each, logging.Logger) and not each.disabled]
        if self.keep and disable_existing:
            # They are never off, not for a moment: other threads log.
            self._kept = [*{*self._kept, *on}]
            existing = [name for name in existing if name in child_loggers]
        self._before(existing, child_loggers, disable_existing)
        self._disabled += [each for each in on if each.disabled]
        if not disable_existing:
            self._kept = [each for each in self._kept if each not in named]


class Configurers:
    """Notice who gives handlers to loggers, and who takes ours away from the root.

    Args:
        ours: Our handler.
        add: Is told of a handler that is added, of its logger, and who adds it.
        remover: Is filled with who takes ours away.
    """

    def __init__(
        self,
        ours: logging.Handler,
        add: Callable[[logging.Handler, logging.Logger, dict[str, Any]], object],
        remover: dict[str, Any],
    ) -> None:
        self._ours = ours
        self._add = add
        self._remover = remover
        self._hooks: list[tuple[Any, str, Any, Any]] = []
        kind: Any = logging.Logger
        self._put(kind, "addHandler", self._make_adding(kind.addHandler))
        self._put(kind, "removeHandler", self._make_removing(kind.removeHandler))
        if "__setattr__" not in vars(logging.RootLogger):
            self._put(logging.RootLogger, "__setattr__", self._make_assigning())

    def give_back(self) -> None:
        """Notice it no more."""
        for owner, name, hook, before in self._hooks:
            if name == "__setattr__":
                if vars(owner).get(name) is hook:
                    delattr(owner, name)
            else:
                put_back(owner, name, hook, before)
        self._hooks = []

    def _put(self, owner: Any, name: str, hook: Any) -> None:
        self._hooks.append((owner, name, hook, put_first(owner, name, hook)))

    def _make_adding(self, before: Any) -> Any:
        def addHandler(logger: logging.Logger, hdlr: logging.Handler) -> None:
            if self._hooks:
                self._add(hdlr, logger, _caller())
            before(logger, hdlr)

        return addHandler

    def _make_removing(self, before: Any) -> Any:
        def removeHandler(logger: logging.Logger, hdlr: logging.Handler) -> None:
            if hdlr is self._ours:
                self._remover.update(_caller())
            before(logger, hdlr)

        return removeHandler

    def _make_assigning(self) -> Any:
        def __setattr__(logger: Any, name: str, value: Any) -> None:
            if name == "handlers" and self._ours not in value:
                self._remover.update(_caller())
            object.__setattr__(logger, name, value)

        return __setattr__


def _caller() -> dict[str, Any]:
    """Return the module, the file and the line that have called a function of `logging`."""
    frame = sys._getframe(2)
    while frame.f_globals.get("__name__") in _PASSED and frame.f_back is not None:
        frame = frame.f_back
    code = frame.f_code
    return {
        "by": frame.f_globals.get("__name__"),
        "file": code.co_filename,
        "line": frame.f_lineno,
    }
