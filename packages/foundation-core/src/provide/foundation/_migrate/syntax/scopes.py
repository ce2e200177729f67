"""The scopes of a file, and what is bound to names and attributes in them."""

from __future__ import annotations

import ast

from provide.foundation._migrate.syntax.source import Source

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Foreign:
    """Be a name that is imported from a module which is none of the known libraries.

    Args:
        module: The module, as written.
        level: How many dots stand in front of it.
        name: The name in that module, or None for the module itself.
    """

    __slots__ = ("level", "module", "name")

    def __init__(self, module: str, level: int, name: str | None) -> None:
        self.module = module
        self.level = level
        self.name = name


class Scope:
    """Hold what is bound in a module, a class, a function or a comprehension.

    What a name is bound to is an expression with its scope, a function or a class (their scopes),
    a `Foreign`, an `Annotated`, or a text that begins with `?` and says why nothing is known.

    Args:
        node: What the scope is of.
        parent: The scope around it; None for a module.
        source: The file.
    """

    def __init__(self, node: ast.AST, parent: Scope | None, source: Source) -> None:
        self.node = node
        self.parent = parent
        self.source: Source = source if parent is None else parent.source
        self.names: dict[str, list[object]] = {}
        #: Of a class: what its methods bind to `self`.
        self.attributes: dict[str, list[object]] = {}
        #: Of a function: what it returns; a generator or a coroutine returns something else.
        self.returned: list[ast.expr] = []
        self.is_plain = not isinstance(node, ast.AsyncFunctionDef)
        #: Packages whose names a star has given.
        self.stars: list[str] = []
        self.elsewhere: dict[str, Scope] = {}
        self.is_class = isinstance(node, ast.ClassDef)

    def bind(self, name: str, bound: object) -> None:
        """Add something that a name may be bound to."""
        self.elsewhere.get(name, self).names.setdefault(name, []).append(bound)


class Annotated:
    """Be a name with an annotation, in the scope in which that stands."""

    __slots__ = ("annotation", "otherwise", "scope", "value")

    def __init__(
        self, annotation: ast.expr, scope: Scope, otherwise: str, value: ast.expr | None = None
    ) -> None:
        self.annotation = annotation
        self.scope = scope
        self.otherwise = otherwise
        self.value = value
