"""A line as each output would have it, made by the steps of the pipeline and written nowhere."""

from __future__ import annotations

from copy import copy

from provide.foundation._diagnostics.stats import LEVEL_INDEX, Counts
from provide.foundation._logger.logger import NamedLogger
from provide.foundation._output.output import LevelRange, Output, Sink
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation.levels import CRITICAL, INFO, TRACE

_LOGGER, _EVENT = "app.orders", "order_placed"
#: One of them is secret, so that the line shows what becomes of that.
_FIELDS = {"order_id": 1042, "amount": 19.5, "password": "correct horse"}
_CALLSITE = {"file": "app.py", "line": 1, "function": "main"}


class _Keeper(Sink):
    """Keep the line that would be written."""

    def __init__(self) -> None:
        self.counts = Counts("sample")
        self.data = b""

    def deliver(self, index: int, data: bytes) -> None:
        self.data = data


def sample_lines(pipeline: Pipeline, lowest: int) -> list[bytes]:
    """Return a line for each output of a pipeline, in their order, of a level that it writes.

    Processors, filters and exporters, which are code of others, are not called.

    Args:
        pipeline: The pipeline; nothing of it changes.
        lowest: The lowest level of loggers that no module level is meant for.
    """
    aside = copy(pipeline)
    aside.processors, aside.exporters, aside.superseded = (), (), False
    return [_sample_line(aside, output, lowest) for output in pipeline.outputs]


def _sample_line(aside: Pipeline, output: Output, lowest: int) -> bytes:
    level = min(max(INFO, lowest, output.levels.lowest), output.levels.highest, CRITICAL)
    keeper, mine = _Keeper(), copy(output)
    mine.sink, mine.levels, mine.filter, mine.unasked = keeper, LevelRange(), None, TRACE
    aside.outputs = (mine,)
    callsite = _CALLSITE if aside.callsite else None
    logger = NamedLogger(_LOGGER, level)
    aside.finish(logger, level, _EVENT, (), dict(_FIELDS), callsite=callsite)
    return output.sink.destination.prefix(LEVEL_INDEX[level]) + keeper.data
