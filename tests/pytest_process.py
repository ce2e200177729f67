"""Run pytest in a process of its own on tests of Foundation, and read its report."""

from __future__ import annotations

import re

import pytest

SET_UP = """
import logging, sys
import pytest
from provide.foundation import *
from provide.foundation.testing import capture_logs

log = get_logger("shop.orders")

def set_up(path, **options):
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **options)))
"""


def run(pytester: pytest.Pytester, text: str, *arguments: str, others: bool = False) -> str:
    """Run pytest on tests in a process of its own, and return what it prints.

    Args:
        pytester: Where.
        text: The tests.
        arguments: Of pytest.
        others: With whatever plugins are installed, and not with Foundation's alone.
    """
    pytester.makepyfile(test_it=SET_UP + text)
    options: tuple[str, ...] = ("-p", "no:randomly", "-p", "no:cacheprovider", "-W", "error", "-q")
    with pytest.MonkeyPatch.context() as patch:
        if not others:  # a second for each process
            patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
            options = ("-p", "foundation", *options)
        result = pytester.runpytest_subprocess(*options, *arguments)
    assert result.ret in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    return result.stdout.str() + result.stderr.str()


def sections(output: str) -> dict[str, list[str]]:
    """Return the events in each section of captured text, by its title."""
    found: dict[str, list[str]] = {}
    title = ""
    for row in output.splitlines():
        if row.startswith(("---", "===", "___")):
            title = row.strip("-=_ ")
        elif title.startswith("Captured"):
            found.setdefault(title, []).extend(re.findall("event_[a-z]+", row))
    return {title: events for title, events in found.items() if events}
