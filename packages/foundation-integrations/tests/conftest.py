"""What these tests share: a file that lines are written to, and nothing set up before or behind."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    clear_contextvars,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation.integrations._event import CURRENT
from provide.foundation.integrations.trace_context import restore_trace


@pytest.fixture(autouse=True)
def _no_context() -> Iterator[None]:
    """Leave no request, trace or count to the tests of other packages in the same process."""
    clear_contextvars()
    yield
    reset_for_testing()
    CURRENT.set(None)
    clear_contextvars()
    restore_trace(None)
    api = sys.modules.get("opentelemetry.context")
    if api is not None:
        api.attach(api.Context())


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    """Write lines to a file, without OpenTelemetry, and give what reads them back."""
    file = tmp_path / "lines"
    CURRENT.set(None)  # a request that failed has left its context to a server that is none
    clear_contextvars()
    reset_for_testing()
    outputs = [OutputConfig(str(file), formatter="json")]
    logging = LoggingConfig(outputs=outputs, extensions=["foundation-integrations"])
    setup_telemetry(TelemetryConfig(logging=logging))
    yield lambda: [json.loads(row) for row in file.read_text("utf-8").splitlines()]
    reset_for_testing()
