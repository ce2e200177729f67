"""What all tests share: Hypothesis does not measure time, because a busy machine would fail it.

Ctrl-C reaches the processes that tests start. And a test that uses up the stack is not blamed for
what another one has left to be finalised there.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
from typing import Any

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
