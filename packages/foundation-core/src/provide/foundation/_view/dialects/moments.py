"""Moments as logs have them, in seconds since the epoch.

A time without a zone is the local time of whoever looks: its producer wrote that of its own
machine, and does not say which.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: How many of its units a second has, in the forms of the time that are numbers.
_SCALES = (1, 1_000, 1_000_000, 1_000_000_000)
#: 1973 and 2286: a thousand times apart from each other, so that no number is in doubt.
_FIRST_DAY_S, _LAST_DAY_S = 100_000_000, 9_999_999_999
#: Of web servers: ``29/Nov/2026:10:00:00 +0000``.
_COMMON_LOG = r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})$"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: The last second of a text in UTC, and its number: lines come in the order of time.
_last: tuple[str, int] = ("", 0)


def read_moment(value: object) -> float | None:
    """Return the seconds since the epoch of a text or a number, or None where it is no moment.

    A number is of seconds, milliseconds, microseconds or nanoseconds: the one that is a time of our
    days.
    """
    if type(value) is str:
        return _read_text(value)
    if type(value) is int or type(value) is float:
        for scale in _SCALES:
            if _FIRST_DAY_S * scale <= value < _LAST_DAY_S * scale:
                return (round(value * 1_000_000 // scale) + 0.5) / 1_000_000
    return None


def read_digits(value: object) -> float | None:
    """Return the seconds since the epoch of a number that is written as a text, or None."""
    if type(value) is str and value.isdecimal() and len(value) <= 20:
        return read_moment(int(value))
    return read_moment(value)


def _read_text(text: str) -> float | None:
    global _last
    # As Foundation and most others write it.
    if len(text) == 27 and text[-1] == "Z" and text[19] == "." and text[20:26].isdecimal():
        known, second = _last
        if text[:19] != known:
            try:
                second = round((datetime.fromisoformat(text[:19] + "Z") - _EPOCH).total_seconds())
            except ValueError:
                return None
            _last = (text[:19], second)
        # The renderers truncate, and a float is as likely below a microsecond as above it: aim at
        # the middle.
        return second + (int(text[20:26]) + 0.5) / 1_000_000
    if not 16 <= len(text) <= 40:
        return None
    if text[2] == "/" and (found := re.match(_COMMON_LOG, text)):
        day, month, year, clock, zone = found.groups()
        if month not in _MONTHS:
            return None
        text = f"{year}-{_MONTHS.index(month) + 1:02d}-{day}T{clock}{zone}"
    elif text[4:5] == "/":  # nginx's error log
        text = text.replace("/", "-", 2)
    elif text.endswith(" UTC"):
        text = f"{text[:-4]}Z"
    if text[10:11] == " ":
        text = f"{text[:10]}T{text[11:].replace(' ', '')}"
    try:
        moment = datetime.fromisoformat(text)
        micros = ((moment if moment.tzinfo else moment.astimezone()) - _EPOCH) // timedelta(
            microseconds=1
        )
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return (micros + 0.5) / 1_000_000
