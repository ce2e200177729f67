"""Short soaks with real processes: a sound one, a leak, Ctrl-C and resume, a full disk."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="renames files that are open")

SOAK = (sys.executable, "-m", "perf_lab", "soak")
PATIENCE_S = 100


def start(results: Path, *options: str, limit: int | None = None) -> subprocess.Popen[str]:
    """Start a soak; `limit` is the most bytes that any of its files may have."""
    command = [*SOAK, "--results", str(results), "--folder", str(results), *options]
    if limit is not None:
        # No compiled modules: one that reaches the limit would be cut short, for all runs to come.
        shell = "import os,resource as r,sys; os.environ['PYTHONDONTWRITEBYTECODE'] = '1'; "
        shell += f"r.setrlimit(r.RLIMIT_FSIZE, ({limit},) * 2); "
        command = [sys.executable, "-c", shell + "os.execv(sys.argv[1], sys.argv[1:])", *command]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(run: subprocess.Popen[str]) -> tuple[int, str]:
    """Return how a soak ended, and what it printed."""
    try:
        printed, _ = run.communicate(timeout=PATIENCE_S)
    finally:
        run.kill()
    return run.returncode, printed


def read(results: Path) -> dict[str, Any]:
    """Return the record."""
    found: dict[str, Any] = json.loads((results / "soak.json").read_text(encoding="utf-8"))
    return found


def failed(record: dict[str, Any]) -> set[str]:
    """Return what a record's checks did not pass."""
    return {check["name"] for check in record["checks"] if not check["passed"]}


def test_leak_is_found_and_every_line_is_there(tmp_path: Path) -> None:
    """A list that keeps an object per message turns the soak red, and nothing but that does."""
    code, printed = finish(
        start(tmp_path, "--duration", "9", "--rate", "4000", "--alone", "--inject-leak")
    )
    record = read(tmp_path)
    summary = record["data"]["summary"]

    assert (1, True) == (code, printed.rstrip().splitlines()[-2] == "FAILED")
    assert "Python objects that were surely gained over the run" in failed(record)
    assert not any(word in name for name in failed(record) for word in ("lost", "twice", "whole"))
    assert summary["messages"] == summary["lines"] >= 36_000
    assert {"binds", "level_changes", "exceptions", "forks", "set_ups"} <= set(
        summary["disturbances"]
    )
    assert summary["rotations"] >= 1


@pytest.mark.timeout(3 * PATIENCE_S)  # of each of its runs
def test_interrupted_run_reports_and_is_resumed(tmp_path: Path) -> None:
    """Ctrl-C gives a report of what there is; the next run goes on from there, rival and all."""
    options = ("--messages", "12000", "--rate", "3000")
    run = start(tmp_path, *options)
    series = tmp_path / "soak.jsonl"
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and (
        not series.exists() or len(series.read_text(encoding="utf-8").splitlines()) < 2
    ):
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    code, printed = finish(run)
    before = read(tmp_path)["data"]

    assert code in (1, 130)
    assert ("interrupted", True) == (before["ended"], "soak, interrupted" in printed)
    assert 0 < before["summary"]["lines"] == before["summary"]["messages"] < 12_000

    finish(start(tmp_path, *options, "--resume"))
    data = read(tmp_path)["data"]

    assert ("complete", 12_000) == (data["ended"], data["summary"]["messages"])
    assert (12_000, 0, 0, 0, 0) == tuple(
        data["summary"][name] for name in ("lines", "lost", "twice", "torn", "unchecked")
    )
    assert 2 == data["summary"]["runs"]
    assert data["rivals"]["structlog-tuned"]["lines"] > 0
    assert set(data["latency"]) == {"foundation", "structlog-tuned"}

    other = finish(start(tmp_path, "--messages", "12000", "--rate", "9", "--resume"))
    assert 2 == other[0]


def test_full_disk_leaves_a_report(tmp_path: Path) -> None:
    """Where neither lines nor record find room, the report is printed, and says what was lost."""
    run = start(tmp_path, "--duration", "3", "--rate", "2000", "--alone", limit=2000)
    code, printed = finish(run)

    assert 1 == code
    assert "messages dropped, by Foundation's count" in printed
    assert "record could not be written" not in printed  # it goes to stderr
    lost, dropped = (
        int(
            next(line for line in printed.splitlines() if word in line).split(word)[1].split(",")[0]
        )
        for word in ("; lost ", ", dropped ")
    )
    assert lost == dropped > 1000


def test_nothing_to_resume_is_usage(tmp_path: Path) -> None:
    """Without a time series there is nothing to go on with."""
    assert 2 == finish(start(tmp_path, "--resume"))[0]
