"""Lines of logfmt: Foundation's own, and those of Go's loggers."""

from __future__ import annotations

import re
from typing import Any

from provide.foundation._encoder import JSONDecodeError, loads

_PAIR = re.compile(r'([^\s="]+)=(?:("(?:[^"\\]|\\.)*")|([^\s"]*))(?:[ \t]+|$)')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?$")
_WORDS = {"true": True, "false": False, "null": None}
_MOST_PAIRS = 10_000


def parse_logfmt(text: str) -> dict[str, Any] | None:
    """Return the pairs of a line of logfmt, or None where it is not all pairs."""
    text = text.rstrip()
    if text.find("=", 0, 100) < 1 or text[0] == "=":
        return None
    found: dict[str, Any] = {}
    position = 0
    while position < len(text):
        pair = _PAIR.match(text, position)
        if pair is None or len(found) > _MOST_PAIRS:
            return None
        key, quoted, bare = pair.groups()
        found[key] = read_scalar(bare) if quoted is None else _unquote(quoted)
        position = pair.end()
    return found if len(found) > 1 else None


def read_scalar(text: str) -> Any:
    """Return the number, the truth or the text that stands without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.match(text):
        return float(text) if "." in text else int(text)
    return text


def _unquote(quoted: str) -> str:
    try:
        text = loads(quoted)
    except JSONDecodeError:  # an escape of another language: as it stands
        return quoted[1:-1]
    return text if isinstance(text, str) else quoted[1:-1]
