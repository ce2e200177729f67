"""Records as the rows of a terminal, as a program that logs to one lays them out."""

from __future__ import annotations

import os

from provide.foundation._record.record import Record
from provide.foundation._record.values import Limits
from provide.foundation._render.terminal.failures import Failures
from provide.foundation._render.terminal.flat import render_flat
from provide.foundation._render.terminal.screen import Screen
from provide.foundation.levels import LEVELS

_LEVEL_OF = {level: level for level in LEVELS}


class TerminalRows:
    """Lay records out in the order in which they are shown.

    A row with the date and the zone stands where the date of the records changes.

    Args:
        colors: Whether to write colour codes.
        local: Whether times are local, and not UTC.
        margin: Columns that something else takes.
    """

    def __init__(self, *, colors: bool, local: bool, margin: int = 0) -> None:
        self._local = local
        self._margin = margin
        self._failures = Failures()
        self._has_emoji = False
        clock = "local" if local else "utc"
        self._dated, self._timeless = (
            Screen(self._columns, _LEVEL_OF, colors=colors, dated=dated, clock=clock)
            for dated in (True, False)
        )

    def show(self, record: Record, limits: Limits) -> bytes:
        """Return the rows of a record."""
        if record.emoji and not self._has_emoji:
            self._has_emoji = True
            self._dated.use_gutter()
            self._timeless.use_gutter()
        flat = render_flat(record, self._failures, local=self._local, limits=limits)
        if record.seconds is None:
            return self._timeless.lay_out_at(record.level, flat, 0.0)
        return self._dated.lay_out_at(record.level, flat, record.seconds)

    def _columns(self) -> int:
        try:
            return max(os.get_terminal_size(1).columns - self._margin, 0)
        except OSError:
            return 0
