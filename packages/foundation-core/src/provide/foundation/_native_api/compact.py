"""What a compiled lane may import of core for lines that people read.

Apart from the rest, because only those load the renderers for people who use them.
"""

from provide.foundation._lanes.compact_layout import (
    CompactLane,
    PaintedLane,
    TerminalLane,
)
from provide.foundation._output.screens.sinks import ScreenSink
from provide.foundation._render.terminal.codes import KEY, NUMBER, QUIET, TEXT, WORD
from provide.foundation._render.terminal.screen import Screen

__all__ = [
    "KEY",
    "NUMBER",
    "QUIET",
    "TEXT",
    "WORD",
    "CompactLane",
    "PaintedLane",
    "Screen",
    "ScreenSink",
    "TerminalLane",
]
