"""Each output of several: who writes its lines, and what a failure there costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from provide.foundation._diagnostics.stats import LEVEL_INDEX
from provide.foundation._lanes.base import Superseded
from provide.foundation._lanes.several.layout import Layout
from provide.foundation._pipeline.delivery import reason_of
from provide.foundation._process.interrupts import INTERRUPTED, comes_from_handler, is_accounted_for

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane
    from provide.foundation._output.output import Output

#: An output, and the line for it.
Errand = tuple["Outlet", bytes]
#: A format, and the outputs that take its lines.
Group = tuple[Layout, tuple["Outlet", ...]]


class Outlet:
    """Be an output, with the lane that writes its lines.

    Args:
        lane: Has its sink, and knows what to do where the kernel does not take a line whole.
        output: The output.
    """

    __slots__ = ("drop", "lane", "output")

    def __init__(self, lane: FastLane, output: Output) -> None:
        self.lane, self.output = lane, output
        self.drop: Callable[..., None] = output.sink.counts.drop
        lane.drop = self._drop_own

    def _drop_own(self, level: int, reason: str, error: BaseException | None = None) -> None:
        self.drop(reason, error)


def groups_at(level: int, outlets: Sequence[Outlet]) -> tuple[Group, ...]:
    """Return the formats of a level's lines; outputs of one format share its first one's line."""
    by_format: dict[object, list[Outlet]] = {}
    for outlet in outlets:
        if level >= outlet.output.level:
            by_format.setdefault(outlet.output.format_key, []).append(outlet)
    return tuple(
        (Layout(each[0].lane, shows_emoji=each[0].output.shows_emoji), tuple(each))
        for each in by_format.values()
    )


def write_all(level: int, errands: Iterator[Errand]) -> None:
    """Write the lines that are left, each to its output, or count them as dropped.

    A function of its own: whatever a signal handler raises leaves it, and with the same iterator
    it goes on behind the line that was interrupted.

    Raises:
        Exception: A signal handler has raised it; the line is counted.
    """
    index = LEVEL_INDEX[level]
    for outlet, line in errands:
        try:
            lane, length = outlet.lane, len(line)
            written: int | None
            try:
                target = lane.target if lane.direct else index
                written = (lane.failover or lane.write)(target, line)
            except Superseded:
                # The others may have their lines already: this one goes where they went.
                lane.sink.deliver(index, line)
                continue
            except Exception:  # an OSError, unless it is a signal handler's
                lane.raise_from_write(level, length)
                written = 0
            if written == length:
                counter = lane.counters[index]
                counter.count += 1
                counter.bytes += length
            elif written is not None:
                lane.recover(index, line, written)
        except Exception as error:  # a log call never raises: one output must not cost another
            if not comes_from_handler(error):
                outlet.drop(reason_of(error), error)
                continue
            if not is_accounted_for(error):
                outlet.drop(INTERRUPTED)
            raise


def deliver(level: int, errands: list[Errand]) -> None:
    """Write all lines; what a signal handler has raised meanwhile is raised behind the last.

    Raises:
        Exception: A signal handler has raised it; every line is counted.
    """
    left = iter(errands)
    try:
        return write_all(level, left)
    except Exception as error:  # a handler's; only that leaves `write_all`
        interruption = error
    while True:
        try:
            write_all(level, left)
        except Exception as error:  # likewise
            interruption = error
            continue
        raise interruption
