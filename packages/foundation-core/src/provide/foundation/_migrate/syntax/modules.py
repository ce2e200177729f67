"""The modules of the code base that others import names from."""

from __future__ import annotations

import os
from collections.abc import Sequence

from provide.foundation._migrate.syntax.files import Unreadable, read_text
from provide.foundation._migrate.syntax.reader import Reader
from provide.foundation._migrate.syntax.scopes import Foreign, Scope
from provide.foundation._migrate.syntax.source import Source

#: So many modules are kept; a tree takes about a hundred times the memory of its text.
_KEPT = 200


class Modules:
    """Find and read modules below some paths.

    Args:
        paths: The paths; no file elsewhere is read.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._roots = [os.path.realpath(path) for path in paths]
        self._known: dict[str, Scope | None] = {}
        self._absent: set[str] = set()

    def find(self, path: str, foreign: Foreign) -> Scope | None:
        """Return the scope of the module that a file imports a name from, or None."""
        for folder in self._folders(path, foreign.level):
            place = os.path.join(folder, *filter(None, foreign.module.split(".")))
            for candidate in (f"{place}.py", os.path.join(place, "__init__.py")):
                if candidate in self._absent:
                    continue
                if candidate in self._known:
                    return self._known[candidate]
                if self._is_inside(candidate) and os.path.isfile(candidate):
                    return self._read(candidate)
                self._absent.add(candidate)
        return None

    def _folders(self, path: str, level: int) -> list[str]:
        folder = os.path.dirname(os.path.realpath(path))
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return [folder]
        while os.path.isfile(os.path.join(folder, "__init__.py")):
            outer = os.path.dirname(folder)
            if outer == folder:
                break
            folder = outer
        return [folder, *(root for root in self._roots if root != folder)]

    def _is_inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return any(real == root or real.startswith(root + os.sep) for root in self._roots)

    def _read(self, path: str) -> Scope | None:
        try:
            scope = Reader(Source(path, read_text(path)[0])).module
        except (Unreadable, RecursionError):
            scope = None
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[path] = scope
        return scope
