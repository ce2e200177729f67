"""The lines of a queue, taken off many at once, and written.

Whatever happens to a batch, each of its lines is written or counted as dropped: a loss is never
silent.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from time import monotonic

from provide.foundation._diagnostics.losses import report_dropped
from provide.foundation._output.delivery.queue import Entry, LineQueue
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.output import Sink
from provide.foundation._process.forks import make_mark, notice_fork

#: Lines that are taken off the queue at once.
_MOST_LINES = 4096
#: Bytes of one write, unless one line has more: other processes' lines wait for it.
_MOST_BYTES = 1024 * 1024
#: Seconds between two looks whether the file has been moved.
_LOOK_S = 1.0


class BatchWriter:
    """Take lines off a queue and write them to a sink; one thread does, unless there is none.

    Args:
        inner: The sink that writes.
        queue: Where the lines are taken from.
        most_lines: How many lines are taken at once at most.
    """

    def __init__(self, inner: Sink, queue: LineQueue, most_lines: int) -> None:
        self._inner = inner
        self._queue = queue
        self._counts = inner.counts
        self.most_lines = max(1, min(_MOST_LINES, most_lines))
        self._is_file = isinstance(inner, FileSink)
        self._next_look = 0.0
        self._mark = make_mark()
        self.renew()

    def renew(self) -> None:
        """Begin without lines, as a forked child has to."""
        self._batch: Sequence[Entry] = ()
        self._done = 0  # so many of the batch are settled, or on their way for good

    def wake(self) -> None:
        """Know that the lines that are queued now have come just now."""

    def write_here(self) -> None:
        """Write what is queued in this call; any number of calls may do so at once."""
        lines = self._queue.lines
        try:
            while True:
                index, data = lines.popleft()
                self._inner.deliver(index, data)
                self._queue.settle(1, len(data))
        except IndexError:
            return

    def write_some(self) -> int:
        """Write a batch of lines; whatever happens, each is written or counted as dropped.

        Returns:
            How many lines there were.
        """
        batch: list[Entry] = []
        try:
            if monotonic() >= self._next_look:
                self._next_look = monotonic() + _LOOK_S
                self._inner.follow()
            self._done, self._batch = 0, batch
            # From C into the list: it has every line that was taken. Another thread
            # may have taken the rest (IndexError).
            lines = self._queue.lines
            number = min(len(lines), self.most_lines)
            batch.extend(islice(iter(lines.popleft, None), number))
        except IndexError:
            pass
        except BaseException as error:
            self._lose(error)
            return len(batch)
        try:
            if self._is_file:
                self._write_together(batch, 0, len(batch))
            else:
                self._write_apart(batch, 0, len(batch))
        except BaseException as error:  # never silent: also what a callable of the user's raises
            self._lose(error)
        self._batch = ()
        if self._queue.unreported:
            self._queue.unreported = False
            report_dropped(self._counts)
        return len(batch)

    def _write_together(self, batch: Sequence[Entry], start: int, end: int) -> None:
        """Write lines with one system call, unless they are too many bytes for one."""
        if start == end:
            return
        try:
            indexes, lines = zip(*batch[start:end], strict=True)
            data = b"".join(lines)
        except MemoryError:  # for all of them at once
            self._write_apart(batch, start, end)
            return
        size = len(data)
        if size > _MOST_BYTES and end - start > 1:
            middle = (start + end) // 2
            self._write_together(batch, start, middle)
            self._write_together(batch, middle, end)
            return
        assert isinstance(self._inner, FileSink)
        self._inner.check()
        self._inner.measure()
        writer = self._inner.writer
        written = 0
        if writer.atomic and not writer.careful:
            try:
                written = os.write(writer.fd, data)
            except OSError:
                written = 0  # tried again below, and counted there
        if self._batch is not batch:  # given up meanwhile, and counted
            return
        if written < size:
            self._write_apart(batch, start, end, written)
            return
        self._done = end
        counters = self._counts.written
        for index in set(indexes):
            number = indexes.count(index)  # no call while it is added: threads change places there
            counters[index].count += number
        counters[indexes[0]].bytes += size
        self._queue.settle(end - start, size)

    def _write_apart(self, batch: Sequence[Entry], start: int, end: int, written: int = 0) -> None:
        """Write lines one by one, the first `written` bytes of which are written already."""
        for place in range(start, end):
            if not self._mark[0]:  # a callable of the user's has forked, and this is the child
                notice_fork()
            if self._batch is not batch:
                return
            self._done = place + 1
            index, data = batch[place]
            size = len(data)
            try:
                if written >= size:
                    written -= size
                    self._counts.written[index].count += 1
                    self._counts.written[index].bytes += size
                elif written:
                    part, written = written, 0
                    assert isinstance(self._inner, FileSink)
                    self._inner.writer.recover(index, data, part)
                else:
                    self._inner.deliver(index, data)
            except BaseException as error:
                self._counts.drop(type(error).__name__.lower(), error, index)
            self._queue.settle(1, size)

    def _lose(self, error: BaseException) -> None:
        """Count what is left of the batch as dropped, because of an error of our own."""
        self._drop(self._take_batch(), "internal", error)

    def abandon(self) -> None:
        """Count as dropped what could not be written in time, but for a line on its way."""
        left = list(self._take_batch())
        lines = self._queue.lines
        try:
            while True:
                left.append(lines.popleft())
        except IndexError:
            self._drop(left, "exit", None)

    def _take_batch(self) -> Sequence[Entry]:
        batch, done, self._batch = self._batch, self._done, ()
        return batch[done:]

    def _drop(self, entries: Sequence[Entry], reason: str, error: BaseException | None) -> None:
        for index, data in entries:
            self._counts.drop(reason, error, index)
            self._queue.settle(1, len(data))
