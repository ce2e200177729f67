"""A change of a source, made in its syntax tree at a qualified name; imports the standard library.

Formatting and comments never matter: sources are compared as trees, and written anew as one.
"""

from __future__ import annotations

import ast
import re
from typing import Any


class _Swap(ast.NodeTransformer):
    """Replace each expression or statement that reads like one, and count them."""

    def __init__(self, before: str, after: str) -> None:
        (wanted,), instead = ast.parse(before).body, ast.parse(after).body
        expression = isinstance(wanted, ast.Expr)
        self.count = 0
        self._spelled = ast.dump(wanted.value if isinstance(wanted, ast.Expr) else wanted)
        self._instead: Any = instead[0].value if expression else instead  # type: ignore[attr-defined]

    def visit(self, node: ast.AST) -> Any:
        if ast.dump(node) != self._spelled:
            return self.generic_visit(node)
        self.count += 1
        return self._instead


def apply_edit(text: str, name: str, kind: str, change: Any) -> str:
    """Return a file's text with a change made at a qualified name.

    Args:
        text: The file's.
        name: Of a function, a method or what is assigned; empty for the module itself.
        kind: ``becomes``, ``swaps`` or ``matches``; see breaks.toml.
        change: What the row has for it.

    Raises:
        ValueError: There is no such place, or there are several.
    """
    if kind == "matches":
        pattern, instead = change
        edited, count = re.subn(pattern, instead, text, count=1)
        if not count:
            raise ValueError(f"no match for {pattern}")
        return edited
    tree = ast.parse(text)
    node = find(tree, name)
    if kind == "swaps":
        swap = _Swap(*change)
        swap.visit(node)
        if swap.count != 1:
            raise ValueError(f"{name} has {swap.count} places of {change[0]}")
    elif isinstance(node, ast.FunctionDef):
        node.body = ast.parse(change).body
    else:
        node.value = ast.parse(change, mode="eval").body
    return ast.unparse(ast.fix_missing_locations(tree))


def find(tree: ast.Module, name: str) -> Any:
    """Return what has a qualified name: a function, a class, an assignment; or the module.

    Raises:
        ValueError: There is no such thing, or there are several.
    """
    found: list[ast.AST] = [tree]
    for part in filter(None, name.split(".")):
        found = [node for outer in found for node in _named(outer) if _name_of(node) == part]
    if len(found) != 1:
        raise ValueError(f"{len(found)} places are {name}")
    return found[0]


def _named(outer: ast.AST) -> list[ast.AST]:
    """Return what is defined in a node, but not deeper in another definition."""
    found = []
    for node in ast.iter_child_nodes(outer):
        found += [node] if _name_of(node) else _named(node)
    return found


def _name_of(node: ast.AST) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
    return ""
