"""What a lane encodes once and keeps: events, keys, bound fields and context fields.

Most of a line is the same each time: the name of its logger, its event, the fields that are bound
or stand in the context, the names of the call's own fields. A `PrefixCache` looks at each of them
once, and a log call then finds the bytes, or the answer that a key is harmless. Every cache has a
bound; one that is full is emptied, and fills again with what is in use.

How a name, a text or a field is written is up to the format: `_lanes/json_layout.py` and its
siblings fill those methods in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._pipeline.fields import CALL_PARAMETERS
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process.memory import FEW_CHARS, FEW_VALUES, ask_for_texts
from provide.foundation._record.escaping import UNSAFE_IN_JSON
from provide.foundation._record.values import plain
from provide.foundation.context import Context

if TYPE_CHECKING:
    from provide.foundation._logger.logger import Logger
    from provide.foundation._logger.state import LoggerState

#: A string of up to this many characters is checked in place, a longer one by a function.
SHORT_CHARS = 64
#: A longer string leaves the fast lane: what orjson is handed must have a bound.
_LONG_CHARS = 100_000
#: A string of so many characters is looked at with all else of its line, and copied less often.
_LARGE_CHARS = 16 * 1024
_MOST_EVENTS = 1024
_LONGEST_EVENT = 256
_MOST_TURNED_AWAY = 4096  # new ones; then all are forgotten
_MOST_KEYS = 1024
#: Of the sets of bound names that a lane keeps keys for.
_MOST_SHAPES = 64
#: Of the names in such a set: the keys of a larger set are looked at anew.
_MOST_NAMES = 64


class NothingAllowed(set[str]):
    """Stand in for the keys of fields that are encoded with each line: none fits beside them."""

    def isdisjoint(self, other: object) -> bool:
        """Return False: every call has to leave the fast lane."""
        return False


NOTHING_ALLOWED = NothingAllowed()


class PrefixCache:
    """Keep what a lane has encoded, and say what it may encode.

    Args:
        pipeline: Has the limits, and the policy on keys.
    """

    __slots__ = (
        "allowed", "busy", "busy_names", "cold", "constants", "events", "limits", "longest_line",
        "longest_string", "most_items", "odd_keys", "plain_bytes", "policy", "safe_keys",
        "short_chars", "turned_away", "written_once",
    )  # fmt: skip

    def __init__(self, pipeline: Pipeline) -> None:
        self.policy = pipeline.policy
        self.limits = pipeline.limits
        self.longest_string = min(_LONG_CHARS, pipeline.limits.string)
        #: A text of up to so many characters is harmless if all of them are printable.
        self.short_chars = min(_LONGEST_EVENT, self.longest_string)
        self.longest_line = pipeline.max_line_bytes
        self.most_items = pipeline.limits.items
        #: A line of up to so many bytes has neither too many of them nor too many fields, which
        #: take four each at least: then one comparison says both.
        self.plain_bytes = min(self.longest_line, 4 * self.most_items)
        self.events: dict[str, bytes] = {}  # encoded: 90 less than each time
        self.turned_away = 0  # since it was full
        # Not the policy's own set: that one may hold a call parameter that somebody has bound.
        self.safe_keys: set[str] = set()
        #: Those that are known to need something: reserved, secret, not plain in this format.
        self.odd_keys: set[str] = set()
        # By the names of bound fields: the safe keys that are not among them. Loggers share these,
        # and one look into a set says of a key that it is harmless and written once: 0.95 of the
        # time of asking the bound names whether they are disjoint.
        self.allowed: dict[tuple[str, ...], set[str]] = {}
        # The states of a logger, as `_logger/state.py` draws them.
        self.cold, self.busy = object(), object()
        self.written_once = (object(), b"", b"", None)
        #: The names whose loggers are `busy`; forgotten now and then.
        self.busy_names: list[LoggerState] = []
        #: What stands between the event and the fields.
        self.constants = self.render_constants(pipeline.constants)

    # What the format says

    def is_plain_key(self, key: str) -> bool:
        """Say whether a key can be written as it is."""
        raise NotImplementedError

    def encode_text(self, text: str) -> bytes:
        """Return a text as a value."""
        raise NotImplementedError

    def encode_event(self, event: str) -> bytes:
        """Return an event as it stands in a line."""
        return self.encode_text(event)

    def render_constants(self, constants: Mapping[str, Any]) -> bytes:
        """Return what stands between the event and the fields of each line."""
        raise NotImplementedError

    def render_name(self, name: str) -> bytes:
        """Return the logger's name and what leads to the event."""
        raise NotImplementedError

    def render_around(self, name: str) -> tuple[bytes, bytes]:
        """Return what stands before the event, and what follows it, for a logger's name."""
        return self.render_name(name), self.constants

    def render_members(self, lead: bytes, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast behind `lead`."""
        raise NotImplementedError

    def render_fields(self, fields: dict[str, Any]) -> bytes:
        """Render fields that are known to be fast one by one, in a text format."""
        raise NotImplementedError

    # Events and keys

    def classify_key(self, key: str) -> bool:
        """Say whether a key needs nothing done to it, and remember it if so."""
        if type(key) is not str or len(key) > SHORT_CHARS:
            return False
        if key in CALL_PARAMETERS or not (self.is_plain_key(key) and self.policy.are_safe((key,))):
            if len(self.odd_keys) >= _MOST_KEYS:
                self.odd_keys.clear()
            self.odd_keys.add(key)
            return False
        if len(self.safe_keys) >= _MOST_KEYS:
            self.safe_keys.clear()
        self.safe_keys.add(key)
        return True

    def classify_beside(self, key: str, allowed: set[str], bound: dict[str, Any]) -> bool:
        """Say whether a key needs nothing done to it beside bound fields, and remember it."""
        if allowed is self.safe_keys:
            return self.classify_key(key)
        if allowed is NOTHING_ALLOWED or key in bound or not self.classify_key(key):
            return False
        if len(allowed) >= _MOST_KEYS:
            allowed.clear()
        allowed.add(key)
        return True

    def classify_all(
        self, fields: dict[str, Any], allowed: set[str], bound: dict[str, Any]
    ) -> bool:
        """Say whether all keys need nothing done to them beside bound fields."""
        if not self.odd_keys.isdisjoint(fields) or (
            allowed is not self.safe_keys and not bound.keys().isdisjoint(fields)
        ):
            return False
        for key in fields:
            if key not in allowed and not self.classify_beside(key, allowed, bound):
                return False
        return True

    def allow_beside(self, names: tuple[str, ...]) -> set[str]:
        """Return the set of keys that are allowed beside bound fields; it fills as they come."""
        if len(names) > _MOST_NAMES:
            return set()
        try:
            return self.allowed[names]
        except KeyError:
            if len(self.allowed) >= _MOST_SHAPES:
                self.allowed.clear()
            return self.allowed.setdefault(names, set())

    def keep_event(self, event: object) -> bytes | None:
        """Return an event encoded, and remember it if it is short; `None`: it takes more care."""
        if type(event) is not str:
            return None
        size = len(event)
        if not (size <= self.short_chars and event.isprintable()) and not self.is_harmless(event):
            return None
        encoded = self.encode_event(event)
        if size <= _LONGEST_EVENT:
            if len(self.events) >= _MOST_EVENTS:
                self.turned_away = (self.turned_away + 1) % _MOST_TURNED_AWAY
                if self.turned_away:
                    return encoded
                self.events.clear()
            self.events[event] = encoded
        return encoded

    def is_harmless(self, text: str) -> bool:
        """Say whether a string may go to orjson: of a bounded size, nothing left to escape."""
        if len(text) > self.longest_string:
            return False
        return (text.isascii() and "\x7f" not in text) or UNSAFE_IN_JSON.search(text) is None

    def is_bearable(self, text: str, beside: Mapping[str, Any]) -> bool:
        """Say the same of a string that may be long, and that goes there with other fields.

        Raises:
            MemoryError: There is too little for all of them.
        """
        size = len(text)
        if size > self.longest_string or size > _LARGE_CHARS:
            return False
        if size > FEW_CHARS or len(beside) > FEW_VALUES:
            ask_for_texts(beside)
        return (text.isascii() and "\x7f" not in text) or UNSAFE_IN_JSON.search(text) is None

    def cut_name(self, name: str) -> str:
        """Return a name as long as a text may be."""
        return name if len(name) <= self.limits.string else str(plain(name, self.limits))

    def render_ahead(self, lead: bytes, fields: dict[str, Any]) -> bytes | None:
        """Render bound or context fields behind `lead`.

        `None`: one of them has to be rendered anew for each line.
        """
        if not fields:  # a context without fields: `bind_contextvars()` makes one
            return lead
        if not self.are_fast(fields):
            return None
        try:
            return self.render_members(lead, fields)
        except TypeError:  # an integer beyond 64 bits
            return None

    def are_fast(self, fields: dict[str, Any]) -> bool:
        """Say whether the fast lane may write these keys and values as they are."""
        safe_keys = self.safe_keys
        if not safe_keys.issuperset(fields) and not self.classify_all(fields, safe_keys, {}):
            return False
        return self.are_plain(fields)

    def are_plain(self, fields: dict[str, Any]) -> bool:
        """Say whether the fast lane may write these values as they are."""
        for value in fields.values():
            kind = type(value)
            if kind is int:
                continue
            if kind is str:
                if len(value) <= SHORT_CHARS and value.isprintable():
                    continue
                if self.is_bearable(value, fields):
                    continue
            elif kind is bool or value is None or (kind is float and value - value == 0.0):
                continue
            return False
        return True

    def warm_up(self, logger: Logger) -> tuple[object, bytes, bytes, set[str]]:
        """Render what this lane has not rendered yet of a logger, and keep the result with it.

        A logger that is bound for one line is cheaper (600 instead of 1,050) if its fields are
        encoded with the call's own. So it is cold until its second line, which brings it here, for
        770. Where one logger of a name writes a second line, others will: until the next
        housekeeping their name is busy, and they come here with their first. 0.97 of three lines.

        Returns:
            This lane, the name, what stands before the fields, the keys that may follow.
        """
        site, bound = logger._site, logger._bound
        owner, head, tail, allowed = site._ahead
        if owner is not self.cold and owner is not self.busy:
            owner, head, tail, allowed = site._rendered
            if owner is not self:
                head, tail = self.render_around(site._name)
                allowed = self.safe_keys
            if bound:  # a name under which nothing is bound saves 88 bytes
                site._ahead = (self.cold, head, tail, allowed)
        if bound:
            if logger._rendered is self.written_once and owner is not self.busy:
                site._ahead = (self.busy, head, tail, allowed)
                self.busy_names.append(site)
            allowed = NOTHING_ALLOWED
            names = tuple(bound)
            known = self.allowed.get(names)  # only keys that are safe have a set
            if self.are_fast(bound) if known is None else self.are_plain(bound):
                try:
                    tail = self.render_members(tail, bound)
                    allowed = self.allow_beside(names) if known is None else known
                except TypeError:  # an integer beyond 64 bits
                    pass
        logger._rendered = rendering = (self, head, tail, allowed)
        return rendering

    def render_context(self, context: Context) -> tuple[object, bytes, Any]:
        """Render the context fields, and keep the result beside them."""
        members = self.render_ahead(b"", context.fields)
        keys: Any = NOTHING_ALLOWED if members is None else context.fields.keys()
        context.rendered = rendered = (self, members or b"", keys)
        return rendered
