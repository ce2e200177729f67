"""Programs for the tests of `migrate check`: what they print, before and after the change."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from provide.foundation._migrate.change import apply
from provide.foundation._migrate.check import Checker, Finding
from provide.foundation._migrate.rules.rule import MUST_CHANGE, Verdict

COMMAND = [sys.executable, "-m", "provide.foundation", "migrate", "check"]


def write(folder: Path, source: str, name: str = "program.py") -> Path:
    """Write a program and return its path."""
    path = folder / name
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path


def find(folder: Path, source: str) -> list[Finding]:
    """Return the findings in a program."""
    path = write(folder, source)
    return list(Checker([str(path)]).check(str(path)).findings)


def names(folder: Path, source: str) -> list[str]:
    """Return the names of the findings in a program, and `?` in front of those that are unknown."""
    return [
        f"?{each.name}" if each.verdict is Verdict.UNKNOWN else each.name
        for each in find(folder, source)
        if not each.name.endswith("getLogger")
    ]


def change(path: Path, *, every: bool = False) -> str:
    """Make the changes that a check shows, and return the new text."""
    checked = Checker([str(path)]).check(str(path))
    verdicts = {*MUST_CHANGE, Verdict.BETTER} if every else MUST_CHANGE
    changes = [each.change for each in checked.findings if each.verdict in verdicts]
    made = [each for each in changes if each is not None]
    text = apply(checked.source, checked.module, made)
    assert text is not None
    path.write_text(text, encoding="utf-8")
    return text


def run(path: Path) -> list[str]:
    """Return the lines that a program writes to stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", path.name], cwd=path.parent, timeout=60, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()


def read(lines: list[str]) -> list[dict[str, Any]]:
    """Return JSON lines as mappings: of exceptions the type, no time, no name of the logger."""
    found = []
    for line in lines:
        record = json.loads(line)
        record.pop("timestamp", None)
        record.pop("logger", None)
        if "exception" in record:
            record["exception"] = record["exception"]["type"]
        found.append(record)
    return found
