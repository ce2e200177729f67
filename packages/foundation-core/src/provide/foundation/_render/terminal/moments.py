"""The day that a screen names where it changes, and the time since the line before."""

from __future__ import annotations

import os
from time import gmtime, localtime, struct_time

from provide.foundation._render.terminal.codes import QUIET, RESET
from provide.foundation._render.terminal.wrap import columns_of

# Not by strftime, whose names follow the locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_USUAL_WIDTH = 80

Day = tuple[int, int, int, int, str]


def day_of(now: float, *, local: bool) -> Day | None:
    """Return year, month, day, weekday and zone; `None`: the system does not know them."""
    try:
        found = localtime(now) if local else gmtime(now)
    except (OverflowError, OSError, ValueError):
        return None
    return *found[:3], found.tm_wday, _zone_of(found) if local else "UTC"


def rule_of(day: Day | None, now: float, width: int, *, local: bool) -> bytes:
    """Return the row that names a day and the zone."""
    if day is None:
        return b""
    year, month, number, weekday, zone = day
    text = f"── {_DAYS[weekday]} {number} {_MONTHS[month - 1]} {year} · {zone} "
    width = min(width or _USUAL_WIDTH, _USUAL_WIDTH)
    return f"{QUIET}{text}{'─' * max(width - columns_of(text), 0)}{RESET}\n".encode()


def _zone_of(moment: struct_time) -> str:
    """Return the name of the zone, as the system's data base has it if it can be known."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        try:
            name = os.readlink("/etc/localtime").partition("zoneinfo/")[2]
        except (OSError, ValueError, AttributeError):
            name = ""
    known = name.replace("/", "").replace("_", "").replace("-", "").replace("+", "")
    if known.isalnum() and known.isascii() and not any(map(str.isdigit, known)):
        return "UTC" if name.endswith(("/UTC", "Universal")) else name
    return moment.tm_zone if moment.tm_zone.isascii() else "local"


def elapsed(last: float | None, now: float) -> bytes:
    """Return the time since the line before, in the columns of a time."""
    seconds = 0.0 if last is None else now - last
    text = f"{seconds:+.3f}s"
    return f"{text:>12.12}".encode()
