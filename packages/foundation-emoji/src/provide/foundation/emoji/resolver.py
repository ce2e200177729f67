"""What emoji a line gets; imports everything of the package but the ways in.

A line is marked by the first of these that knows it: the fields of an emoji set, the fields
domain, action and status, a pattern of a set on the event, the event's name. In front of that
stands the emoji of the logger's name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from provide.foundation import LoggingConfig
from provide.foundation.emoji.cache import CacheInfo, TextCache
from provide.foundation.emoji.das import DAS_FIELDS, DAS_SLOTS, read_name
from provide.foundation.emoji.names import NO_NAMES, REGISTRY
from provide.foundation.emoji.patterns import LONGEST_SEARCH, Pattern, PatternIndex
from provide.foundation.emoji.plan import Plan, Step
from provide.foundation.emoji.selection import choose_sets
from provide.foundation.emoji.sets import EmojiSet
from provide.foundation.emoji.slots import Slot
from provide.foundation.extension import let_through

_replace_numbers = re.compile(r"[0-9]+").sub
#: The source of emoji that come from domain, action and status.
DAS = "das"
#: The source of emoji that come from the logger's name.
LOGGER_NAME = "logger name"
#: Combinations of field names that are remembered, and the fields that one of them may have.
_SHAPES = 500
_LARGEST_SHAPE = 40
# Characters of all its names together: names of any length would be no bound at all.
_LONGEST_SHAPE = 1_000


class Part(NamedTuple):
    """Say why a line has an emoji.

    Attributes:
        emoji: The emoji, without brackets.
        source: The set's name, ``"das"`` or ``"logger name"``.
        reason: The prefix of the name, the field with its value, the pattern or the word.
    """

    emoji: str
    source: str
    reason: str


class _Group(NamedTuple):
    """Hold the slots of one source, in the order of their emoji, each with its field names."""

    source: str
    slots: tuple[tuple[tuple[str, ...], Slot], ...]


class _SeveralNamesError(LookupError):
    """Say that a line has a field under several of its names."""


class Resolver:
    """Find the emoji of lines under one configuration; any number of threads may ask.

    Args:
        config: Which emoji are on. None in a switch counts as True: where emoji show is decided
            by whoever asks.
        extra_sets: The sets of other packages, from which `enabled_emoji_sets` chooses as from the
            built-in ones.

    Raises:
        ConfigurationError: A set is not valid, two active sets have one name, or
            `enabled_emoji_sets` names a set that does not exist.
    """

    __slots__ = (
        "_das",
        "_events",
        "_groups",
        "_index",
        "_marks_lines",
        "_marks_names",
        "_plans",
        "field_names",
        "sets",
    )

    def __init__(self, config: LoggingConfig, extra_sets: Iterable[EmojiSet] = ()) -> None:
        self._marks_lines = config.das_emoji_prefix_enabled is not False
        self._marks_names = config.logger_name_emoji_prefix_enabled is not False
        #: The active sets, those that win first.
        self.sets = choose_sets(config, extra_sets)
        groups = [_group_set(emoji_set) for emoji_set in self.sets]
        if self._marks_lines:
            das = tuple(((name,), slot) for name, slot in zip(DAS_FIELDS, DAS_SLOTS, strict=True))
            groups.append(_Group(DAS, das))
        self._groups = tuple(groups)
        #: Every field name that can change a line's emoji.
        self.field_names = frozenset(
            name for group in groups for names, _slot in group.slots for name in names
        )
        self._index = PatternIndex(
            Pattern(regex, emoji, emoji_set.name)
            for emoji_set in self.sets
            for regex, emoji in emoji_set.patterns.items()
        )
        self._events = TextCache(
            self._mark_event if self._marks_lines else _mark_nothing,
            _leave_out_numbers if self._index.ignores_digits else None,
        )
        self._plans: dict[tuple[str, ...], Plan] = {}
        # The plan of domain, action and status, where no set could know a line by other fields:
        # three looks into the fields find it in half of the time that their names take.
        self._das = self._make_plan(DAS_FIELDS) if len(groups) == 1 and self._marks_lines else None

    def marker(self, logger_name: str, event: str, fields: Mapping[str, Any]) -> str:
        """Return the emoji of a line, such as ``"🧱 [🔑][➡️][✅]"``, or "".

        It never raises, whatever the values. Lines whose fields have none of `field_names` take
        one look into the cache of events.

        Args:
            logger_name: The name of the line's logger.
            event: The event, formatted.
            fields: The fields by their names.
        """
        try:
            if (
                self._das is not None
                and "domain" in fields
                and "action" in fields
                and "status" in fields
            ):
                plan = self._das
            else:
                shape = tuple(fields)
                try:
                    plan = self._plans[shape]
                except KeyError:
                    plan = self._make_plan(shape)
            return self._mark_by(plan, logger_name, event, fields)
        except _SeveralNamesError:
            pass
        except Exception:  # promise: fields are the caller's, and may be of any class
            let_through()
        return self._mark_as_explained(logger_name, event, fields)

    def stage(self) -> Callable[[str, str, Mapping[str, Any]], str]:
        """Return a function that gives what `marker` gives, for half of its time.

        It keeps what `marker` looks up in `self`, and remembers the whole text of lines that
        domain, action and status say it all of.
        """
        das: Any = self._das
        marker, mark_by, das_values = self.marker, self._mark_by, das and das.get_three
        names = REGISTRY if self._marks_names else NO_NAMES

        def mark(logger_name: str, event: str, fields: Mapping[str, Any]) -> str:
            try:
                # A text that is not remembered yet raises KeyError: the others pay for no test.
                if (
                    das_values is not None
                    and "domain" in fields
                    and "action" in fields
                    and "status" in fields
                ):
                    plan, values = das, das_values(fields)
                else:
                    plan = self._plans[tuple(fields)]
                    if plan.get_three is None:
                        return mark_by(plan, logger_name, event, fields)
                    values = plan.get_three(fields)
                first, second, third = values
                if type(first) is str and type(second) is str and type(third) is str:
                    table = names.table
                    try:
                        return table.markers[plan][logger_name][values]
                    except KeyError:
                        text = marker(logger_name, event, fields)
                        if values in plan.known:  # these say it all, and are short
                            table.remember(plan, logger_name, values, text)
                        return text
            except Exception:  # not seen yet; or fields of any class
                let_through()
            return marker(logger_name, event, fields)

        return mark

    def explain(self, logger_name: str, event: str, fields: Mapping[str, Any]) -> list[Part]:
        """Return why a line has its emoji, one entry for each, in their order.

        It never raises, looks into no cache, and takes many times as long as `marker`.

        Args:
            logger_name: The name of the line's logger.
            event: The event, formatted.
            fields: The fields by their names.
        """
        return self._explain_name(logger_name) + self._explain_line(event, fields)

    def cache_info(self) -> CacheInfo:
        """Return how the cache of events has done: hits, misses, size and limit."""
        return self._events.info()

    def _mark_by(self, plan: Plan, logger_name: str, event: str, fields: Mapping[str, Any]) -> str:
        parts = ""
        if plan.get_three is not None:
            # Domain, action and status, mostly: one look is half the time of three.
            first, second, third = values = plan.get_three(fields)
            if type(first) is str and type(second) is str and type(third) is str:
                try:
                    parts = plan.known[values]
                except KeyError:
                    parts = plan.mark(fields)
            else:
                parts = plan.mark(fields)
        elif plan.groups:
            parts = plan.mark(fields)
        if not parts:
            parts = self._events.get(event)
        if self._marks_names:
            # Not by that cache: names are few, and nobody asks how often they were found.
            try:
                name = REGISTRY.table.seen[logger_name]
            except KeyError:
                name = REGISTRY.table.find_emoji(logger_name)
            if name:
                return f"{name} {parts}" if parts else name
        return parts

    def _mark_as_explained(self, logger_name: str, event: str, fields: Mapping[str, Any]) -> str:
        prefix = "".join(part.emoji for part in self._explain_name(logger_name))
        found = self._explain_line(event, fields)
        return f"{prefix} {''.join(f'[{part.emoji}]' for part in found)}".strip(" ")

    def _mark_event(self, event: str) -> str:
        rank = self._index.find(event)
        if rank >= 0:
            text = f"[{self._index.patterns[rank].emoji}]"
        else:
            text = "".join([f"[{emoji}]" for _part, _word, emoji in read_name(event)])
        # Interned, so that a thousand events of one kind share one text.
        return sys.intern(text)

    def _make_plan(self, shape: tuple[str, ...]) -> Plan:
        present = {name for name in shape if type(name) is str}
        groups = []
        for group in self._groups:
            steps: list[Step] = []
            for names, slot in group.slots:
                given = [name for name in names if name in present]
                if len(given) > 1:
                    # Several names of one field: which of them counts is up to their values.
                    raise _SeveralNamesError(given)
                steps += [(name, slot.exact, slot.find) for name in given]
            if steps:
                groups.append(tuple(steps))
        plan = Plan(tuple(groups))
        if (
            len(shape) <= _LARGEST_SHAPE
            and len(present) == len(shape)
            and sum(map(len, shape)) <= _LONGEST_SHAPE
        ):
            if len(self._plans) >= _SHAPES:
                self._plans = {}
            self._plans[shape] = plan
        return plan

    def _explain_name(self, logger_name: str) -> list[Part]:
        if not self._marks_names or type(logger_name) is not str:
            return []
        table = REGISTRY.table
        prefix = table.find_prefix(logger_name)
        return [Part(table.emoji[prefix], LOGGER_NAME, prefix)] if prefix else []

    def _explain_line(self, event: str, fields: Mapping[str, Any]) -> list[Part]:
        return self._explain_fields(_keep_plain_names(fields)) or self._explain_event(event)

    def _explain_fields(self, fields: Mapping[str, Any]) -> list[Part]:
        for group in self._groups:
            parts = []
            for names, slot in group.slots:
                for name in names:
                    emoji = slot.find(fields[name])[1:-1] if name in fields else ""
                    if emoji:
                        parts.append(Part(emoji, group.source, f"{name}={_show(fields[name])}"))
                        break
            if parts:
                return parts
        return []

    def _explain_event(self, event: str) -> list[Part]:
        if not self._marks_lines or type(event) is not str:
            return []
        rank = self._index.find(event)
        if rank >= 0:
            pattern = self._index.patterns[rank]
            return [Part(pattern.emoji, pattern.set_name, f"pattern {pattern.regex}")]
        return [
            Part(emoji, DAS, f"{part} {word} in the event")
            for part, word, emoji in read_name(event)
        ]


def _mark_nothing(_event: str) -> str:
    return ""


def _leave_out_numbers(event: str) -> str:
    """Return an event with 0 for each of its numbers; names stay, their words may have digits."""
    if event.isascii() and " " in event:
        return _replace_numbers("0", event[:LONGEST_SEARCH])
    return event


def _group_set(emoji_set: EmojiSet) -> _Group:
    """Return the slots of a set, each with all names of its field, the preferred one first."""
    taken: set[str] = set()
    slots = []
    for field, table in emoji_set.fields.items():
        aliases = [alias for alias, target in emoji_set.aliases.items() if target == field]
        names = []
        for name in _spell_names((field, *aliases)):
            if name not in taken:
                taken.add(name)
                names.append(name)
        slots.append((tuple(names), Slot(table)))
    return _Group(emoji_set.name, tuple(slots))


def _spell_names(names: tuple[str, ...]) -> Iterator[str]:
    yield from names
    for name in names:
        yield name.replace(".", "_")


def _keep_plain_names(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return those fields whose names are exact strings; of a mapping that raises, none."""
    try:
        return {name: value for name, value in fields.items() if type(name) is str}
    except Exception:  # promise: a line is marked whatever its fields are
        let_through()
        return {}


def _show(value: object) -> str:
    """Return a value that a slot knows, as text."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__repr__(value)
    return repr(value)
