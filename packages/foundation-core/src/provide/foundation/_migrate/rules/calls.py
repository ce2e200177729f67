"""How log calls are rewritten: messages into events and fields, names of methods."""

from __future__ import annotations

import ast

from provide.foundation._migrate.rules.rule import (
    Change,
    Rewrite,
    Use,
    quote,
    replace,
    spell_call,
)
from provide.foundation._migrate.syntax.messages import (
    RECORD_NAMES,
    Split,
    has_braces,
    split_braces,
    split_fstring,
    split_percent,
)

LEVELS = "trace debug info success warning warn error exception critical fatal msg"


def message_of(use: Use) -> ast.expr | None:
    """Return the message of a log call; `log` has its level in front of it."""
    place = 1 if use.value.rpartition(".")[2] in ("log", "alog") else 0
    args = use.call.args
    if len(args) <= place or any(isinstance(each, ast.Starred) for each in args[: place + 1]):
        return None
    return args[place]


def values_of(use: Use) -> list[ast.expr]:
    """Return what follows the message of a log call."""
    return use.call.args[2 if use.value.rpartition(".")[2] in ("log", "alog") else 1 :]


def is_formatted(use: Use) -> bool:
    """Tell whether a message is put together before the call: f-string, `%`, `format`, `+`."""
    message = message_of(use)
    if isinstance(message, ast.JoinedStr):
        return any(isinstance(each, ast.FormattedValue) for each in message.values)
    if isinstance(message, ast.BinOp) and isinstance(message.op, ast.Mod | ast.Add):
        return _is_text(message.left) or _is_text(message.right)
    return _is_format_call(message)


def is_braced(use: Use) -> bool:
    """Tell whether loguru fills the braces of a message from what follows it."""
    message = message_of(use)
    if not values_of(use) and not use.call.keywords:
        return False
    return not isinstance(message, ast.Constant) or (
        isinstance(message.value, str) and has_braces(message.value)
    )


def split_message(use: Use) -> Split | None:
    """Return a message that is put together before the call as event and fields, or None."""
    message = message_of(use)
    if isinstance(message, ast.JoinedStr):
        return split_fstring(message)
    if isinstance(message, ast.BinOp) and isinstance(message.op, ast.Mod):
        text, right = message.left, message.right
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            if isinstance(right, ast.Dict):
                return None
            values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
            return split_percent(text.value, values)
    if isinstance(message, ast.Call) and _is_format_call(message):
        if any(isinstance(each, ast.Starred) for each in message.args):
            return None
        named = {str(each.arg): each.value for each in message.keywords}
        function = message.func
        assert isinstance(function, ast.Attribute)
        assert isinstance(function.value, ast.Constant)
        return split_braces(str(function.value.value), message.args, named)
    return None


def make_fields(use: Use) -> Change | None:
    """Rewrite a formatted message as a constant event with fields as keywords."""
    split, given = split_message(use), use.keywords()
    if split is None or given is None or values_of(use) or given.keys() & split[1].keys():
        return None
    return replace_arguments(use, split)


def make_extra(use: Use) -> Change | None:
    """Rewrite a formatted message as a constant event with fields in `extra`."""
    split, given = split_message(use), use.keywords()
    if split is None or given is None or values_of(use) or "extra" in given:
        return None
    event, fields = split
    if fields.keys() & RECORD_NAMES:
        return None
    pairs = ", ".join(f"{quote(name)}: {_spell(use, node)}" for name, node in fields.items())
    return _replace_rest(use, quote(event), [f"extra={{{pairs}}}"])


def fill_braces(use: Use) -> Change | None:
    """Rewrite a message with braces: as event and fields, or else as the text it was."""
    message, given, values = message_of(use), use.keywords(), values_of(use)
    if given is None or any(isinstance(each, ast.Starred) for each in values) or message is None:
        return None
    named = {name: node for name, node in given.items() if name not in ("exc_info", "extra")}
    if isinstance(message, ast.Constant):
        split = split_braces(str(message.value), values, named)
        if split is not None and not _clashes(split, given):
            return replace_arguments(use, split)
    text = use.text(message)
    filled = spell_call(
        f"{text if isinstance(message, ast.Constant | ast.Name | ast.Attribute) else f'({text})'}"
        ".format",
        [use.text(each) for each in values],
        {name: use.text(node) for name, node in named.items()},
    )
    if values:
        start, end = use.source.span(message)[0], use.source.span(values[-1])[1]
        from_place = replace(use, message, filled).edits[0]
        return Change((type(from_place)(start, end, filled),))
    return replace(use, message, filled)


def replace_arguments(use: Use, split: Split) -> Change | None:
    """Put an event and fields in the place of a message and the values behind it."""
    event, fields = split
    given = use.keywords() or {}
    added = [f"{name}={_spell(use, node)}" for name, node in fields.items() if name not in given]
    return _replace_rest(use, quote(event), added)


def _replace_rest(use: Use, event: str, added: list[str]) -> Change | None:
    message = message_of(use)
    if message is None:
        return None
    first = replace(use, message, event).edits[0]
    last = [message, *values_of(use)][-1]
    text = ", ".join((event, *added))
    return Change((type(first)(first.start, use.source.span(last)[1], text),))


def both(first: Rewrite, second: Rewrite) -> Rewrite:
    """Return what makes two changes of one call."""

    def rewrite(use: Use) -> Change | None:
        one, other = first(use), second(use)
        if one is None or other is None:
            return None
        return Change(one.edits + other.edits, one.imports | other.imports)

    return rewrite


def _clashes(split: Split, given: dict[str, ast.expr]) -> bool:
    """Tell whether a field would stand in the way of another value of that name."""
    return any(name in given and given[name] is not node for name, node in split[1].items())


def _spell(use: Use, node: ast.expr) -> str:
    # Nodes of f-strings have no certain place in the text before Python 3.12.
    return ast.unparse(node)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _is_format_call(node: ast.expr | None) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and isinstance(node.func.value, ast.Constant)
        and isinstance(node.func.value.value, str)
    )
