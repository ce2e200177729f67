"""When a log file has to make room, and what its archived files are called.

The present file keeps its name; an archived file has the moment at which it was set aside
behind it, `app.log.20261124T093000.000123Z`, and `.gz` once it is compressed. A name is given once
and kept, so that no chain of renames can be cut short, and two processes cannot mean two files by
one name.
"""

from __future__ import annotations

import calendar
import os
import re
import stat
import time
from typing import NamedTuple

import attrs

COMPRESSED = ".gz"
#: A compressed file in the making.
UNFINISHED = ".gz.part"

_DAY_S = 86_400
_SECONDS = {"hourly": 3_600, "daily": _DAY_S, "weekly": 7 * _DAY_S}
_MONDAY = 4 * _DAY_S  # 1970-01-01 was a Thursday
_NEVER = float("inf")
#: Folders whose names are descriptors.
_DESCRIPTORS = re.compile(r"/dev/fd|/proc/[^/]+/(task/[^/]+/)?fd")
_MOST_LINKS = 40
_STAMP = "00000000T000000.000000Z"


@attrs.frozen(kw_only=True)
class Rotation:
    """Say when a file is set aside, and what becomes of the archived files.

    Args:
        max_bytes: The size from which a file is set aside; `None`: any size will do.
        when: A word of `checks.PERIODS` or a number of seconds; `None`: any age will do.
        backup_count: How many archived files are kept; `None`: all.
        max_age_s: Seconds after which an archived file is deleted; `None`: never.
        compress: Whether archived files are compressed.
    """

    max_bytes: int | None = None
    when: str | int | None = None
    backup_count: int | None = None
    max_age_s: float | None = None
    compress: bool = False

    @property
    def tidies(self) -> bool:
        """Say whether archived files are compressed or deleted at all."""
        return self.compress or self.backup_count is not None or self.max_age_s is not None


class Archived(NamedTuple):
    """Name one file that has been set aside, or a part of it that is being compressed."""

    stamp: str
    path: str
    ending: str


def next_boundary(seconds: float, when: str | int | None) -> float:
    """Return when the period ends that a moment is in, in seconds since 1970; inf for no period.

    Periods begin on full hours, at midnight, on Mondays and on the first of a month, UTC; those of
    so many seconds are counted from 1970.
    """
    if when is None:
        return _NEVER
    if when == "monthly":
        year, month = time.gmtime(seconds)[:2]
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return float(calendar.timegm((year, month, 1, 0, 0, 0)))
    length = when if isinstance(when, int) else _SECONDS[when]
    start = _MONDAY if when == "weekly" else 0
    return float((int(seconds) - start) // length * length + length + start)


def can_be_set_aside(path: str) -> bool:
    """Say whether a path is a regular file's own, or nobody's yet.

    `/dev/stdout` is not, whatever stdout is: that file has a name elsewhere, which is not ours.
    """
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
        if _DESCRIPTORS.fullmatch(folder):
            return False
        path = os.path.join(folder, os.path.basename(path))
        try:
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode):
                return stat.S_ISREG(mode)
            path = os.path.join(folder, os.readlink(path))
        except OSError:  # it is not there, or cannot be seen: opening it will tell
            return True
    return True


def free_name(path: str) -> str:
    """Return a name, not taken yet, for a file that is set aside now."""
    micros = time.time_ns() // 1000
    while True:
        name = f"{path}.{_stamp(micros)}"
        if not (os.path.lexists(name) or os.path.lexists(name + COMPRESSED)):
            return name
        micros += 1


def list_archived(path: str) -> list[Archived]:
    """Return what has been set aside of a file, the oldest first; a link is not ours.

    Raises:
        OSError: The folder cannot be read.
    """
    folder, base = os.path.split(path)
    found = []
    for name in os.listdir(folder or "."):
        if not name.startswith(base + "."):
            continue
        rest = name[len(base) + 1 :]
        stamp, ending = rest[: len(_STAMP)], rest[len(_STAMP) :]
        place = os.path.join(folder, name)
        known = ending in ("", COMPRESSED, UNFINISHED) and _is_stamp(stamp)
        if known and not os.path.islink(place):
            found.append(Archived(stamp, place, ending))
    return sorted(found)


def find_expired(archived: list[Archived], rotation: Rotation, now: float) -> set[str]:
    """Return the stamps of the archived files that are too many or too old."""
    stamps = sorted({each.stamp for each in archived if each.ending != UNFINISHED})
    expired: set[str] = set()
    if rotation.backup_count is not None:
        expired.update(stamps[: -rotation.backup_count])
    if rotation.max_age_s is not None:
        oldest = _stamp(max(int((now - rotation.max_age_s) * 1e6), 0))
        expired.update(stamp for stamp in stamps if stamp < oldest)
    return expired


def _stamp(micros: int) -> str:
    seconds, rest = divmod(micros, 1_000_000)
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds)) + f".{rest:06d}Z"


def _is_stamp(text: str) -> bool:
    # Digits where the pattern has them: what the user calls app.log.1 or app.log.old is not ours.
    return len(text) == len(_STAMP) and all(
        letter in "0123456789" if pattern == "0" else letter == pattern
        for letter, pattern in zip(text, _STAMP, strict=True)
    )
