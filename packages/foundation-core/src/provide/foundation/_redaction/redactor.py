"""What one configuration hides: the texts that its patterns find, and the values of secret keys.

Each text is searched once, as it was given, and all that is found in it is replaced at once; so no
pattern sees what another one has left, and a censor is asked for the secret itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.redaction import MASK, replace_spans
from provide.foundation._record.values import Limits
from provide.foundation._redaction.censor import Censor
from provide.foundation._redaction.encoder import MARGIN, RedactingEncoder
from provide.foundation._redaction.exceptions import make_stand_in
from provide.foundation._redaction.patterns import (
    PATTERNS,
    Find,
    Span,
    find_by_name,
    find_by_regex,
)

#: Of a text that is cut: how far back a blank is looked for, so that no part of a word is left.
_LONGEST_WORD = 1000
#: A text that has been cut already is not cut again for the words that say so.
_FOR_MARKERS = 64
#: Texts of up to so many characters, in which nothing has been found, are remembered.
_SHORT = 64
_MOST_REMEMBERED = 2048
_DEEPEST = 200


class Redactor:
    """Search texts and hide what is secret. Any thread may call any method.

    Args:
        patterns: Names of `PATTERNS`, and compiled expressions.
        is_secret: Tells which keys, and which parameters of queries, are secret.
        censor: Gives what stands for a secret; `None`: `MASK`.
        most_chars: How much of a text is searched with expressions; the rest of it is cut.
    """

    __slots__ = (
        "_expressions",
        "_finds",
        "_known",
        "_own",
        "_texts",
        "censor",
        "most_chars",
        "searches",
    )

    def __init__(
        self,
        patterns: Iterable[Any],
        is_secret: Callable[[str], bool],
        censor: Censor | None = None,
        most_chars: int = 10_000,
    ) -> None:
        given = tuple(dict.fromkeys(patterns))
        names = [each for each in PATTERNS if each in given]
        #: What finds something; before it, texts of which one is there then, or what finds one.
        self._finds: list[tuple[tuple[str, ...], Callable[[str], object], Find]] = []
        self._own = [find_by_regex(each) for each in given if not isinstance(each, str)]
        self._texts: tuple[str, ...] = ()
        expressions: list[str] = []
        for name in names:
            trigger, find = PATTERNS[name].trigger, find_by_name(name, is_secret)
            if isinstance(trigger, str):
                expressions.append(trigger)
                self._finds.append(((), re.compile(trigger).search, find))
            else:
                self._texts += trigger
                self._finds.append((trigger, _find_nothing, find))
        self._expressions = re.compile("|".join(expressions)).search if expressions else None
        #: Gives what stands for a secret, if that is not `MASK`.
        self.censor = censor
        self.most_chars = most_chars
        #: Whether texts are searched at all.
        self.searches = bool(self._finds or self._own)
        #: Short texts in which nothing is.
        self._known: set[str] = set()

    def hide(self, value: Any) -> str:
        """Return what stands for a secret."""
        return MASK if self.censor is None else self.censor(value)

    def is_clean(self, text: str) -> bool:
        """Say whether `search` would return a text as it is; True is certain, False is not."""
        if text in self._known:
            return True
        for trigger in self._texts:
            if trigger in text:
                return False
        if self._expressions is not None and self._expressions(text) is not None:
            return False
        if self._own and self.search(text) is not text:
            return False
        remember(self._known, text)
        return True

    def search(self, text: str) -> str:
        """Return a text, which is an exact string, without what a pattern finds in it."""
        if text in self._known:
            return text
        spans: list[Span] = []
        whole = text
        for triggers, find_trigger, find in self._finds:
            for trigger in triggers:
                if trigger in text:
                    break
            else:
                if find_trigger(text) is None:
                    continue
            spans += find(text)
        if self._own:
            if len(text) > self.most_chars:
                text = text[: self.most_chars]
            try:
                for find in self._own:
                    spans += find(text)
            except Exception as error:  # a log call never raises: the expression is the user's
                let_through()
                COUNTERS.fault("redact_pattern")
                DIAGNOSTICS.report_once(
                    "redact_pattern",
                    "a pattern failed, so that what it should have searched is masked",
                    {"error": type(error).__name__},
                )
                return self.hide(whole)
            if text is not whole:
                return self._cut(whole, spans)
        return replace_spans(text, spans, self.hide) if spans else text

    def _cut(self, text: str, spans: list[Span]) -> str:
        """Return the beginning of a text that is too long, up to a blank: no part of a word."""
        end = self.most_chars
        blank = max(text.rfind(each, max(end - _LONGEST_WORD, 0), end) for each in " \n\t\r")
        end = blank if blank >= 0 else max(end - _LONGEST_WORD, 0)
        kept = [(start, min(last, end)) for start, last in spans if start < end]
        rest = f"...<{len(text) - end} more characters>"
        return replace_spans(text[:end], kept, self.hide) + rest

    def search_all(self, data: Any, depth: int = 0) -> Any:
        """Return plain data with all texts searched; it is itself where nothing is found."""
        if type(data) is str:
            return data if self.is_clean(data) else self.search(data)
        if depth > _DEEPEST:
            return MASK
        if type(data) is dict:
            made = {key: self.search_all(value, depth + 1) for key, value in data.items()}
            return made if any(made[key] is not data[key] for key in made) else data
        if type(data) is list:
            items = [self.search_all(value, depth + 1) for value in data]
            return items if any(a is not b for a, b in zip(items, data, strict=True)) else data
        return data

    def hiding(self, limits: Limits, *, searches: bool) -> Limits:
        """Return limits with which values are hidden and, if asked for, texts are searched."""
        encoder = partial(RedactingEncoder, redactor=self, searches=searches)
        return Limits(limits.depth, limits.items, limits.string, limits.nodes, limits.line, encoder)

    def roomy(self, limits: Limits) -> Limits:
        """Return limits for texts that are searched later on: no cut goes through a secret."""
        longest = limits.string + (MARGIN if self.searches else 0)
        return Limits(
            limits.depth, limits.items, longest, limits.nodes, limits.line, limits.encoder
        )

    def loosened(self, limits: Limits) -> Limits:
        """Return limits for what is within limits, and has the words that say where it was cut."""
        return Limits(
            limits.depth + 1,
            limits.items + 1,
            limits.string + _FOR_MARKERS,
            2 * limits.nodes + 1,
            limits.line,
        )

    def deep(self, limits: Limits) -> Limits:
        """Return limits for the description of an exception."""
        return Limits(_DEEPEST, string=limits.string, line=limits.line, encoder=limits.encoder)

    def stand_in(self, exc_info: Any, description: Any) -> Any:
        """Return what is given to handlers in place of an exception whose texts are not shown."""
        try:
            return make_stand_in(exc_info, description)
        except Exception as failure:  # a log call never raises: the class is the user's
            if type(failure) is not RecursionError:
                let_through()
            return None


def remember(texts: set[str], text: str) -> None:
    """Put a short text into a set that stays small."""
    if len(text) <= _SHORT:
        if len(texts) >= _MOST_REMEMBERED:
            texts.clear()
        texts.add(text)


def _find_nothing(text: str) -> None:
    return None
