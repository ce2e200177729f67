"""What all tests share: Hypothesis does not measure time, because a busy machine would fail it.

Ctrl-C reaches the processes that tests start. A test that uses up the stack is not blamed for what
another one has left to be finalised there. And `--share` runs a part of the tests.
"""

from __future__ import annotations

import gc
import importlib.util
import signal
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

#: The marks of tests that each share has.
IN_EACH = ("interpreter", "slow")

# A shell has what it starts in the background ignore Ctrl-C, and so would each of those processes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if importlib.util.find_spec("hypothesis") is not None:  # perf-lab's benchmarks run without it
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("shared")

    @given(st.none())
    def register_random_generator(_: None) -> None:
        """Have Hypothesis ask the garbage collector now who holds its generator.

        Behind `gc.freeze` that does not tell anymore (seen with `CI=1` on CPython 3.14 and 3.15).
        """

else:

    def register_random_generator() -> None:
        """There is no Hypothesis, and so nothing to register."""


@pytest.hookimpl(trylast=True)  # behind pytest's own
def pytest_configure() -> None:
    """Let pass what fails in a finaliser because the stack is used up."""
    earlier = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if unraisable.exc_type is not RecursionError:
            earlier(unraisable)

    sys.unraisablehook = hook


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--share`, by which several Pythons share the tests of one machine."""
    parser.addoption(
        "--share",
        metavar="K/N",
        help="of the packages' tests run share K of N; those marked interpreter or slow are in all",
    )


def read_share(config: pytest.Config) -> tuple[int, int] | None:
    """Return the share that is asked for, from 0 on, and how many there are."""
    asked = config.getoption("share")
    if asked is None:
        return None
    share, shares = (int(word) for word in asked.split("/"))
    if not 1 <= share <= shares:
        raise pytest.UsageError(f"--share {asked}: K is 1 to N")
    return share - 1, shares


def is_in_another(path: Path, config: pytest.Config) -> bool:
    """Return whether the unmarked tests of a file are in another share than the one asked for."""
    asked = read_share(config)
    if asked is None or not path.is_relative_to(config.rootpath):
        return False
    share, shares = asked
    name = path.relative_to(config.rootpath).as_posix()
    return name.startswith(("packages/", "demo/")) and share_of(path, shares) != share


@cache
def share_of(path: Path, shares: int) -> int:
    """Return the share of a file: those of a folder go round, and so each share has some of it."""
    files = sorted(path.parent.glob("test_*.py"))
    return files.index(path) % shares if path in files else 0


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files with nothing of the share: to collect all of them takes thrice as long."""
    if collection_path.suffix != ".py" or not is_in_another(collection_path, config):
        return None
    marks = [f"mark.{name}" for name in IN_EACH if config.getoption("markexpr") != f"not {name}"]
    text = collection_path.read_text(encoding="utf-8")
    # No mark is written elsewhere than where it stands: a file that does not name one lacks it.
    return None if any(mark in text for mark in marks) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is in another share than the one asked for."""
    left_out = {
        item
        for item in items
        if is_in_another(item.path, config)
        and not any(item.get_closest_marker(mark) for mark in IN_EACH)
    }
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Leave no faults to the next test, which may ask whether there were any."""
    stats = sys.modules.get("provide.foundation._diagnostics.stats")
    if stats is not None:
        stats.COUNTERS.faults.clear()


def pytest_collection_finish() -> None:
    """Let collections of garbage pass over what is collected here, which stays to the end.

    280 tests behind the collection of all took 9.1 seconds of the processor, and so 7.4.
    """
    register_random_generator()
    gc.collect()
    gc.freeze()
