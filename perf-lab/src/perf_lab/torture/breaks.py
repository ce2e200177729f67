"""Breaks promises on purpose, one by one, and sees what turns red: `nox -s breaks`.

Each change of `mutations.py` is made in a copy of the repository, where the tests and the cases
that are named beside it run. It ends with 1 unless every one of them fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from perf_lab.places import ROOT
from perf_lab.records.record import Record
from perf_lab.tool import Options, Tool
from perf_lab.torture.changes import find_file
from perf_lab.torture.mutations import MUTATIONS, Mutation

_LIMIT_S = 300
_ENCODING = "utf-8"


def copy_repository(target: Path) -> None:
    """Copy what git tracks, and what it would track."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def environment_of(copy: Path) -> dict[str, str]:
    """Return the variables under which the copy is what gets imported."""
    sources = [str(path) for path in sorted(copy.glob("packages/*/src"))]
    path = os.pathsep.join([*sources, str(copy / "perf-lab/src")])
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def fails(command: Sequence[str], copy: Path) -> bool:
    """Say whether a command fails in the copy; one that does not end has failed."""
    process = subprocess.Popen(
        command, cwd=copy, env=environment_of(copy), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(_LIMIT_S) != 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return True


def watchers(mutation: Mutation, copy: Path) -> dict[str, list[str]]:
    """Return the command of each test and case that watches over a promise."""
    test = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
    ]
    test += ["-p", "no:xdist", "--timeout", "60"]
    case = [
        sys.executable,
        "-m",
        "perf_lab",
        "torture",
        "--alone",
        "--output",
        str(copy / "case.json"),
    ]
    commands = {name: [*test, name] for name in mutation.tests}
    commands.update({f"torture: {name}": [*case, "--exactly", name] for name in mutation.cases})
    return commands


def break_promise(mutation: Mutation, copy: Path) -> dict[str, Any]:
    """Make one change, run what watches over it, take it back; return what has failed."""
    file = find_file(copy, mutation.place)
    sound = file.read_text(_ENCODING)
    file.write_text(mutation.apply(sound), _ENCODING)
    try:
        found = {name: fails(command, copy) for name, command in watchers(mutation, copy).items()}
    finally:
        file.write_text(sound, _ENCODING)
    return {
        "name": mutation.name,
        "promise": mutation.promise,
        "what": mutation.what,
        "red": [name for name, failed in found.items() if failed],
        "green": [name for name, failed in found.items() if not failed],
    }


@click.command("breaks", cls=Tool)
@click.option("--only", multiple=True, help="the change of this name")
def command(options: Options) -> int:
    """Break promises on purpose.

    It ends with 1 unless a test or a case notices each.
    """
    chosen = [each for each in MUTATIONS if each.name in (options.only or [each.name])]
    results = []
    with tempfile.TemporaryDirectory(prefix="breaks-") as folder:
        copy = Path(folder)
        copy_repository(copy)
        commands = {k: v for each in chosen for k, v in watchers(each, copy).items()}
        unsound = [name for name, command in commands.items() if fails(command, copy)]
        for mutation in chosen:
            found = break_promise(mutation, copy)
            results.append(found)
            print(f"{mutation.promise:>2} {mutation.name}: {mutation.what}", flush=True)
            for name in found["red"]:
                print(f"     red    {name}", flush=True)
            for name in found["green"]:
                print(f"     GREEN  {name}", flush=True)
    Record("breaks", {"only": options.only}, {"rows": results}).write()
    if unsound:
        print(f"red without any change: {', '.join(unsound)}")
    missed = [found["name"] for found in results if found["green"]]
    print(f"{len(results) - len(missed)} of {len(results)} breaks were noticed")
    return 1 if missed or unsound else 0
