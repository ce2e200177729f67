"""`python -m demo.pictures FOLDER`: pictures of the console, dark and light, as the docs have them.

They show what `demo/console_run.py` writes to a terminal. As `demo/screenshot.py` it needs rich and
a `chromium`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

from demo.screenshot import DARK, LIGHT, draw

COLUMNS = 120


def capture(columns: int, **environment: str) -> list[str]:
    """Return the rows that the run has on a terminal, with colours.

    Args:
        columns: The terminal's width.
        **environment: Variables of the run.
    """
    reader, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (50, columns))
    choices = ("NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if name not in choices}
    command = [sys.executable, "-m", "demo.console_run"]
    shown = bytearray()
    with subprocess.Popen(
        command, stdout=terminal, stderr=terminal, env={**kept, "TERM": "xterm", **environment}
    ) as run:
        os.close(terminal)
        try:
            while chunk := os.read(reader, 1 << 16):
                shown += chunk
        except OSError:  # how a pty says that the other side is closed
            pass
        os.close(reader)
    if run.returncode:
        raise SystemExit(f"the run ended with {run.returncode}")
    return shown.decode("utf-8").splitlines()


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(prog="python -m demo.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the PNG files go")
    folder: Path = parser.parse_args(arguments).folder
    rows = capture(COLUMNS)
    for name, theme in (("dark", DARK), ("light", LIGHT)):
        draw(rows, folder / f"console-{name}.png", theme, COLUMNS)
    for columns in (80, COLUMNS):
        print(f"{columns} columns: {len(capture(columns))} rows")


if __name__ == "__main__":
    main()
