"""Where stderr of a library's process goes, for those that write text for people to it."""

from __future__ import annotations

import os


def point_stderr(path: str) -> None:
    """Let stderr append to a file, or write to a terminal."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY)
    os.dup2(fd, 2)
    os.close(fd)
