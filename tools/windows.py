"""Run pytest in CPython for Windows under Wine, and say what passed, what was skipped, and why.

    python -m tools.windows FOLDER ARGUMENT...

FOLDER is what `tools/windows.sh` has made. The result is FOLDER/junit.xml; the exit code is 0 only
if tests have run and none has failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

#: A process takes seconds to start there, and tests start many.
TIMEOUT_S = 600
SCALE, PATIENCE = "0.2", "5"


def run(folder: Path, arguments: list[str]) -> int:
    """Run pytest, its output passed on, and return its exit code."""
    command = [
        str(folder / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "--timeout", str(TIMEOUT_S), "--junitxml", _name_in_windows(folder / "junit.xml"),
        *arguments,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "FOUNDATION_TEST_SCALE": SCALE,
        "FOUNDATION_TEST_PATIENCE": PATIENCE,
        "PYTHONPYCACHEPREFIX": _name_in_windows(folder / "bytecode"),
    }
    # Pipes, because Wine refuses files as the standard streams of this interpreter.
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        for line in process.stdout:
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
    return process.returncode


def summarise(result: Path) -> tuple[Counter[str], Counter[str]]:
    """Count the tests of a result by their end, and those that were skipped by their reason."""
    ends: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for case in ElementTree.parse(result).getroot().iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            ends["failed"] += 1
        elif skipped is not None:
            ends["skipped"] += 1
            reasons[skipped.get("message", "")] += 1
        else:
            ends["passed"] += 1
    return ends, reasons


def main(arguments: list[str]) -> int:
    """Run the tests, print the counts, and return the exit code."""
    folder = Path(arguments[0]).resolve()
    result = folder / "junit.xml"
    result.unlink(missing_ok=True)
    status = run(folder, arguments[1:])
    if not result.exists():
        print("pytest has left no result")
        return status or 1
    ends, reasons = summarise(result)
    for reason, count in sorted(reasons.items()):
        print(f"  skipped {count}: {reason}")
    print("CPython for Windows under Wine:", ", ".join(
        f"{ends[end]} {end}" for end in ("passed", "failed", "skipped")
    ))  # fmt: skip
    return status or (0 if ends["passed"] and not ends["failed"] else 1)


def _name_in_windows(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
