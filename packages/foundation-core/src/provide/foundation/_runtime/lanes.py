"""The lane of a configuration: which one its outputs allow, put together.

One output has a lane of its own, in which nothing is asked that only several outputs need: which
levels it takes is settled before a call, by the thresholds of the loggers and by the methods that
are installed. Any other set of outputs has a lane of several, which has one for each; so has one
output that takes not all of what processors and exporters are to see.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from provide.foundation._lanes.everyday.call import EverydayCalls
from provide.foundation._lanes.prefix import SHORT_CHARS
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.standard import StandardSink
from provide.foundation._pipeline.processed import processor_methods
from provide.foundation._runtime.choice import (
    LANE_VARIABLE,
    compiled_several,
    lane_class,
    python_lane_class,
)
from provide.foundation.levels import TRACE

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane
    from provide.foundation._logger.methods import MadeFor
    from provide.foundation._output.delivery.background import BackgroundSink
    from provide.foundation._output.output import Output
    from provide.foundation._pipeline.pipeline import LevelMethod, Pipeline

    FastSink = FileSink | StandardSink | BackgroundSink
    MethodsAt = Callable[[int], Mapping[int, LevelMethod | MadeFor]]


if TYPE_CHECKING:

    class Lane(Protocol):
        """Be a lane, as far as a set-up asks for it."""

        NAME: str
        foreign: Any
        bind: MadeFor | None

        @property
        def methods(self) -> Mapping[int, LevelMethod]:
            """Return what writes the lines of each level."""
            raise NotImplementedError

        def level_methods(self, lowest: int) -> Mapping[int, LevelMethod | MadeFor]:
            """Return a method for each level; those below `lowest` may be short."""

        def find_structlog(self) -> None:
            """Keep hold of structlog's context variables, if it has been imported."""

        def supersede(self) -> None:
            """Send on all calls that still come here."""

        def forget_emoji(self) -> None:
            """Have emoji asked for again for lines that are alike."""


def fast_sinks(fresh: Pipeline) -> Sequence[FastSink]:
    """Return the sinks of all outputs, or none where the fast lanes do not apply."""
    if (
        (fresh.callsite and (fresh.processors or fresh.exporters))
        or not fresh.timestamps
        or fresh.limits.string < SHORT_CHARS
    ):
        return ()
    sinks = [_fast_sink(output) for output in fresh.outputs]
    return [sink for sink in sinks if sink is not None] if None not in sinks else ()


def make_lane(fresh: Pipeline, sinks: Sequence[FastSink]) -> Lane | None:
    """Return the fastest lane of a pipeline, or `None`: only the processor lane."""
    if not sinks or os.environ.get(LANE_VARIABLE) == "processor":
        return None
    if fresh.hiding is not None and any(each.filter is not None for each in fresh.outputs):
        return None  # a filter is shown what a line shows
    if len(sinks) == 1 and (takes_all(fresh.outputs[0]) or decides_alone(fresh)):
        if fresh.outputs[0].filter is not None:
            return _make_filtered(fresh, sinks[0])
        return _make_single(fresh, sinks[0])
    return _make_several(fresh, sinks)


def takes_all(output: Output) -> bool:
    """Say whether an output writes all that the loggers' levels let through."""
    return output.unasked <= TRACE


def decides_alone(fresh: Pipeline) -> bool:
    """Say whether a line that the first output does not take is of no use to anybody else."""
    return len(fresh.outputs) == 1 and not (fresh.processors or fresh.exporters)


def methods_of(fresh: Pipeline, lane: Lane) -> MethodsAt:
    """Return what gives the level methods of a lane, behind the processors if there are any."""
    if not fresh.processors:
        return lane.level_methods
    fresh.writers = lane.methods
    behind = processor_methods(fresh, lane)
    return lambda lowest: behind


def _make_single(fresh: Pipeline, sink: FastSink) -> Lane | None:
    output = fresh.outputs[0]
    if fresh.hiding is None:
        chosen = lane_class(output, callsite=fresh.callsite)
    else:  # no compiled lane asks a redactor
        chosen = _search(fresh, python_lane_class(output))
    if chosen is None:
        return None
    lane = chosen(fresh, sink)
    lane.everyday = everyday = EverydayCalls(lane, fresh)
    # Behind processors, their result comes here; odd calls go on from there.
    lane.emit = fresh.finish if fresh.processors else everyday.emit
    lane.render_checked, lane.redact = everyday.render_checked, everyday.redact
    lane.gates.highest = fresh.outputs[0].levels.highest
    return lane


def _make_filtered(fresh: Pipeline, sink: FastSink) -> Lane | None:
    if fresh.callsite:  # a frame of the filter's would stand between
        return _make_several(fresh, [sink])
    # Only those load it who use it.
    from provide.foundation._lanes.several.filtered import FilteredOutput, behind_filter

    behind = behind_filter(fresh)
    lane = _make_single(behind, sink)
    return None if lane is None else FilteredOutput(fresh, behind, cast("FastLane", lane))


def _make_several(fresh: Pipeline, sinks: Sequence[FastSink]) -> Lane | None:
    # Else each line needs Python anyway.
    if not (fresh.processors or fresh.exporters or fresh.callsite or fresh.hiding):
        make_compiled = compiled_several(fresh.outputs)
        if make_compiled is not None:
            compiled: Lane = make_compiled(fresh, sinks)
            return compiled
    chosen = [python_lane_class(output) for output in fresh.outputs]
    if None in chosen:
        return None
    # Only those load it who use it.
    from provide.foundation._lanes.several.call import SeveralOutputs

    lanes = [each(fresh, sink) for each, sink in zip(chosen, sinks, strict=True) if each]
    return SeveralOutputs(fresh, lanes)


def _search(fresh: Pipeline, chosen: type[FastLane] | None) -> type[FastLane] | None:
    """Return the class of a lane for a pipeline with a redactor."""
    if chosen is None or fresh.hiding is None or not fresh.hiding.searches:
        return chosen
    from provide.foundation._lanes.everyday.searched import search_in  # for those who ask

    return search_in(chosen)


def _fast_sink(output: Output) -> FastSink | None:
    if output.sink.destination is not output.sink:  # whatever it is: a call only hands lines over
        return cast("BackgroundSink", output.sink)
    return output.sink if isinstance(output.sink, FileSink | StandardSink) else None
