"""Sampling in front of the native lane: what the compiled half counts with; imports lane.

The compiled half makes the decision of core's `_sampling/gate.py`, on core's own places. So that it
need not make a new integer for each number, the counters are of classes whose numbers it keeps;
core's code reads and sets them as it does its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from provide.foundation._native_api import LEVEL_NAMES
from provide.foundation.native._lane import Lane, Numbers, SampledMethod
from provide.foundation.native.lane import show_as_function

if TYPE_CHECKING:
    from provide.foundation._native_api import LevelMethod
    from provide.foundation._native_api.sampling import Bucket, EventCounter, Sampling


class CompiledCounter(Numbers):
    """Count the calls of one event, of one logger and level, as core's `EventCounter` does.

    Args:
        name: The logger's name.
        level: The level.
        event: The event.
        window_s: The seconds that one window has.
    """

    __slots__ = ("event", "level", "name", "window_s")

    def __init__(self, name: str, level: int, event: str, window_s: float) -> None:
        self.name, self.level, self.event, self.window_s = name, level, event, window_s


class CompiledGates:
    """Make the methods that decide, for one configuration.

    Args:
        sampling: Its rules, and all that is counted.
        lane: The lane that writes, or the first one of several outputs.
    """

    def __init__(self, sampling: Sampling, lane: Lane) -> None:
        self._sampling, self._lane = sampling, lane
        self._made: list[SampledMethod] = []

    def make(self, level: int, method: LevelMethod) -> LevelMethod:
        """Return what decides for a level, in front of a method of any kind."""
        sampling = self._sampling
        made = SampledMethod(
            sampling=sampling,
            unsaid=sampling.unsaid,
            lane=self._lane,
            method=method,
            level=level,
        )
        self._made.append(made)
        return show_as_function(made, LEVEL_NAMES[level])

    def forget(self) -> None:
        """Ask core for all places anew."""
        for each in self._made:
            each.forget()


def use_compiled(sampling: Sampling, lane: Lane) -> None:
    """Have the compiled half decide about the calls of a configuration.

    Args:
        sampling: Its rules.
        lane: The lane that writes, or the first one of several outputs.
    """
    gates = CompiledGates(sampling, lane)
    for rule in sampling.rules.values():
        rule.forget_met = gates.forget
        rule.make_bucket = cast("type[Bucket]", Numbers)
        rule.make_counter = cast("type[EventCounter]", CompiledCounter)
    sampling.use(gates)
