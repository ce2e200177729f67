"""What a compiled lane may import of core for the flat lines of a terminal, and of its screen."""

from provide.foundation._lanes.terminal.layout import TerminalLane
from provide.foundation._output.screens.sinks import ScreenSink
from provide.foundation._render.terminal.codes import KEY, NUMBER, QUIET, TEXT, WORD
from provide.foundation._render.terminal.screen import Screen

__all__ = ["KEY", "NUMBER", "QUIET", "TEXT", "WORD", "Screen", "ScreenSink", "TerminalLane"]
