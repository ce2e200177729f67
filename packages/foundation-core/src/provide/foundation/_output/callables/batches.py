"""Lines to a function of the user's that takes many at once: a queue, and a thread that waits.

A batch is sent once it is full, or once its oldest line is old enough; `flush`, a stop and a call
that waits for room end the wait. A line of an error does not: each would be a request of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import is_finalizing
from threading import get_ident
from time import monotonic
from typing import TYPE_CHECKING, Any

from provide.foundation._output.callables.sender import BatchSender, Send, SenderSink
from provide.foundation._output.delivery.background import BackgroundSink

if TYPE_CHECKING:
    from provide.foundation._config.groups import Delivery
    from provide.foundation._config.outputs import OutputConfig

#: Seconds between two looks whether a batch is full: no call wakes the thread for that.
_GLANCE_S = 0.05


class BatchSink(BackgroundSink):
    """Hand lines to a function, many at once, in a thread of its own; no call ever does.

    What the function logs in that thread is dropped here, as `reentrant`: it would make a further
    batch for ever. The other outputs take it.

    Args:
        send: The function.
        most_lines: Of one batch.
        most_bytes: Of one batch, unless a single line has more.
        age_s: Seconds that a line waits for others at most.
        attempts: How many times a batch is tried at most.
        retry_s: Seconds after the first attempt at which the last one begins at the latest.
        queue: The further arguments of `BackgroundSink`.
    """

    _batches: BatchSender

    def __init__(
        self,
        send: Send,
        *,
        batch_lines: int,
        batch_bytes: int,
        age_s: float,
        attempts: int,
        retry_s: float,
        **queue: Any,
    ) -> None:
        self._send = send
        self._batch_lines, self._batch_bytes = batch_lines, batch_bytes
        self._age_s = age_s
        self._attempts, self._retry_s = attempts, retry_s
        super().__init__(SenderSink(send), **queue)
        self.deliver = self._make_deliver()  # type: ignore[assignment, method-assign]

    def _make_writer(self, most_lines: int, most_bytes: int) -> BatchSender:
        return BatchSender(
            self._send,
            self.queue,
            most_lines=min(most_lines, self._batch_lines),
            most_bytes=min(most_bytes, self._batch_bytes),
            attempts=self._attempts,
            retry_s=self._retry_s,
            pause=self._pause,
        )

    def _make_deliver(self) -> Callable[[int, bytes], int | None]:
        # Cells of a function instead of attributes, as in the queue: each call pays for it.
        queue, put = self.queue, self.queue.put

        def deliver(index: int, data: bytes) -> int | None:
            if get_ident() == queue.writer_ident:
                queue.counts.drop("reentrant", None, index)
                return None
            return put(index, data)

        return deliver

    def follow(self) -> None:
        """Look whether the function hangs: its own thread cannot say so."""
        self._batches.note_hang()

    def _gather(self, bell: Any, is_urgent: bool) -> None:
        queue, sender = self.queue, self._batches
        deadline = sender.oldest_at + self._age_s
        while not (
            self._is_stopping
            or queue.has_waiters()
            or len(queue.lines) >= sender.most_lines
            or queue.depth()[1] >= sender.most_bytes
        ):
            remaining = deadline - monotonic()
            if remaining <= 0 or self._bell is not bell:
                return
            bell.acquire(True, min(remaining, _GLANCE_S))

    def _do_without(self) -> None:
        """Keep the lines, and try with the next one: no thread can be had at present."""
        if is_finalizing():
            super()._do_without()
        else:
            self.queue.sleep()

    def _pause(self, seconds: float) -> None:
        """Wait before the next attempt, unless its lines are given up meanwhile."""
        end = monotonic() + seconds
        while self._batches.is_open() and (left := end - monotonic()) > 0:
            self._bell.acquire(True, left)


def open_batches(send: Send, lines: int, entry: OutputConfig, delivery: Delivery) -> BatchSink:
    """Return what an output asks for that takes so many lines at once."""
    return BatchSink(
        send,
        batch_lines=lines,
        batch_bytes=entry.batch_bytes,
        age_s=entry.batch_age_s,
        attempts=entry.batch_attempts,
        retry_s=entry.batch_retry_s,
        # The default of other outputs waits, which no call does for a network.
        policy=entry.queue_policy or "drop_oldest",
        most_lines=delivery.queue_lines,
        most_bytes=delivery.queue_bytes,
        wait_s=delivery.write_timeout_s,
        drain_timeout_s=delivery.drain_timeout_s,
    )
