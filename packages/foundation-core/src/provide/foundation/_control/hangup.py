"""A signal at which a followed file is read again; the handler before is called, too.

The handler does nothing but ring a bell: the file is read by the thread that waits for it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from provide.foundation._control.termination import is_possible
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._process import hooks
from provide.foundation.errors import ConfigurationError


class Hangup:
    """Handle a signal for as long as a file is followed.

    Args:
        number: The signal.
        ring: Is called for each; it may be called in a signal handler.
    """

    def __init__(self, number: int, ring: Callable[[], None]) -> None:
        self._number = number
        self._ring = ring
        self._previous: Any = None

    def install(self) -> None:
        """Install the handler.

        Raises:
            ConfigurationError: This is not the main thread, and Python lets no other do it.
        """
        check_thread()
        present = signal.getsignal(self._number)
        if present is None:
            name = signal.Signals(self._number).name
            DIAGNOSTICS.report_once(
                f"signal:{name}", f"{name} has a handler that is not Python's: it stays", {}
            )
            return
        self._previous = present
        hooks.handle(self._number, self._handle)

    def remove(self) -> None:
        """Put the handler before back, unless somebody has installed another since.

        Another thread cannot: then the handler stays, and hands on to the one before.
        """
        self._ring = _nothing
        if is_possible() and signal.getsignal(self._number) == self._handle:
            hooks.handle(self._number, self._previous)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._ring()
        if callable(self._previous):
            self._previous(number, frame)


def check_thread() -> None:
    """Refuse every thread but the main one.

    Raises:
        ConfigurationError: This is another.
    """
    if not is_possible():
        allowed = "False where the set-up does not run in the main thread"
        raise ConfigurationError("reload_on_signal", True, allowed)


def _nothing() -> None:
    """Stand in for a ring that nobody waits for."""
