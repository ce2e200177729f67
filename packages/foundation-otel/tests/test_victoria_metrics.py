"""Metrics over OTLP into a real VictoriaMetrics, where the machine has one that takes them."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from otlp_collector import Run

#: The first version that takes OTLP, which it does at a path of its own.
_FIRST = (1, 92)
_PROGRAM = """
import sys
from provide.foundation import *
setup_telemetry(TelemetryConfig(
    service_name="shop", logging=LoggingConfig(log_file="a.log"),
    metrics=MetricsConfig(exporters=["otlp"]),
    otlp=OtlpConfig(protocol="http/protobuf", endpoint=sys.argv[1]),
))
for number in range(321):
    logger.info("order_placed")
for number in range(7):
    logger.error("payment_refused")
"""


def find_server() -> str | None:
    """Return the program, which VICTORIA_METRICS may name; None if there is none new enough."""
    program = os.environ.get("VICTORIA_METRICS") or shutil.which("victoria-metrics")
    if program is None:
        return None
    done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    said = re.search(r"(\d+)\.(\d+)\.\d+", done.stdout + done.stderr)
    if said and (int(said[1]), int(said[2])) < _FIRST:
        return None
    return program


@pytest.mark.slow
def test_victoria_metrics_counts_every_line(run: Run, tmp_path: Path) -> None:
    """It returns exactly the lines logged, by level, of a service that has ended."""
    program = find_server()
    if program is None:
        pytest.skip("no victoria-metrics of 1.92 or newer, and VICTORIA_METRICS names none")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [program, f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={tmp_path / 'data'}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 40
        while not answers(f"{address}/health") and time.monotonic() < deadline:
            time.sleep(0.1)
        run(_PROGRAM, f"{address}/opentelemetry")
        expected = {"info": 321, "error": 7}
        found: dict[str, int] = {}
        while found != expected and time.monotonic() < deadline:
            time.sleep(0.3)
            found = read_counts(address)
        assert expected == found
    finally:
        server.terminate()
        server.wait(20)


def answers(address: str) -> bool:
    """Say whether somebody answers there."""
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


def read_counts(address: str) -> dict[str, int]:
    """Return the latest count of lines by level, as the server exports it."""
    query = "match[]={__name__=~%22foundation.messages.logged.*%22}"
    with urllib.request.urlopen(f"{address}/api/v1/export?{query}", timeout=5) as answer:
        series = [json.loads(row) for row in answer.read().splitlines()]
    return {each["metric"]["level"]: int(each["values"][-1]) for each in series}
