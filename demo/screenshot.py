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
#: The 16 colours are those of Visual Studio Code's terminal, in its dark and its light theme.
DARK = TerminalTheme(
    (18, 20, 24),
    (222, 226, 230),
    [(0, 0, 0), (205, 49, 49), (13, 188, 121), (229, 229, 16),
     (36, 114, 200), (188, 63, 188), (17, 168, 205), (229, 229, 229)],
    [(102, 102, 102), (241, 76, 76), (35, 209, 139), (245, 245, 67),
     (59, 142, 234), (214, 112, 214), (41, 184, 219), (229, 229, 229)],
)  # fmt: skip
LIGHT = TerminalTheme(
    (252, 252, 250),
    (36, 41, 46),
    [(0, 0, 0), (205, 49, 49), (16, 124, 16), (148, 152, 0),
     (4, 81, 165), (188, 5, 188), (5, 152, 188), (85, 85, 85)],
    [(102, 102, 102), (205, 49, 49), (20, 206, 20), (181, 186, 0),
     (4, 81, 165), (188, 5, 188), (5, 152, 188), (165, 165, 165)],
)  # fmt: skip
#: Characters that have two cells, whatever their font says.
_WIDE = re.compile(
    "([\u1100-\u115f\u2e80-\uff60\U0001f300-\U0001f9ff\u23e9-\u23f3\u26a1\u2705\u274c])"
)
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {background}; color: {foreground}; }}
pre {{ margin: 24px; font: 14px/20px "DejaVu Sans Mono", "Noto Color Emoji", monospace; }}
i {{ display: inline-block; width: 2ch; font-style: normal; text-align: center; }}
</style><pre>{code}</pre>"""


def capture(requests: int) -> list[str]:
    """Run the demo on a terminal of its own and return the rows that it shows, with colours."""
    command = ["-m", "demo", "--requests", str(requests), "--rows", str(ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        command += ["--in-flight", "1", "--log-file", f"{folder}/shop.log"]
        return run_on_terminal(command, COLUMNS, ROWS, COLUMNS=str(COLUMNS))[:ROWS]


def run_on_terminal(
    arguments: Sequence[str],
    columns: int,
    rows: int,
    folder: Path | None = None,
    **environment: str,
) -> list[str]:
    """Return the rows that a Python program writes to a terminal, with colours.

    Args:
        arguments: The interpreter's.
        columns: The terminal's width.
        rows: Its height.
        folder: Where the program runs. Default `None`: here.
        **environment: Variables of the program.

    Raises:
        SystemExit: It failed.
    """
    reader, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (rows, columns))
    choices = ("NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if name not in choices}
    shown = bytearray()
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdout=terminal,
        stderr=terminal,
        cwd=folder,
        env={**kept, "TERM": "xterm-256color", **environment},
    ) as program:
        os.close(terminal)
        try:
            while chunk := os.read(reader, 1 << 16):
                shown += chunk
        except OSError:  # how a pty says that the other side is closed
            pass
        finally:
            os.close(reader)
    if program.returncode:
        raise SystemExit(f"the program ended with {program.returncode}")
    return shown.decode("utf-8").splitlines()


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
    html = _PAGE.format(
        background=theme.background_color.hex,
        foreground=theme.foreground_color.hex,
        code=code_of(rows, theme, columns),
    )
    width = round(columns * _CHARACTER_PX) + 2 * _MARGIN_PX
    take_picture(html, picture, width, len(rows) * _LINE_PX + 2 * _MARGIN_PX)


def code_of(rows: Sequence[str | Text], theme: TerminalTheme, columns: int) -> str:
    """Return rows of a terminal as HTML, with their colours."""
    console = Console(
        record=True, width=columns + 2, file=io.StringIO(), color_system="256", force_terminal=True
    )
    for row in rows:
        console.print(Text.from_ansi(row) if isinstance(row, str) else row, soft_wrap=True)
    html = console.export_html(theme=theme, code_format="{code}", inline_styles=True)
    return _WIDE.sub(r"<i>\1</i>", html)


def take_picture(html: str, picture: Path, width: int, height: int) -> None:
    """Have Chromium draw a page.

    Args:
        html: The page.
        picture: The file.
        width: In pixels.
        height: In pixels.

    Raises:
        SystemExit: There is no Chromium.
    """
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
    parser.add_argument("--requests", type=int, default=100, help="how many requests to send")
    given = parser.parse_args(arguments)
    draw(capture(given.requests), given.picture)


if __name__ == "__main__":
    main()
