"""What a rule is: a row that says what holds for some names of a library."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

import attrs

from provide.foundation._migrate.syntax.meaning import Meaning, Values
from provide.foundation._migrate.syntax.scopes import Scope
from provide.foundation._migrate.syntax.source import Source


class Verdict(StrEnum):
    """Say what becomes of a call, from nothing to do to most."""

    WORKS = "works as it is"
    BETTER = "works, better otherwise"
    UNKNOWN = "unknown"
    DIFFERS = "works differently"
    CHANGE = "change"
    NOTHING = "no counterpart"


#: Stands in an edit for the import of all names of Foundation's that a file needs.
IMPORTS = "\0imports"
#: Those for which the program has to be changed.
MUST_CHANGE = frozenset((Verdict.CHANGE, Verdict.NOTHING))


@attrs.frozen
class Use:
    """Be one place where a name of a library is used.

    Args:
        node: The call, the name, the import, the class or the assignment.
        value: What is used, as `known.py` writes it.
        scope: The scope in which it stands.
        meaning: Says what other expressions mean.
        outer: The call of a method of what this call returns, if there is one.
    """

    node: ast.AST
    value: str
    scope: Scope
    meaning: Meaning
    outer: ast.Call | None = None

    @property
    def source(self) -> Source:
        """Return the file."""
        return self.scope.source

    @property
    def call(self) -> ast.Call:
        """Return the node of a use that is a call."""
        assert isinstance(self.node, ast.Call)
        return self.node

    def keyword(self, name: str) -> ast.expr | None:
        """Return the value of a keyword of the call, or None."""
        return next((each.value for each in self.call.keywords if each.arg == name), None)

    def keywords(self) -> dict[str, ast.expr] | None:
        """Return all keywords of the call, or None where some are given as `**`."""
        if any(each.arg is None for each in self.call.keywords):
            return None
        return {str(each.arg): each.value for each in self.call.keywords}

    def means(self, node: ast.expr | None) -> Values:
        """Return what an expression means here."""
        return self.meaning.of(node, self.scope)

    def text(self, node: ast.AST) -> str:
        """Return the text of a node."""
        return self.source.segment(node)


@attrs.frozen
class Edit:
    """Replace a part of a file's text.

    Args:
        start: The index of its first character.
        end: The index behind its last one.
        text: What stands there instead.
    """

    start: int
    end: int
    text: str


@attrs.frozen
class SetUp:
    """Be the options of a `configure(...)`, each as a text of Python.

    Args:
        options: By name.
        implied: Those that the call did not name, and that its library has all the same.
    """

    options: Mapping[str, str]
    implied: frozenset[str] = frozenset()


@attrs.frozen
class Change:
    """Be the change that a rule shows.

    Args:
        edits: What is replaced.
        imports: Names of `provide.foundation` that the new text needs.
        statements: What has to stand behind the imports of the module.
        set_up: The options of the `configure(...)` that it writes, which is all of it then.
    """

    edits: tuple[Edit, ...]
    imports: frozenset[str] = frozenset()
    statements: tuple[str, ...] = ()
    set_up: SetUp | None = None


def split_names(names: str) -> tuple[str, ...]:
    """Return the names of a text."""
    return tuple(names.split())


Rewrite = Callable[[Use], Change | None]


@attrs.frozen
class Rule:
    """Say what holds for some names of a library.

    Args:
        library: One of `LIBRARIES`.
        names: The values that it is about, with spaces between them, as `known.py` writes them,
            and with `*` for the rest of one.
        verdict: What becomes of them.
        why: The reason, and what takes their place.
        kind: What it is about: ``call``, ``name`` (a call or not), ``import``, ``class`` (a base of
            one) or ``set`` (an attribute that is assigned to).
        when: Tells whether it is about a use at all; without it, it is about all of them.
        rewrite: Gives the change, or `None` where that is made by hand.
    """

    library: str
    names: tuple[str, ...] = attrs.field(converter=split_names)
    verdict: Verdict
    why: str
    kind: str = "call"
    when: Callable[[Use], bool] | None = None
    rewrite: Rewrite | None = None


def replace(use: Use, node: ast.AST, text: str, *imports: str) -> Change:
    """Return the change that puts a text in the place of a node."""
    start, end = use.source.span(node)
    return Change((Edit(start, end, text),), frozenset(imports))


def set_up(use: Use, options: Mapping[str, str], imports: Iterable[str] = ()) -> Change:
    """Return the change that puts a `configure(...)` in the place of a call.

    A name of an option that ends in `?` is one that the library has without being asked.
    """
    named = {name.rstrip("?"): text for name, text in options.items()}
    implied = frozenset(name.rstrip("?") for name in options if name.endswith("?"))
    change = replace(use, use.node, spell_call("configure", (), named), "configure", *imports)
    return attrs.evolve(change, set_up=SetUp(named, implied))


def take_away(source: Source, statement: ast.Expr, block: Sequence[ast.stmt]) -> Edit:
    """Return the edit that removes a statement with its rows, or makes it `pass` where it must."""
    start, end = source.span(statement)
    text = source.text
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    if line_end < 0:
        line_end = len(text) - 1
    rest = text[line_start:start] + text[end:line_end]
    if len(block) == 1 or rest.strip():
        return Edit(start, end, "pass")
    return Edit(line_start, line_end + 1, "")


def rename(name: str) -> Rewrite:
    """Return what gives a called method another name."""

    def rewrite(use: Use) -> Change | None:
        function = use.call.func
        if not isinstance(function, ast.Attribute):
            return None
        end = use.source.span(function)[1]
        return Change((Edit(end - len(function.attr), end, name),))

    return rewrite


def spell_call(name: str, positional: Sequence[str], named: Mapping[str, str]) -> str:
    """Return the text of a call."""
    given = [*positional, *(f"{key}={value}" for key, value in named.items())]
    return f"{name}({', '.join(given)})"


def quote(text: str) -> str:
    """Return a text as Python writes it, in double quotes where that is as short."""
    plain = repr(text)
    if '"' in text or "\\" in plain:
        return plain
    return f'"{text}"' if plain.startswith("'") else plain
