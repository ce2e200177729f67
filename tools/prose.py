"""Checks the English of docs, docstrings and comments with Harper: `python -m tools.prose`.

Harper reads Markdown and Python by itself. Its rules about grammar that are chosen here, and our
own in tools/style, each with its tests; no other rule, because a warning that may be ignored is
read by nobody. Pages that a program writes are left out: what writes them is checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
STYLE = ROOT / "tools/style"
#: Rules that Harper brings: an article, a word that stands twice, more than 40 words a sentence.
CHOSEN = ("AnA", "LongSentences", "RepeatedWords")
#: Rules for pages that users read; in code such a word may be a name.
PAGES_ONLY = ("Glossary",)
READ = (
    "*.md", "conftest.py", "demo/*.py", "noxfile.py", "packages/*/src/*.py", "release/*.py",
    "tools/*.py",
)  # fmt: skip
LEFT_OUT = (
    "*/CHANGELOG.md", "docs/endurance.md", "docs/guarantees.md", "docs/memory.md",
    "docs/performance.md",
)  # fmt: skip


class Fault(NamedTuple):
    """A place that a rule finds."""

    path: str
    line: int
    column: int
    rule: str
    text: str
    message: str


def list_rules() -> list[str]:
    """Return the names of our own rules."""
    return sorted(file.stem for file in STYLE.glob("*.weir"))


def harper(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Harper; its findings, and nothing else, are its standard output."""
    command = [sys.executable, "-m", "harper", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")


def pack_rules(folder: Path) -> Path:
    """Put our own rules into the one file that Harper takes them from."""
    pack = folder / "style.weirpack"
    about = {
        "author": "Foundation",
        "version": "1",
        "description": "How Foundation writes",
        "license": "Apache-2.0",
    }
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("manifest.json", json.dumps(about))
        for name in list_rules():
            archive.write(STYLE / f"{name}.weir", f"{name}.weir")
    return pack


def find_faults(paths: Sequence[str], rules: Sequence[str]) -> list[Fault]:
    """Return what the rules find in files.

    Raises:
        RuntimeError: If Harper has not read each of them.
    """
    if not paths:
        return []
    with tempfile.TemporaryDirectory() as folder:
        pack = pack_rules(Path(folder))
        done = harper(
            "lint", "--quiet", "--no-parallel", "--format", "json", "--weirpacks", str(pack),
            "--only", ",".join(rules), *paths,
        )  # fmt: skip
    try:
        reports = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"Harper has failed: {done.stderr}") from None
    # A report has its file's name without the folder, but reports come in the order of the paths.
    if [report["file"] for report in reports] != [Path(path).name for path in paths]:
        raise RuntimeError("Harper has not read every file")
    return [
        Fault(
            path, each["line"], each["column"], each["rule"], each["matched_text"], each["message"]
        )
        for path, report in zip(paths, reports, strict=True)
        for each in report["lints"]
    ]


def list_files() -> list[str]:
    """Return the files to read, as git has them."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    ).stdout
    return [
        name
        for name in listing.split("\0")
        if any(fnmatch(name, each) for each in READ)
        and not any(fnmatch(name, each) for each in LEFT_OUT)
        and (ROOT / name).is_file()
    ]


def main() -> int:
    """Read every file; return 1 if there is a fault."""
    files = list_files()
    pages = [name for name in files if name.endswith(".md")]
    code = [name for name in files if not name.endswith(".md")]
    rules = [*CHOSEN, *list_rules()]
    faults = find_faults(pages, rules)
    faults += find_faults(code, [name for name in rules if name not in PAGES_ONLY])
    for fault in faults:
        text = " ".join(fault.text.split())
        print(f"{fault.path}:{fault.line}:{fault.column} {fault.rule}: {text}\n    {fault.message}")
    print(f"prose: {len(files)} files, {len(rules)} rules, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
