"""Checks what is to be released, builds it into dist/ and writes its notes.

Without options it makes the release of the tag that the workflow runs on, and nothing else will do;
`--dry-run` makes all packages of the tree, whatever its state.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from release.changes import find_faults, read_section, version_of
from release.distributions import build_all
from release.errors import ReleaseError
from release.source import ROOT, find_tagged, git, list_packages


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the distributions; 1 if one is not as it should be, 2 if there is nothing to release."""
    parser = argparse.ArgumentParser(prog="release", description=__doc__, allow_abbrev=False)
    parser.add_argument("--dry-run", action="store_true", help="every package, and no tag needed")
    parser.add_argument(
        "--compile-with", action="append", default=[], metavar="PYTHON",
        help="also a compiled wheel for this Python, which has the back end; may be repeated",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        packages = list_packages(ROOT) if options.dry_run else [find_tagged(ROOT, os.environ)]
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 2
    faults = [each for name in packages for each in find_faults(name, tagged=not options.dry_run)]
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
        return 1
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    try:
        built = build_all(ROOT, packages, dist, options.compile_with)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    for package in packages:
        write_notes(package, dist)
    if options.dry_run and git(ROOT, "status", "--porcelain"):
        print("note: the tree has changes that no commit holds")
    print(f"{len(built)} distributions, each built twice with the same bytes, in {dist.name}/")
    return 0


def write_notes(package: Path, dist: Path) -> None:
    """Write what is new: the changelog's section, or the changes that wait for one."""
    version = version_of(package)
    text = read_section(package, version)
    if text is None:
        files = sorted((package / "changelog.d").glob("*.md"))
        text = "\n".join(f"- {file.read_text(encoding='utf-8').strip()}" for file in files)
    path = dist / f"release-notes-{package.name}.md"
    path.write_text(f"# {package.name} {version}\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
