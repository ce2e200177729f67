"""What the built-in patterns find, what they leave, and that no text makes them slow."""

from __future__ import annotations

import re
import time

import pytest

from provide.foundation._config.values.patterns import PATTERN_NAMES
from provide.foundation._record.redaction import is_secret
from provide.foundation._redaction.patterns import PATTERNS
from provide.foundation._redaction.redactor import Redactor

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"


def search(text: str, *patterns: object) -> str:
    """Return a text searched with some patterns."""
    return Redactor(patterns, is_secret).search(text)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("url_credentials", "postgres://u:pw@host:5432/db", "postgres://u:***@host:5432/db"),
        ("url_credentials", "redis://:pw@h", "redis://:***@h"),
        ("url_credentials", "amqp://u:p@ss:w@h/v", "amqp://u:***@h/v"),
        ("url_credentials", "postgres://u:p/w#1@h/db", "postgres://u:***@h/db"),
        ("url_credentials", "a://u:1@h b://u:2@h", "a://u:***@h b://u:***@h"),
        ("url_credentials", "http://host:8080/a?m=b@c.d", "http://host:8080/a?m=b@c.d"),
        ("url_credentials", "http://u@host/", "http://u@host/"),
        ("url_query", "/a?token=abc&x=1", "/a?token=***&x=1"),
        ("url_query", "url=https://h/?api_key=S3 ok", "url=https://h/?api_key=*** ok"),
        ("url_query", "/a?x=1&amp;pass%77ord=s", "/a?x=1&amp;pass%77ord=***"),
        ("url_query", "/a?X-Goog-Signature=s&sig=t#f", "/a?X-Goog-Signature=***&sig=***#f"),
        ("url_query", "token=abc?def&x=1", "token=***&x=1"),
        ("url_query", "/a?tokens=3&password=", "/a?tokens=3&password="),
        ("bearer", "Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
        ("bearer", "BEARER  abcdefgh==,", "BEARER  ***,"),
        ("bearer", "a forbearer abcdefgh", "a forbearer abcdefgh"),
        ("bearer", "the bearer of it", "the bearer of it"),
        ("basic", "Basic dXNlcjpwYXNz", "Basic ***"),
        ("basic", "basic authentication failed", "basic authentication failed"),
        ("jwt", f"got {TOKEN}!", "got ***!"),
        ("jwt", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "***"),
        ("jwt", "eyJustAWord and.more", "eyJustAWord and.more"),
        ("card", "paid with 4111111111111111.", "paid with ***."),
        ("card", "4111 1111 1111 1111, 3782-822463-10005", "***, ***"),
        ("card", "4111111111111112 41111111111111111111", "4111111111111112 41111111111111111111"),
        ("card", "at 1700000000000000000", "at 1700000000000000000"),
        ("email", "to bob.o'neil+x@mail.example.com.", "to ***."),
        ("email", "<jürgen@exämple.de>,a@b.io", "<***>,***"),
        ("email", "'a@b.io' o''a@b.io", "'***' o''***"),
        ("email", "user@localhost a@1.2", "user@localhost a@1.2"),
        ("email", "postgres://u:pw@db.example.com/x", "postgres://u:pw@db.example.com/x"),
        ("aws_key", "id AKIAIOSFODNN7EXAMPLE", "id ***"),
        ("aws_key", "XAKIAIOSFODNN7EXAMPLE", "XAKIAIOSFODNN7EXAMPLE"),
        ("private_key", f"a {KEY} b", "a *** b"),
        ("private_key", "a -----BEGIN PRIVATE KEY-----\nMIIE", "a ***"),
        ("private_key", "-----BEGIN PUBLIC KEY-----\nMIIE", "-----BEGIN PUBLIC KEY-----\nMIIE"),
    ],
)  # fmt: skip
def test_built_in_patterns(name: str, text: str, expected: str) -> None:
    """Each pattern finds what it is named after, and leaves what merely looks so."""
    assert expected == search(text, name)


def test_names_of_the_configuration() -> None:
    """The configuration takes the names of the built-in patterns, and no other."""
    assert set(PATTERN_NAMES) == set(PATTERNS)


def test_patterns_together() -> None:
    """Each pattern sees the text as it was given, and what overlaps is masked once."""
    text = f"postgres://u:pw@db.example.com for bob@example.com: Bearer {TOKEN}"
    expected = "postgres://u:***@db.example.com for ***: Bearer ***"
    assert expected == search(text, "email", "jwt", "bearer", "url_credentials")


def test_own_expressions() -> None:
    """Of an expression all is masked, or the group `secret`; a match of nothing is none."""
    own = (re.compile(r"sid-\d+"), re.compile("pin=(?P<secret>[0-9]*)"), re.compile("x*"))
    assert "*** pin=*** pin=" == search("sid-17 pin=123 pin=", *own)


def test_a_text_that_is_too_long_for_expressions() -> None:
    """A text is cut where the search ends, before the word that stands there."""
    redactor = Redactor([re.compile("sid-[0-9]+")], is_secret, most_chars=100)
    text = "sid-1 " + "word " * 18 + "sid-12345 end"
    assert len(text) > 100
    expected = "*** " + "word " * 17 + "word...<14 more characters>"
    assert expected == redactor.search(text)
    assert "...<200 more characters>" == redactor.search("7" * 200)
    assert not redactor.is_clean("a" * 101)


HOSTILE = {
    "url_credentials": ("://", "://a:", "://a:b/", "a@", "://:1/", ":" * 7),
    "url_query": ("?", "?a=", "?token=", "&token", "=;", "%70="),
    "bearer": ("bearer ", "Bearer\t", "bearer  a", "bear", "a" * 9),
    "basic": ("basic ", "Basic dXNl", "basic ::"),
    "jwt": ("eyJ", "eyJa.", "-eyJ", "eyJaaaa.eyJ", "eyJaaaa.bb.", "."),
    "card": ("4111 ", "4", "4-1", "4111-1111-", "3782-822463-", " 4111111111111"),
    "email": ("a@", "a.", "a@b.", "@a", "a@1.", "://", "://a", "a'", "-", "a@a-", "://@"),
    "aws_key": ("AKIA", "AKIA1", "A"),
    "private_key": ("-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----END ", "A ", "-"),
}


@pytest.mark.parametrize("name", PATTERN_NAMES)
def test_time_in_proportion_to_the_text(name: str) -> None:
    """No text makes a built-in pattern slow: 100,000 characters take less than a second of CPU."""
    redactor = Redactor([name], is_secret)
    for piece in HOSTILE[name]:
        text = piece * (100_000 // len(piece))
        began = time.process_time()
        redactor.search(text)
        redactor.search(f"{text}!")
        taken = time.process_time() - began
        assert taken < 1.0, f"{piece!r} took {taken:.2f} s"
