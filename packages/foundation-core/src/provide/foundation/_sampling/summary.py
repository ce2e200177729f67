"""The line that says how many others have been left out: "47 more like this in 10 s".

It is a record of Foundation's own, as reports are, so that lines and calls still balance; but it
has the level and the logger of what it stands for, and goes where those would have gone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS, OWN_INDEX
from provide.foundation._pipeline.enrichment import export
from provide.foundation._pipeline.fields import redact
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.record import Record
from provide.foundation._sampling.counters import shown_text

if TYPE_CHECKING:
    from provide.foundation._output.output import Output
    from provide.foundation._pipeline.pipeline import Pipeline
    from provide.foundation._sampling.counters import EventCounter


def say_left_out(pipeline: Pipeline, counter: EventCounter, number: int) -> None:
    """Write the line to every output that would have had the others.

    Args:
        pipeline: Has the outputs.
        counter: The event, its logger and its level.
        number: How many calls have been left out.
    """
    event = f"{number} more like this in {counter.window_s:g} s"
    given = {"like": counter.event, "left_out": number, "window_s": counter.window_s}
    fields: Mapping[str, Any] = redact(given, pipeline.policy)
    hiding = pipeline.hiding
    if hiding is not None:
        event, fields = hiding.hide(event, fields)
    like = fields.get("like")
    if type(like) is str:
        fields = {**fields, "like": shown_text(counter.event, like)}
    record = Record(counter.level, counter.name, event, fields, constants=pipeline.constants)
    record.settled = True
    if pipeline.timestamps:
        record.seconds = time.time()
    for output in pipeline.outputs:
        try:
            _write(output, record)
        except Exception:  # a log call never raises: the other outputs get theirs
            let_through()
            COUNTERS.fault("sampling")
    if pipeline.exporters:
        rules = (pipeline.limits, pipeline.policy.is_secret)
        export(record, pipeline.exporters, *(rules if hiding is None else hiding.exported))


def _write(output: Output, record: Record) -> None:
    if not output.takes_level(record.level, record.logger):
        return
    passes = output.filter
    if passes is not None and not passes.passes(
        record.level, record.logger, record.event, record.fields
    ):
        return
    output.sink.deliver_line(OWN_INDEX[record.level], record, output.render(record))
