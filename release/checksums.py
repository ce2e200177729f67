"""Writes SHA256SUMS over a folder: `python -m release.checksums dist`; `sha256sum -c` reads it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from release.distributions import hash_of

NAME = "SHA256SUMS"


def write_checksums(folder: Path) -> Path:
    """Write the checksum of every other file of a folder, by name, and return where."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name != NAME)
    sums = folder / NAME
    sums.write_text("".join(f"{hash_of(file)}  {file.name}\n" for file in files), encoding="utf-8")
    return sums


def main(arguments: Sequence[str]) -> int:
    """Write the sums of the folder that is named, and print them."""
    print(write_checksums(Path(arguments[0])).read_text(encoding="utf-8"), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
