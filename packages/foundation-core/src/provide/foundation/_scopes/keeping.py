"""A line made at the time of its call, and written later: its outputs get the bytes it has now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.stats import COUNTERS, LEVEL_INDEX
from provide.foundation._output.output import Output
from provide.foundation._pipeline.delivery import reason_of
from provide.foundation._pipeline.enrichment import export
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process.interrupts import (
    INTERRUPTED,
    comes_from_handler,
    is_accounted_for,
    let_through,
    raise_accounted,
)
from provide.foundation._runtime.state import STATE
from provide.foundation._scopes.buffer import (
    BUFFERED,
    LINE_BYTES,
    OUTPUT_BYTES,
    Buffer,
    KeptLine,
)
from provide.foundation._scopes.scope import CURRENT, innermost

if TYPE_CHECKING:
    from provide.foundation._record.record import Record

_NOTHING: Mapping[str, Any] = {}


class KeepingPipeline(Pipeline):
    """Walk the steps of another pipeline up to the write; there, the context's buffer has the line.

    Args:
        real: The pipeline, whose configuration it shares.
    """

    def __init__(self, real: Pipeline) -> None:
        self.__dict__.update(real.__dict__)
        # No lane's methods: they write. The arguments of exporters are kept with the line.
        self.writers, self.superseded = {}, False
        self._exporting, self.exporters = bool(real.exporters), ()

    def deliver(self, record: Record, made: bytes | None = None) -> None:
        """Render the line once for each distinct format, and keep it."""
        # A signal handler that raises may run after each call of a function and at each jump
        # backwards, and nowhere else: so it is known at each such moment which outputs are done.
        pending = [*self.outputs[::-1]]
        kept: list[tuple[Output, bytes, Any]] = []
        line: KeptLine | None = None
        size = LINE_BYTES
        emoji = record.emoji
        rendered: dict[object, bytes] = {}
        interruption: Exception | None = None
        try:
            while pending:
                output = pending[-1]
                sink, data = output.sink, made
                try:
                    if sink.accepts(record.level) and (
                        record.level >= output.unasked or output.takes(record)
                    ):
                        if data is None:
                            data = rendered.get(output.format_key)
                        if data is None:
                            record.emoji = emoji if output.shows_emoji else ""
                            data = rendered[output.format_key] = self.render(output, record)
                            size += len(data)
                        besides, more = sink.keep(record, data)
                        size += OUTPUT_BYTES + more
                        kept += ((output, data, besides),)
                except Exception as error:  # never raises, never silent: the loss is counted
                    if not comes_from_handler(error):
                        sink.counts.drop(reason_of(error), error)
                    else:
                        if not is_accounted_for(error):
                            sink.counts.drop(INTERRUPTED)
                        interruption = error  # once the other outputs have the line, too
                del pending[-1]
            exported = self._export(record) if self._exporting else None
            if exported is not None:
                size += LINE_BYTES + 4 * size
            if kept or exported is not None:
                level = record.level
                line = KeptLine(
                    size + len(made or b""),
                    LEVEL_INDEX[level],
                    level,
                    record.logger,
                    tuple(kept),
                    exported,
                )
                buffer = innermost(Buffer, CURRENT.get())
                if buffer is None:  # the block has ended meanwhile
                    line.drop()
                else:
                    buffer.add(line)
        except Exception as error:
            if comes_from_handler(error):
                _give_up(record, pending, kept, line)
                raise_accounted(error)
            raise
        if interruption is not None:
            raise_accounted(interruption)

    def _export(self, record: Record) -> tuple[Any, ...] | None:
        """Return what exporters get of a line: plain data, and no exception that holds frames."""
        got: list[tuple[Any, ...]] = []
        hiding = self.hiding
        rules = (self.limits, self.policy.is_secret) if hiding is None else hiding.exported
        record.exc_info = None
        try:
            export(record, [lambda *arguments: got.append(arguments)], *rules)
        except Exception:  # never silent: the line is kept, and must not be dropped as well
            let_through()
            COUNTERS.fault("exporter")
        return got[0] if got else None


def keeping(real: Pipeline) -> Pipeline:
    """Return what keeps lines of a pipeline's configuration."""
    found: Pipeline | None = real.keeping
    # The constants are others in a forked child.
    if found is None or found.constants is not real.constants:
        found = real.keeping = KeepingPipeline(real)
    return found


def _give_up(
    record: Record,
    pending: list[Output],
    kept: list[tuple[Output, bytes, Any]],
    line: KeptLine | None,
) -> None:
    """Count a line for each output that is not done with it.

    Args:
        record: The line's.
        pending: Outputs that have not been asked.
        kept: What is to be kept.
        line: What has that, once there is one.
    """
    for output in pending:
        if output.takes_level(record.level, record.logger):
            output.sink.counts.drop(INTERRUPTED)
    if line is not None:
        line.drop()
        return
    for output, _, _ in kept:
        output.sink.counts.drop(INTERRUPTED)


def write(line: KeptLine) -> None:
    """Write a line that was kept to the outputs of the present, or count it as dropped."""
    current = STATE.pipeline
    while line.left:
        output, data, besides = line.outputs[-line.left]
        target = None if current is None else _present(output, current, line)
        counts = output.sink.counts
        line.left -= 1
        try:
            if target is None:
                counts.drop(BUFFERED, None, line.slot)
            else:
                target.sink.deliver_kept(line.slot, data, besides)
        except Exception as error:  # never raises, never silent: the line is lost, and counted
            if not comes_from_handler(error):
                counts.drop(reason_of(error), error)
                continue
            if not is_accounted_for(error):
                counts.drop(INTERRUPTED)
            raise
    exported, line.exported = line.exported, None
    if exported is not None and current is not None:
        for exporter in current.exporters:
            try:
                exporter(*exported)
            except Exception:  # a log call never raises: an extension must not cost the call
                let_through()
                COUNTERS.fault("exporter")


def _present(output: Output, current: Pipeline, line: KeptLine) -> Output | None:
    """Return the output of a pipeline that writes what was made for an output."""
    for each in current.outputs:
        if each is output:
            return each
    # Another set-up has come meanwhile: the same destination in the same format will do.
    for each in current.outputs:
        if (
            each.sink.counts is output.sink.counts
            and each.format_key == output.format_key
            and each.levels.takes(line.level, line.logger)
        ):
            return each
    return None
