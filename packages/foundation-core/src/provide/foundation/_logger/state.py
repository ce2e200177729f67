"""The state that is kept with a logger: its prefix, and how far it is.

The prefix is what all lines of a logger have in common, encoded once: its name, and its bound
fields. It is a tuple of four: the owner, the bytes up to the event, the bytes between the event and
the call's own fields, and the keys that may stand behind them. The owner names the state:

    bind()       -> cold          the lane's `cold`, with the prefix of the name alone
    first line   -> written once  the lane's `written_once`
    second line  -> warm          the lane itself, with the prefix of this logger

A bound logger that writes one line is cheaper if its fields are encoded with that line, so it is
warm with its second. Where one logger of a name has come that far, others will: until the lane's
next housekeeping, `bind` gives them the lane's `busy` as the owner, and they are warm with their
first line. The logger without bound fields is warm with its first line, too. Any other owner is
another lane's (or None, before all lanes), and the logger begins anew.

`PrefixCache.warm_up` in `_lanes/prefix.py` makes all the changes but one: `log` says that a line
has been written. The compiled lane keeps the same states in the same places, see `prefix.h`. A
tuple, because a log call takes it apart in one step; attributes of an object cost a step each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

#: Owner, head, tail, keys of the tail.
Prefix = tuple[Any, Any, Any, Any]


if TYPE_CHECKING:

    class LoggerState(Protocol):
        """Be what every logger of one name shares; `NamedLogger` in `logger.py` is one.

        Attributes:
            _name: The name.
            _threshold: The lowest level that is written.
            _ahead: The prefix that `bind` gives to a new logger of this name.
            _rendered: The prefix of the logger without bound fields.
        """

        _name: str
        _threshold: int
        _ahead: Prefix
        _rendered: Prefix
