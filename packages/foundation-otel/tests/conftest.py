"""Fixtures of these tests; without their peers installed, there are no tests here."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import interpreters

PEERS = ("grpc", "opentelemetry", "prometheus_client", "trustme")
collect_ignore_glob = ["test_*.py"] if any(find_spec(name) is None for name in PEERS) else []

if not collect_ignore_glob:
    from otlp_collector import COLLECTORS, OURS, TIME_LIMIT_S, Result, Run
else:
    COLLECTORS = {}


@pytest.fixture(params=sorted(COLLECTORS))
def collector(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Give a collector that listens, over each protocol."""
    made = COLLECTORS[request.param]()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give what runs a program to its end, in an environment in which nothing configures it."""

    def start(script: str, *arguments: str, **variables: str) -> Result:
        file = tmp_path / "program.py"
        file.write_text(script, encoding="utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        done = interpreters.run(
            [sys.executable, str(file), *arguments], cwd=tmp_path, env={**kept, **variables},
            capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False,
        )  # fmt: skip
        return Result(done)

    return start
