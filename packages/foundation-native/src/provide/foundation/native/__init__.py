"""A compiled lane for Foundation: the log call at the speed of the system call.

Core uses it by itself once it is installed: `stats().lane` says which lane runs. Where the
extension could not be compiled the package is there all the same, and adds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation.native._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provide.foundation._native_api import FastLane, Output, Pipeline
    from provide.foundation._native_api.several import SeveralOutputs

__all__ = ["COMPILED", "__version__", "lane_for", "several_for"]

#: Compact without colours, away from a terminal and at one: they differ in tracebacks only, which
#: are the Python lanes' business.
_JSON = ("json", ("json", "text"), ("json", "both"))
_COMPACT = (("compact", False, False), ("compact", True, False))
#: With colours, likewise.
_PAINTED = (("compact", False, True), ("compact", True, True))

_NOT_BUILT = "foundation-native is installed without its compiled half"

try:
    from provide.foundation.native import _lane
except ImportError as error:
    COMPILED = False
    # Built where there was no compiler; or it has met an interpreter that it does not know.
    _WHY = f"foundation-native {error}" if error.name is None else _NOT_BUILT
else:
    _WHY = ""
    #: Whether the compiled half is there.
    COMPILED = _lane is not None


def _unasked(reason: str) -> None:
    """Take the reason why there is no lane, where nobody has asked for it."""


def lane_for(
    format_key: object, because: Callable[[str], None] = _unasked
) -> type[FastLane] | None:
    """Return the class of the lane that writes a format, or None if the Python lanes write it.

    Args:
        format_key: The `Output.format_key` of core's one output.
        because: Is told why there is none.
    """
    if not COMPILED:
        because(_WHY)
        return None
    from provide.foundation.native.machine_lanes import NativeJsonLane, NativeKeyValueLane

    if format_key in _JSON:
        return NativeJsonLane
    if isinstance(format_key, tuple) and format_key[0] == "json":
        from provide.foundation.native.schema_lane import native_lane_of

        return native_lane_of(format_key[2])
    if format_key == "key_value":
        return NativeKeyValueLane
    if format_key in _COMPACT:
        from provide.foundation.native.compact_lane import NativeCompactLane

        return NativeCompactLane
    if format_key in _PAINTED:
        from provide.foundation.native.compact_lane import NativePaintedLane

        return NativePaintedLane
    if isinstance(format_key, tuple) and format_key[0] == "terminal":
        from provide.foundation.native.terminal_lane import NativeTerminalLane

        return NativeTerminalLane
    because("foundation-native does not write this format")
    return None


def several_for(
    outputs: Sequence[Output], because: Callable[[str], None] = _unasked
) -> Callable[[Pipeline, Sequence[Any]], SeveralOutputs] | None:
    """Return what makes the lane of several outputs, or None if the Python lanes write to them.

    Args:
        outputs: All outputs of a configuration.
        because: Is told why they do.
    """
    classes = [lane_for(output.format_key, because) for output in outputs]
    if None in classes:
        return None
    if any(output.filter for output in outputs):
        because("a filter beside other outputs: the native lane asks none")
        return None
    from provide.foundation.native.several_lane import (
        MOST_FORMATS,
        MOST_OUTPUTS,
        NativeSeveralOutputs,
    )

    # Outputs of one format share its lines, and so their emoji.
    kinds = {(output.format_key, output.shows_emoji) for output in outputs}
    alike = len(kinds) == len({output.format_key for output in outputs}) <= MOST_FORMATS
    if not alike or len(outputs) > MOST_OUTPUTS:
        bounds = f"{MOST_FORMATS} formats, alike with emoji, and {MOST_OUTPUTS} outputs"
        because(f"the native lane takes up to {bounds}")
        return None

    def make(pipeline: Pipeline, sinks: Sequence[Any]) -> SeveralOutputs:
        pairs = zip(classes, sinks, strict=True)
        lanes: Any = [each(pipeline, sink) for each, sink in pairs if each]
        return NativeSeveralOutputs(pipeline, lanes)

    return make
