"""The level methods where processors run and a fast lane writes what they leave.

They walk the steps up to the processors as `Pipeline.write` does, for the call that has nothing
rare before them; any other goes whole to `Pipeline.emit`, and comes out as the same line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from provide.foundation._pipeline.fields import CALL_PARAMETERS
from provide.foundation._pipeline.pipeline import LevelMethod, Pipeline
from provide.foundation._pipeline.processors import DROPPED, run_processors
from provide.foundation._process.interrupts import accounts
from provide.foundation.context import CURRENT
from provide.foundation.levels import LEVELS, adopt, named

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger

#: What stands in the way of the short way: parameters of the call, and a field like the event.
_RARE_NAMES = CALL_PARAMETERS | {"event"}
_STRINGS = frozenset({str})


if TYPE_CHECKING:

    class Writers(Protocol):
        """Be a lane, as far as these methods ask for it."""

        foreign: Any

        @property
        def methods(self) -> Mapping[int, LevelMethod]:
            """Return what writes the lines of each level."""
            raise NotImplementedError


def processor_methods(pipeline: Pipeline, lane: Writers) -> dict[int, LevelMethod]:
    """Return a method for each level, which runs the processors and lets the lane write.

    Args:
        pipeline: Has the processors.
        lane: Its `emit` is `pipeline.finish`.
    """
    emit, finish = pipeline.emit, pipeline.finish
    current_context = CURRENT.get

    def method_for(level: int) -> LevelMethod:
        write = lane.methods[level]

        @accounts
        @named(level)
        def log(self: Logger, event: object, /, *args: object, **fields: object) -> None:
            try:
                if self._site._threshold > level:
                    return
            except AttributeError:  # nothing has initialised it
                if adopt(self) > level:
                    return
            try:
                # The first three steps, of which a plain call needs the first alone.
                bound = self._bound
                merged = {**bound, **fields} if bound else fields
                if (
                    args
                    or type(event) is not str
                    or current_context() is not None
                    or lane.foreign
                    or pipeline.superseded
                    or not _RARE_NAMES.isdisjoint(merged)
                    or (bound and len(merged) != len(bound) + len(fields))
                ):
                    return emit(self, level, event, args, fields)
                parameters: dict[str, Any] = {}
                result = run_processors(pipeline, level, self, event, merged, parameters)
                if result is DROPPED:
                    return pipeline.drop(level, "drop_event", name=self._site._name)
                text, merged, made = result
                if (
                    made is None
                    and not parameters
                    and current_context() is None
                    and _STRINGS.issuperset(map(type, merged))
                ):
                    return write(self._site, text, **merged)
                finish(self, level, text, (), merged, parameters, made)
            except Exception as error:  # a log call never raises; the loss is counted
                pipeline.drop_or_raise(level, error, self)

        return log

    return {level: method_for(level) for level in LEVELS}
