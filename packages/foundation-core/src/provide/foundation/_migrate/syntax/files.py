"""The Python files below a path, and their texts."""

from __future__ import annotations

import io
import os
import tokenize
from collections.abc import Iterator, Sequence

#: Folders that hold other people's code, or none that is run; not where they are packages.
LEFT_OUT = frozenset((
    "venv", "env", "virtualenv", "site-packages", "node_modules", "__pypackages__", "build", "dist",
))  # fmt: skip
_SUFFIXES = (".py", ".pyw")
#: A file that is larger was made by a program, and its tree takes a hundred times the memory.
MAX_BYTES = 5_000_000


class Unreadable(Exception):
    """Say why a file has no syntax tree."""


class Walk:
    """Walk through paths once, each file and folder under its first name.

    Args:
        paths: Files and folders. One that is named here is never left out.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        #: Folders that were left out, in the order in which they were met.
        self.left_out: list[str] = []
        #: Folders and files that could not be read, with the reason.
        self.unreadable: list[tuple[str, str]] = []
        self._seen: set[tuple[int, int]] = set()

    def __iter__(self) -> Iterator[str]:
        """Yield the path of each Python file."""
        for path in self.paths:
            if os.path.isdir(path):
                yield from self._descend(path)
            elif self._is_new(path):
                yield path

    def _descend(self, top: str) -> Iterator[str]:
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            # Links may lead in a circle, or to a folder that has been read under another name.
            if not self._is_new(folder):
                continue
            try:
                with os.scandir(folder) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                self.unreadable.append((folder, error.strerror or str(error)))
                continue
            folders: list[str] = []
            for entry in entries:
                if _is_folder(entry):
                    if entry.name == "__pycache__":
                        continue  # it has no sources, and would fill the report
                    (self.left_out if _is_left_out(entry) else folders).append(entry.path)
                elif entry.name.endswith(_SUFFIXES) and self._is_new(entry.path):
                    yield entry.path
            waiting += reversed(folders)

    def _is_new(self, path: str) -> bool:
        try:
            found = os.stat(path)
        except OSError as error:
            self.unreadable.append((path, error.strerror or str(error)))
            return False
        key = (found.st_dev, found.st_ino)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_left_out(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name.startswith(".") or name.endswith(".egg-info"):
        return True
    if name in LEFT_OUT:
        return not os.path.exists(os.path.join(entry.path, "__init__.py"))
    # A virtual environment of any name (PEP 405).
    return os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))


def read_text(path: str) -> tuple[str, str]:
    """Return the text of a file and the encoding that it names (PEP 263), line ends as they are.

    Raises:
        Unreadable: It is no regular file, too large, not to be read, or not in that encoding.
    """
    try:
        # A pipe or a device would be waited for.
        if not os.path.isfile(path):
            raise Unreadable("not a regular file")
        if os.path.getsize(path) > MAX_BYTES:
            raise Unreadable(f"larger than {MAX_BYTES:,} bytes")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    except (SyntaxError, LookupError) as error:
        raise Unreadable(f"no encoding: {error}") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"not {error.encoding}: byte {error.start}") from None
    if "\0" in text:
        raise Unreadable("has null characters")
    return text, encoding
