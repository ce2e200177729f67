"""A watch tells of an import once, and leaves no trace."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from provide.foundation._process.import_watch import ImportWatch


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    """Give the name of a module that has not been imported yet."""
    name = "watched_by_a_test"
    (tmp_path / f"{name}.py").write_text("value = 7\n")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    yield name
    sys.path.remove(str(tmp_path))
    sys.modules.pop(name, None)


def test_tells_of_the_loaded_module(module: str) -> None:
    """The function gets the module when its code has run, and the finders are as they were."""
    before = sys.meta_path[:]
    seen: list[int] = []

    def look(found: ModuleType) -> None:
        seen.append(found.value)

    watch = ImportWatch(module, look)
    watch.start()
    watch.start()
    imported = importlib.import_module(module)

    assert [7] == seen
    assert before == sys.meta_path
    assert "_Loader" != type(imported.__loader__).__name__


def test_stopped_watch_tells_nothing(module: str) -> None:
    """After `stop`, an import goes by."""
    seen: list[ModuleType] = []
    watch = ImportWatch(module, seen.append)
    watch.start()
    watch.stop()
    watch.stop()
    importlib.import_module(module)

    assert [] == seen
