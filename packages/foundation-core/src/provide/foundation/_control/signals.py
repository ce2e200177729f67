"""A signal that is handled for as long as somebody wants it, and handed on to the handler before.

Python lets no thread but the main one install a handler. Where another one gives a signal back, the
handler stays until the next signal, which runs in the main thread: it then puts the one before back
and does nothing else of its own.
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


def check_thread(field: str) -> None:
    """Refuse a field that asks for a handler, where it cannot be installed.

    Raises:
        ConfigurationError: This is not the main thread.
    """
    if not is_possible():
        allowed = "False where the set-up does not run in the main thread"
        raise ConfigurationError(field, True, allowed)


def prepare_termination(
    present: SignalHandler | None, drain: Callable[[bool], None]
) -> SignalHandler:
    """Return the handler of SIGTERM that a set-up installs to have the queues written.

    Args:
        present: That of the set-ups before, which stays.
        drain: Writes what they hold; called with True if the process ends right after it.

    Raises:
        ConfigurationError: This is not the main thread, and nothing is installed yet.
    """
    # A followed file that has changed is set up in a thread of its own: the handler stays.
    if present is None or not present.is_installed():
        check_thread("logging.delivery.drain_on_sigterm")
    return SignalHandler(signal.SIGTERM, drain, ends=True) if present is None else present


class SignalHandler:
    """Handle a signal, and then do what was done before.

    Args:
        number: The signal.
        act: Is called for each, with True if the process ends right after it.
        ends: Whether the process ends where nobody handled the signal before.
    """

    def __init__(self, number: int, act: Callable[[bool], None], *, ends: bool) -> None:
        self._number = number
        self._act = act
        self._ends = ends
        self._previous: Any = None
        self._is_wanted = False

    def install(self) -> None:
        """Install the handler, unless it is there; else the caller is the main thread."""
        self._is_wanted = True
        present: Any = signal.getsignal(self._number)
        if present == self._handle:
            return
        if present is None:
            name = signal.Signals(self._number).name
            DIAGNOSTICS.report_once(
                f"signal:{name}", f"{name} has a handler that is not Python's: it stays", {}
            )
            return
        while _is_given_back(present):
            present = present.__self__._previous
        self._previous = present
        hooks.handle(self._number, self._handle)

    def is_installed(self) -> bool:
        """Say whether the handler is there; any thread may ask."""
        return bool(signal.getsignal(self._number) == self._handle)

    def remove(self) -> None:
        """Put the handler before back, unless somebody has installed another since."""
        self._is_wanted = False
        if is_possible() and self.is_installed():
            hooks.handle(self._number, self._previous)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        previous, is_wanted = self._previous, self._is_wanted
        goes_now = not is_wanted and self.is_installed()
        try:
            if goes_now:
                hooks.handle(number, previous)
            elif is_wanted:
                self._act(self._ends and previous is signal.SIG_DFL)
        finally:
            if callable(previous):
                previous(number, frame)
            elif previous is signal.SIG_DFL and (self._ends or goes_now):
                hooks.handle(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)


def _is_given_back(handler: Any) -> bool:
    """Say whether a handler is one of ours that waits for the next signal to go."""
    owner = getattr(handler, "__self__", None)
    return isinstance(owner, SignalHandler) and not owner._is_wanted
