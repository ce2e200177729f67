"""A log file that makes room by itself, by size and by time.

Any number of processes may write to one file. Whoever sees first that it is full or that its period
has ended renames it and opens a new one under its name; the others see that the name leads
elsewhere, as they would after anybody's rename. A write in flight meets the old file or the new
one, so no line is lost or torn, and no call waits for another.
"""

from __future__ import annotations

import os
import stat
import sys
import time

from provide.foundation._diagnostics.reports import DIAGNOSTICS, INTERVAL_S
from provide.foundation._diagnostics.stats import COUNTERS, SAMPLE_EVERY
from provide.foundation._output.files.archive import Archive
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.files.inode import identify
from provide.foundation._output.files.policy import (
    Rotation,
    can_be_set_aside,
    free_name,
    next_boundary,
)
from provide.foundation._output.writer import WRITE_TIMEOUT_S
from provide.foundation._process.ownership import Descriptor

if sys.platform == "win32":
    from provide.foundation._output.files.sharing import hold_alone
else:
    from provide.foundation._output.files.lock import hold_alone

_NEVER = float("inf")
#: The kernel's clock for files lags behind by up to a tick: a file of the new period must not be
#: taken for one of the old.
_TICK_S = 0.1


class RotatingSink(FileSink):
    """Append lines to a file, and set it aside when it is full or its period has ended.

    Its size is looked at once in 64 lines and once a second, its age once a second and once in 64
    lines. What is not a regular file, or is one under another's name, is never set aside.

    Args:
        path: Where the file is, as for `FileSink`.
        rotation: When it is set aside and what becomes of what was.
        timeout_s: Seconds to finish a write that would block.

    Raises:
        OSError: The file cannot be opened.
    """

    KIND = "a file that is rotated"

    def __init__(self, path: str, rotation: Rotation, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        self.rotation = rotation
        self._due = _NEVER
        self._max_bytes: float = _NEVER
        self._lines = 0
        self._next_try = 0.0
        super().__init__(path, timeout_s)
        self._begin()
        self.archive = Archive(os.path.realpath(self.path), rotation)
        self.archive.wake_if_needed()

    def deliver(self, index: int, data: bytes) -> None:
        """Write one line or count it as dropped."""
        self._lines += 1
        if not self._lines % SAMPLE_EVERY:
            self.measure()
        super().deliver(index, data)

    def measure(self) -> None:
        """Set the file aside, and begin a new one, if it is full or its period has ended."""
        if self._is_due():
            self._rotate()

    def follow(self) -> None:
        """Open the file again if its name leads elsewhere, and then look whether it is due."""
        super().follow()
        self.measure()

    def _switch(self, fresh: Descriptor, taken_away: bool) -> None:
        super()._switch(fresh, taken_away)
        self._begin()

    def _begin(self) -> None:
        """Note when the file that is open now will be due."""
        self._due = self._max_bytes = _NEVER
        try:
            status = os.fstat(self.fd)
            if stat.S_ISREG(status.st_mode) and can_be_set_aside(self.path):
                # A process that comes later cannot ask when a file was begun, but the last line
                # in it says which period it belongs to.
                moment = min(status.st_mtime + _TICK_S, time.time())
                self._due = next_boundary(moment, self.rotation.when)
                self._max_bytes = self.rotation.max_bytes or _NEVER
        except (OSError, ValueError, OverflowError):  # a time that no calendar has
            return

    def _is_due(self) -> bool:
        if time.time() >= self._due:
            return True
        if self._max_bytes == _NEVER:
            return False
        try:
            return os.fstat(self.fd).st_size >= self._max_bytes
        except OSError:  # somebody has closed it: `follow` knows what to do
            return False

    def _rotate(self) -> None:
        if time.monotonic() < self._next_try:
            return
        place = os.path.realpath(self.path)  # a link stays, and what it leads to is renamed
        try:
            # One process at a time; whoever finds another at it looks again after a few lines.
            with hold_alone(os.path.dirname(place)) as held:
                if held is None:
                    return
                renamed = self._rename(place)
                super().follow()
        except OSError as error:  # the folder may be read-only: go on with the file that we have
            self._next_try = time.monotonic() + INTERVAL_S
            COUNTERS.fault("rotate")
            DIAGNOSTICS.report(
                f"rotate:{self.path}",
                "log file could not be set aside",
                {"output": self.path, "error": str(error)},
            )
        else:
            if renamed:
                self.archive.path = place
                self.archive.wake()

    def _rename(self, place: str) -> bool:
        """Rename the file, unless another process has."""
        try:
            if identify(place) != identify(self.fd):
                return False
        except FileNotFoundError:
            return False
        if not os.fstat(self.fd).st_size:
            # No line of the old period is in it.
            self._due = next_boundary(time.time(), self.rotation.when)
            return False
        os.rename(place, free_name(place))
        return True
