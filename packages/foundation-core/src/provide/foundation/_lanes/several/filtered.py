"""The lane of one output with a filter: that is asked first, then the output's own lane writes.

What the filter is shown is what the call has, put together without the line: a record that is held
back costs no rendering. A record that passes takes the way of one without a filter, native where
that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

from provide.foundation._lanes.base import FastLane, current_context
from provide.foundation._lanes.gate import Gates
from provide.foundation._pipeline.fields import CALL_PARAMETERS, merge_fields, redact
from provide.foundation._process.interrupts import accounts
from provide.foundation._record.values import RENDERING
from provide.foundation.context import context_fields
from provide.foundation.levels import LEVELS, adopt, named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._logger.methods import MadeFor
    from provide.foundation._pipeline.pipeline import LevelMethod, Pipeline

_NOTHING: Mapping[str, Any] = {}


def behind_filter(pipeline: Pipeline) -> Pipeline:
    """Return the same configuration with its outputs as they are behind their filters."""
    behind = copy(pipeline)
    behind.outputs = tuple([output.unfiltered() for output in pipeline.outputs])
    behind.superseded = False
    return behind


class FilteredOutput:
    """Ask the filter of the one output, and let the lane of the output write what passes.

    Args:
        pipeline: Takes whatever is rare, and asks the filter itself.
        behind: The same behind the filter.
        lane: Its pipeline is `behind`.
    """

    __slots__ = ("NAME", "behind", "bind", "foreign", "gates", "lane", "methods", "pipeline")

    def __init__(self, pipeline: Pipeline, behind: Pipeline, lane: FastLane) -> None:
        #: What `stats()` calls it.
        self.NAME = lane.NAME
        #: A `bind` of the lane's own.
        self.bind: MadeFor | None = lane.bind
        self.pipeline, self.behind, self.lane = pipeline, behind, lane
        self.foreign: Any = lane.foreign
        self.methods = {level: self._method(level) for level in LEVELS}
        self.gates = Gates(self.methods)
        self.gates.highest = lane.gates.highest

    def _method(self, level: int) -> LevelMethod:
        pipeline, lane, write = self.pipeline, self.lane, self.lane.methods[level]
        policy, lets_pass = pipeline.policy, pipeline.outputs[0].lets_pass

        @accounts
        @named(level)
        def log(self: Logger, event: Any, /, *args: Any, **fields: Any) -> None:
            try:
                if self._site._threshold > level:
                    return
            except AttributeError:  # nothing has initialised it
                if adopt(self) > level:
                    return
            if pipeline.superseded:
                return pipeline.emit(self, level, event, args, fields)
            try:
                if args or type(event) is not str:
                    event, fields = lane.put_in(self, event, args, fields)
                if lane.foreign or current_context() is not None:
                    if RENDERING.encoder is not None:
                        # A value logs while it is rendered: the pipeline knows what its line has.
                        return pipeline.emit(self, level, event, (), fields)
                    shown = merge_fields(context_fields(), self._bound, fields)
                elif self._bound:
                    shown = merge_fields(_NOTHING, self._bound, fields)
                else:
                    shown = fields
                if not CALL_PARAMETERS.isdisjoint(shown):
                    shown = {
                        name: value for name, value in shown.items() if name not in CALL_PARAMETERS
                    }
                if lets_pass(level, self._site._name, event, redact(shown, policy)):
                    write(self, event, **fields)
            except Exception as error:  # a log call never raises; the loss is counted
                pipeline.drop_or_raise(level, error)

        return log

    def level_methods(self, lowest: int) -> Mapping[int, LevelMethod | MadeFor]:
        """Return a method for each level; those that write nothing are short."""
        return self.gates.level_methods(lowest)

    def find_structlog(self) -> None:
        """Keep hold of structlog's context variables, if it has been imported."""
        self.lane.find_structlog()
        self.foreign = self.lane.foreign

    def supersede(self) -> None:
        """Send on all calls that still come here."""
        self.behind.superseded = True
        self.lane.supersede()
        self.gates.open()

    def forget_emoji(self) -> None:
        """Have emoji asked for again for lines that are alike."""
        self.lane.forget_emoji()
