"""A configuration is explained without an export."""

from __future__ import annotations

import json
import os
import subprocess
import sys

PROGRAM = """
import json, sys, threading
from provide.foundation import describe

found = describe()
mine = [each for each in found["extensions"] if each["name"] == "foundation-otel"]
print(json.dumps([[each["adds"] for each in mine], found["lane"], found["why"],
                  threading.active_count(), "opentelemetry.sdk" in sys.modules]))
"""


def test_preview_starts_nothing() -> None:
    """The export that a set-up would start counts for the lane, and there is none."""
    variables = {
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "prometheus",
        "PROVIDE_LOG_CALLSITE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, timeout=60, capture_output=True, text=True,
        env={**os.environ, **variables},
    )  # fmt: skip

    expected = ["trace ids, export of each line"], "processor", ["callsite beside exporters"]
    assert [*expected, 1, False] == json.loads(done.stdout)
