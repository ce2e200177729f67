"""The lane of a configuration: which one its outputs allow, put together.

One output has a lane of its own, in which nothing is asked that only several outputs need: which
levels it takes is settled before a call, by the thresholds of the loggers and by the methods that
are installed. Any other set of outputs has a lane of several, which has one for each; so has one
output that takes not all of what processors and exporters are to see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from provide.foundation._lanes.everyday.call import EverydayCalls
from provide.foundation._lanes.prefix import SHORT_CHARS
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.standard import StandardSink
from provide.foundation._pipeline.processed import processor_methods
from provide.foundation._runtime.choice import (
    Because,
    compiled_several,
    is_processor_wanted,
    lane_class,
    python_lane_class,
    unasked,
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


class Plan:
    """Say which lane a configuration has, before there is one.

    Args:
        name: What `stats()` calls it.
        make: Makes it.
    """

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable[[], Lane]) -> None:
        self.name, self.make = name, make


def fast_sinks(fresh: Pipeline, because: Because = unasked) -> Sequence[FastSink]:
    """Return the sinks of all outputs, or none where the fast lanes do not apply.

    Args:
        fresh: The pipeline.
        because: Is told why they do not.
    """
    if fresh.callsite and (fresh.processors or fresh.exporters):
        because(f"callsite beside {'processors' if fresh.processors else 'exporters'}")
    elif not fresh.timestamps:
        because("omit_timestamp: every faster lane writes the time")
    elif fresh.limits.string < SHORT_CHARS:
        because(f"limits.max_string_chars is below {SHORT_CHARS}")
    else:
        sinks = [_fast_sink(output, because) for output in fresh.outputs]
        return [sink for sink in sinks if sink is not None] if None not in sinks else ()
    return ()


def make_lane(fresh: Pipeline, sinks: Sequence[FastSink]) -> Lane | None:
    """Return the fastest lane of a pipeline, or `None`: only the processor lane."""
    plan = plan_lane(fresh, sinks)
    return None if plan is None else plan.make()


def plan_lane(
    fresh: Pipeline, sinks: Sequence[FastSink], because: Because = unasked
) -> Plan | None:
    """Choose the fastest lane of a pipeline; `None`: only the processor lane.

    Args:
        fresh: The pipeline.
        sinks: As `fast_sinks` returns them.
        because: Is told why it is not a faster one.
    """
    if not sinks or is_processor_wanted(because):
        return None
    if fresh.hiding is not None and any(each.filter is not None for each in fresh.outputs):
        because("a filter beside patterns or a censor: it is shown what the line shows")
        return None
    if len(sinks) == 1 and (takes_all(fresh.outputs[0]) or decides_alone(fresh)):
        if fresh.outputs[0].filter is not None:
            return _plan_filtered(fresh, sinks[0], because)
        return _plan_single(fresh, sinks[0], because)
    return _plan_several(fresh, sinks, because)


def lane_name(fresh: Pipeline, name: str | None, because: Because = unasked) -> str:
    """Return what `stats()` calls the lane of a pipeline.

    Args:
        fresh: The pipeline.
        name: Of the lane that it has; `None`: only the processor lane.
        because: Is told why it is not that lane.
    """
    if name is None:
        return "processor"
    if fresh.processors:
        because(f"a processor is configured; behind it, the {name} lane makes the lines")
        return "processor"
    return name


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


def _plan_single(fresh: Pipeline, sink: FastSink, because: Because) -> Plan | None:
    output = fresh.outputs[0]
    if fresh.hiding is None:
        chosen = lane_class(output, callsite=fresh.callsite, because=because)
    else:
        because("patterns or a censor: the native lane asks no redactor")
        chosen = _search(fresh, python_lane_class(output))
    return None if chosen is None else Plan(chosen.NAME, lambda: _make_single(fresh, sink, chosen))


def _make_single(fresh: Pipeline, sink: FastSink, chosen: type[FastLane]) -> FastLane:
    lane = chosen(fresh, sink)
    lane.everyday = everyday = EverydayCalls(lane, fresh)
    # Behind processors, their result comes here; odd calls go on from there.
    lane.emit = fresh.finish if fresh.processors else everyday.emit
    lane.render_checked, lane.redact = everyday.render_checked, everyday.redact
    lane.gates.highest = fresh.outputs[0].levels.highest
    return lane


def _plan_filtered(fresh: Pipeline, sink: FastSink, because: Because) -> Plan | None:
    if fresh.callsite:  # a frame of the filter's would stand between
        because("callsite beside a filter")
        return _plan_several(fresh, [sink], because)
    # Only those load it who use it.
    from provide.foundation._lanes.several.filtered import FilteredOutput, behind_filter

    behind = behind_filter(fresh)
    inner = _plan_single(behind, sink, because)
    if inner is None:
        return None
    return Plan(inner.name, lambda: FilteredOutput(fresh, behind, cast("FastLane", inner.make())))


def _plan_several(fresh: Pipeline, sinks: Sequence[FastSink], because: Because) -> Plan | None:
    beside = {
        "processors": fresh.processors,
        "exporters": fresh.exporters,
        "callsite": fresh.callsite,
        "patterns or a censor": fresh.hiding,
    }
    present = [name for name, each in beside.items() if each]
    if present:  # each line needs Python anyway
        kind = "several outputs" if len(sinks) > 1 else "an output that takes not all lines"
        because(f"{kind} beside {' and '.join(present)}")
    else:
        make_compiled = compiled_several(fresh.outputs, because)
        if make_compiled is not None:
            return Plan("native", lambda: make_compiled(fresh, sinks))
    chosen = [python_lane_class(output) for output in fresh.outputs]
    if None in chosen:
        return None
    # Only those load it who use it.
    from provide.foundation._lanes.several.call import SeveralOutputs

    def make() -> Lane:
        pairs = zip(chosen, sinks, strict=True)
        return SeveralOutputs(fresh, [each(fresh, sink) for each, sink in pairs if each])

    return Plan(SeveralOutputs.NAME, make)


def _search(fresh: Pipeline, chosen: type[FastLane] | None) -> type[FastLane] | None:
    """Return the class of a lane for a pipeline with a redactor."""
    if chosen is None or fresh.hiding is None or not fresh.hiding.searches:
        return chosen
    from provide.foundation._lanes.everyday.searched import search_in  # for those who ask

    return search_in(chosen)


def _fast_sink(output: Output, because: Because) -> FastSink | None:
    if output.sink.destination is not output.sink:  # whatever it is: a call only hands lines over
        return cast("BackgroundSink", output.sink)
    if isinstance(output.sink, FileSink | StandardSink):
        return output.sink
    because(f"{output.sink.KIND} is written to directly")
    return None
