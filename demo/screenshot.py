"""`python -m demo.screenshot FILE.png`: a picture of what the demo shows on a terminal.

It runs `python -m demo` on a pty, keeps its first rows, and has Chromium draw them. Needs rich and
a `chromium` on the path, with a font that has emoji; the picture in the docs is made by it.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import termios
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS = 150
ROWS = 32
_LINE_PX, _CHARACTER_PX, _MARGIN_PX = 20, 8.43, 24
DARK = TerminalTheme((18, 20, 24), (222, 226, 230), [(0, 0, 0)] * 8, [(255, 255, 255)] * 8)
LIGHT = TerminalTheme((252, 252, 250), (36, 41, 46), [(0, 0, 0)] * 8, [(255, 255, 255)] * 8)
#: Characters that have two cells, whatever their font says.
_WIDE = re.compile(
    "([\u1100-\u115f\u2e80-\uff60\U0001f300-\U0001f9ff\u23e9-\u23f3\u26a1\u2705\u274c])"
)
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {background}; color: {foreground}; }}
pre {{ margin: 24px; font: 14px/20px "DejaVu Sans Mono", "Noto Color Emoji", monospace; }}
i {{ display: inline-block; width: 2ch; font-style: normal; text-align: center; }}
{stylesheet}
</style><pre>{code}</pre>"""


def capture(requests: int) -> list[str]:
    """Run the demo on a terminal of its own and return the rows that it shows, with colours."""
    reader, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (ROWS, COLUMNS))
    command = [sys.executable, "-m", "demo", "--requests", str(requests), "--rows", str(ROWS)]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    environment.pop("NO_COLOR", None)
    shown = bytearray()
    with tempfile.TemporaryDirectory() as folder:
        command += ["--in-flight", "1", "--log-file", f"{folder}/shop.log"]
        with subprocess.Popen(
            command, stdout=terminal, stderr=subprocess.DEVNULL, env=environment
        ) as demo:
            os.close(terminal)
            try:
                while chunk := os.read(reader, 1 << 16):
                    shown += chunk
            except OSError:  # how a pty says that the other side is closed
                pass
            finally:
                os.close(reader)
        if demo.returncode:
            raise SystemExit(f"the demo ended with {demo.returncode}")
    rows = shown.decode("utf-8").splitlines()[:ROWS]
    # A traceback shows where this tree lies, which is nobody's business.
    tracebacks = [number for number, row in enumerate(rows) if "Traceback (most" in row]
    return rows[: tracebacks[0]] if tracebacks else rows


def draw(
    rows: Sequence[str], picture: Path, theme: TerminalTheme = DARK, columns: int = COLUMNS
) -> None:
    """Have Chromium draw rows of a terminal.

    Args:
        rows: The rows, with their colours.
        picture: The file.
        theme: The terminal's own colours.
        columns: The terminal's width.
    """
    console = Console(
        record=True, width=columns + 2, file=io.StringIO(), color_system="256", force_terminal=True
    )
    for row in rows:
        console.print(Text.from_ansi(row), soft_wrap=True)
    html = _WIDE.sub(r"<i>\1</i>", console.export_html(theme=theme, code_format=_PAGE))
    width = round(columns * _CHARACTER_PX) + 2 * _MARGIN_PX
    height = len(rows) * _LINE_PX + 2 * _MARGIN_PX
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("there is no chromium on the path")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(html, encoding="utf-8")
        subprocess.run(
            [
                chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--user-data-dir={folder}/profile", f"--screenshot={picture.resolve()}",
                f"--window-size={width},{height}", page.as_uri(),
            ],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(prog="python -m demo.screenshot", description=__doc__)
    parser.add_argument("picture", type=Path, help="the PNG file to write")
    parser.add_argument("--requests", type=int, default=12, help="how many requests to send")
    given = parser.parse_args(arguments)
    draw(capture(given.requests), given.picture)


if __name__ == "__main__":
    main()
