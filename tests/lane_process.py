"""Processes that log, for the tests of the promises: a script, what it left, how to read it.

Every script runs in an interpreter of its own, in the lane that a test asks for, with a time limit.
It reports how many calls returned and what `stats()` says; the test reads what arrived.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import interpreters

SCALE = float(os.environ.get("FOUNDATION_TEST_SCALE", "1"))
OURS = "provide.foundation"
#: Seconds that a script may take; a slow machine has more of them.
LIMIT_S = 60 * float(os.environ.get("FOUNDATION_TEST_PATIENCE", "1"))

PRELUDE = """
import atexit, gc, io, itertools, json, os, random, signal, sys, threading, time
if os.name == "posix": import resource
from provide.foundation import (
    Delivery, Limits, LoggingConfig, OutputConfig, Rotation, TelemetryConfig, get_logger,
    setup_telemetry, stats,
)
SCALE = float(os.environ.get("FOUNDATION_TEST_SCALE", "1"))
log = get_logger("t")
FILE = os.environ["LOG_FILE"]

def use(**logging):
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_stdlib=False, **logging)))

def report(**facts):
    with open(os.environ["REPORT"], "w") as file:
        json.dump({"stats": stats().as_dict()["outputs"], **facts}, file)

def in_threads(number, work):
    threads = [threading.Thread(target=work, args=(n,)) for n in range(number)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


class Run:
    """Hold what a finished script has left behind."""

    def __init__(self, folder: Path, status: int, stdout: bytes, stderr: bytes) -> None:
        self.status = status
        self.stdout = stdout
        self.stderr = stderr
        self.file = folder / "app.log"
        report = folder / "report.json"
        self.report: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}

    def balance(self, output: str) -> tuple[int, int]:
        """Return what an output wrote, by its count, and what it dropped."""
        counts = self.report["stats"][output]
        return sum(counts["written"].values()), sum(counts["dropped"].values())


class Lane:
    """Run scripts with the lane that the environment asks for."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "app.log"
        self.environment = {
            **os.environ,
            "FOUNDATION_LANE": name,
            "LOG_FILE": str(self.file),
            "REPORT": str(folder / "report.json"),
        }

    def command(self, script: str) -> list[str]:
        """Write a script to the folder; return what runs it."""
        file = self.folder / "script.py"
        text = PRELUDE + textwrap.dedent(script)
        if not file.exists() or file.read_text("utf-8") != text:  # a process may be reading it
            file.write_text(text, encoding="utf-8")
        return [sys.executable, str(file)]

    def start(self, script: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a script."""
        environment = {**self.environment, **options.pop("env", {})}
        return interpreters.Popen(self.command(script), env=environment, **options)

    def run(self, script: str, shell: str | None = None, **options: Any) -> Run:
        """Run a script to its end.

        Args:
            script: What follows the prelude.
            shell: A redirection, such as ``2>&-``.
            options: For `subprocess.Popen`.
        """
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        environment = {**self.environment, **options.pop("env", {})}
        command = self.command(script)
        if shell is not None:
            command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
        with interpreters.Popen(command, env=environment, **options) as process:
            try:
                stdout, stderr = process.communicate(timeout=LIMIT_S)
            except BaseException:
                process.kill()
                raise
        return Run(self.folder, process.returncode, stdout or b"", stderr or b"")


def parse(data: bytes) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Return the caller's lines, and those that are not JSON; Foundation's own are left out."""
    lines, torn = [], []
    for line in data.splitlines():
        try:
            parsed = json.loads(line)
        except ValueError:
            torn.append(line)
        else:
            if parsed["logger"] != OURS:
                lines.append(parsed)
    return lines, torn


def own_records(data: bytes, event: str) -> list[dict[str, Any]]:
    """Return Foundation's own records of one event."""
    found = []
    for line in data.splitlines():
        if b'"logger":"provide.foundation"' in line:
            record = json.loads(line)
            if record["event"] == event:
                found.append(record)
    return found
