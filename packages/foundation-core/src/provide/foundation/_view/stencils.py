"""Stencils: rows cut out of the bytes of lines, without parsing them.

A stencil is a regular expression for lines with certain keys, in compact JSON, whose values are of
certain kinds, and a row with places for them. It lets through only lines whose bytes tell what the
row is: printable ASCII without a backslash, and numbers whose digits are those that they are shown
with. What it does not let through goes the way of all lines, so that it may be as narrow as it is.

It is learned from a line that `UsualRows` has shown, and kept if it makes the same row of it. To
compile one takes milliseconds: only keys that many lines have get one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from provide.foundation._encoder import dumps
from provide.foundation._view.usual import LONGEST, Latest, UsualRows

#: So many lines have the same keys before they get a stencil, and so many they may get in turn.
_MANY, _MOST_TURNS = 100, 6
#: Stencils, and beginnings and times that are kept.
_MOST, _MOST_KEPT = 200, 10_000
#: Repeats give nothing back (`++`), which is faster: what ends them is never a part of them.
_TEXT = r"[ !#-\[\]-~]"
_BARE = r"[!#-<>-\[\]-~]"
_INTEGER = r"(?:0|-?[1-9][0-9]{0,14}+)"
#: With so few digits that no other number is as near, and so large that no exponent is written.
_DECIMAL = r"-?(?:0|[1-9][0-9]{0,8})\.(?!00000)(?:0|[0-9]{0,5}[1-9])"
_SCALAR = rf'(?:"{_TEXT}*+"|{_INTEGER}(?![.eE0-9])|{_DECIMAL}(?![eE0-9])|true|false|null)'
_DEEPEST = 3
_START = ("timestamp", "level", "logger", "event")
_BEGIN = (
    r'\{"timestamp":"(.{16}):([0-5][0-9]\.[0-9]{3})[0-9]{3}Z",'
    rf'"level":"([A-Za-z]+","logger":"{_TEXT}++","event":"{_TEXT}*+)"'
)
#: The kinds of values: what they look like, as groups, of which one holds. A text that is not bare
#: keeps its quotes. Of any other number it is to be looked up whether it is shown as it is spelt.
_KINDS = {
    "bare": rf'"({_BARE}++)"',
    "quoted": rf'("(?:{_BARE}*[ =]{_TEXT}*+)?")',
    "integer": rf"({_INTEGER})",
    "decimal": rf"({_DECIMAL})",
    "number": r"(-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,20})",
    "word": "(true|false|null)",
}


class Stencil(NamedTuple):
    """Hold what makes rows of lines with certain keys.

    Args:
        match: Matches such a line, with its end.
        row: The row, with a place for each group.
        kinds: The kinds of values that it lets through, by key.
        numbers: The groups that may hold a number of any spelling.
    """

    match: Callable[[bytes, int], re.Match[bytes] | None]
    row: bytes
    kinds: dict[str, frozenset[str]]
    numbers: tuple[int, ...]


class StencilledRows:
    """Make rows of whole blocks, with stencils where there are some.

    Args:
        usual: Makes the rows of usual lines.
        others: Makes the rows of a line that is not usual, which is given without its end.
    """

    def __init__(self, usual: UsualRows, others: Callable[[bytes], bytes]) -> None:
        self._usual = usual
        self._others = others
        self._find_begin = re.compile(_BEGIN.encode()).match
        self._seen: dict[tuple[str, ...], int] = {}
        self._stencils: dict[tuple[str, ...], Stencil] = {}
        self._by_head: dict[bytes, Stencil] = {}
        self._heads: dict[bytes, bytes] = {}
        self._moments: dict[bytes, bytes] = {}
        self._last: Stencil | None = None

    def show(self, block: bytes) -> bytes:
        """Return the rows of a block of whole lines."""
        rows: list[bytes] = []
        add = rows.append
        heads, moments, by_head = self._heads, self._moments, self._by_head
        stencil = self._last
        position, size = 0, len(block)
        while position < size:
            found = None if stencil is None else stencil.match(block, position)
            if found is None and by_head:
                begin = self._find_begin(block, position)
                other = None if begin is None else by_head.get(begin[3])
                if other is not None and other is not stencil:
                    stencil = other
                    found = stencil.match(block, position)
            if found is not None and stencil is not None:
                groups, end = found.groups(b""), found.end()
                moment = moments.get(groups[0]) or self._learn_moment(groups[0])
                head = heads.get(groups[2])
                if (
                    moment is not None
                    and head is not None
                    and end - position <= LONGEST
                    and not (stencil.numbers and _is_respelt(groups, stencil.numbers))
                ):
                    add(stencil.row % (moment, groups[1], head, *groups[3:]))
                    position = end
                    continue
            end = block.find(b"\n", position)
            raw = block[position:end]
            shown = self._usual.show(raw)
            add(self._others(raw) if shown is None else shown)
            position = end + 1
            if shown is not None:
                stencil = self._learn(raw, shown) or stencil
        self._last = stencil
        return b"".join(rows)

    def _learn_moment(self, minute: bytes) -> bytes | None:
        """Return how rows of a minute begin; `None`: there is no such minute.

        Nor is there one whose seconds are shown as others: some zones were so before 1973.
        """
        first, last = (self._usual.show_second(f"{minute.decode()}:{n}") for n in ("00", "59"))
        if first is None or last is None:
            return None
        moment = first.removesuffix("00.")
        if (f"{moment}00.", f"{moment}59.") != (first, last):
            return None
        if len(self._moments) >= _MOST_KEPT:
            self._moments.clear()
        self._moments[minute] = moment.encode()
        return self._moments[minute]

    def _learn(self, raw: bytes, shown: bytes) -> Stencil | None:
        """Return a stencil that makes the row of a line that has just been shown, if any."""
        latest = self._usual.latest
        if latest is None:
            return None
        stencil = self._stencils.get(latest.keys)
        if stencil is None or stencil.match(raw + b"\n", 0) is None:
            if len(self._seen) >= _MOST and latest.keys not in self._seen:
                return None
            seen = self._seen[latest.keys] = self._seen.get(latest.keys, 0) + 1
            if seen % _MANY or seen > _MANY * _MOST_TURNS:
                return None
            stencil = _make(latest, {} if stencil is None else stencil.kinds)
        found = None if stencil is None else stencil.match(raw + b"\n", 0)
        if stencil is None or found is None:
            return None
        groups = found.groups(b"")
        head = latest.begin.encode()
        moment = self._moments.get(groups[0]) or self._learn_moment(groups[0])
        if moment is None or stencil.row % (moment, groups[1], head, *groups[3:]) != shown:
            return None
        for kept in (self._heads, self._by_head):
            if len(kept) >= _MOST_KEPT:
                kept.clear()
        self._heads[groups[2]] = head
        self._by_head[groups[2]] = stencil
        self._stencils[latest.keys] = stencil
        return stencil


def _make(latest: Latest, known: dict[str, frozenset[str]]) -> Stencil | None:
    """Return a stencil for a line, and for all that an earlier one let through, or `None`."""
    names = latest.keys[len(_START) :]
    if latest.keys[: len(_START)] != _START or names != latest.names:
        return None
    line, row = [_BEGIN], ["%b%b%b"]
    kinds: dict[str, frozenset[str]] = {}
    numbers: list[int] = []
    groups = 3
    *pieces, end = latest.template.split("%s")
    for name, value, piece in zip(names, latest.values, pieces, strict=True):
        kind = _classify(value)
        if kind is None:
            return None
        kinds[name] = known.get(name, frozenset()) | {kind}
        if "number" in kinds[name]:
            kinds[name] -= {"decimal"}
            numbers.append(groups + sorted(kinds[name]).index("number"))
        forms = [_KINDS.get(each) or f"({each})" for each in sorted(kinds[name])]
        groups += len(forms)
        line.append(f',"{re.escape(name)}":(?:{"|".join(forms)})')
        row += [piece, "%b" * len(forms)]
    line.append("\\}\n")
    row += [end, "\n"]
    return Stencil(
        re.compile("".join(line).encode()).match, "".join(row).encode(), kinds, tuple(numbers)
    )


def _classify(value: object) -> str | None:
    """Return one of `_KINDS`, the form of an object or a list, or `None`."""
    if type(value) is dict or type(value) is list:
        return _describe(value, 0)
    if type(value) is str:
        if not re.fullmatch(f"{_TEXT}*", value):
            return None
        return "bare" if re.fullmatch(f"{_BARE}+", value) else "quoted"
    if value is None or type(value) is bool:
        return "word"
    if type(value) is int:
        return "integer" if re.fullmatch(_INTEGER, str(value)) else None
    return "decimal" if re.fullmatch(_DECIMAL, str(value)) else "number"


def _describe(value: dict[str, Any] | list[Any], depth: int) -> str | None:
    """Return the form of an object with certain keys, or of a list of scalars."""
    if type(value) is list:
        nested = any(type(each) is dict or type(each) is list for each in value)
        return None if nested else rf"\[(?:{_SCALAR}(?:,{_SCALAR})*)?\]"
    members = []
    for key, inner in value.items() if type(value) is dict else ():
        form: str | None = _SCALAR
        if type(inner) is dict or type(inner) is list:
            form = _describe(inner, depth + 1) if depth < _DEEPEST else None
        if form is None or not re.fullmatch(f"{_TEXT}*", key):
            return None
        members.append(f'"{re.escape(key)}":{form}')
    return rf"\{{{','.join(members)}\}}"


def _is_respelt(groups: tuple[bytes, ...], numbers: tuple[int, ...]) -> bool:
    """Tell whether a number is shown with other digits than those that it is spelt with."""
    return any(groups[at] and dumps(float(groups[at])) != groups[at] for at in numbers)
