"""Rewrites locks for the advisory database: `python -m release.locks <folder>`.

pip-audit passes over what a marker excludes on the Python and the system that it runs on. So each
lock becomes a list without markers or, where it has two versions of a package, several of them.
Imports the standard library only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

LOCKS = Path(__file__).parent.parent / "requirements"
_ENTRY = re.compile(r"^([\w.-]+)(\S*==[^\s;]+)[^\\\n]*((?:\\\n    --hash=\S+ ?)*)$", re.MULTILINE)


def split_lock(text: str) -> list[str]:
    """Return requirements that have every version of a lock, and no package twice."""
    lists: list[dict[str, str]] = []
    for name, version, hashes in _ENTRY.findall(text):
        found = next((each for each in lists if name not in each), None)
        if found is None:
            found = {}
            lists.append(found)
        found[name] = f"{name}{version} {hashes}\n"
    return ["".join(each.values()) for each in lists]


def write_lists(locks: Path, folder: Path) -> None:
    """Write the requirements of each lock into a folder, as `<lock>.<number>.txt`."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(locks.glob("*.txt")):
        for number, text in enumerate(split_lock(file.read_text(encoding="utf-8"))):
            (folder / f"{file.stem}.{number}.txt").write_text(text, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Write all lists into the folder that is named."""
    write_lists(LOCKS, Path(arguments[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
