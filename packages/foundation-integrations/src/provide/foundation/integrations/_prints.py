"""What the code of a worker prints: a line for each text that ends, with the ids of its task."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable


class _Thread(threading.local):
    """What a thread has printed since its last end of line, and whether it is being logged."""

    text = ""
    is_logging = False


class Printed:
    """Be a stream of text whose lines are records of a logger.

    It has a logger of `logging` and nothing else to write to: by that, core knows that it leads
    back to the outputs, and writes to the stream that the interpreter has started with. Any thread
    may write.

    Args:
        name: ``"stdout"`` or ``"stderr"``.
        logger: The logger's name.
        level: The level of the lines, as `logging` has it.
    """

    encoding = "utf-8"
    errors = "backslashreplace"
    closed = False
    mode = "w"

    def __init__(self, name: str, logger: str, level: int) -> None:
        self.name = name
        self.logger = logging.getLogger(logger)
        self.level = level
        self._thread = _Thread()

    def write(self, text: str) -> int:
        """Take a text; `print("a", "b")` comes in four."""
        thread = self._thread
        if thread.is_logging:  # a handler on this very stream: nothing of ours
            original = getattr(sys, f"__{self.name}__", None)
            return int(original.write(text)) if original is not None else len(text)
        *whole, thread.text = (thread.text + text).split("\n")
        for line in whole:
            self._log(line)
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        """Take several texts."""
        for text in texts:
            self.write(text)

    def end_line(self) -> None:
        """Write what the present thread has printed without an end of line."""
        text, self._thread.text = self._thread.text, ""
        self._log(text)

    def _log(self, line: str) -> None:
        if not line.strip():
            return
        self._thread.is_logging = True
        try:
            self.logger.log(self.level, "%s", line)
        finally:
            self._thread.is_logging = False

    def flush(self) -> None:
        """Do nothing: a line without an end waits for its end, or for that of its task."""

    def close(self) -> None:
        """Do nothing: the interpreter's own stream stays open."""

    def fileno(self) -> int:
        """Return the descriptor of the interpreter's own stream, which child processes inherit.

        Raises:
            OSError: There is none.
        """
        original = getattr(sys, f"__{self.name}__", None)
        if original is None:
            raise OSError(f"there is no {self.name}")
        return int(original.fileno())

    def isatty(self) -> bool:
        """Return False."""
        return False

    def readable(self) -> bool:
        """Return False."""
        return False

    def writable(self) -> bool:
        """Return True."""
        return True


def redirect_prints(logger: str, level: int | str = logging.WARNING) -> None:
    """Make lines of what is printed to stdout and stderr from now on; idempotent.

    Args:
        logger: The logger's name.
        level: The level of the lines.
    """
    number = logging.getLevelName(level.upper()) if isinstance(level, str) else level
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), Printed):
            given = number if isinstance(number, int) else logging.WARNING
            setattr(sys, name, Printed(name, logger, given))


def end_prints() -> None:
    """Write what the present thread has printed without an end of line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Printed):
            stream.end_line()
