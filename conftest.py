"""What all tests share: Hypothesis does not measure time, because a busy machine would fail it.

Ctrl-C reaches the processes that tests start. A test that uses up the stack is not blamed for what
another one has left to be finalised there. And `--share` runs a part of the tests.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--share`, by which several Pythons share the tests of one machine."""
    parser.addoption(
        "--share",
        metavar="K/N",
        help="of the packages' tests run share K of N; those marked interpreter or slow are in all",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is in another share than the one asked for."""
    asked = config.getoption("share")
    if asked is None:
        return
    share, shares = (int(word) for word in asked.split("/"))
    if not 1 <= share <= shares:
        raise pytest.UsageError(f"--share {asked}: K is 1 to N")
    left_out = {
        item
        for item in items
        if item.nodeid.startswith(("packages/", "demo/"))
        and not any(item.get_closest_marker(mark) for mark in ("interpreter", "slow"))
        # By name: it is in the same share tomorrow.
        and crc32(item.nodeid.encode()) % shares != share - 1
    }
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]
