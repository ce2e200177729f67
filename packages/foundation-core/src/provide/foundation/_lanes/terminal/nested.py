"""Small nested values of a line at a terminal: looked at and written in one walk.

`_lanes/everyday/values.py` takes any value, and a line of any size; then a value is encoded as a
whole and, for the rows of a block, in its parts. Most values that programs log are a few texts and
numbers, under keys that have been met. Those are written here, in less than half of the time, from
copies that no other thread can change. Whatever else there is in a line goes there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from provide.foundation._encoder import dumps
from provide.foundation._lanes.everyday.values import CheckedValues
from provide.foundation._lanes.prefix import SHORT_CHARS
from provide.foundation._process.memory import FEW_VALUES
from provide.foundation._record.values import LARGEST_INT, SMALLEST_INT, Limits
from provide.foundation._render.terminal.blocks import MOST_INLINE
from provide.foundation.levels import ERROR

#: A value as it stands in a line, and the lines of its block; "" if it takes none.
Nested = tuple[str, str]
#: Returns fields of any values, and what ends the line; it is given the level, too.
RenderChecked = Callable[[int, dict[str, Any]], bytes]
#: Floats between these have no exponent, in which encoders differ.
_SMALL, _LARGE = 1e-4, 1e16
#: Containers of a value, and so those inside of each other; and fields that are some.
_MOST_CONTAINERS, _MOST_FIELDS = 8, 8
#: By the keys of a dict, what its members are put into; at times all are forgotten.
_TEMPLATES: dict[tuple[str, ...], str] = {}
_MOST_TEMPLATES = 1024


def are_wide(limits: Limits) -> bool:
    """Say whether limits leave alone all that is written here."""
    most = _MOST_FIELDS * FEW_VALUES
    return (
        limits.depth > _MOST_CONTAINERS
        and limits.items > FEW_VALUES
        and limits.nodes > limits.items + most  # beside bound fields
        and limits.string >= SHORT_CHARS
    )


def make_short_renderer(
    values: CheckedValues,
    render_fields: Callable[[dict[str, Any], dict[str, Nested]], bytes],
    render_checked: RenderChecked,
) -> RenderChecked:
    """Return what renders fields of any values, and what ends the line.

    Args:
        values: Knows the keys inside of values that need nothing done.
        render_fields: Renders plain data, of which dicts and lists are written already.
        render_checked: Renders fields of any values, and what ends the line.
    """
    spell = _make_spell(values)

    def render(level: int, fields: dict[str, Any]) -> bytes:
        nested: dict[str, Nested] = {}
        for key, value in fields.items():
            kind = type(value)
            if kind is int:
                if SMALLEST_INT <= value <= LARGEST_INT:
                    continue
            elif kind is str:
                if len(value) <= SHORT_CHARS:
                    continue
            elif kind is dict or kind is list:
                if made := spell(value):
                    nested[key] = made
                    continue
            elif kind is float:
                if value - value == 0.0:
                    continue
            elif kind is bool or value is None:
                continue
            return render_checked(level, fields)
        if level >= ERROR or len(nested) > _MOST_FIELDS:  # the former asks for memory
            return render_checked(level, fields)
        return render_fields(fields, nested) + b"\n"

    return render


def _make_spell(values: CheckedValues) -> Callable[[Any], Nested | None]:
    """Return what writes a dict or a list; `None`: it takes more care.

    Args:
        values: Knows the keys inside of values that need nothing done.
    """
    is_known = values.known.issuperset

    def spell(value: Any) -> Nested | None:
        checked = copy(value)
        if checked is None:
            return None
        try:
            line: str = dumps(checked).decode()
        except TypeError:  # an integer beyond 64 bits; or half of a surrogate pair
            return None
        # A backslash stands in front of what is escaped; other control characters of ASCII than
        # this one are.
        if "\\" in line or "\x7f" in line or not line.isascii():
            return None
        if len(line) <= MOST_INLINE or len(checked) < 2:
            return line, ""
        if type(checked) is list:
            if type(checked[0]) is dict and line.count("},{") == len(checked) - 1:
                return line, line[1:-1].replace("},{", "}\n{")
            return line, "\n".join(map(_show, checked))
        keys = tuple(checked)
        template = _TEMPLATES.get(keys) or _keep_template(keys)
        return line, template % tuple(
            [
                each if (kind := type(each)) is str or kind is int else dumps(each).decode()
                for each in checked.values()
            ]
        )

    def copy(value: Any) -> Any:
        """Return a copy that orjson may have, or `None`."""
        work = [value.copy()]
        count = 0
        # Each container adds those that it holds, and the loop goes on with them.
        for each in work:
            count += len(each)
            if count > FEW_VALUES:
                return None
            pairs: Iterable[tuple[Any, Any]]
            if type(each) is dict:
                if not is_known(each):
                    return None
                pairs, may_be_headers = each.items(), False
            else:
                for item in each:
                    if type(item) is not int:
                        break
                else:  # as most lists are: without a look at their places
                    continue
                pairs, may_be_headers = enumerate(each), True
            for place, item in pairs:
                kind = type(item)
                if kind is int:
                    continue
                if kind is str:
                    if len(item) > SHORT_CHARS:
                        return None
                elif kind is dict or kind is list:
                    each[place] = item = item.copy()
                    work.append(item)
                    if may_be_headers and kind is list and len(item) == 2:
                        return None
                elif kind is float:
                    if item != 0.0 and not _SMALL <= abs(item) < _LARGE:
                        return None
                elif not (kind is bool or item is None):
                    return None
        return work[0] if len(work) <= _MOST_CONTAINERS else None

    return spell


def _show(value: Any) -> str:
    """Return an item of a list as it stands in a line of a block."""
    return value if type(value) is str else dumps(value).decode()


def _keep_template(keys: tuple[str, ...]) -> str:
    """Return what puts the members of a dict into lines, and keep it."""
    if len(_TEMPLATES) >= _MOST_TEMPLATES:
        _TEMPLATES.clear()
    made = "\n".join([key.replace("%", "%%") + ": %s" for key in keys])
    _TEMPLATES[keys] = made
    return made
