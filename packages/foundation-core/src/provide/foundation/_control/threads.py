"""A thread that waits most of the time, is begun anew in each forked child, and can be ended.

It is started without the locks of `threading.Thread`: a signal handler may start it, and the code
that it has interrupted may hold them. It keeps no process alive.
"""

from __future__ import annotations

import weakref
from _thread import start_new_thread
from collections.abc import Callable
from time import monotonic

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.forks import notice_fork, renew_after_fork
from provide.foundation._process.interrupts import let_through
from provide.foundation._process.locks import Bell

#: How long the next call waits after one that has raised something.
_AFTER_FAILURE_S = 1.0
_WAITING: weakref.WeakSet[Waiter] = weakref.WeakSet()


class Waiter:
    """Call a function again and again, each time after a wait that it has asked for.

    Args:
        work: Is told whether the bell rang, and returns the seconds until it is to be called
            again, -1 for as long as nobody rings, or `None`: the thread ends, and `is_running` is
            False already. If it raises something, it is called again a second later.
        fault: The kind under which that counts.
        trouble: What is said of it.
        **details: What is said further.
    """

    def __init__(
        self, work: Callable[[bool], float | None], fault: str, trouble: str, **details: str
    ) -> None:
        self._work = work
        self._fault = fault
        self._trouble = trouble
        self._details = details
        self._bell = Bell()
        self.is_running = False
        #: When the wait ends, on `time.monotonic`; None where only a ring ends it.
        self._until: float | None = None
        _WAITING.add(self)

    def start(self, first_wait_s: float) -> None:
        """Start the thread, unless it runs.

        Raises:
            RuntimeError: No thread can be had.
        """
        notice_fork()
        if self.is_running:
            return
        self.is_running = True  # no call since the look: two threads would both start one
        started: list[int] = []
        try:
            self._wait(first_wait_s)
            # From C into the list: it has every thread that was started, whatever interrupts.
            started.extend(map(start_new_thread, (self._run,), ((self._bell, first_wait_s),)))
        finally:
            if not started:
                self.is_running = False

    def ring(self) -> None:
        """Have the function called at once; in a signal handler, too."""
        self._bell.ring()

    def stop(self) -> None:
        """End the thread, once it has returned from the function."""
        bell, self._bell, self.is_running = self._bell, Bell(), False
        bell.ring()

    def renew(self) -> None:
        """Give a forked child a thread of its own, if the parent has one."""
        if self.is_running:
            self._bell, self.is_running = Bell(), False
            try:
                self.start(-1 if self._until is None else max(self._until - monotonic(), 0.0))
            except (RuntimeError, MemoryError):  # a fork never raises: none can be had
                return

    def _wait(self, wait_s: float) -> None:
        self._until = None if wait_s < 0 else monotonic() + wait_s

    def _run(self, bell: Bell, wait_s: float | None) -> None:
        while wait_s is not None:
            self._wait(wait_s)
            has_rung = bell.wait(wait_s)
            if self._bell is not bell:  # it has been stopped
                return
            wait_s = self._call(has_rung)

    def _call(self, has_rung: bool) -> float | None:
        try:
            return self._work(has_rung)
        except Exception as error:  # never raises: without the thread nothing would come any more
            let_through()
            COUNTERS.fault(self._fault)
            fields = {**self._details, "error": repr(error)}
            DIAGNOSTICS.report(self._fault, self._trouble, fields)
            return _AFTER_FAILURE_S


def _renew_all() -> None:
    for waiter in tuple(_WAITING):
        waiter.renew()


renew_after_fork(_renew_all)
