"""Lines to a function of the user's: its exceptions are caught, counted and reported."""

from __future__ import annotations

from collections.abc import Callable

from provide.foundation._diagnostics.losses import drop_or_raise, report_dropped
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.output import Sink
from provide.foundation._output.reentrancy import ReentryGate


class CallableSink(Sink):
    """Hand each line to a function that takes bytes; it may be called from any thread."""

    KIND = "a callable"

    def __init__(self, target: Callable[[bytes], object]) -> None:
        # A bound method is a new object each time that it is asked for.
        owner = getattr(target, "__self__", target)
        self.counts = COUNTERS.counts(getattr(target, "__qualname__", type(target).__name__), owner)
        self._target = target
        self._gate = ReentryGate(self._call, self._refuse)

    def deliver(self, index: int, data: bytes) -> None:
        """Call the function; if it raises, the line counts as dropped."""
        self._gate.run(index, data)

    def drain(self, deadline: float) -> bool:
        """Say whether nothing waits for an outer call of this thread."""
        return self._gate.is_idle()

    def _call(self, index: int, data: bytes) -> None:
        try:
            self._target(data)
            counter, size = self.counts.written[index], len(data)
            counter.count += 1
            counter.bytes += size
        except Exception as error:  # a log call never raises: the function is the user's
            drop_or_raise(self.counts, error, index)
            report_dropped(self.counts)

    def _refuse(self, reason: str, index: int) -> None:
        self.counts.drop(reason, None, index)
