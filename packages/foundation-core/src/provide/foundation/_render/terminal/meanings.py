"""Colours that say what a value means: a status, a duration, an address.

`color_meanings` finds them in any row. A lane knows keys and values when it writes a line, and asks
the others, which take far less time.
"""

from __future__ import annotations

import re

from provide.foundation._render.terminal.codes import KEY, NUMBER, QUIET, RESET

_ORANGE, _RED, _GREEN = b"\x1b[38;5;166m", b"\x1b[38;5;196m", b"\x1b[38;5;028m"
_NUMBER = NUMBER.encode()
_QUIET = QUIET.encode()
_ENDS_WITH_S = b"s" + _QUIET + b"="
_STATUS = re.compile(
    rb"((?<=[m_.])status(?:_code)?\x1b\[38;5;243m=)" + re.escape(_NUMBER) + rb"([1-5])(?=\d\d\x1b)"
)
_STATUS_COLORS = {b"4": _ORANGE, b"5": _RED}
_DURATION = re.compile(
    rb"((?:(?<=[m_.])seconds|_m?s)\x1b\[38;5;243m=)" + re.escape(_NUMBER) + rb"([\d.]+)(?=\x1b)"
)
_URL = re.compile(rb"https?://[^\x1b\"\\\s]+")

#: The keys of a status and of a duration. (A letter ``m`` stands at the end of a code, too.)
_KEY = re.compile(r"(?:.*[m_.])?(?:(status(?:_code)?)|seconds)|.*_m?s", re.DOTALL)
#: What of a field is in front of its value, and the value; and from where on that is long, or 0 for
#: a status.
Meaning = tuple[int, slice, slice, float]
#: The meanings of the keys of lines; at times all are forgotten, as are fields with a status.
SHAPES: dict[tuple[str, ...], tuple[Meaning, ...]] = {}
_STATUSES: dict[str, str] = {}
_MOST = 1024
#: The code of a number, in each colour that it may have.
_COLORS = {"4": _ORANGE.decode(), "5": _RED.decode(), **dict.fromkeys("123", _GREEN.decode())}
#: Stands for addresses that are to be looked for.
SOME = ("", "")
_PLAIN_DIGITS = ".0123456789"
#: A field that is kept is no longer.
_SHORT = 200
_IS = len(f" {KEY}{QUIET}=")


def find_meanings(keys: tuple[str, ...]) -> tuple[Meaning, ...]:
    """Return which fields of a line may have a meaning, and keep it."""
    found = []
    for number, key in enumerate(keys):
        match = _KEY.fullmatch(key)
        if match:
            limit = 0.0 if match[1] else 1000.0 if key.endswith("_ms") else 1.0
            code_at = _IS + len(key)
            text = slice(code_at + len(NUMBER), -len(RESET))
            found.append((number, slice(code_at), text, limit))
    if len(SHAPES) >= _MOST:
        SHAPES.clear()
    SHAPES[keys] = meanings = tuple(found)
    return meanings


def color_fields(parts: list[str], meanings: tuple[Meaning, ...]) -> None:
    """Put fields into the colours of what their values mean.

    Args:
        parts: All fields of a line, painted, each behind a blank. They are changed.
        meanings: What `find_meanings` has found.
    """
    for number, front, text, limit in meanings:
        part = parts[number]
        if not limit:
            parts[number] = _STATUSES.get(part) or _show_status(part, part[front], part[text])
            continue
        try:
            is_long = float(part[text]) >= limit
        except ValueError:
            continue
        # An address and a version have more points.
        if is_long and part.startswith(NUMBER, front.stop) and not part[text].strip(_PLAIN_DIGITS):
            parts[number] = f"{part[front]}{_COLORS['4']}{part[text]}{RESET}"


def _show_status(part: str, front: str, text: str) -> str:
    made = part
    if part.startswith(NUMBER, len(front)) and len(text) == 3 and text.isdecimal():
        made = f"{front}{_COLORS.get(text[0], NUMBER)}{text}{RESET}"
    if len(part) <= _SHORT:
        if len(_STATUSES) >= _MOST:
            _STATUSES.clear()
        _STATUSES[part] = made
    return made


def underline(text: str) -> tuple[str, str]:
    """Return a value and the same with its address underlined, or `SOME`: it is to be looked for.

    Args:
        text: The value of a field, in which an address is; no other field of the line has one.
    """
    bare = text.strip('"')
    if len(bare) <= len("https://") or " " in bare or not bare.startswith(("http://", "https://")):
        return SOME
    return text, text.replace(bare, f"\x1b[4m{bare}\x1b[24m")


def underline_addresses(first: bytes) -> bytes:
    """Return rows with their addresses underlined."""
    made: list[bytes] = []
    done = 0
    for found in _URL.finditer(first):  # in less than half the time of `sub` with a template
        begin, end = found.span()
        made += (first[done:begin], b"\x1b[4m", first[begin:end], b"\x1b[24m")
        done = end
    return b"".join((*made, first[done:]))


def color_meanings(first: bytes) -> bytes:
    """Return a row with the values in their colours that have a meaning."""
    if b"status" in first:
        first = _STATUS.sub(_color_status, first)
    if _ENDS_WITH_S in first:
        first = _DURATION.sub(_color_duration, first)
    if b"://" in first:
        first = underline_addresses(first)
    return first


def _color_status(match: re.Match[bytes]) -> bytes:
    return match[1] + _STATUS_COLORS.get(match[2], _GREEN) + match[2]


def _color_duration(match: re.Match[bytes]) -> bytes:
    try:
        is_long = float(match[2]) >= (1000.0 if b"_ms" in match[1] else 1.0)
    except ValueError:  # an address, or a version
        return match[0]
    return match[1] + (_ORANGE if is_long else _NUMBER) + match[2]
