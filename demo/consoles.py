"""`python -m demo.consoles PINO FOLDER PAGE`: one run at terminals, by Foundation and by others.

It draws `demo/console_run.py` as each shows it, side by side, dark and light, and writes the table
of rows into the page. Beside what `demo/pictures.py` needs it takes structlog, loguru, node, the
history of this repository, and a folder where ``npm install pino-pretty pino`` has been run.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from rich.terminal_theme import TerminalTheme
from rich.text import Text

from demo.screenshot import DARK, LIGHT, code_of, run_on_terminal, take_picture
from provide.foundation._render.console import display_width

ROOT = Path(__file__).resolve().parents[1]
#: The module without which the console was as it was before.
_FIRST = "packages/foundation-core/src/provide/foundation/_render/terminal/screen.py"
_BEGIN, _END = "<!-- rows of consoles -->", "<!-- end of rows -->"
_NARROW, _WIDE = 80, 120
_HEIGHT = 50
_LINK = re.compile(r"\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)")
#: What the run logs under keys that say that it is secret.
_SECRETS = ("4111111111111111",)
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {outer}; color: {foreground}; display: grid; width: {width}px;
  grid-template-columns: repeat(3, 1fr); gap: 16px; padding: 16px; box-sizing: border-box; }}
section {{ background: {background}; height: 660px; overflow: hidden; border-radius: 6px; }}
h2 {{ font: 600 15px/36px sans-serif; margin: 0 12px; }}
pre {{ margin: 0 12px; font: 10px/12.4px "DejaVu Sans Mono", "Noto Color Emoji", monospace; }}
i {{ display: inline-block; width: 2ch; font-style: normal; text-align: center; }}
</style>{sections}"""
_SIZE = 1620, 1372


class Shown(NamedTuple):
    """Hold what one logger shows of the run.

    Args:
        name: Of the logger, with its version.
        rows: By the terminal's width, what it writes.
    """

    name: str
    rows: dict[int, list[str]]

    def count(self, columns: int) -> int:
        """Return how many rows of a terminal that takes."""
        return sum(len(break_row(row, columns)) for row in self.rows[columns])

    def says(self) -> str:
        """Return whether it shows a secret."""
        text = "".join(self.rows[_WIDE])
        return "yes" if any(secret in text for secret in _SECRETS) else "no"


def break_row(row: str, columns: int) -> list[Text]:
    """Return a row as a terminal breaks it, which knows no words."""
    text = Text.from_ansi(_LINK.sub("", row))
    places, used = [], 0
    for place, character in enumerate(text.plain):
        width = display_width(character)
        if used + width > columns:
            places.append(place)
            used = 0
        used += width
    return list(text.divide(places))


def run_all(pino: Path) -> list[Shown]:
    """Return what each logger shows of the run."""
    # Some show whole paths, and the place of a checkout is nobody's business.
    with tempfile.TemporaryDirectory(prefix="shop-") as name:
        folder = Path(name)
        shutil.copytree(ROOT / "demo", folder / "demo")
        earlier = unpack_earlier(folder)
        steps = folder / "steps"
        command = [sys.executable, "-m", "demo.console_rivals", "steps"]
        steps.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
        packages = [json.loads((pino / "node_modules" / name / "package.json").read_text("utf-8"))
                    for name in ("pino", "pino-pretty")]  # fmt: skip
        node = ", ".join(f"{each['name']} {each['version']}" for each in packages)
        return [
            run(
                folder,
                "Foundation, before",
                "-m",
                "demo.console_run",
                PYTHONPATH=earlier,
                FOUNDATION_LANE="fast",  # the compiled lane is a later one
            ),
            run(folder, "Foundation", "-m", "demo.console_run"),
            *(
                run(folder, title, "-m", "demo.console_rivals", way)
                for title, way in (
                    (f"structlog {version('structlog')} with rich {version('rich')}", "structlog"),
                    (f"rich {version('rich')}, its handler", "rich"),
                    (f"loguru {version('loguru')}", "loguru"),
                )
            ),
            run(folder, node, "-m", "demo.console_rivals", "pino", str(pino.resolve()), str(steps)),
        ]


def run(folder: Path, name: str, *arguments: str, **environment: str) -> Shown:
    """Return what a program shows at both widths."""
    shown = {
        columns: run_on_terminal(arguments, columns, _HEIGHT, folder, **environment)
        for columns in (_NARROW, _WIDE)
    }
    return Shown(name, shown)


def unpack_earlier(folder: Path) -> str:
    """Unpack the packages as they were before the console, and return their paths."""
    find = ["git", "log", "--diff-filter=A", "--format=%H", "--", _FIRST]
    first = subprocess.run(find, cwd=ROOT, check=True, capture_output=True, text=True)
    sources = [f"packages/foundation-{name}/src" for name in ("core", "emoji")]
    pack = ["git", "archive", f"{first.stdout.split()[-1]}^", *sources]
    packed = subprocess.run(pack, cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return ":".join(str(folder / source) for source in sources)


def draw(found: Sequence[Shown], picture: Path, theme: TerminalTheme, outer: str) -> None:
    """Draw the beginning of each, side by side."""
    sections = []
    for each in found:
        title = f"{each.name}: {each.count(_NARROW)} rows"
        rows = [part for row in each.rows[_NARROW][:_HEIGHT] for part in break_row(row, _NARROW)]
        code = code_of(rows[:_HEIGHT], theme, _NARROW)
        sections.append(f"<section><h2>{title}</h2><pre>{code}</pre></section>")
    page = _PAGE.format(
        outer=outer,
        width=_SIZE[0],
        background=theme.background_color.hex,
        foreground=theme.foreground_color.hex,
        sections="".join(sections),
    )
    take_picture(page, picture, *_SIZE)


def table_of(found: Sequence[Shown]) -> str:
    """Return the table of rows."""
    lines = [
        f"| | rows at {_NARROW} columns | rows at {_WIDE} | shows the number of a card |",
        "|---|---:|---:|---|",
    ]
    for each in found:
        lines.append(
            f"| {each.name} | {each.count(_NARROW)} | {each.count(_WIDE)} | {each.says()} |"
        )
    made = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}"
    return "\n".join([*lines, "", f"Counted on {made}, by `python -m demo.consoles`."])


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the pictures and write the table."""
    parser = argparse.ArgumentParser(prog="python -m demo.consoles", description=__doc__)
    parser.add_argument("pino", type=Path, help="the folder with pino's node_modules")
    parser.add_argument("folder", type=Path, help="where the PNG files go")
    parser.add_argument("page", type=Path, help="the page that has the table")
    given = parser.parse_args(arguments)
    found = run_all(given.pino)
    for name, theme, outer in (("dark", DARK, "#2b303a"), ("light", LIGHT, "#d5dae0")):
        draw(found, given.folder / f"consoles-{name}.png", theme, outer)
    text = given.page.read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    made = f"{before}{_BEGIN}\n{table_of(found)}\n{_END}{after}"
    given.page.write_text(made, "utf-8")
    print(table_of(found))


if __name__ == "__main__":
    main()
