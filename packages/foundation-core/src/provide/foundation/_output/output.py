"""What an output is: a sink, the lowest level that it takes, and the format that it wants."""

from __future__ import annotations

from collections.abc import Callable

from provide.foundation._diagnostics.stats import Counts
from provide.foundation._process.patience import Patience
from provide.foundation._record.record import Record

Render = Callable[[Record], bytes]


class Sink:
    """Take finished lines; every call ends in a line that is written or counted as dropped."""

    counts: Counts
    #: How long calls wait for what it writes to; `None`: the user's own code decides.
    patience: Patience | None = None

    @property
    def destination(self) -> Sink:
        """The sink that writes: this one, unless it only hands lines over."""
        return self

    def deliver(self, index: int, data: bytes) -> int | None:
        """Write one line of the level with this counter index; `None`: all is dealt with."""
        raise NotImplementedError

    def follow(self) -> None:
        """Look, about once a second, whether the destination has been moved."""

    def measure(self) -> None:
        """Look, about once in 64 lines, whether the destination has grown too long."""

    def flush(self) -> None:
        """Pass on what is kept back; direct delivery keeps nothing, unless it was interrupted."""

    def drain(self, deadline: float) -> bool:
        """Wait until the lines taken so far are with the kernel, or counted as dropped.

        Args:
            deadline: The `time.monotonic` to give up at.

        Returns:
            False if there was not the time, or if something waits for a call of this thread.
        """
        self.flush()
        return True

    def stop(self) -> None:
        """Flush for the last time: lines that come later are written in their own calls."""
        self.flush()

    def close(self) -> None:
        """Let go of what belongs to somebody else; what calls in flight write to stays open."""
        self.flush()


class Output:
    """Join a sink to the lowest level that it takes and to the format that it wants.

    Args:
        sink: Where finished lines go; a `HandlerSink` takes the `Record` itself as well.
        level: The lowest level that is written.
        render: Makes the bytes.
        format_key: Outputs with an equal key share one rendering of each line.
        shows_emoji: Whether lines carry the emoji here.
        exceptions: How its lines have an exception: ``object``, ``text`` or ``both``. It is the
            first for formats that have a form of their own.
    """

    __slots__ = ("exceptions", "format_key", "level", "render", "shows_emoji", "sink")

    def __init__(
        self,
        sink: Sink,
        level: int,
        render: Render,
        format_key: object,
        *,
        shows_emoji: bool,
        exceptions: str = "object",
    ) -> None:
        self.sink = sink
        self.level = level
        self.render = render
        self.format_key = format_key
        self.shows_emoji = shows_emoji
        self.exceptions = exceptions
