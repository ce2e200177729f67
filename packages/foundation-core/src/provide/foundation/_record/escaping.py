r"""Control characters of data as visible escapes (CWE-117); imports nothing of Foundation.

Escaped are C0, DEL and C1, the line and paragraph separators U+2028 and U+2029, the marks and
overrides that change the direction of text, and lone surrogates, which UTF-8 cannot hold. The
backslash itself is not: `escape_text` is for eyes, and a format that is read back quotes by its
own rules.

`str.isprintable` is False for each of those characters, so that a printable text needs no search.

Source: CWE-117; Unicode Standard Annex 9, section 2 (directional formatting characters).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

#: The characters that are escaped, as a class of a regular expression.
UNSAFE_CLASS = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
#: Regular expressions that are compiled at their first use: that takes 0.4 ms and more, which the
#: import and most programs' lines can do without. `UNSAFE_IN_JSON` is what JSON encoders leave as
#: it is, and UTF-8 can hold.
_PATTERNS = {
    "UNSAFE": UNSAFE_CLASS,
    "UNSAFE_IN_JSON": "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]",
}
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def __getattr__(name: str) -> Any:
    """Compile one of `_PATTERNS` at its first use."""
    if name not in _PATTERNS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, re.compile(_PATTERNS[name]))


def escape_text(text: str) -> str:
    r"""Return a text with its unsafe characters as ``\n``, ``\t``, ``\r``, ``\x1b``, ``\u202e``.

    The result is one line that UTF-8 can hold; a text without any is returned as it is. Any
    thread may call this.
    """
    return text if text.isprintable() else _substitute(_escape_for_eyes, text)


def escape_json(encoded: bytes) -> bytes:
    r"""Return encoded JSON with its unsafe characters as ``\u009b``; it parses to the same value.

    Any thread may call this.

    Args:
        encoded: One compact JSON document in UTF-8, without a line end. Bytes that are not UTF-8
            become U+FFFD.
    """
    text = encoded.decode("utf-8", "replace")
    if not text.isprintable():
        text = _substitute(_escape_for_parsers, text)
    return text.encode()


def _substitute(escape: Callable[[re.Match[str]], str], text: str) -> str:
    unsafe: re.Pattern[str] = globals().get("UNSAFE") or __getattr__("UNSAFE")
    return unsafe.sub(escape, text)


def _escape_for_eyes(match: re.Match[str]) -> str:
    code = ord(match[0])
    return _SHORT.get(match[0]) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _escape_for_parsers(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
