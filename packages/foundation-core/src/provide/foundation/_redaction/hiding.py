"""What a record must not hold, where that is more than the values of secret keys.

With a redactor, a record's fields are plain data from the fifth step on, and nothing is left to
hide: no renderer, handler or exporter gets more than a line shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provide.foundation._record.exceptions import KEYS
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits, plain, plain_fields
from provide.foundation._redaction.redactor import Redactor


class Hiding:
    """Take out of the records of one configuration what is not to be in a line.

    Args:
        redactor: Knows what that is.
        policy: Which keys are reserved and which are secret.
        limits: How deep, long and wide a value may be rendered.
    """

    __slots__ = (
        "_is_secret",
        "_shows",
        "describing",
        "exported",
        "redactor",
        "searches",
        "spelling",
        "values",
    )

    def __init__(self, redactor: Redactor, policy: KeyPolicy, limits: Limits) -> None:
        self.redactor = redactor
        #: Whether texts are searched at all.
        self.searches = redactor.searches
        #: Of values of which a text is made: it is searched later on, as a whole.
        self.spelling = redactor.hiding(limits, searches=False)
        #: Of a record's fields.
        self.values = redactor.hiding(limits, searches=True)
        #: Of an exception.
        self.describing = redactor.roomy(self.spelling)
        #: With which an exporter's fields are made plain.
        self.exported = redactor.loosened(limits), _is_nothing_secret
        self._is_secret = policy.is_secret
        self._shows = not any(map(policy.is_secret, KEYS))

    def hide(self, event: str, fields: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Return an event, and fields as plain data, without what is not to be in a line."""
        return plain(event, self.values), plain_fields(fields, self.values, self._is_secret)

    def hide_details(self, parts: dict[str, Any]) -> None:
        """Take out of the parts of a record, which are plain data, what is not to be in a line."""
        redactor = self.redactor
        exception = parts.get("exception")
        if exception is not None:
            shown = redactor.search_all(exception)
            if not self._shows:
                shown = plain(shown, redactor.deep(self.spelling), self._is_secret)
            if shown is not exception:
                parts["exception"] = shown
                parts.pop("measured", None)
                if "exc_info" in parts:
                    parts["exc_info"] = redactor.stand_in(parts["exc_info"], shown)
            elif "measured" in parts and parts["measured"][0] > self.spelling.string:
                del parts["measured"]
        for name in ("stack", "stack_trace"):
            if name in parts:
                parts[name] = redactor.search_all(parts[name])

    def hide_made(self, line: bytes) -> bytes:
        """Return a line that a processor has rendered without what patterns find in it."""
        if not self.searches:
            return line
        text = line.decode("utf-8", "replace").removesuffix("\n")
        return self.redactor.search(text).encode() + b"\n"


def _is_nothing_secret(key: str) -> bool:
    return False
