"""Loads what knows everyday calls, with the first of them: a program's first line need not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provide.foundation._lanes.base import FastLane
    from provide.foundation._lanes.everyday.call import EverydayCalls
    from provide.foundation._logger.logger import Logger
    from provide.foundation._pipeline.pipeline import Pipeline


def take_everyday_calls(lane: FastLane, pipeline: Pipeline) -> None:
    """Have a lane do more than plain calls before it gives a call to the processor lane."""

    def load() -> EverydayCalls:
        from provide.foundation._lanes.everyday.call import EverydayCalls

        lane.everyday = everyday = EverydayCalls(lane, pipeline)
        lane.render_checked = everyday.render_checked
        return everyday

    def emit_first(
        logger: Logger, level: int, event: Any, args: tuple[Any, ...], fields: dict[str, Any]
    ) -> None:
        try:
            lane.emit = load().emit
        except Exception:  # a log call never raises: there may be too little memory, or stack
            lane.raise_interrupt(level)
        # Outside of the handler, because exc_info=True means the caller's exception.
        emit = pipeline.emit if lane.emit is emit_first else lane.emit
        emit(logger, level, event, args, fields)

    lane.load = load
    lane.render_checked = lambda level, fields: load().render_checked(level, fields)
    if not pipeline.processors:  # behind them it is `Pipeline.finish` that takes what is rare
        lane.emit = emit_first
