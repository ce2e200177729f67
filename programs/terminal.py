"""Run a program on a terminal of its own, and say what a person sees there in the end."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

from programs.program import Failure, environment

_COLUMNS, _ROWS = 4000, 50  # no row is folded
_PIECES = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


def run_on_terminal(command: Sequence[str], folder: Path, **more: str) -> list[str]:
    """Return the rows that stand on the terminal when a program has ended.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        **more: Variables of its environment.

    Raises:
        Failure: It failed.
    """
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    process = subprocess.Popen(
        command, cwd=folder, env=environment(TERM="xterm", **more),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    written = bytearray()
    with suppress(OSError):  # the end of a terminal that nobody holds any more
        while piece := os.read(ours, 65536):
            written += piece
    os.close(ours)
    if process.wait(60):
        raise Failure(f"{command[0]} ended with {process.returncode}: {bytes(written)!r}")
    return show(written.decode())


def show(text: str) -> list[str]:
    """Return the rows that a terminal shows of a text; colours are left out.

    Source: ECMA-48, sections 8.3.22 (CUU), 8.3.39 (ED) and 8.3.41 (EL).
    """
    rows, row, column = [""], 0, 0
    for found in _PIECES.finditer(text):
        number, kind, control, plain = found.groups()
        if plain:
            before = rows[row].ljust(column)
            rows[row] = before[:column] + plain + before[column + len(plain) :]
            column += len(plain)
        elif control == "\r":
            column = 0
        elif control == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif kind == "A":
            row = max(row - int(number or 1), 0)
        elif kind == "K":
            rows[row] = "" if number == "2" else rows[row][:column]
    return [each.rstrip() for each in rows]
