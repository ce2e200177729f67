"""Seconds since the epoch as the texts that lines show.

Every text is truncated, never rounded: a line never claims a moment later than its own. All are in
UTC, but for what people read at a terminal where they ask for local time.
"""

from __future__ import annotations

from time import gmtime, localtime

#: The forms of the time in JSON: a text, and numbers.
ISO, EPOCH_S, EPOCH_MS, EPOCH_NS = FORMS = ("iso", "epoch_s", "epoch_ms", "epoch_ns")

# Outside of these a timestamp has no four-digit year (RFC 3339, section 5.6).
FIRST_SECOND = -62135596800  # 0001-01-01T00:00:00Z
LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z

# The last second and its text in one tuple, replaced whole: two variables would give a thread
# the text of another thread's second.
_last: tuple[int, str] = (0, "1970-01-01T00:00:00.")
#: The same for local time; no second is 0.5.
_last_local: tuple[float, str] = (0.5, "")


def second_text(second: int) -> str:
    """Return the text of a whole second, up to the point: ``2026-11-23T14:10:00.``.

    Args:
        second: Seconds since the epoch.

    Raises:
        ValueError: No four-digit year holds them.
    """
    if not FIRST_SECOND <= second <= LAST_SECOND:
        raise ValueError(second)
    # gmtime and a format: strftime pads years below 1000 as the platform likes.
    try:
        year, month, day, hour, minute, sec = gmtime(second)[:6]
    except OSError:  # Windows knows the years from 1970 to 3000
        year, month, day, hour, minute, sec = civil_time(second)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{sec:02d}."


def civil_time(second: int) -> tuple[int, ...]:
    """Return year, month, day, hour, minute and second in UTC, where `gmtime` does not know them.

    Args:
        second: Seconds since the epoch, from `FIRST_SECOND` to `LAST_SECOND`.
    """
    from datetime import datetime, timedelta  # few lines are so old or so new

    return (datetime(1970, 1, 1) + timedelta(seconds=second)).timetuple()[:6]


def local_second_text(second: int) -> str:
    """Return the same as `second_text` in local time, as the system's rules say for that second.

    Seconds whose local time the system does not know, or that no four-digit year holds, are in UTC.
    """
    try:
        year, month, day, hour, minute, sec = localtime(second)[:6]
    except (OverflowError, OSError, ValueError):
        return second_text(second)
    if not 1 <= year <= 9999:
        return second_text(second)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{sec:02d}."


def format_timestamp(seconds: float) -> str:
    """Return an RFC 3339 timestamp in UTC with microseconds: ``2026-11-23T14:10:00.123456Z``.

    Seconds that no four-digit year holds become the nearest moment that one does, and a NaN the
    epoch: a wrong clock must not cost the line. Any thread may call this.

    Args:
        seconds: Seconds since the epoch, as `time.time` gives them.

    Source: RFC 3339, section 5.6.
    """
    global _last
    if not FIRST_SECOND <= seconds < LAST_SECOND + 1:
        seconds = 0 if seconds != seconds else min(max(seconds, FIRST_SECOND), LAST_SECOND)
    second = int(seconds // 1)
    # Just below a second, the subtraction may round up to a whole one.
    micros = min(int((seconds - second) * 1_000_000), 999_999)
    known, text = _last
    if known != second:
        text = second_text(second)
        _last = (second, text)
    return f"{text}{micros:06d}Z"


def format_epoch(seconds: float, form: str) -> str:
    """Return the time since the epoch as a number, truncated as `format_timestamp` does.

    Args:
        seconds: Seconds since the epoch, as `time.time` gives them.
        form: `EPOCH_S`, with six decimals; `EPOCH_MS` or `EPOCH_NS`, which ends with three zeros.
    """
    if not FIRST_SECOND <= seconds < LAST_SECOND + 1:
        seconds = 0 if seconds != seconds else min(max(seconds, FIRST_SECOND), LAST_SECOND)
    second = int(seconds // 1)
    micros = second * 1_000_000 + min(int((seconds - second) * 1_000_000), 999_999)
    if form == EPOCH_MS:
        return str(micros // 1000)
    if form == EPOCH_NS:
        return str(micros * 1000)
    whole, rest = divmod(abs(micros), 1_000_000)
    return f"{'-' if micros < 0 else ''}{whole}.{rest:06d}"


def format_moment(seconds: float, *, local: bool = False) -> str:
    """Return date and time to the millisecond, for people: ``2026-11-23 14:10:00.123``."""
    text = _format_local(seconds) if local else format_timestamp(seconds)
    return f"{text[:10]} {text[11:23]}"


def format_time(seconds: float, *, local: bool = False) -> str:
    """Return the time of day to the millisecond, for people: ``14:10:00.123``."""
    return (_format_local(seconds) if local else format_timestamp(seconds))[11:23]


def _format_local(seconds: float) -> str:
    # As `format_timestamp` does it, of which a call would cost a line of the processor lane 5%.
    global _last_local
    if not FIRST_SECOND <= seconds < LAST_SECOND + 1:
        return format_timestamp(seconds)
    second = int(seconds // 1)
    known, text = _last_local
    if known != second:
        text = local_second_text(second)
        _last_local = (second, text)
    return f"{text}{min(int((seconds - second) * 1_000_000), 999_999):06d}"
