"""What an output is: a sink, which records it takes, and the format that it wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import LEVEL_INDEX, Counts
from provide.foundation._process.patience import Patience
from provide.foundation._record.record import Record
from provide.foundation.levels import CRITICAL, LEVELS, OFF, TRACE, find_level

if TYPE_CHECKING:
    from provide.foundation._output.filters import RecordFilter

Render = Callable[[Record], bytes]
_NONE: Mapping[str, int] = {}


class Sink:
    """Take finished lines; every call ends in a line that is written or counted as dropped."""

    #: What it writes to, in words.
    KIND = "an output"

    counts: Counts
    #: How long calls wait for what it writes to; `None`: the user's own code decides.
    patience: Patience | None = None

    #: Whether it wants the record as well as its bytes: then it is given both by `deliver_line`.
    takes_records = False

    @property
    def destination(self) -> Sink:
        """The sink that writes: this one, unless it only hands lines over."""
        return self

    def deliver(self, index: int, data: bytes) -> int | None:
        """Write one line of the level with this counter index; `None`: all is dealt with."""
        raise NotImplementedError

    def deliver_line(self, index: int, line: Record, data: bytes) -> None:
        """Write one line, of which it is given the record as well."""
        self.deliver(index, data)

    def takes_level(self, level: int) -> bool:
        """Say whether it writes, or counts, lines of a level."""
        return True

    def accepts(self, level: int) -> bool:
        """Say whether it does with a line of this very moment."""
        return self.takes_level(level)

    def keep(self, line: Record, data: bytes) -> tuple[Any, int]:
        """Return what `deliver_kept` needs of a line that is written later, and its bytes."""
        return None, 0

    def deliver_kept(self, index: int, data: bytes, kept: Any) -> None:
        """Write one line that was made earlier.

        Args:
            index: The level's counter index.
            data: The line.
            kept: What `keep` has returned for it.
        """
        self.deliver(index, data)

    def prefix(self, index: int) -> bytes:
        """Return what `deliver` puts in front of a line of this level, for one that passes it."""
        return b""

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

    def release(self) -> None:
        """Close a file that the system keeps from others, also beneath a call in flight."""


class LevelRange:
    """Hold the lowest and the highest level that are written, and other lowest ones for modules.

    Args:
        lowest: The lowest level, where `modules` says nothing else; `OFF`: none.
        highest: The highest level, whatever the logger.
        modules: A lowest level for each dotted prefix of logger names; the longest prefix wins.
    """

    __slots__ = ("highest", "lowest", "modules")

    def __init__(
        self, lowest: int = TRACE, highest: int = CRITICAL, modules: Mapping[str, int] = _NONE
    ) -> None:
        self.lowest, self.highest, self.modules = lowest, highest, modules

    def threshold_of(self, name: str) -> int:
        """Return the lowest level of a logger's lines that are written."""
        return find_level(self.modules, name, self.lowest)

    def takes(self, level: int, name: str) -> bool:
        """Say whether a line of a level and a logger is written."""
        return level <= self.highest and level >= find_level(self.modules, name, self.lowest)

    def narrows(self) -> bool:
        """Say whether a logger's own level may let through what is too low to be written."""
        return self.lowest > TRACE or bool(self.modules)

    def may_take(self, level: int) -> bool:
        """Say whether a line of a level is written for any logger."""
        return self.least() <= level <= self.highest

    def least(self) -> int:
        """Return the lowest level of any logger; `OFF`: none."""
        least = min(self.lowest, *self.modules.values()) if self.modules else self.lowest
        return least if least <= self.highest else OFF

    def unasked(self) -> int:
        """Return the level from which on every line is written; beyond `OFF`: there is none."""
        return OFF + 1 if self.modules or self.highest < LEVELS[-1] else self.lowest


class Output:
    """Join a sink to the records that it takes and to the format that it wants.

    Args:
        sink: Where finished lines go; a `HandlerSink` takes the `Record` itself as well.
        levels: Which levels are written, or the lowest one.
        render: Makes the bytes.
        format_key: Outputs with an equal key share one rendering of each line.
        shows_emoji: Whether lines carry the emoji here.
        exceptions: How its lines have an exception: ``object``, ``text`` or ``both``. It is the
            first for formats that have a form of their own.
        local_time: Whether its lines have local time. It is the same for all with one key.
        filter: Says which records of these levels are written; `None`: all.
    """

    __slots__ = (
        "exceptions", "filter", "format_key", "levels", "local_time", "render", "shows_emoji",
        "sink", "unasked",
    )  # fmt: skip

    def __init__(
        self,
        sink: Sink,
        levels: LevelRange | int,
        render: Render,
        format_key: object,
        *,
        shows_emoji: bool,
        exceptions: str = "object",
        local_time: bool = False,
        filter: RecordFilter | None = None,
    ) -> None:
        self.sink = sink
        self.levels = LevelRange(levels) if isinstance(levels, int) else levels
        self.render = render
        self.format_key = format_key
        self.shows_emoji = shows_emoji
        self.exceptions = exceptions
        self.local_time = local_time
        self.filter = filter
        #: From this level on lines are written without another question.
        self.unasked = self.levels.unasked() if filter is None else OFF + 1

    def unfiltered(self) -> Output:
        """Return the same output without its filter."""
        other = copy(self)
        other.filter, other.unasked = None, self.levels.unasked()
        return other

    def takes_level(self, level: int, name: str | None) -> bool:
        """Say whether lines of a level and a logger are written here, but for the filter.

        Args:
            level: The level.
            name: The logger's; `None`: that of any logger.
        """
        levels = self.levels
        taken = levels.may_take(level) if name is None else levels.takes(level, name)
        return taken and self.sink.takes_level(level)

    def takes(self, record: Record) -> bool:
        """Say whether a record is written here; one that is held back by the filter is counted."""
        if record.takers is not None:  # a lane has asked already
            return self in record.takers
        level, name = record.level, record.logger
        return self.takes_level(level, name) and (
            self.filter is None or self.lets_pass(level, name, record.event, record.fields)
        )

    def lets_pass(self, level: int, logger: str, event: str, fields: Mapping[str, Any]) -> bool:
        """Say whether the filter, if there is one, lets a record pass, or count it as filtered."""
        if self.filter is None or self.filter.passes(level, logger, event, fields):
            return True
        self.sink.counts.drop("filtered", None, LEVEL_INDEX[level])
        return False
