"""The emoji of logger names, and those that users register; imports sets, and tables.

There is one registry for the process: names of loggers mean the same under any configuration.
"""

from __future__ import annotations

from functools import partial

from provide.foundation import ConfigurationError
from provide.foundation.emoji.sets import check_emoji
from provide.foundation.emoji.tables import LOGGERS
from provide.foundation.extension import Turns, forget_emoji

#: Dots of a logger's name that are looked at: deeper names count as their first parts.
DEEPEST_NAME = 50
#: Names that are remembered, and the characters that one of them may have.
MOST_NAMES = 2_000
LONGEST_NAME = 200
#: Markers that are remembered, about: two threads may keep two more.
MOST_MARKERS = 2_000


class NameTable:
    """Map dotted prefixes of logger names to emoji, and remember the names that were asked for.

    The map is immutable: a change makes a new table, with an empty memory.

    Args:
        emoji: The emoji of each prefix.
    """

    __slots__ = ("_kept", "emoji", "markers", "seen")

    def __init__(self, emoji: dict[str, str]) -> None:
        self.emoji = emoji
        #: Names that were asked for, with their emoji or "".
        self.seen: dict[str, str] = {}
        #: By a line's plan (see `plan.py`), its name and the three values that the plan looks at:
        #: the line's whole text. Three dicts, because to make and compare one key takes longer.
        self.markers: dict[object, dict[str, dict[tuple[str, str, str], str]]] = {}
        self._kept = 0

    def find_prefix(self, logger_name: str) -> str:
        """Return the longest registered prefix of a name, or "" for none."""
        prefix = logger_name
        if prefix.count(".") > DEEPEST_NAME:
            prefix = ".".join(prefix.split(".", DEEPEST_NAME)[:DEEPEST_NAME])
        while prefix:
            if prefix in self.emoji:
                return prefix
            prefix = prefix.rpartition(".")[0]
        return ""

    def find_emoji(self, logger_name: str) -> str:
        """Return the emoji of the longest registered prefix of a name, or "", and remember it."""
        if type(logger_name) is not str:
            return ""
        emoji = self.emoji.get(self.find_prefix(logger_name), "")
        if len(logger_name) <= LONGEST_NAME:
            if len(self.seen) >= MOST_NAMES:
                self.seen = {}
            self.seen[logger_name] = emoji
        return emoji

    def remember(
        self, plan: object, logger_name: str, values: tuple[str, str, str], marker: str
    ) -> None:
        """Keep the text of lines of a plan and a name with these values."""
        if type(logger_name) is str and len(logger_name) <= LONGEST_NAME:
            if self._kept >= MOST_MARKERS:
                self.markers, self._kept = {}, 0
            self.markers.setdefault(plan, {}).setdefault(logger_name, {})[values] = marker
            self._kept += 1


class NameRegistry:
    """Hold the table that is in force; any thread may read, and changes take turns.

    Args:
        built_in: The emoji of prefixes that nobody has registered.
    """

    __slots__ = ("_built_in", "_turns", "table")

    def __init__(self, built_in: dict[str, str]) -> None:
        self.table = NameTable(dict(built_in))
        self._built_in = built_in
        self._turns = Turns()

    def set(self, prefix: str, emoji: str | None) -> None:
        """Set the emoji of a prefix; None gives it the built-in one back, if there is one."""
        self._turns.make(partial(self._set, prefix, emoji))

    def _set(self, prefix: str, emoji: str | None) -> None:
        table = dict(self.table.emoji)
        table.pop(prefix, None)
        if emoji is None:
            emoji = self._built_in.get(prefix)
        if emoji is not None:
            table[prefix] = emoji
        self.table = NameTable(table)
        forget_emoji()


REGISTRY = NameRegistry(LOGGERS)
#: In place of that where names get no emoji.
NO_NAMES = NameRegistry({})


def register_logger_emoji(prefix: str, emoji: str) -> None:
    """Give loggers of a dotted prefix an emoji, for the whole process and from the next line on.

    Any thread may call this. A set-up or its end does not undo it.

    Args:
        prefix: A logger's name, such as ``"app.db"``, which stands for ``app.db.pool`` as well. Of
            several prefixes that fit, the longest counts. A built-in one is replaced.
        emoji: 1 to 16 characters without spaces and control characters.

    Raises:
        ConfigurationError: The prefix is empty, or the emoji is not allowed.
    """
    REGISTRY.set(_check_prefix(prefix), check_emoji(emoji, f"logger emoji {prefix!r}"))


def unregister_logger_emoji(prefix: str) -> None:
    """Undo `register_logger_emoji`; a prefix that is not registered is no error.

    Args:
        prefix: As it was registered. A built-in one gets its own emoji back.

    Raises:
        ConfigurationError: The prefix is empty.
    """
    REGISTRY.set(_check_prefix(prefix), None)


def _check_prefix(prefix: object) -> str:
    if isinstance(prefix, str) and prefix.strip(". "):
        return str(prefix).strip(". ")
    raise ConfigurationError("logger emoji", prefix, "a logger's name, such as app.db")
