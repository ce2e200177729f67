"""Each output of several: who writes its lines, and what a failure there costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from provide.foundation._diagnostics.stats import LEVEL_INDEX
from provide.foundation._lanes.base import Superseded
from provide.foundation._lanes.several.layout import Layout
from provide.foundation._pipeline.delivery import reason_of
from provide.foundation._process.interrupts import INTERRUPTED, comes_from_handler, is_accounted_for
from provide.foundation.levels import LEVELS

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane
    from provide.foundation._output.output import Output

#: An output, and the line for it.
Errand = tuple["Outlet", bytes]
#: A format, and the outputs that take its lines.
Group = tuple[Layout, tuple["Outlet", ...]]
#: Loggers whose outputs are kept in mind, for each level.
_MOST_NAMES = 1024


class Outlet:
    """Be an output, with the lane that writes its lines.

    Args:
        lane: Has its sink, and knows what to do where the kernel does not take a line whole.
        output: The output.
    """

    __slots__ = ("drop", "lane", "layout", "output")

    def __init__(self, lane: FastLane, output: Output) -> None:
        self.lane, self.output = lane, output
        self.layout = Layout(lane, shows_emoji=output.shows_emoji)
        self.drop: Callable[..., None] = output.sink.counts.drop
        lane.drop = self._drop_own

    def _drop_own(
        self,
        level: int,
        reason: str,
        error: BaseException | None = None,
        name: str | None = None,
    ) -> None:
        self.drop(reason, error)


def groups_of(outlets: Sequence[Outlet]) -> tuple[Group, ...]:
    """Return outputs by their formats; those of one format share its first one's line."""
    by_format: dict[object, list[Outlet]] = {}
    for outlet in outlets:
        by_format.setdefault(outlet.output.format_key, []).append(outlet)
    return tuple([(each[0].layout, tuple(each)) for each in by_format.values()])


def groups_at(level: int, outlets: Sequence[Outlet]) -> tuple[Group, ...]:
    """Return the outputs that take a level, whatever the logger, by their formats."""
    return groups_of([outlet for outlet in outlets if outlet.output.levels.may_take(level)])


class Choice:
    """Choose the outputs of a call where some take it for its logger's name or by a filter.

    Args:
        outlets: All outputs.
    """

    __slots__ = ("_filters", "_known", "_outlets")

    def __init__(self, outlets: Sequence[Outlet]) -> None:
        self._outlets = tuple(outlets)
        self._filters = any(outlet.output.filter is not None for outlet in outlets)
        #: By level and by name: the outputs of these levels, in their order and by formats.
        self._known: dict[int, dict[str, tuple[tuple[Outlet, ...], tuple[Group, ...]]]] = {
            level: {} for level in LEVELS
        }

    def choose(
        self, level: int, name: str, text: str, fields: dict[str, object]
    ) -> tuple[Group, ...]:
        """Return the outputs that take a call, by their formats.

        Args:
            level: A number of `levels.LEVELS`.
            name: The logger's.
            text: The event.
            fields: The fields, redacted.
        """
        outlets, groups = self._known[level].get(name) or self._learn(level, name)
        if self._filters:
            passing = [each for each in outlets if each.output.lets_pass(level, name, text, fields)]
            if len(passing) != len(outlets):
                return groups_of(passing)
        return groups

    def _learn(self, level: int, name: str) -> tuple[tuple[Outlet, ...], tuple[Group, ...]]:
        outlets = tuple([each for each in self._outlets if each.output.levels.takes(level, name)])
        known = self._known[level]
        if len(known) >= _MOST_NAMES:
            known.clear()
        known[name] = found = (outlets, groups_of(outlets))
        return found


def arrange(outlets: Sequence[Outlet]) -> tuple[dict[int, tuple[Group, ...]], Choice | None]:
    """Return the outputs of each level, and what chooses among them, if more than that is asked."""
    asking = any(each.output.filter or each.output.levels.modules for each in outlets)
    return (
        {level: groups_at(level, outlets) for level in LEVELS},
        Choice(outlets) if asking else None,
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
