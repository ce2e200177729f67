"""What the patterns find in a text: the built-in ones by name, and regular expressions of others.

Every built-in pattern takes time in proportion to the text: no part of it can match the same
characters in two ways, and none starts within what another start has looked at in vain. Of others'
expressions nobody knows that, and `re` can neither be interrupted nor lets other threads run
meanwhile; so what they search has a bound, `Redactor.most_chars`.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from provide.foundation._record.redaction import find_parameters

#: Where something stands in a text that must not be in a line.
Span = tuple[int, int]
#: Yields what a pattern finds in a text.
Find = Callable[[str], Iterator[Span]]


class Pattern(NamedTuple):
    """Be a built-in pattern.

    Args:
        regex: What it looks for; empty where `find_parameters` does.
        group: The part of a match that is masked.
        trigger: What stands in each text in which `regex` finds something: one of these texts, or
            what an expression finds.
    """

    regex: str
    group: str | int
    trigger: tuple[str, ...] | str


# Before a word: none of its characters, or the escape of a control in a text that `repr` has made.
_START = r"(?:(?<![A-Za-z0-9_\-])|(?<=\\[abfnrtv0])|(?<=\\x[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
# What the local part of an email is made of; an apostrophe is part of it within a word.
_LOCAL = r"[^\s@<>\"'(),:;\[\]\\/=&?|{}]"
_KEY_LABEL = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"

#: By name. Sources: RFC 3986, 3.2.1 (user information); RFC 6750, 2.1 and RFC 7617, 2
#: (credentials in headers); RFC 7515, 7.1 and RFC 7516, 7.1 (compact serialisation); ISO/IEC 7812
#: (card numbers and their check digit); RFC 5321, 4.1.2 (addresses, simplified); the AWS IAM User
#: Guide, "Unique identifiers"; RFC 7468, 2 (textual encoding of keys).
PATTERNS: dict[str, Pattern] = {
    "url_credentials": Pattern(
        # A password that is not percent-encoded, as it should be, may hold what ends it.
        r"://[^\s/?#:@\"<>]*:"
        r"(?P<secret>[^\s/?#\"<>]+|(?![0-9]{1,5}[/?#])[^\s\"<>@]{1,256})@",
        "secret",
        ("://",),
    ),
    "url_query": Pattern("", 0, ("=",)),
    "bearer": Pattern(
        rf"{_START}(?i:bearer[ \t]+)(?P<secret>[A-Za-z0-9\-._~+/]{{8,}}=*)",
        "secret",
        "(?i:bearer)",
    ),
    "basic": Pattern(
        rf"{_START}(?i:basic[ \t]+)(?P<secret>[A-Za-z0-9+/_\-]{{8,}}=*)",
        "secret",
        "(?i:basic)",
    ),
    "jwt": Pattern(
        rf"{_START}eyJ[A-Za-z0-9_\-]{{4,}}\.[A-Za-z0-9_\-]{{2,}}(?:\.[A-Za-z0-9_\-]*){{0,3}}",
        0,
        ("eyJ",),
    ),
    "card": Pattern(
        rf"(?:(?<![0-9])|{_START})(?:[2-6][0-9]{{12,18}}"
        r"|[2-6][0-9]{3}([ \-])[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}"
        r"|3[0-9]{3}([ \-])[0-9]{6}\2[0-9]{4,5})(?![0-9])",
        0,
        r"[0-9]{4}[ \-]?[0-9]{4}",
    ),
    # An address within a URL is its user information, and no email's.
    "email": Pattern(
        rf"://[^\s/?#\"<>]*@|(?<!{_LOCAL})(?<!\w')(?P<secret>{_LOCAL}++(?:(?<=\w)'(?=\w){_LOCAL}++)*"
        r"@(?:[\w\-]+\.)+[^\W\d_][\w\-]+)",
        "secret",
        ("@",),
    ),
    "aws_key": Pattern(rf"{_START}(?:AKIA|ASIA)[A-Z0-9]{{16}}(?![A-Za-z0-9])", 0, ("AKIA", "ASIA")),
    "private_key": Pattern(
        rf"-----BEGIN {_KEY_LABEL}[\s\S]*?(?:-----END {_KEY_LABEL}|\Z)",
        0,
        ("-----BEGIN",),
    ),
}


def find_by_name(name: str, is_secret: Callable[[str], bool]) -> Find:
    """Return what yields the matches of a built-in pattern.

    Args:
        name: A key of `PATTERNS`.
        is_secret: Tells which parameters of a query are secret.
    """
    if name == "url_query":
        return lambda text: find_parameters(text, is_secret)
    pattern = PATTERNS[name]
    group = pattern.group
    iterate = re.compile(pattern.regex).finditer
    if name == "basic":
        return lambda text: (m.span(group) for m in iterate(text) if has_user(m[group]))
    if name == "card":
        return lambda text: (m.span() for m in iterate(text) if has_check_digit(m.group()))
    return lambda text: (span for m in iterate(text) if (span := m.span(group))[0] >= 0)


def find_by_regex(regex: Any) -> Find:
    """Return what yields the matches of a compiled expression: of its group `secret`, if any.

    Args:
        regex: A `re.Pattern`, or what another library has compiled with the same methods.
    """
    group: str | int = "secret" if "secret" in getattr(regex, "groupindex", ()) else 0

    def find(text: str) -> Iterator[Span]:
        for match in regex.finditer(text):
            start, end = match.span(group)
            if 0 <= start < end:
                yield start, end

    return find


def has_user(credentials: str) -> bool:
    """Say whether credentials are a user and a password, and no English word."""
    try:
        return b":" in a2b_base64(credentials.rstrip("=") + "===")
    except ValueError:
        return False


def has_check_digit(number: str) -> bool:
    """Say whether the last digit of a card's number is the one that the others ask for.

    Source: ISO/IEC 7812-1, annex B, known as the Luhn algorithm.
    """
    digits = [ord(each) - 48 for each in number if each in "0123456789"][::-1]
    doubled = [2 * each - 9 * (each > 4) for each in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
