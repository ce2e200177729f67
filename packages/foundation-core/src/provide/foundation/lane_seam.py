"""What a compiled lane may import of core; it knows how core's lanes work, and moves with them.

Everything here is defined elsewhere in core; other extensions have `seam.py`.
"""

from typing import TYPE_CHECKING

from provide.foundation.context import CURRENT, Context
from provide.foundation.fast_key_value import KeyValueLane
from provide.foundation.fast_lane import SHORT_CHARS, FastLane
from provide.foundation.interrupts import INTERRUPTED, is_accounted_for
from provide.foundation.keys import RESERVED
from provide.foundation.ledger import LEDGER, LEVEL_INDEX, LatencyRing, Tally
from provide.foundation.levels import LEVEL_NAMES, adopt
from provide.foundation.loggers import Logger, MadeFor, NamedLogger
from provide.foundation.pipeline import CALL_PARAMETERS, LevelMethod, Pipeline
from provide.foundation.sink import FileSink, StandardSink

if TYPE_CHECKING:
    from provide.foundation.background import BackgroundSink

__all__ = [
    "CALL_PARAMETERS",
    "CURRENT",
    "INTERRUPTED",
    "LEDGER",
    "LEVEL_INDEX",
    "LEVEL_NAMES",
    "RESERVED",
    "SHORT_CHARS",
    "BackgroundSink",
    "Context",
    "FastLane",
    "FileSink",
    "KeyValueLane",
    "LatencyRing",
    "LevelMethod",
    "Logger",
    "MadeFor",
    "NamedLogger",
    "Pipeline",
    "StandardSink",
    "Tally",
    "adopt",
    "is_accounted_for",
]
