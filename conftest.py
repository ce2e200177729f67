"""What all tests share: Hypothesis does not measure time, because a busy machine would fail it.

Ctrl-C reaches the processes that tests start. A test that uses up the stack is not blamed for what
another one has left to be finalised there. And `--share` runs a part of the tests.
"""

from __future__ import annotations

import functools
import importlib.util
import signal
import sys
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

# A shell has what it starts in the background ignore Ctrl-C, and so would each of those processes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if importlib.util.find_spec("hypothesis") is not None:  # perf-lab's benchmarks run without it
    from hypothesis import HealthCheck, settings

    settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("shared")


@pytest.hookimpl(trylast=True)  # behind pytest's own
def pytest_configure() -> None:
    """Let pass what fails in a finaliser because the stack is used up."""
    earlier = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if unraisable.exc_type is not RecursionError:
            earlier(unraisable)

    sys.unraisablehook = hook


#: Marks of what runs in each share: what rests on the interpreter, and what is left to the oldest
#: Python by `-m "not slow"`.
IN_ALL = ("interpreter", "slow")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--share`, by which several Pythons share the tests of one machine."""
    parser.addoption(
        "--share",
        metavar="K/N",
        help="of the packages' test files run share K of N; what is marked interpreter or slow is "
        "in all",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import a file that is in another share: that is half of what collecting takes."""
    if not collection_path.name.startswith("test_") or config.getoption("share") is None:
        return None
    name = collection_path.relative_to(config.rootpath).as_posix()
    return True if not is_in_share(name, config) and not has_marks(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is in another share than the one asked for."""
    if config.getoption("share") is None:
        return
    marked = {item for item in items if any(item.get_closest_marker(mark) for mark in IN_ALL)}
    for path in {item.path for item in marked}:
        if not has_marks(path):  # the other shares would never see it
            raise pytest.UsageError(f"{path}: has a mark that does not stand in the file")
    left_out = {
        item
        for item in items
        if item not in marked and not is_in_share(item.nodeid.partition("::")[0], config)
    }
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def is_in_share(name: str, config: pytest.Config) -> bool:
    """Say whether a file is in the share asked for; by name, so that it is there tomorrow too."""
    asked = config.getoption("share")
    share, shares = (int(word) for word in asked.split("/"))
    if not 1 <= share <= shares:
        raise pytest.UsageError(f"--share {asked}: K is 1 to N")
    return not name.startswith(("packages/", "demo/")) or crc32(name.encode()) % shares == share - 1


@functools.cache
def has_marks(file: Path) -> bool:
    """Say whether a file has a test that runs in each share."""
    text = file.read_text(encoding="utf-8")
    return any(f"mark.{mark}" in text for mark in IN_ALL)
