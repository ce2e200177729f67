"""SIGTERM, where the configuration asks for it: queued lines are written.

Nothing is installed unless a set-up in the main thread says `drain_on_sigterm`.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._process import hooks
from provide.foundation.errors import ConfigurationError


def is_possible() -> bool:
    """Say whether this thread may install a handler: Python lets the main thread alone."""
    return threading.current_thread() is threading.main_thread()


def prepare(present: Termination | None, drain: Callable[[bool], None]) -> Termination:
    """Return what a set-up installs: the one that is there, or a new one.

    Args:
        present: That of the set-ups before.
        drain: As of `Termination`.

    Raises:
        ConfigurationError: This is not the main thread, and nothing is installed yet.
    """
    # A followed file that has changed is set up in a thread of its own: the handler stays.
    if not is_possible() and (present is None or not present.is_installed()):
        allowed = "False where the set-up does not run in the main thread"
        raise ConfigurationError("logging.delivery.drain_on_sigterm", True, allowed)
    return Termination(drain) if present is None else present


class Termination:
    """Handle SIGTERM, and then do what was done before.

    Args:
        drain: Writes what is queued; called with True if the process ends right after it.
    """

    def __init__(self, drain: Callable[[bool], None]) -> None:
        self._drain = drain
        self._previous: Any = None

    def install(self) -> None:
        """Install the handler, unless it is there; the caller is the main thread."""
        present = signal.getsignal(signal.SIGTERM)
        if present == self._handle:
            return
        if present is None:
            DIAGNOSTICS.report_once(
                "sigterm", "SIGTERM has a handler that is not Python's: it stays as it is", {}
            )
            return
        self._previous = present
        hooks.handle(signal.SIGTERM, self._handle)

    def is_installed(self) -> bool:
        """Say whether the handler is there; any thread may ask."""
        return bool(signal.getsignal(signal.SIGTERM) == self._handle)

    def remove(self) -> None:
        """Put the handler before back, unless somebody has installed another since."""
        if is_possible() and self.is_installed():
            hooks.handle(signal.SIGTERM, self._previous)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        previous = self._previous
        try:
            self._drain(previous is signal.SIG_DFL)
        finally:
            if callable(previous):
                previous(number, frame)
            elif previous is signal.SIG_DFL:
                hooks.handle(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
