"""Which library a source file is of, by its path."""

from __future__ import annotations

import os

#: The folders that packages are installed to.
_INSTALLED = ("/site-packages/", "/dist-packages/")
_STANDARD = os.path.dirname(os.__file__).replace("\\", "/") + "/"
#: Python's own modules that are part of the interpreter.
_FROZEN = "<frozen "


def library_of(path: str) -> str:
    """Return the name of the package, or module, that a file is of; "" for the program's own.

    Args:
        path: The path, with slashes.
    """
    for folder in _INSTALLED:
        if folder in path:
            return _first_name(path.rpartition(folder)[2])
    if path.startswith(_STANDARD):
        return _first_name(path.removeprefix(_STANDARD))
    if path.startswith(_FROZEN):
        return path.removeprefix(_FROZEN).rstrip(">").partition(".")[0]
    return ""


def _first_name(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")
