"""Together on one file: processes that rotate, beside those that do not."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import textwrap
import time

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import expected, manner, read

#: Rotates and compresses the file that the scene's library writes to. It is Foundation, for none of
#: the others compresses what several processes write to.
_ROTATING = """
    import sys, time
    from provide.foundation import (
        LoggingConfig, Rotation, TelemetryConfig, get_logger, setup_telemetry)
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(
        log_file=sys.argv[1], console_formatter="json",
        rotation=Rotation(max_bytes=20_000, compress=True), capture_stdlib=False)))
    log = get_logger("rotating")
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        log.info("fills the file", text="x" * 100)
        time.sleep(0.002)
"""


def _judge(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    seen: set[str] = set()
    files = sorted(performance.folder.glob("app.log*"))
    for file in files:
        if file.suffix == ".part":
            continue
        data = file.read_bytes()
        data = gzip.decompress(data) if file.suffix == ".gz" else data
        seen |= set(read(Performance(performance.library, performance.json, data=data)).present)
    if not any(file.suffix == ".gz" for file in files):
        return "nothing was compressed"
    lost = len(expected(performance) - seen)
    return f"lost {lost} of {performance.facts['calls']['m']}" if lost else KEPT


@case(20, _judge, watch=True, limit_s=10.0,
      only=("foundation", "logging", "loguru", "picologging", "logbook"))  # fmt: skip
def beside_a_rotating_process(stage: Stage) -> None:
    """A process writes to a file that another one rotates and compresses: no line is destroyed."""
    environment = {**os.environ, "FOUNDATION_LANE": os.environ.get("FOUNDATION_LANE", "fast")}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_ROTATING), str(stage.file)], env=environment
    ) as other:
        while other.poll() is None:
            stage.call()
            time.sleep(0.002)
    assert other.returncode == 0, json.dumps(other.args)
