"""The arguments of a command as a query.

    query  = each { ["and"] each }, with "or" between those, which binds less
    each   = ["not"] ( KEY sign VALUE | "has:" KEY | "~" VALUE | TEXT | "(" query ")" )

A value or a text is a word, or stands in quotes, in which a backslash goes before a quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from provide.foundation._view.query.errors import QueryError
from provide.foundation._view.query.terms import (
    OPERATORS,
    All,
    Comparison,
    Either,
    Has,
    Not,
    Pattern,
    Term,
    Text,
)

_KEY = r"[\w@$][\w.@$/-]*"
_TOKEN = rf"""\s*(?:(?P<bracket>[()])
    |(?P<key>{_KEY}|"(?:[^"\\]|\\.)*"(?=[=!~<>]))(?P<sign>[=!~<>]+)
      (?P<value>"(?:[^"\\]|\\.)*"(?=[\s)]|$)|'[^']*'(?=[\s)]|$)|[^\s()]*)
    |(?P<pattern>!?~)(?P<regex>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s]+)
    |has:(?P<has>{_KEY})
    |(?P<text>"(?:[^"\\]|\\.)*"|'[^']*')
    |(?P<word>[^\s()]+))"""
#: One comparison, whose value may have blanks: the shell has taken the quotes away.
_SINGLE = re.compile(rf"({_KEY})([=!~<>]+)(.*)", re.DOTALL)
_MORE = re.compile(rf"""(?:^|\s)(?:and|or|not)(?:\s|$)|\s(?:{_KEY}[=!~<>]|has:|!?~|["'(])""")
_WORDS = ("and", "or", "not", "(", ")")
_LIKELY = re.compile(rf"""{_KEY}:[^/\\]|.*[=~<>!"'\s]|has:""", re.DOTALL)
_MOST_DEPTH = 50


class Token(NamedTuple):
    """Hold one part of a query.

    Args:
        kind: ``term``, or one of `_WORDS`.
        term: What it asks for.
    """

    kind: str
    term: Term | None = None


def looks_like_query(argument: str) -> bool:
    """Tell whether an argument that is no file is meant as a part of a query."""
    return argument in _WORDS or _LIKELY.match(argument) is not None


def parse_query(arguments: Sequence[str]) -> Term | None:
    """Return what all of some arguments ask for together; `None`: there are none.

    Raises:
        QueryError: One cannot be understood.
    """
    tokens = [token for argument in arguments for token in _tokenise(argument)]
    if not tokens:
        return None
    term, rest = _parse_either(tokens, 0, 0)
    if rest < len(tokens):
        raise QueryError(f"{tokens[rest].kind!r} is not expected there")
    return term


def _tokenise(argument: str) -> list[Token]:
    single = _SINGLE.fullmatch(argument)
    if single is not None and _is_one_value(single[3]):
        return [Token("term", _compare(*single.groups()))]
    tokens, position = [], 0
    text = argument.rstrip()
    form = re.compile(_TOKEN, re.VERBOSE)  # here: it takes milliseconds
    while position < len(text):
        found = form.match(text, position)
        if found is None:
            raise QueryError(f"{text[position:]!r} cannot be understood")
        tokens.append(_make_token(found))
        position = found.end()
    return tokens


def _is_one_value(text: str) -> bool:
    """Tell whether all behind an operator is its value, though it may have blanks."""
    if text[:1] in ('"', "'") or _MORE.search(text):
        return False
    return not text.endswith(")") or "(" in text


def _make_token(found: re.Match[str]) -> Token:
    if found["bracket"]:
        return Token(found["bracket"])
    if found["key"]:
        return Token("term", _compare(_bare(found["key"]), found["sign"], _bare(found["value"])))
    if found["pattern"]:
        return Token("term", Pattern(_bare(found["regex"]), wanted=found["pattern"] == "~"))
    if found["has"]:
        return Token("term", Has(found["has"]))
    if found["text"]:
        return Token("term", Text(_bare(found["text"])))
    word = found["word"]
    if word in _WORDS:
        return Token(word)
    if sign := re.match(r"[=!~<>]+", word) or re.match(rf"{_KEY}(:)", word):
        raise QueryError(f"no operator {sign[sign.lastindex or 0]!r} as in {word!r}")
    return Token("term", Text(word))


def _compare(key: str, sign: str, value: str) -> Term:
    if sign not in OPERATORS:
        raise QueryError(f"no operator {sign!r} as in {key + sign + value!r}")
    return Comparison(key, sign, value)


def _bare(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\([\"\\])", r"\1", text[1:-1])
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text


def _parse_either(tokens: Sequence[Token], at: int, depth: int) -> tuple[Term, int]:
    term, at = _parse_all(tokens, at, depth)
    terms = [term]
    while at < len(tokens) and tokens[at].kind == "or":
        term, at = _parse_all(tokens, at + 1, depth)
        terms.append(term)
    return (terms[0] if len(terms) == 1 else Either(terms)), at


def _parse_all(tokens: Sequence[Token], at: int, depth: int) -> tuple[Term, int]:
    term, at = _parse_one(tokens, at, depth)
    terms = [term]
    while at < len(tokens) and tokens[at].kind not in ("or", ")"):
        term, at = _parse_one(tokens, at + (tokens[at].kind == "and"), depth)
        terms.append(term)
    return (terms[0] if len(terms) == 1 else All(terms)), at


def _parse_one(tokens: Sequence[Token], at: int, depth: int) -> tuple[Term, int]:
    if depth > _MOST_DEPTH:
        raise QueryError("too many brackets")
    if at >= len(tokens):
        raise QueryError("something is missing at the end")
    kind, term = tokens[at]
    if term is not None:
        return term, at + 1
    if kind == "not":
        term, at = _parse_one(tokens, at + 1, depth + 1)
        return Not(term), at
    if kind == "(":
        term, at = _parse_either(tokens, at + 1, depth + 1)
        if at >= len(tokens) or tokens[at].kind != ")":
            raise QueryError("a bracket is not closed")
        return term, at + 1
    raise QueryError(f"{kind!r} is not expected there")
