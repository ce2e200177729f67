"""The Python half of the native lane for the flat lines of a terminal; imports compact_lane.

A module of its own, so that other lines load nothing of a screen.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from provide.foundation._native_api.terminal import (
    KEY,
    NUMBER,
    QUIET,
    TEXT,
    WORD,
    ScreenSink,
    TerminalLane,
)
from provide.foundation.native.compact_lane import NativePaintedLane

if TYPE_CHECKING:
    from provide.foundation._native_api import BackgroundSink, FileSink, Pipeline, StandardSink
    from provide.foundation._native_api.terminal import Screen


class NativeTerminalLane(NativePaintedLane, TerminalLane):
    """Write the flat lines of a terminal: core's `_render/terminal/flat.py` says how they look."""

    #: The rows of a stack and of an exception stand behind a line.
    ASKS_FOR_DETAILS = True
    VALUE_CODES = tuple([each.encode() for each in (TEXT, NUMBER, WORD, QUIET)])

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        super().__init__(pipeline, sink)
        #: What makes rows of the lines, if it does so in their calls.
        self.screen: Screen | None = None
        if isinstance(sink, ScreenSink):
            # Most lines are laid out where they are made.
            self.use_stream(sink)
            self.screen = sink.screen
            codes = sink.screen.codes
            event = self.STYLE.event.encode()
            event_codes = tuple([codes.get(index) or event for index in range(max(codes) + 1)])
            use_screen = partial(self.compiled.use_screen, event_codes, sink.screen.tags)
            sink.screen.tell_layout(use_screen)

    def text_of_second(self, second: int) -> bytes:
        """Return what a line begins with, once the screen has looked at the terminal."""
        if self.screen is not None:
            self.screen.look(second)
        return super().text_of_second(second)

    def puts_details(self, pipeline: Pipeline) -> bool:
        """Say that an exception and a stack are written here."""
        return True

    def encode_key(self, key: str) -> bytes:
        """Return what stands in front of a field's value."""
        return f"{self.STYLE.reset} {KEY}{key}{QUIET}={TEXT}".encode()
