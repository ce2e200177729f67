"""The pytest fixture `foundation_logs`; pytest finds it through the entry point `pytest11`.

Nothing of Foundation is imported before a test asks for the fixture. Loggers that are there when
a test asks for `monkeypatch` can be patched by it.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> None:
    """Let `monkeypatch` set methods of loggers, which have no dict to set them in."""
    methods = sys.modules.get("provide.foundation._logger.methods")
    if methods is not None and fixturedef.argname == "monkeypatch":
        methods.allow_patches()


@pytest.fixture
def foundation_logs() -> Generator[list[dict[str, Any]], None, None]:
    """Give the test a list of the lines that it logs, as `capture_logs` does.

    A set-up by the code under test does not end it, and what the test changes is undone.
    """
    from provide.foundation.testing import capture_test  # with the first test that asks

    with capture_test() as captured:
        yield captured
