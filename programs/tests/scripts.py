"""Run a program of a few lines in a process of its own, and read what it wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import interpreters
from programs.program import environment


def run_script(folder: Path, code: str, *command: str, **more: str) -> list[dict[str, Any]]:
    """Return the lines that a program has written to stdout and stderr, all of them JSON.

    Args:
        folder: Where its file, ``program.py``, is written and run.
        code: The program.
        *command: What runs it; without it the interpreter does.
        **more: Variables of its environment.
    """
    (folder / "program.py").write_text(code, encoding="utf-8")
    words = command or (sys.executable, "program.py")
    done = interpreters.run(
        words, cwd=folder, env=environment(**more), timeout=60,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout.decode()
    return [json.loads(row) for row in done.stdout.splitlines()]
