"""The encoder that searches texts, and that asks a censor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from provide.foundation._record.redaction import Censored
from provide.foundation._record.values import Encoder, Limits

#: So much more of a text is searched than may be written: what a cut would go through is found.
MARGIN = 4096


class Hides(Protocol):
    """Be a redactor, as far as an encoder asks it."""

    @property
    def searches(self) -> bool:
        """Say whether texts are searched at all."""
        raise NotImplementedError

    def hide(self, value: Any) -> str:
        """Return what stands for a secret."""
        raise NotImplementedError

    def search(self, text: str) -> str:
        """Return a text without what a pattern finds in it."""
        raise NotImplementedError


class RedactingEncoder(Encoder):
    """Encode values as `Encoder` does, but with others' texts in place of what is secret.

    Args:
        limits: The limits.
        is_secret: Tells which keys' values are masked.
        redactor: Knows what is secret.
        searches: Whether texts are searched.
    """

    __slots__ = ("redactor", "searches")

    def __init__(
        self,
        limits: Limits,
        is_secret: Callable[[str], bool] | None,
        *,
        redactor: Hides,
        searches: bool,
    ) -> None:
        super().__init__(limits, is_secret)
        self.redactor = redactor
        self.searches = searches and redactor.searches
        if self.searches:
            self.short = -1  # no text goes past `text`

    def hide(self, value: Any) -> str:
        """Return what stands for the value of a secret key."""
        return super().text(str.__str__(self.redactor.hide(value)))

    def part(self, value: Any, depth: int) -> Any:
        """Return plain data for what a text is made of; the text is searched as a whole."""
        was, self.searches = self.searches, False
        try:
            return self.encode(value, depth)
        finally:
            self.searches = was

    def text(self, text: str) -> str:
        """Return an exact string without what a pattern finds, cut and fit for UTF-8."""
        if not self.searches:
            return super().text(text)
        size = len(text)
        most = min(self.string, max(self.room, 0)) + MARGIN
        searched = self.redactor.search(text[:most] if size > most else text)
        if size <= most:
            return super().text(searched)
        # The rest counts, and none of it is shown.
        kept = min(len(searched), most - MARGIN)
        self.room -= kept
        shown = f"{searched[:kept]}...<{size - most + len(searched) - kept} more characters>"
        self.wide = self.wide or not shown.isascii()
        return shown.encode("utf-8", "backslashreplace").decode()

    def known(self, value: Any, kind: type, depth: int) -> Any:
        """Return plain data for an object of any other type; it may raise."""
        if kind is Censored:
            return super().text(str.__str__(value))
        return super().known(value, kind, depth)

    def octets(self, value: Any) -> str:
        """Return bytes as the text that they are in UTF-8, or as Python shows them."""
        if not self.searches:
            return super().octets(value)
        most = min(self.string, max(self.room, 0)) + MARGIN
        if not isinstance(value, memoryview) and len(value) <= most:
            try:
                return self.text(bytes(value).decode())
            except UnicodeDecodeError:
                pass
        return self.redactor.search(super().octets(value))
