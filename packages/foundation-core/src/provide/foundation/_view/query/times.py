"""Moments as people give them: `-10m`, `14:30`, `2026-11-29`, RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = r"(\d+(?:\.\d+)?)([smhdw])"
_AGO = re.compile(rf"-?(?:{_PART})+$")
_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?$")


def parse_moment(text: str, now: float, *, utc: bool) -> float:
    """Return the seconds since the epoch of a moment that somebody has typed.

    Args:
        text: So long ago (`-10m`, `1h30m`, `2d`), a time of this day, a date, or both.
        now: Seconds since the epoch.
        utc: Whether a time without a zone is in UTC, and not local.

    Raises:
        ValueError: It is none of these.
    """
    if _AGO.match(text):
        parts = re.findall(_PART, text)
        return now - sum(float(number) * _UNITS[unit] for number, unit in parts)
    try:
        here = datetime.fromtimestamp(now).astimezone()
        if utc:
            here = here.astimezone(tz=UTC)
        if _CLOCK.match(text):
            clock = datetime.fromisoformat(f"2000-01-01T{'0' if text[1] == ':' else ''}{text}")
            moment = here.replace(
                hour=clock.hour,
                minute=clock.minute,
                second=clock.second,
                microsecond=clock.microsecond,
            )
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC) if utc else moment.astimezone()
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{text!r} is no moment: -10m, 1h30m, 14:30, 2026-11-29, 2026-11-29T14:30:00Z"
        ) from None
    return (moment - _EPOCH) / timedelta(seconds=1)
