"""The root's level while `logging` is captured: low enough for our lines, whoever configures it.

Source: logging.config.DictConfigurator.configure, logging.config.fileConfig and
logging.basicConfig, 3.11 to 3.14.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

#: The modules whose functions configure `logging`.
CONFIGURING = ("logging", "logging.config")


class RootLevel:
    """Keep the root's level, and give it back.

    While it is watched, a configuration does not raise it. A lower level of a configuration holds:
    other handlers may want the records. A direct call of `setLevel` holds as ever.
    """

    def __init__(self) -> None:
        self._root = logging.getLogger()
        #: What the root has again in the end.
        self._theirs = self._root.level
        self._lowest = self._ours = logging.NOTSET
        #: What a later configuration has said.
        self._configured: int | None = None
        self._hook: Callable[[Any], None] | None = None

    def put(self, lowest: int) -> None:
        """Let the root pass what any of our loggers would write, and what was configured since."""
        self._lowest = lowest
        self._ours = lowest if self._configured is None else min(lowest, self._configured)
        logging.Logger.setLevel(self._root, self._ours)

    def watch(self) -> None:
        """Notice from now on what a configuration says."""
        if self._hook is not None:
            return
        root, plain = self._root, type(self._root).setLevel

        def setLevel(level: Any) -> None:
            known = logging.getLevelName(level) if isinstance(level, str) else level
            if sys._getframe(1).f_globals.get("__name__") in CONFIGURING and type(known) is int:
                self._theirs = self._configured = known
                self.put(self._lowest)
            else:
                plain(root, level)

        self._hook = vars(root)["setLevel"] = setLevel

    def ignore(self) -> None:
        """Notice nothing any more."""
        if self._hook is not None and vars(self._root).get("setLevel") is self._hook:
            del vars(self._root)["setLevel"]
        self._hook = self._configured = None

    def give_back(self) -> None:
        """Let the root have the level that it would have without us."""
        self.ignore()
        if self._root.level == self._ours:
            self._root.setLevel(self._theirs)
