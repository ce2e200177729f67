"""A line as each output would have it, made by the steps of the pipeline and written nowhere."""

from __future__ import annotations

from copy import copy

from provide.foundation._diagnostics.stats import LEVEL_INDEX, Counts
from provide.foundation._logger.logger import NamedLogger
from provide.foundation._output.output import LevelRange, Sink
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation.levels import INFO

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


def sample_lines(pipeline: Pipeline) -> list[bytes]:
    """Return a line of the level INFO for each output of a pipeline, in their order.

    Processors, filters and exporters, which are code of others, are not called.

    Args:
        pipeline: The pipeline; nothing of it changes.
    """
    aside = copy(pipeline)
    aside.processors, aside.exporters, aside.superseded = (), (), False
    keepers = []
    outputs = []
    for output in pipeline.outputs:
        keeper, mine = _Keeper(), copy(output.unfiltered())
        mine.sink, mine.levels = keeper, LevelRange()
        mine.unasked = mine.levels.unasked()
        keepers.append(keeper)
        outputs.append(mine)
    aside.outputs = tuple(outputs)
    fields = dict(_FIELDS)
    callsite = _CALLSITE if pipeline.callsite else None
    aside.finish(NamedLogger(_LOGGER, INFO), INFO, _EVENT, (), fields, callsite=callsite)
    pairs = zip(pipeline.outputs, keepers, strict=True)
    index = LEVEL_INDEX[INFO]
    return [output.sink.destination.prefix(index) + keeper.data for output, keeper in pairs]
