"""`python -m demo.pictures FOLDER`: pictures of the console, dark and light, as the docs have them.

They show what `demo/console_run.py` writes to a terminal. As `demo/screenshot.py` it needs rich and
a `chromium`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from demo.screenshot import DARK, LIGHT, draw, run_on_terminal

RUN = ("-m", "demo.console_run")
COLUMNS, ROWS = 120, 50


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(prog="python -m demo.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the PNG files go")
    folder: Path = parser.parse_args(arguments).folder
    rows = run_on_terminal(RUN, COLUMNS, ROWS)
    for name, theme in (("dark", DARK), ("light", LIGHT)):
        draw(rows, folder / f"console-{name}.png", theme, COLUMNS)
    for columns in (80, COLUMNS):
        print(f"{columns} columns: {len(run_on_terminal(RUN, columns, ROWS))} rows")


if __name__ == "__main__":
    main()
