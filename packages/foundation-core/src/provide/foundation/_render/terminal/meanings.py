"""Colours that say what a value means: a status, a duration, an address."""

from __future__ import annotations

import re

from provide.foundation._render.terminal.codes import NUMBER, QUIET

_ORANGE, _RED, _GREEN = b"\x1b[38;5;166m", b"\x1b[38;5;196m", b"\x1b[38;5;028m"
_NUMBER = NUMBER.encode()
_QUIET = QUIET.encode()
#: Of lines that may have a duration.
ENDS_WITH_S = b"s" + _QUIET + b"="
_STATUS = re.compile(
    rb"((?<=[m_.])status(?:_code)?\x1b\[38;5;243m=)" + re.escape(_NUMBER) + rb"([1-5])(?=\d\d\x1b)"
)
_STATUS_COLORS = {b"4": _ORANGE, b"5": _RED}
_DURATION = re.compile(
    rb"((?:(?<=[m_.])seconds|_m?s)\x1b\[38;5;243m=)" + re.escape(_NUMBER) + rb"([\d.]+)(?=\x1b)"
)
_URL = re.compile(rb"(https?://[^\x1b\"\\\s]+)")


def color_meanings(first: bytes) -> bytes:
    """Return a row with the values in their colours that have a meaning."""
    if b"status" in first:
        first = _STATUS.sub(_color_status, first)
    if ENDS_WITH_S in first:
        first = _DURATION.sub(_color_duration, first)
    if b"://" in first:
        first = _URL.sub(b"\x1b[4m\\1\x1b[24m", first)
    return first


def _color_status(match: re.Match[bytes]) -> bytes:
    return match[1] + _STATUS_COLORS.get(match[2], _GREEN) + match[2]


def _color_duration(match: re.Match[bytes]) -> bytes:
    try:
        is_long = float(match[2]) >= (1000.0 if b"_ms" in match[1] else 1.0)
    except ValueError:  # an address, or a version
        return match[0]
    return match[1] + (_ORANGE if is_long else _NUMBER) + match[2]
