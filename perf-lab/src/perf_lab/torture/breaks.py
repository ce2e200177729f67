"""Breaks promises on purpose, one by one, and sees what turns red: `nox -s breaks`.

Each change of breaks.toml is made in a copy of the repository, where the tests and the cases that
are named beside it run. It ends with 1 unless every one of them fails.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from perf_lab.places import RESULTS, ROOT, read_table
from perf_lab.records.record import Record
from perf_lab.tool import Options, Tool
from perf_lab.torture.edits import apply_edit
from perf_lab.torture.promises import path_of

CORE = Path("packages/foundation-core/src/provide/foundation")
_LIMIT_S = 300
_ENCODING = "utf-8"
_TEST = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider",
         "-p", "no:xdist", "--timeout", "60")  # fmt: skip
_CASE = (sys.executable, "-m", "perf_lab", "torture", "--alone", "--output", "case.json")


@dataclass(frozen=True)
class Break:
    """Describe one break.

    Args:
        name: Short.
        promise: The number of the promise that it breaks.
        what: What is different then.
        file: What is changed, by its path from the repository.
        place: The qualified name in it.
        edit: The kind of the change, and the change.
        watchers: By name the command of each test and case that must notice it.
    """

    name: str
    promise: int
    what: str
    file: Path
    place: str
    edit: tuple[str, Any]
    watchers: dict[str, tuple[str, ...]]

    def apply(self, text: str) -> str:
        """Return a file's text with the change made.

        Raises:
            ValueError: The place is not there, or more than once.
        """
        return apply_edit(text, self.place, *self.edit)

    def sound(self, text: str) -> str:
        """Return a file's text as the change leaves what it does not touch."""
        return ast.unparse(ast.parse(text)) if self.file.suffix == ".py" else text


def read_breaks() -> list[Break]:
    """Return the rows of breaks.toml, in the order of the promises."""
    found = []
    for number, rows in read_table("torture/breaks.toml").items():
        for name, row in rows.items():
            path, _, place = row.pop("at").partition(":")
            watchers: dict[str, tuple[str, ...]] = {}
            for test in map(path_of, row.pop("tests", ())):
                watchers[test] = (*_TEST, test)
            for case in row.pop("cases", ()):
                watchers[f"torture: {case}"] = (*_CASE, "--exactly", case)
            file = Path(path) if path.startswith(".") else CORE / path
            what = row.pop("what")
            (edit,) = row.items()
            found.append(Break(name, int(number), what, file, place, edit, watchers))
    return found


def copy_repository(target: Path) -> None:
    """Copy what git tracks, and what it would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def fails(command: Sequence[str], copy: Path) -> bool:
    """Say whether a command fails in the copy; one that does not end has failed."""
    sources = [*sorted(copy.glob("packages/*/src")), copy / "perf-lab/src"]
    path = os.pathsep.join(map(str, sources))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    limited = ["timeout", "--signal=KILL", str(_LIMIT_S), *command]  # with all that it has started
    nowhere = subprocess.DEVNULL
    done = subprocess.run(limited, cwd=copy, env=environment, stdout=nowhere, stderr=nowhere)
    return done.returncode != 0


def failing(broken: Break, text: str, copy: Path) -> list[str]:
    """Return which watchers of a break fail while its file has another text."""
    file = copy / broken.file
    original = file.read_text(_ENCODING)
    file.write_text(text, _ENCODING)
    try:
        return [name for name, command in broken.watchers.items() if fails(command, copy)]
    finally:
        file.write_text(original, _ENCODING)


@click.command("breaks", cls=Tool)
@click.option("--only", multiple=True, help="the change of this name")
@click.option("--dry-run", is_flag=True, help="only show each change, and that its place is there")
def command(options: Options) -> int:
    """Break promises on purpose.

    It ends with 1 unless a test or a case notices each.
    """
    chosen = [each for each in read_breaks() if each.name in (options.only or [each.name])]
    rows: list[dict[str, Any]] = []
    unsound: list[str] = []
    with tempfile.TemporaryDirectory(prefix="breaks-") as folder:
        copy = Path(folder)
        copy_repository(copy)
        for broken in chosen:
            text = (copy / broken.file).read_text(_ENCODING)
            changed = broken.apply(text)
            print(f"{broken.promise:>2} {broken.name}: {broken.what}", flush=True)
            if options.dry_run:
                print(f"     {broken.file}:{broken.place} {' '.join(map(repr, broken.edit))}")
                continue
            unsound += failing(broken, broken.sound(text), copy)
            red = failing(broken, changed, copy)
            green = [name for name in broken.watchers if name not in red]
            about = {"name": broken.name, "promise": broken.promise, "what": broken.what}
            rows.append({**about, "red": red, "green": green})
            for name in broken.watchers:
                print(f"     {'red   ' if name in red else 'GREEN '} {name}", flush=True)
    if options.dry_run:
        return 0
    # What is published has all of them: a part does not replace it.
    name = "breaks-part.json" if options.only else "breaks.json"
    Record("breaks", {"only": options.only}, {"rows": rows}).write(RESULTS / name)
    if unsound:
        print(f"red without any change: {', '.join(unsound)}")
    missed = [row["name"] for row in rows if row["green"]]
    print(f"{len(rows) - len(missed)} of {len(rows)} breaks were noticed")
    return 1 if missed or unsound else 0
