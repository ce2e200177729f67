"""Sinks that give their lines to a `Screen` first; lanes hand them the flat lines."""

from __future__ import annotations

import os
from typing import Any

from provide.foundation._output.journal import JournalSink
from provide.foundation._output.standard import StandardSink
from provide.foundation._output.stream import StreamSink
from provide.foundation._output.windows.console import ConsoleSink
from provide.foundation._process.interrupts import let_through
from provide.foundation._render.terminal.screen import Screen


class ScreenSink(StandardSink):
    """Write to stderr or stdout what a `Screen` makes of each line; `screen` is set once."""

    AS_IS = False
    screen: Screen

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        _deliver(self, index, self.screen.lay_out(index, data))


_deliver = StandardSink.deliver


class ScreenJournal(JournalSink):
    """Do the same where systemd's journal reads the stream."""

    screen: Screen

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        _deliver(self, index, self.screen.lay_out(index, data))


class ScreenStream(StreamSink):
    """Do the same for a stream of the user's."""

    screen: Screen

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        super().deliver(index, self.screen.lay_out(index, data))


class ScreenConsole(ConsoleSink):
    """Do the same for a console of Windows."""

    screen: Screen

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        _deliver(self, index, self.screen.lay_out(index, data))


def shows_signs(stream: Any) -> bool:
    """Say whether a stream's encoding has our signs; one that names no encoding takes UTF-8."""
    try:
        "─│⟨⋮✖❯↳".encode(getattr(stream, "encoding", None) or "utf-8")  # noqa: RUF001
    except Exception:  # never raises: the stream is the user's, and its encoding may be anything
        let_through()
        return False
    return True


def terminal_columns(stream: Any) -> int:
    """Return the width of the terminal that a stream writes to; 0: it is none, or does not say."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except Exception:  # a log call never raises: a stream is anything with a `write`
        let_through()
        return 0
