"""The changes of one file put together: the new text, and its difference as a patch."""

from __future__ import annotations

import ast
import difflib
import os
import re
from collections.abc import Iterable, Sequence

from provide.foundation._migrate.rules.rule import IMPORTS, Change, Edit
from provide.foundation._migrate.syntax.scopes import Foreign, Scope
from provide.foundation._migrate.syntax.source import Source

_PACKAGE = "provide.foundation"


def is_free(change: Change, module: Scope) -> bool:
    """Tell whether the names that a change imports mean nothing else in a module yet."""
    return all(
        isinstance(bound, Foreign)
        and bound.level == 0
        and bound.name == name
        and (bound.module == _PACKAGE or bound.module.startswith(f"{_PACKAGE}."))
        for name in change.imports
        for bound in module.names.get(name, ())
    )


def apply(source: Source, module: Scope, changes: Sequence[Change]) -> str | None:
    """Return the text of a file with changes made, or None where it would be no Python.

    Of changes that touch the same text the first is made.
    """
    edits: list[Edit] = []
    names: set[str] = set()
    statements: list[str] = []
    for change in changes:
        fresh = [edit for edit in change.edits if edit not in edits]
        if any(_overlap(edit, other) for edit in fresh for other in edits):
            continue
        edits += fresh
        names |= change.imports
        statements += [each for each in change.statements if each not in statements]
    edits += _add_imports(source, module, edits, names, statements)
    text = _write(source.text, edits, _spell_imports(names))
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return text


def show_rows(source: Source, change: Change) -> tuple[list[str], list[str]]:
    """Return the rows that a change touches, as they are and as they become."""
    text = source.text
    start = text.rfind("\n", 0, min(edit.start for edit in change.edits)) + 1
    end = text.find("\n", max(edit.end for edit in change.edits))
    end = len(text) if end < 0 else end
    moved = [Edit(edit.start - start, edit.end - start, edit.text) for edit in change.edits]
    fresh = _write(text[start:end], moved, _spell_imports(change.imports))
    rows = [row for row in fresh.splitlines() if row.strip()]
    if not any(edit.text == IMPORTS for edit in change.edits) and change.imports:
        rows.insert(0, _spell_imports(change.imports))
    return text[start:end].splitlines(), [*rows, *change.statements]


def make_patch(path: str, old: str, new: str) -> str:
    """Return the difference of two texts, as `git apply` and `patch -p1` take it."""
    name = os.path.relpath(path).replace(os.sep, "/")
    # Not `splitlines`: a form feed does not end a line.
    rows = difflib.unified_diff(
        _rows(old), _rows(new), f"a/{name}", f"b/{name}", n=3, lineterm="\n"
    )
    return "".join(
        row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows
    )


def _rows(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _add_imports(
    source: Source, module: Scope, edits: list[Edit], names: set[str], statements: list[str]
) -> Iterable[Edit]:
    """Return the edit that puts what the others need behind the first imports of a file."""
    takes_place = any(edit.text == IMPORTS for edit in edits)
    rows = []
    if not takes_place:
        missing = {name for name in names if not _is_imported(name, module)}
        if missing:
            rows.append(_spell_imports(missing))
    if statements:
        rows += ["", *statements]
    if not rows:
        return
    line_end = "\r\n" if "\r\n" in source.text else "\n"
    anchor = _find_anchor(source.tree.body)
    if anchor is None:
        yield Edit(_first_place(source), _first_place(source), line_end.join([*rows, ""]))
        return
    end = source.text.find("\n", source.span(anchor)[1])
    if end < 0:
        end = len(source.text)
    elif source.text[end - 1] == "\r":
        end -= 1
    yield Edit(end, end, "".join(f"{line_end}{row}" for row in rows))


def _find_anchor(body: Sequence[ast.stmt]) -> ast.stmt | None:
    """Return the statement behind which an import may stand: the last of the first imports."""
    anchor = None
    for number, statement in enumerate(body):
        if isinstance(statement, ast.Import | ast.ImportFrom) or (
            number == 0
            and isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
        ):
            anchor = statement
        else:
            break
    return anchor


def _first_place(source: Source) -> int:
    """Return where the first statement of a file may stand: behind `#!` and the encoding."""
    place = 0
    for row in re.finditer(r"#[^\n]*\n", source.text):
        if row.start() != place:
            break
        place = row.end()
    return place


def _is_imported(name: str, module: Scope) -> bool:
    return any(
        isinstance(bound, Foreign) and (bound.module, bound.name) == (_PACKAGE, name)
        for bound in module.names.get(name, ())
    )


def _spell_imports(names: Iterable[str]) -> str:
    given = sorted(names, key=str.lower)
    return f"from {_PACKAGE} import {', '.join(given)}" if given else ""


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


def _write(text: str, edits: Iterable[Edit], imports: str) -> str:
    parts, place = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += [text[place : edit.start], imports if edit.text == IMPORTS else edit.text]
        place = edit.end
    return "".join([*parts, text[place:]])
