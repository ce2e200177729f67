"""What can be known of a stream without a write to it: its file, its encoding, its end."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from typing import Any

from provide.foundation._process.interrupts import let_through

#: Of which each CI system sets one. Sources: their own pages of predefined variables.
_CI_SYSTEMS = (
    *("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "TRAVIS", "APPVEYOR", "DRONE"),
    *("TF_BUILD", "TEAMCITY_VERSION", "JENKINS_URL", "BITBUCKET_BUILD_NUMBER", "CIRRUS_CI"),
    *("CODEBUILD_BUILD_ID", "SEMAPHORE"),
)
#: Encodings whose text depends on what stood before it.
_STATEFUL = "(utf.?(16|32|7|8.?sig)$|iso.?2022|hz)"


def file_below(stream: Any) -> io.FileIO | None:
    """Return the file to which a stream of `open`'s writes; `None`: it is no such stream.

    Subclasses are left alone, which may do anything in their `write`, and so are encodings that
    keep a state or begin with a mark: a line encoded by itself would be another one.
    """
    inner = stream
    if type(stream) is io.TextIOWrapper:
        if os.linesep != "\n" or re.match(_STATEFUL, stream.encoding or "", re.IGNORECASE):
            return None
        inner = stream.buffer
    if type(inner) is io.BufferedWriter:
        inner = inner.raw
    return inner if type(inner) is io.FileIO else None


def is_closed(stream: Any) -> bool:
    """Say whether a stream is closed, or has been taken apart."""
    try:
        return bool(getattr(stream, "closed", False))
    except Exception:  # never raises: a detached stream raises, and the user's own may do anything
        let_through()
        return True


def encode_for(data: bytes, encoding: str | None) -> bytes:
    r"""Return a line in a stream's encoding; other characters as ``\u20ac``, valid in JSON too.

    Args:
        data: The line, in UTF-8.
        encoding: The encoding's name; None means UTF-8.
    """
    if encoding is None or encoding.lower() in ("utf-8", "utf8"):
        return data
    return fit(data.decode("utf-8", "replace"), encoding).encode(encoding, "backslashreplace")


def fit(text: str, encoding: str) -> str:
    r"""Return a text with the characters that an encoding lacks as ``\u20ac``, as JSON has it."""
    table = {}
    for character in set(text):
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            pairs = character.encode("utf-16-be", "surrogatepass").hex()
            table[ord(character)] = "".join(
                f"\\u{pairs[start : start + 4]}" for start in range(0, len(pairs), 4)
            )
    return text.translate(table)


def has_descriptor(stream: Any) -> bool:
    try:
        return isinstance(stream.fileno(), int)
    except Exception:  # a log call never raises: many streams have none
        let_through()
        return False


if sys.platform == "win32":
    from provide.foundation._windows.console import is_console, obeys_escapes

    def is_device(stream: Any) -> bool:
        """Say whether a stream is a device that is no console, such as `NUL`, a tty by its word."""
        kinds = io.TextIOWrapper | io.BufferedWriter | io.FileIO
        return isinstance(stream, kinds) and not is_console(stream.fileno())

    def console_below(stream: Any) -> Any:
        """Return the raw stream below a text stream that has no buffer, else the stream itself.

        A console takes 32,767 bytes at once, and says how many; without a buffer (stderr under
        PYTHONUNBUFFERED=1) the text stream does not look, and the rest of a longer line is lost.

        Source: `_io__WindowsConsoleIO_write_impl` in CPython's Modules/_io/winconsoleio.c.
        """
        if type(stream) is io.TextIOWrapper and isinstance(stream.buffer, io.RawIOBase):
            stream.flush()
            return stream.buffer
        return stream


def is_terminal(stream: Any) -> bool:
    """Say whether a stream is a terminal; one that is closed, None or foreign is none."""
    try:
        if sys.platform == "win32" and is_device(stream):
            return False
        return bool(stream.isatty())
    except Exception:  # a log call never raises: a stream is anything with a `write`
        let_through()
        return False


def is_reported(stream: Any) -> bool:
    """Say whether pytest's reports show what a stream takes; Foundation's plugin marks those."""
    try:
        return getattr(stream, "foundation_reported", False) is True
    except Exception:  # never raises: a stream is anything with a `write`
        let_through()
        return False


def is_read(stream: Any, where: str) -> bool:
    """Say whether people read what a standard stream takes that is no terminal.

    Args:
        stream: The stream.
        where: ``pytest``, in its reports; ``ci``, in the log of a CI system, too; or ``never``.
    """
    if where == "never":
        return False
    if is_reported(stream):
        return True
    if where != "ci" or not any(map(os.environ.get, _CI_SYSTEMS)):
        return False
    try:  # a file is for programs
        return not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except Exception:  # never raises: as above
        let_through()
        return False


def wants_colors(stream: Any, *, terminal: bool) -> bool:
    """Say whether a stream gets colours where nobody has set it in code.

    Args:
        stream: The stream.
        terminal: Whether it is a terminal.

    Source: https://no-color.org and https://force-color.org; terminfo(5) on ``dumb``.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return terminal and os.environ.get("TERM") != "dumb" and shows_colors(stream)


def shows_colors(terminal: Any) -> bool:
    """Say whether a terminal shows colours; older consoles of Windows show their codes instead."""
    if sys.platform == "win32" and has_descriptor(terminal) and is_console(terminal.fileno()):
        return obeys_escapes(terminal.fileno())
    return True


def can_show_emoji(stream: Any) -> bool:
    """Say whether a stream's encoding has emoji; one that names no encoding takes UTF-8."""
    try:
        "\N{KEY}".encode(getattr(stream, "encoding", None) or "utf-8")
    except Exception:  # never raises: the stream is the user's, and its encoding may be anything
        let_through()
        return False
    return True
