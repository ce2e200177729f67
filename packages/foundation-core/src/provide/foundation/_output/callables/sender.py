"""Batches of lines, handed to a function of the user's that sends them: tried again, or counted.

The function runs in the thread of its output and nowhere else. It may raise, hang, log or fork:
each line is counted as written or dropped, once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from random import uniform
from time import monotonic
from typing import Any

from provide.foundation._diagnostics.losses import drop_reason, report_dropped
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.delivery.queue import Entry, LineQueue
from provide.foundation._output.output import Sink
from provide.foundation._process.forks import make_mark, notice_fork

#: Under this reason the lines count that the function has refused by returning False.
REFUSED = "refused"
#: Under this kind each call of the function counts that has failed.
FAULT = "sender"
#: Seconds before the second attempt, about; each further wait is twice as long as the one before.
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0

Send = Callable[[list[bytes]], object]


class SenderSink(Sink):
    """Stand for the function where a single line would have to be handed to it: it never is."""

    KIND = "a callable, in batches"

    def __init__(self, send: Send) -> None:
        owner = getattr(send, "__self__", send)
        self.counts = COUNTERS.counts(getattr(send, "__qualname__", type(send).__name__), owner)

    def deliver(self, index: int, data: bytes) -> None:
        """Count a line as dropped that comes when nobody sends any more: no call waits for that."""
        self.counts.drop("exit", None, index)


class BatchSender:
    """Take lines off a queue, hand them to a function, and try again where it fails.

    Args:
        send: The function; it raises where it is worth another attempt, and returns False where it
            is not.
        queue: Where the lines are taken from.
        most_lines: Of one batch.
        most_bytes: Of one batch, unless a single line has more.
        attempts: How many times a batch is tried at most.
        retry_s: Seconds after the first attempt at which the last one begins.
        pause: Waits so many seconds, or until `is_open` says that there is nothing to wait for.
    """

    def __init__(
        self,
        send: Send,
        queue: LineQueue,
        *,
        most_lines: int,
        most_bytes: int,
        attempts: int,
        retry_s: float,
        pause: Callable[[float], None],
    ) -> None:
        self.most_lines = most_lines
        self.most_bytes = most_bytes
        self.retry_s = retry_s
        #: The `time.monotonic` at which the present call of the function began; 0: there is none.
        self.busy_since = 0.0
        #: The one at which the oldest line may have come that has not been taken off the queue.
        self.oldest_at = 0.0
        self._send: Any = send
        self._queue = queue
        self._counts = queue.counts
        self._attempts = attempts
        self._pause = pause
        self._mark = make_mark()
        self._open: deque[Sequence[Entry]]
        self.renew()

    def renew(self) -> None:
        """Begin without lines, as a forked child has to."""
        # Whoever takes a batch out of here settles its lines: the thread, or a stop whose time is
        # up while the function is at it. Another object: a thread that has forked has this one.
        self._open = deque()
        self.busy_since = 0.0

    def is_open(self) -> bool:
        """Say whether there is a batch whose lines are not settled."""
        return bool(self._open)

    def wake(self) -> None:
        """Know that the lines that are queued now have come just now."""
        self.oldest_at = monotonic()

    def write_here(self) -> None:
        """Count as dropped what is queued: there is no thread, and no call sends anything."""
        self.abandon()

    def write_some(self) -> int:
        """Send what is queued, up to a batch: in several where it has too many bytes for one.

        Returns:
            How many lines there were.
        """
        taken: list[Entry] = []
        self._open.append(taken)
        now = monotonic()
        lines = self._queue.lines
        try:
            # From C into the list: it has every line that was taken. Another thread
            # may have taken the rest (IndexError).
            number = min(len(lines), self.most_lines)
            taken.extend(islice(iter(lines.popleft, None), number))
        except IndexError:
            pass
        if not lines:
            self.oldest_at = now
        batches = self._open
        while batches:
            self._split_first(batches)
            self._ship(batches[0], batches)
        if self._queue.unreported:
            self._queue.unreported = False
            report_dropped(self._counts)
        return len(taken)

    def _split_first(self, batches: deque[Sequence[Entry]]) -> None:
        """Let the first batch have no more bytes than it may."""
        entries, size = batches[0], 0
        for place, (_, data) in enumerate(entries):
            size += len(data)
            if size > self.most_bytes and place:
                # In this order a stop may come between the two, and counts no line twice.
                batches[0] = entries[place:]
                batches.appendleft(entries[:place])
                return

    def _ship(self, batch: Sequence[Entry], batches: deque[Sequence[Entry]]) -> None:
        first = monotonic()
        failure: BaseException | None = None
        answer: object = None
        for attempt in range(1, self._attempts + 1 if batch else 1):
            failure, answer = None, None
            self.busy_since = monotonic()
            try:
                answer = self._send([data for _, data in batch])
            except BaseException as error:  # never silent, and the thread lives: it is the user's
                failure = error
            if not self._mark[0]:  # the function has forked, and this is the child
                notice_fork()
            if batches is not self._open:  # the parent goes on with it
                batches.clear()
                return
            self.busy_since = 0.0
            if failure is None and answer is not False:
                break
            self._note(len(batch), failure)
            left = first + self.retry_s - monotonic()
            if failure is None or attempt == self._attempts or left <= 0:
                break
            wait = _FIRST_WAIT_S * 2 ** (attempt - 1) * uniform(0.5, 1.5)  # not all at once
            self._pause(min(wait, _LONGEST_WAIT_S, left))
            if not batches:
                break
        try:
            batches.popleft()
        except IndexError:  # given up meanwhile, and counted
            return
        if failure is not None:
            self._drop(batch, drop_reason(failure), failure)
            report_dropped(self._counts)
        elif answer is False:
            self._drop(batch, REFUSED, None)
            report_dropped(self._counts)
        else:
            for index, data in batch:
                counter, size = self._counts.written[index], len(data)
                counter.count += 1
                counter.bytes += size
            self._queue.settle(len(batch), sum(len(data) for _, data in batch))

    def _note(self, lines: int, failure: BaseException | None) -> None:
        COUNTERS.fault(FAULT)
        name = self._counts.name
        error = REFUSED if failure is None else drop_reason(failure)
        DIAGNOSTICS.report_once(
            f"{FAULT}:{name}",
            "batch could not be sent",
            {"output": name, "lines": lines, "error": error},
        )

    def note_hang(self) -> None:
        """Say once that the function has not come back for longer than a batch is tried."""
        since = self.busy_since
        if since and monotonic() - since > self.retry_s:
            self.busy_since = 0.0  # so that this call of it counts once
            COUNTERS.fault(FAULT)
            name = self._counts.name
            DIAGNOSTICS.report_once(
                f"hang:{name}",
                "sender of batches does not return",
                {"output": name, "seconds": round(monotonic() - since, 1)},
            )

    def abandon(self) -> None:
        """Count as dropped what could not be sent in time, the batch that is tried among it."""
        for left in (self._open, self._queue.lines):
            try:
                while True:
                    found: Any = left.popleft()
                    self._drop([found] if left is self._queue.lines else found, "exit", None)
            except IndexError:
                continue

    def _drop(self, entries: Sequence[Entry], reason: str, error: BaseException | None) -> None:
        for index, data in entries:
            self._counts.drop(reason, error, index)
            self._queue.settle(1, len(data))
