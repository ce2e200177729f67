"""The ways in which a break changes a source, each made through the syntax tree.

A break names its place as ``room.module:qualified.name``: a function, a method, or a name that a
module or a class assigns; nothing behind the colon is the module itself. Where the code stands is
looked up by the qualified name in all modules of core, so moving it to another module breaks no
break; the module is only asked where several have such a name. Formatting and comments never
matter: sources are compared as trees, and only the piece that changes is written anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

CORE = Path("packages/foundation-core/src/provide/foundation")
_ENCODING = "utf-8"
_Node = TypeVar("_Node", bound=ast.AST)


class Change(Protocol):
    """Be one way to change a source."""

    def apply(self, text: str, name: str) -> str:
        """Return a module's text with the change made at a qualified name.

        Raises:
            ValueError: The place is not there, or there are several.
        """


@dataclass(frozen=True)
class Edit:
    """Replace what a file has from one node's begin to another one's end; None: nothing."""

    first: ast.stmt | ast.expr
    last: ast.stmt | ast.expr | None
    text: str


@dataclass(frozen=True)
class Body:
    """Replace all that a function does."""

    source: str

    def apply(self, text: str, name: str) -> str:
        """Return the text with the function's new body."""
        body = _body_of(_node_at(text, name))
        return _edit(text, [Edit(body[0], body[-1], self.source)])


@dataclass(frozen=True)
class Begin:
    """Put statements in front of a function's or a module's own."""

    source: str

    def apply(self, text: str, name: str) -> str:
        """Return the text with the statements in front."""
        first = next(each for each in _body_of(_node_at(text, name)) if not _leads(each))
        return _edit(text, [Edit(first, None, f"{self.source}\n")])


@dataclass(frozen=True)
class Constant:
    """Give a name of a module or a class another value."""

    value: str

    def apply(self, text: str, name: str) -> str:
        """Return the text with the other value."""
        node = _node_at(text, name)
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            raise ValueError(f"{name} is no constant")
        return _edit(text, [Edit(node.value, node.value, self.value)])


@dataclass(frozen=True)
class Catch:
    """Have a handler catch something else."""

    caught: str
    instead: str

    def apply(self, text: str, name: str) -> str:
        """Return the text with the other class of exceptions."""
        types = [
            node.type
            for node in ast.walk(_node_at(text, name))
            if isinstance(node, ast.ExceptHandler) and node.type is not None
        ]
        found = _only([each for each in types if ast.unparse(each) == self.caught], self.caught)
        return _edit(text, [Edit(found, found, self.instead)])


@dataclass(frozen=True)
class Omit:
    """Leave out the statements of a function that call something."""

    callee: str

    def apply(self, text: str, name: str) -> str:
        """Return the text with `pass` for each of these statements."""
        found = [
            node
            for node in ast.walk(_node_at(text, name))
            if isinstance(node, ast.Expr | ast.Assign)
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func) == self.callee
        ]
        if not found:
            raise ValueError(f"{name} does not call {self.callee}")
        return _edit(text, [Edit(node, node, "pass") for node in found])


@dataclass(frozen=True)
class Swap:
    """Replace the one expression, or the one statement, that reads like `before`."""

    before: str
    after: str

    def apply(self, text: str, name: str) -> str:
        """Return the text with the replacement."""
        wanted: ast.AST = ast.parse(self.before).body[0]
        after = self.after
        if isinstance(wanted, ast.Expr):
            wanted, after = wanted.value, f"({after})"
        spelled = ast.dump(wanted)
        found = _only(
            [
                node
                for node in ast.walk(_node_at(text, name))
                if isinstance(node, ast.stmt | ast.expr) and ast.dump(node) == spelled
            ],
            self.before,
        )
        return _edit(text, [Edit(found, found, after)])


@dataclass(frozen=True)
class Text:
    """Replace the first match of a regular expression, in a file that is not Python."""

    pattern: str
    after: str

    def apply(self, text: str, name: str) -> str:
        """Return the text with the replacement."""
        if name or not re.search(self.pattern, text):
            raise ValueError(f"no match for {self.pattern}")
        return re.sub(self.pattern, self.after, text, count=1)


def find_file(root: Path, place: str) -> Path:
    """Return the file that has a place.

    Args:
        root: The repository.
        place: ``room.module:qualified.name``, or the path of a file that is not core's.

    Raises:
        ValueError: No module of core has the name, or several have it and none is called so.
    """
    if ":" not in place:
        return root / place
    module, _, name = place.partition(":")
    core = root / CORE
    named = core / f"{module.replace('.', '/')}.py"
    if not name:
        return named
    found = _files_by_name(core).get(name, [])
    if len(found) == 1:
        return found[0]
    if named in found:
        return named
    raise ValueError(f"{place}: found in {[str(file.relative_to(core)) for file in found]}")


@cache
def _files_by_name(core: Path) -> dict[str, list[Path]]:
    """Return the modules that have each qualified name."""
    found: dict[str, list[Path]] = {}
    for file in sorted(core.rglob("*.py")):
        names = {name for name, _ in _named(ast.parse(file.read_text(_ENCODING)).body, "")}
        for name in names:
            found.setdefault(name, []).append(file)
    return found


def _named(body: Sequence[ast.AST], prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    """Yield all that has a name in a body, however deep, with its qualified name."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{prefix}{node.name}", node
            yield from _named(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield f"{prefix}{target.id}", node
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            yield from _named(list(ast.iter_child_nodes(node)), prefix)


def _node_at(text: str, name: str) -> ast.stmt | ast.Module:
    tree = ast.parse(text)
    if not name:
        return tree
    return _only([node for each, node in _named(tree.body, "") if each == name], name)


def _only(found: list[_Node], what: str) -> _Node:
    if len(found) != 1:
        raise ValueError(f"{len(found)} places are {what}")
    return found[0]


def _body_of(node: ast.AST) -> list[ast.stmt]:
    if not isinstance(node, ast.FunctionDef | ast.Module):
        raise ValueError(f"{node} has no body")
    return node.body


def _leads(node: ast.stmt) -> bool:
    """Say whether a statement has to stay in front: a docstring, a `__future__` import."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _edit(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with pieces replaced, and see that Python still reads it."""
    lines = text.encode(_ENCODING).splitlines(keepends=True)  # columns are counted in bytes
    data = b"".join(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for edit in sorted(edits, key=lambda each: each.first.lineno, reverse=True):
        begin = end = starts[edit.first.lineno - 1] + edit.first.col_offset
        if edit.last is not None:
            assert edit.last.end_lineno is not None
            assert edit.last.end_col_offset is not None
            end = starts[edit.last.end_lineno - 1] + edit.last.end_col_offset
        indented = edit.text.replace("\n", "\n" + " " * edit.first.col_offset)
        data = data[:begin] + indented.encode(_ENCODING) + data[end:]
    changed = data.decode(_ENCODING)
    ast.parse(changed)
    return changed
