"""The pytest fixture `foundation_logs`; pytest finds it through the entry point `pytest11`.

Nothing of Foundation is imported before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest


@pytest.fixture
def foundation_logs() -> Generator[list[dict[str, Any]], None, None]:
    """Give the test a list of the lines that it logs, as `capture_logs` does."""
    from provide.foundation.testing import capture_logs  # with the first test that asks

    with capture_logs() as captured:
        yield captured
