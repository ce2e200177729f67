"""The lane of one output with a filter: that is asked first, then the output's own lane writes.

What the filter is shown is what the call has, put together without the line: a record that is held
back costs no rendering. A record that passes takes the way of one without a filter, native where
that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from provide.foundation._config.outputs import RecordView
from provide.foundation._diagnostics.stats import LEVEL_INDEX
from provide.foundation._lanes.base import FastLane, current_context
from provide.foundation._lanes.gate import Gates
from provide.foundation._output.filters import STATE
from provide.foundation._pipeline.fields import CALL_PARAMETERS, merge_fields, redact
from provide.foundation._process.interrupts import accounts, let_through
from provide.foundation._record.values import RENDERING
from provide.foundation.context import context_fields
from provide.foundation.levels import LEVELS, adopt, named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._logger.methods import MadeFor
    from provide.foundation._output.filters import RecordFilter
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
        output = pipeline.outputs[0]
        drop, index = output.sink.counts.drop, LEVEL_INDEX[level]
        asked = cast("RecordFilter", output.filter)
        ask, state = asked.function, STATE
        policy, safe = pipeline.policy, pipeline.policy.safe

        # What `Output.lets_pass` does stands in it: two calls less, a tenth of what a filter costs.
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
                else:
                    shown = merge_fields(_NOTHING, self._bound, fields) if self._bound else fields
                if not safe.issuperset(shown):  # parameters of the call are no safe keys
                    if not CALL_PARAMETERS.isdisjoint(shown):
                        shown = {k: v for k, v in shown.items() if k not in CALL_PARAMETERS}
                    shown = redact(shown, policy)
                if not state.inside:
                    passes = True
                    try:
                        state.inside = True
                        view = (level, self._site._name, event, MappingProxyType(shown))
                        passes = bool(ask(RecordView(view)))
                    except Exception as error:  # a log call never raises, and the line is not lost
                        let_through()
                        asked.report(error)
                    finally:
                        state.inside = False
                    if not passes:
                        return drop("filtered", None, index)
                write(self, event, **fields)
            except Exception as error:  # a log call never raises; the loss is counted
                pipeline.drop_or_raise(level, error, self)

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
