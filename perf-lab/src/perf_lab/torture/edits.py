"""A change of a source, made in its syntax tree at a qualified name; imports the standard library.

Formatting and comments never matter: sources are compared as trees, and written anew as one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, NoReturn

#: Returns nodes in place of a node of that place, or None to leave it as it is.
Edit = Callable[[ast.AST], Any]


class _Editor(ast.NodeTransformer):
    """Replace what an edit has something else for, and count how often that was."""

    def __init__(self, edit: Edit) -> None:
        self.count = 0
        self._edit = edit

    def visit(self, node: ast.AST) -> Any:
        found = self._edit(node)
        if found is None:
            return self.generic_visit(node)
        self.count += 1
        return found


def apply_edit(text: str, name: str, kind: str, change: Any) -> str:
    """Return a module's text with a change made at a qualified name.

    Args:
        text: The module's.
        name: Of a function, a method or what is assigned; empty for the module itself.
        kind: ``becomes``, ``begins``, ``omits``, ``swaps`` or ``matches``; see breaks.toml.
        change: What the row has for it.

    Raises:
        ValueError: There is no such place, or there are several.
    """
    if kind == "matches":
        pattern, instead = change
        if not re.search(pattern, text):
            _refuse(f"no match for {pattern}")
        return re.sub(pattern, instead, text, count=1)
    tree = ast.parse(text)
    node = find(tree, name)
    if kind == "becomes" and isinstance(node, ast.Assign | ast.AnnAssign):
        node.value = ast.parse(change, mode="eval").body
    elif kind == "becomes":
        node.body = ast.parse(change).body
    elif kind == "begins":
        lead = sum(map(_leads, node.body))
        node.body[lead:lead] = ast.parse(change).body
    else:
        editor = _Editor(_omit(change) if kind == "omits" else _swap(*change))
        editor.generic_visit(node)
        if not editor.count or (kind == "swaps" and editor.count > 1):
            _refuse(f"{name} has {editor.count} places of {change}")
    changed = ast.unparse(ast.fix_missing_locations(tree))
    ast.parse(changed)
    return changed


def find(tree: ast.Module, name: str) -> Any:
    """Return what has a qualified name: a function, a class, an assignment; or the module.

    Raises:
        ValueError: There is no such thing, or there are several.
    """
    found: list[Any] = [tree]
    for part in filter(None, name.split(".")):
        found = [node for outer in found for node in _named(outer) if part in _names_of(node)]
    if len(found) != 1:
        _refuse(f"{len(found)} places are {name}")
    return found[0]


def _named(outer: ast.AST) -> list[ast.AST]:
    """Return what is defined in a node, but not deeper in another definition."""
    found = []
    for node in ast.iter_child_nodes(outer):
        found += [node] if _names_of(node) else _named(node)
    return found


def _names_of(node: ast.AST) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    assigns = isinstance(node, ast.Assign | ast.AnnAssign)
    return {each.id for each in targets if isinstance(each, ast.Name)} if assigns else set()


def _leads(node: ast.stmt) -> bool:
    """Say whether a statement has to stay in front: a docstring, a `__future__` import."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _omit(callee: str) -> Edit:
    """Make an edit that leaves out the statements that call something."""

    def edit(node: ast.AST) -> Any:
        call = node.value if isinstance(node, ast.Expr | ast.Assign) else None
        called = isinstance(call, ast.Call) and ast.unparse(call.func) == callee
        return ast.Pass() if called else None

    return edit


def _swap(before: str, after: str) -> Edit:
    """Make an edit that replaces what reads like `before`."""
    (wanted,), instead = ast.parse(before).body, ast.parse(after).body
    if isinstance(wanted, ast.Expr):
        (statement,) = instead
        assert isinstance(statement, ast.Expr)
        spelled, new = ast.dump(wanted.value), statement.value
        return lambda node: new if ast.dump(node) == spelled else None
    spelled = ast.dump(wanted)
    return lambda node: instead if ast.dump(node) == spelled else None


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)
