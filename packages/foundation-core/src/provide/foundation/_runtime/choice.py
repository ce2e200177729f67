"""Which lane writes.

foundation-native is looked for by the folder of its leaf, and not by an entry point. Reading entry
points takes 10 ms, too long for the first line of a program that sets up nothing; one look at the
disk takes 2 microseconds. Its function `lane_for` gives a class that stands in for
`FastLane`, or None.

Whoever asks why a lane is not a faster one gives a `because`: each rule that rules a lane out says
so there, in words.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from os.path import isdir, join
from typing import Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._encoder import ABSENCE
from provide.foundation._lanes.base import FastLane
from provide.foundation._output.output import Output
from provide.foundation._process.interrupts import let_through

#: Names the fastest lane that may write: ``native``, ``fast`` or ``processor``. Without it that
#: is the fastest one that is installed.
LANE_VARIABLE = "FOUNDATION_LANE"
_LANES = ("native", "fast", "processor")
_LEAF = "native"
NO_ORJSON = "orjson cannot be imported, a slower encoder stands in for it"
#: Takes a reason, in words.
Because = Callable[[str], None]
#: JSON, with exceptions as objects, as texts, as both.
_JSON = ("json", ("json", "text"), ("json", "both"))
#: Compact without colours, away from a terminal and at one: they differ in tracebacks only.
_COMPACT = (("compact", False, False), ("compact", True, False))
#: With colours, likewise.
_PAINTED = (("compact", False, True), ("compact", True, True))


def unasked(reason: str) -> None:
    """Take the reason why a lane is ruled out, where nobody has asked for it."""


def is_processor_wanted(because: Because = unasked) -> bool:
    """Say whether the environment asks for the processor lane."""
    wanted = os.environ.get(LANE_VARIABLE) == "processor"
    if wanted:
        because(f"{LANE_VARIABLE}=processor asks for it")
    return wanted


def _is_python_wanted(because: Because) -> bool:
    wanted = os.environ.get(LANE_VARIABLE) == "fast"
    if wanted:
        because(f"{LANE_VARIABLE}=fast asks for it")
    return wanted


def lane_class(
    output: Output, *, callsite: bool, because: Because = unasked
) -> type[FastLane] | None:
    """Return the class of the fastest lane for an output, or `None`: only the processor lane.

    Args:
        output: The output.
        callsite: Whether lines carry call sites, which not every compiled lane writes.
        because: Is told why it is not a faster one.
    """
    if is_processor_wanted(because):
        return None
    if not _is_python_wanted(because):
        compiled = _compiled_lane(output.format_key, because)
        if compiled is not None:
            if compiled.PUTS_CALLSITE or not callsite:
                return compiled
            because("the native lane of this format writes no call sites")
    return python_lane_class(output)


def python_lane_class(output: Output) -> type[FastLane] | None:
    """Return the class of the lane in Python for an output, or `None`: its format has none."""
    # Each by itself: the text renderers are loaded by those who use them.
    if output.format_key in _JSON:
        from provide.foundation._lanes.json_layout import JsonLane

        return JsonLane
    if isinstance(output.format_key, tuple) and output.format_key[0] == "json":
        from provide.foundation._lanes.schemas.classes import lane_of

        return lane_of(output.format_key[2])
    if output.format_key == "key_value":
        from provide.foundation._lanes.logfmt_layout import KeyValueLane

        return KeyValueLane
    if output.format_key in _COMPACT:
        from provide.foundation._lanes.compact_layout import CompactLane

        return CompactLane
    if output.format_key in _PAINTED:
        from provide.foundation._lanes.compact_layout import PaintedLane

        return PaintedLane
    if isinstance(output.format_key, tuple) and output.format_key[0] == "terminal":
        from provide.foundation._lanes.terminal.layout import TerminalLane

        return TerminalLane
    return None


def _is_there() -> bool:
    """Say whether foundation-native is installed, or part of a frozen program."""
    folders = sys.modules["provide.foundation"].__path__
    if any(isdir(join(folder, _LEAF)) for folder in folders):
        return True
    if all(isdir(folder) for folder in folders):
        return False
    from importlib.util import find_spec  # a frozen program's modules need no folder

    return find_spec(f"provide.foundation.{_LEAF}") is not None


def native_version() -> str | None:
    """Return the version of foundation-native; `None`: it is not there, or not compiled."""
    try:
        leaf = import_module(f"provide.foundation.{_LEAF}") if _is_there() else None
    except Exception:  # a broken extension must not stop who asks; the lane says why
        let_through()
        return None
    return leaf.__version__ if leaf is not None and leaf.COMPILED else None


def report_if_missing() -> None:
    """Say once that orjson is not there, or that a lane is asked for which is not."""
    if ABSENCE is not None:
        DIAGNOSTICS.report_once("orjson", NO_ORJSON, {"error": ABSENCE})
    wanted = os.environ.get(LANE_VARIABLE)
    if wanted and wanted not in _LANES:
        DIAGNOSTICS.report_once(
            "lane",
            f"{LANE_VARIABLE} names no lane, so the fastest one writes",
            {"value": wanted, "allowed": _LANES},
        )
    if wanted == "native" and _compiled_lane("json") is None:
        DIAGNOSTICS.report_once(
            "lane",
            "the native lane is asked for, but there is no compiled foundation-native",
            {"install": "foundation-native"},
        )


def compiled_several(
    outputs: Sequence[Output], because: Because = unasked
) -> Callable[..., Any] | None:
    """Return what makes the compiled lane of several outputs, or `None`: it does not take them."""
    if _is_python_wanted(because):
        return None
    found: Callable[..., Any] | None = _ask_compiled("several_for", outputs, because)
    return found


def _compiled_lane(format_key: object, because: Because = unasked) -> type[FastLane] | None:
    found: type[FastLane] | None = _ask_compiled("lane_for", format_key, because)
    return found


def _ask_compiled(function: str, argument: object, because: Because) -> Any:
    if not _is_there():
        because("foundation-native is not installed")
        return None
    try:
        leaf = import_module(f"provide.foundation.{_LEAF}")
        choose = getattr(leaf, function)
        return choose(argument) if because is unasked else choose(argument, because)
    except Exception as error:  # never raises: a broken extension must not stop the logger
        let_through()
        COUNTERS.fault("extension")
        DIAGNOSTICS.report_once(
            "lane", "foundation-native could not be loaded", {"error": str(error)}
        )
        because(f"foundation-native could not be loaded: {error}")
        return None
