"""Tests of _record/escaping.py: no control character of the data gets out raw."""

from __future__ import annotations

import json
import re
import sys
import unicodedata

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import interpreters
from provide.foundation._record import escaping as escape
from provide.foundation._record.escaping import UNSAFE, UNSAFE_IN_JSON, escape_json, escape_text

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ANY_TEXT = st.text(
    st.one_of(
        st.sampled_from('a\\"/\x00\n\r\t\x1b\x7f\x85\x9b\u2028\u2029\u20ac\U0001f600' + BIDI),
        st.characters(),
        st.characters(categories=["Cs"]),
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param(
            "h\u00e9llo \u20ac \U0001f600", "h\u00e9llo \u20ac \U0001f600", id="other-scripts"
        ),
        pytest.param("a\nb\r\tc", r"a\nb\r\tc", id="short-forms"),
        pytest.param("\x00\x1b[31m\x7f", r"\x00\x1b[31m\x7f", id="c0-and-del"),
        pytest.param("\x80\x9b\x9f\xa0", "\\x80\\x9b\\x9f\xa0", id="c1-but-no-space"),
        pytest.param("\u2028\u2029", r"\u2028\u2029", id="separators"),
        pytest.param("\u202eevil\u2066", r"\u202eevil\u2066", id="overrides"),
        pytest.param("\ud800\udfff", r"\ud800\udfff", id="lone-surrogates"),
        pytest.param("C:\\dir", "C:\\dir", id="backslash"),
        pytest.param("\u200d\ufe0f", "\u200d\ufe0f", id="joiners-of-emoji"),
    ],
)
def test_escape_text(text: str, expected: str) -> None:
    """Unsafe characters are shown as Python would write them; others stay."""
    assert expected == escape_text(text)


def test_every_unsafe_character_is_escaped() -> None:
    """Of all code points, exactly the listed ones are escaped."""
    expected = {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cc", "Zl", "Zp", "Cs") or chr(code) in BIDI
    }

    assert expected == {
        code for code in range(sys.maxunicode + 1) if escape_text(chr(code)) != chr(code)
    }


@given(ANY_TEXT)
def test_escaped_text_is_harmless(text: str) -> None:
    """Whatever the text, its escaped form is one line that UTF-8 holds."""
    escaped = escape_text(text)

    assert (None, 1, escaped) == (
        UNSAFE.search(escaped),
        len((escaped or "-").splitlines()),
        escaped.encode().decode(),
    )


@given(ANY_TEXT.map(lambda text: text.encode("utf-8", "replace").decode()))
def test_escaped_json_parses_to_the_original(text: str) -> None:
    """Both parsers read back the same value, and nothing unsafe stands in the bytes."""
    escaped = escape_json(orjson.dumps({text: text}))

    assert ({text: text}, {text: text}, None) == (
        json.loads(escaped),
        orjson.loads(escaped),
        UNSAFE.search(escaped.decode()),
    )


def test_harmless_json_is_left_alone() -> None:
    """Text that needs no escape, emoji that Python calls unprintable included, stays as it is."""
    encoded = orjson.dumps("caf\u00e9 \U0001f468\u200d\U0001f469 \U000e0067 \U0001fae9")

    assert encoded == escape_json(encoded)


def test_bytes_that_are_not_utf_8_become_utf_8() -> None:
    """What a user's processor made is fit for the stream afterwards."""
    assert '{"a":"\ufffd"}'.encode() == escape_json(b'{"a":"\xff"}')


def test_unsafe_in_json_is_what_orjson_leaves() -> None:
    """The narrower expression finds just those characters that orjson does not escape."""
    scalars = [chr(code) for code in range(0x11000) if not 0xD800 <= code <= 0xDFFF]
    left = [char for char in scalars if UNSAFE.search(orjson.dumps(char).decode())]

    assert left == [char for char in scalars if UNSAFE_IN_JSON.search(char)]


def test_expression_is_compiled_when_it_is_used() -> None:
    """Importing the module does not compile the wide expression, and using it does so once."""
    program = (
        "from provide.foundation._record import escaping as escape;"
        "before = 'UNSAFE' in vars(escape);"
        "escape.escape_text('\\n'); print(before, vars(escape)['UNSAFE'] is escape.UNSAFE)"
    )
    result = interpreters.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert ("False True", re.Pattern) == (result.stdout.strip(), type(escape.UNSAFE))


def test_other_names_are_missing() -> None:
    """The module does not make names up."""
    with pytest.raises(AttributeError, match="no attribute 'SAFE'"):
        escape.SAFE  # noqa: B018
