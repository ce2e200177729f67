"""What a compiled lane may import of core; it knows how core's lanes work, and moves with them.

Everything here is defined elsewhere in core; other extensions have `extension.py`.
"""

from typing import TYPE_CHECKING

from provide.foundation._diagnostics.counter import LineCounter
from provide.foundation._diagnostics.stats import COUNTERS, LEVEL_INDEX, LatencyRing
from provide.foundation._encoder import dumps
from provide.foundation._lanes.base import FastLane
from provide.foundation._lanes.everyday.part import plain_part
from provide.foundation._lanes.json_layout import JsonLane
from provide.foundation._lanes.logfmt_layout import KeyValueLane
from provide.foundation._lanes.prefix import SHORT_CHARS
from provide.foundation._lanes.rare import Odd
from provide.foundation._logger.logger import Logger, NamedLogger
from provide.foundation._logger.methods import MadeFor
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.standard import StandardSink
from provide.foundation._output.torn import Entry
from provide.foundation._pipeline.callsite import render_stack
from provide.foundation._pipeline.fields import CALL_PARAMETERS
from provide.foundation._pipeline.pipeline import LevelMethod, Pipeline, StackTrace
from provide.foundation._process.gil import HAS_GIL
from provide.foundation._process.interrupts import INTERRUPTED, is_accounted_for
from provide.foundation._process.memory import RESERVE, ask_for
from provide.foundation._record.exceptions import Fold, measured_exception
from provide.foundation._record.plans import ARRAY, LAZY, make_plan
from provide.foundation._record.values import LAZIES, RENDERING, Limits, plain
from provide.foundation._render.json import EXCEPTION_DEPTH
from provide.foundation._render.logfmt import exception_text, show_plain
from provide.foundation.context import CURRENT, JOINED, Context
from provide.foundation.levels import ERROR, LEVEL_NAMES, adopt

if TYPE_CHECKING:
    from provide.foundation._output.delivery.background import BackgroundSink
    from provide.foundation._output.output import Output

__all__ = [
    "ARRAY",
    "CALL_PARAMETERS",
    "COUNTERS",
    "CURRENT",
    "ERROR",
    "EXCEPTION_DEPTH",
    "HAS_GIL",
    "INTERRUPTED",
    "JOINED",
    "LAZIES",
    "LAZY",
    "LEVEL_INDEX",
    "LEVEL_NAMES",
    "RENDERING",
    "RESERVE",
    "SHORT_CHARS",
    "BackgroundSink",
    "Context",
    "Entry",
    "FastLane",
    "FileSink",
    "Fold",
    "JsonLane",
    "KeyValueLane",
    "LatencyRing",
    "LevelMethod",
    "Limits",
    "LineCounter",
    "Logger",
    "MadeFor",
    "NamedLogger",
    "Odd",
    "Output",
    "Pipeline",
    "StackTrace",
    "StandardSink",
    "adopt",
    "ask_for",
    "dumps",
    "exception_text",
    "is_accounted_for",
    "make_plan",
    "measured_exception",
    "plain",
    "plain_part",
    "render_stack",
    "show_plain",
]
