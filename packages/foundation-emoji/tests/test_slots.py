"""How values become emoji: by their text, by their number, by its class."""

from __future__ import annotations

import enum
import http
from typing import Any

import pytest

from provide.foundation.emoji.slots import Slot

SLOT = Slot({"get": "📥", "straße": "🛣️", "2xx": "✅", "404": "❓", "4xx": "⚠️", "true": "👍"})
DEFAULTED = Slot({"get": "📥", "*": "🌍"})


class Word(str):
    """Be a string whose own methods raise."""

    def __hash__(self) -> int:
        """Refuse."""
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        """Refuse."""
        raise RuntimeError

    def casefold(self) -> str:
        """Refuse."""
        raise RuntimeError


class Method(enum.StrEnum):
    """Be an enum of strings."""

    GET = "GET"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("get", "[📥]"),
        ("GET", "[📥]"),
        ("Get", "[📥]"),
        ("gEt", "[📥]"),
        ("STRASSE", ""),
        ("put", ""),
        ("", ""),
        (Method.GET, "[📥]"),
        (Word("get"), "[📥]"),
        (200, "[✅]"),
        (299, "[✅]"),
        (300, ""),
        (404, "[❓]"),
        (410, "[⚠️]"),
        ("404", "[❓]"),
        ("204", "[✅]"),
        ("2xx", ""),
        (200.0, "[✅]"),
        (200.5, ""),
        (float("nan"), ""),
        (float("inf"), ""),
        (-200, ""),
        (10**5000, ""),
        (http.HTTPStatus.NOT_FOUND, "[❓]"),
        (True, "[👍]"),
        (False, ""),
        (1, ""),
        (None, ""),
        (b"get", ""),
        (["get"], ""),
        ("g" * 1_000_000, ""),
    ],
    ids=lambda value: ascii(value)[:20] if not isinstance(value, int) else str(value % 10**6),
)
def test_find(value: Any, expected: str) -> None:
    """A value is compared as text without regard to case, a number by itself and its class."""
    assert expected == SLOT.find(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("GET", "[📥]"),
        ("put", "[🌍]"),
        (7, "[🌍]"),
        (7.5, "[🌍]"),
        (True, "[🌍]"),
        ("x" * 999, "[🌍]"),
    ],
)
def test_default_stands_for_every_other_value(value: Any, expected: str) -> None:
    """A value that is not listed gets the default's emoji."""
    assert expected == DEFAULTED.find(value)


@pytest.mark.parametrize("value", [None, [], {}, object, b"x"], ids=repr)
def test_default_does_not_stand_for_what_is_no_value(value: Any) -> None:
    """None, containers and other objects have no emoji."""
    assert "" == DEFAULTED.find(value)
