"""Which columns a line at a terminal has, and in which order, where that is not the usual one."""

from __future__ import annotations

from typing import NamedTuple

from provide.foundation._render.terminal.codes import LEVEL_WIDTH, NAME_WIDTH
from provide.foundation._render.terminal.wrap import columns_of

#: The columns of each column but the event, with the blank behind it.
_WIDTHS = {"time": len("14:32:54.923 "), "level": LEVEL_WIDTH + 1, "logger": NAME_WIDTH + 1}


class Columns(NamedTuple):
    """Arrange the parts of a line.

    Args:
        before: What stands in front of the event, in this order: ``time``, ``level``, ``logger``.
        after: What stands behind the fields.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def has_time(self) -> bool:
        """Return whether the time is among them."""
        return "time" in self.before or "time" in self.after

    def arrange(
        self, time: bytes, level: bytes, name: bytes, event: bytes, dated: bool
    ) -> tuple[bytes, bytes, int]:
        """Return what stands in front of the event, the rest, and the columns of the former.

        Args:
            time: The time and the blank behind it, or nothing.
            level: The level as a column, with the blanks behind it.
            name: The logger's name, without those.
            event: The event and all behind it.
            dated: Whether lines have a time.
        """
        pad = NAME_WIDTH + 1 - columns_of(name.decode("utf-8", "replace"))
        parts = {"time": time, "level": level, "logger": name + b" " * max(pad, 0)}
        lead = b"".join([parts[each] for each in self.before])
        tail = [parts[each].rstrip(b" ") for each in self.after if parts[each]]
        hang = sum(_WIDTHS[each] for each in self.before if dated or each != "time")
        return lead, b" ".join([event, *tail]), hang


def order_of(names: tuple[str, ...] | None) -> Columns | None:
    """Return what arranges columns by their names; `None`: they stand as ever."""
    if names is None:
        return None
    place = names.index("event")
    return Columns(names[:place], names[place + 1 :])
