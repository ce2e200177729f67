"""Notice the moment at which a module is imported.

A watch stands first in `sys.meta_path`, from the first line or set-up on and until its module has
been loaded, so that what nobody imports costs nothing, on no log call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from provide.foundation._process import hooks


class ImportWatch:
    """Call a function with a module right after it has been loaded for the first time.

    Args:
        name: The module's full name.
        then: What is called, in the importing thread, before the import statement returns.
    """

    def __init__(self, name: str, then: Callable[[ModuleType], None]) -> None:
        self.name = name
        self.then = then

    def start(self) -> None:
        """Watch, from now on; any number of times."""
        hooks.ask_first(self)

    def stop(self) -> None:
        """Watch no more; any number of times."""
        hooks.ask_no_more(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the module as the other finders do, and put our loader around theirs."""
        if name != self.name:
            return None
        finders: list[Any] = sys.meta_path
        for finder in finders:
            if finder is not self:
                spec: ModuleSpec | None = finder.find_spec(name, path, target)
                if spec is not None:
                    own: Any = spec.loader
                    if own is not None:
                        wrapped: Any = _Loader(own, self)
                        spec.loader = wrapped
                    return spec
        return None


class _Loader:
    """Load a module by its own loader, then tell the watch."""

    def __init__(self, own: Any, watch: ImportWatch) -> None:
        self._own = own
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._own
        self._own.exec_module(module)
        self._watch.stop()
        self._watch.then(module)
