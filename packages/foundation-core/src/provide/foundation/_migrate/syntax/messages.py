"""A message with values in it as a constant event and fields."""

from __future__ import annotations

import ast
import keyword
import logging
import re
import string
from collections.abc import Sequence

from provide.foundation._record.schema import AFTER_FIELDS, BEFORE_FIELDS

#: Names that a field of a call cannot have: members of a line, and parameters of the call.
RESERVED = frozenset(
    [each.key for each in (*BEFORE_FIELDS, *AFTER_FIELDS)]
    + ["self", "exc_info", "stack_info", "stacklevel", "extra"]
)
#: Names that `extra` of logging refuses.
RECORD_NAMES = frozenset(
    [*vars(logging.LogRecord("", 0, "", 0, "", (), None)), "message", "asctime", "taskName"]
)

#: No event is made of a longer message, over which the patterns could take minutes.
_LONGEST = 2_000
#: Stands for a value; no text of a program has it.
_GAP = "\0"
#: `id=`, in front of a value: the field's name says it.
_LABEL = re.compile(rf"\b\w+ ?= ?(?=[('\"\[<`]*{_GAP})")
#: A value with what stands around it: quotes, brackets, and units such as `s` and `ms`.
_GAPS = re.compile(rf"\s*[(\['\"<`#$]*{_GAP}(?:[^\W\d_]{{1,2}}\b| %)?[)\]'\">`%]*")
_LONE_SIGN = re.compile(r" +(?=[:,;.)])")
_EDGES = " \t\r\n:=,;.-!>"

Parts = Sequence["str | ast.expr"]
Split = tuple[str, dict[str, ast.expr]]


def split_fstring(node: ast.JoinedStr) -> Split | None:
    """Return an f-string as event and fields, or None where the fields have no names."""
    parts: list[str | ast.expr] = []
    for each in node.values:
        if isinstance(each, ast.FormattedValue):
            parts.append(each.value)
        elif isinstance(each, ast.Constant):
            parts.append(str(each.value))
    return _split(parts)


def split_percent(text: str, values: Sequence[ast.expr]) -> Split | None:
    """Return a text with `%s` in it and its values as event and fields, or None."""
    if len(text) > _LONGEST:
        return None
    pieces = re.split(r"%(?:[-#0 +]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]|(%))", text)
    texts, marks = pieces[::2], pieces[1::2]
    parts: list[str | ast.expr] = [texts[0]]
    left = list(values)
    for mark, behind in zip(marks, texts[1:], strict=True):
        if mark == "%":
            parts.append("%")
        elif left:
            parts.append(left.pop(0))
        else:
            return None
        parts.append(behind)
    return None if left or "%" in "".join(texts) else _split(parts)


def split_braces(text: str, values: Sequence[ast.expr], named: dict[str, ast.expr]) -> Split | None:
    """Return a text with `{}` in it and its values as event and fields, or None."""
    parts: list[str | ast.expr] = []
    number = 0
    names: dict[int, str] = {}
    try:
        found = list(string.Formatter().parse(text))
    except ValueError:
        return None
    for literal, name, _, _ in found:
        parts.append(literal)
        if name is None:
            continue
        if name in named:
            names[len(parts)] = name
            parts.append(named[name])
            continue
        index = number if name == "" else int(name) if name.isdecimal() and len(name) < 4 else -1
        number += name == ""
        if not 0 <= index < len(values):
            return None
        parts.append(values[index])
    return _split(parts, names)


def has_braces(text: str) -> bool:
    """Tell whether a text has places for `str.format` to fill."""
    try:
        return any(name is not None for _, name, _, _ in string.Formatter().parse(text))
    except ValueError:
        return False


def name_of(node: ast.expr) -> str | None:
    """Return the name that a field with this value would have, or None."""
    if isinstance(node, ast.Name):
        return node.id.strip("_") or None
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_") or None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value if isinstance(node.slice.value, str) else None
    return None


def _split(parts: Parts, names: dict[int, str] | None = None) -> Split | None:
    fields: dict[str, ast.expr] = {}
    text = ""
    for number, part in enumerate(parts):
        if isinstance(part, str):
            text += part
            continue
        name = (names or {}).get(number) or name_of(part)
        if name is None or not name.isidentifier() or keyword.iskeyword(name):
            return None
        if name in RESERVED or (name in fields and ast.dump(fields[name]) != ast.dump(part)):
            return None
        fields[name] = part
        text += _GAP
    if len(text) > _LONGEST:
        return None
    event = " ".join(_GAPS.sub(" ", _LABEL.sub("", text)).split())
    event = _LONE_SIGN.sub("", event)
    for opening, closing in ("()", "[]"):
        if event.count(opening) != event.count(closing):  # the other one went with a value
            event = event.replace(opening, "").replace(closing, "")
    event = event.strip(_EDGES)
    # The rest must name an event: one word does, a sign does not.
    return (event, fields) if fields and re.search(r"[^\W\d_]{2}", event) else None
