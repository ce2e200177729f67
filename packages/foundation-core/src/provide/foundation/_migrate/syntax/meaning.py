"""What an expression means: values of `known.py`, as far as the files say it.

A name that is bound more than once may mean several things, and all of them are returned. Nothing
is guessed: an expression that cannot be followed gives a text that begins with `?` and says why.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from provide.foundation._migrate.syntax.known import (
    ANNOTATED,
    STARS,
    follow,
    is_followed,
    library_of,
    member,
    result,
)
from provide.foundation._migrate.syntax.scopes import FUNCTIONS, Annotated, Foreign, Scope

Values = frozenset["str | Scope"]

_NOTHING: Values = frozenset()
_CIRCLE: Values = frozenset(("?a circle of names",))
#: So many things a name may mean, where one of its bindings makes new ones of the others.
_MOST_VALUES = 20
_PROPERTIES = frozenset(("property", "cached_property"))
#: Names whose modules are worth reading: most names that are imported are no loggers.
LOGGISH = re.compile(r"(^|_)(log|logger|logging|logs)($|_)|log(ger)?$", re.IGNORECASE)


class Meaning:
    """Find out what expressions mean.

    Args:
        find_module: Gives the scope of another module of the code base, or None.
    """

    def __init__(self, find_module: Callable[[str, Foreign], Scope | None]) -> None:
        self._find_module = find_module
        self._known: dict[tuple[Scope, str], Values] = {}
        self._at_work: set[object] = set()
        #: Names that are bound to what they mean themselves, with what the other bindings say.
        self._circles: dict[tuple[Scope, str], Values] = {}

    def of(self, node: ast.expr | None, scope: Scope) -> Values:
        """Return all that an expression may mean; empty where it is None for certain."""
        if isinstance(node, ast.Name):
            return self.name(node.id, scope)
        if isinstance(node, ast.Attribute):
            owners = self.of(node.value, scope)
            if len(owners) == 1:
                return self.attribute(next(iter(owners)), node.attr)
            return self._unite(self.attribute(owner, node.attr) for owner in owners)
        if isinstance(node, ast.Call):
            return self._unite(self._call(each, node, scope) for each in self.of(node.func, scope))
        if isinstance(node, ast.BoolOp):
            return self._unite(self.of(each, scope) for each in node.values)
        if isinstance(node, ast.IfExp):
            return self.of(node.body, scope) | self.of(node.orelse, scope)
        if isinstance(node, ast.NamedExpr):
            return self.of(node.value, scope)
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return _NOTHING
        return frozenset(("?an expression",))

    def name(self, name: str, scope: Scope) -> Values:
        """Return all that a name may mean in a scope."""
        place: Scope | None = scope
        while place is not None:
            # A class's names are not those of its methods, and `log = log` in a class reads the
            # module's.
            own = place is scope and (place, name) not in self._at_work
            if name in place.names and (own or not place.is_class):
                return self._bindings(name, place, place.names[name])
            for package in place.stars:
                if name in STARS.get(package, ()):
                    return frozenset((follow(f"{package}.{name}"),))
            place = place.parent
        return frozenset((f"?the name {name}",))

    def attribute(self, owner: str | Scope, name: str) -> Values:
        """Return all that an attribute of a value may mean."""
        if isinstance(owner, str):
            if owner in _CIRCLE:
                return _CIRCLE
            if owner.startswith("?"):
                return frozenset((f"?an attribute of {owner[1:]}",)) if " of " not in owner else (
                    frozenset((owner,))
                )  # fmt: skip
            return frozenset((member(owner, name),))
        if not owner.is_class:
            return frozenset(("?an attribute of a function",))
        return self._class_attribute(owner, name)

    def _class_attribute(self, owner: Scope, name: str) -> Values:
        own = [*owner.names.get(name, ()), *owner.attributes.get(name, ())]
        if own:
            found = self._bindings(f"{name} of self", owner, own)
            return self._unite(
                self._returned(each) if isinstance(each, Scope) and _is_property(each.node)
                else frozenset((each,))
                for each in found
            )  # fmt: skip
        node = owner.node
        assert isinstance(node, ast.ClassDef)
        if not node.bases or owner.parent is None or ("base", id(owner)) in self._at_work:
            return frozenset(("?an attribute of an object",))
        self._at_work.add(("base", id(owner)))
        try:
            for base in node.bases:
                for value in self.of(base, owner.parent):
                    found = self.attribute(value, name)
                    if not any(str(each).startswith("?") for each in found):
                        return found
        finally:
            self._at_work.discard(("base", id(owner)))
        return frozenset(("?an attribute of an object",))

    def _bindings(self, name: str, scope: Scope, bound: list[object]) -> Values:
        key = (scope, name)
        if key in self._known:
            return self._known[key]
        if key in self._at_work:
            return self._circles.setdefault(key, _CIRCLE)
        self._at_work.add(key)
        try:
            found = self._unite(self._binding(each, scope) for each in bound)
            # `log = log.bind()` and `log = log or getLogger()` add what follows from what the other
            # bindings say, which is mostly the same.
            while key in self._circles and self._circles[key] != _known(found):
                self._circles[key] = _known(found)
                if len(found) > _MOST_VALUES:
                    break
                found |= self._unite(self._binding(each, scope) for each in bound)
        finally:
            self._at_work.discard(key)
            self._circles.pop(key, None)
        found = found - _CIRCLE or found
        if not self._at_work:  # else it may have been cut short by a circle
            self._known[key] = found
        return found

    def _binding(self, bound: object, scope: Scope) -> Values:
        if isinstance(bound, Scope | str):
            return frozenset((bound,))
        if isinstance(bound, Foreign):
            return self._imported(bound, scope)
        if isinstance(bound, Annotated):
            if bound.value is not None:
                found = self.of(bound.value, bound.scope)
                if found and not any(str(each).startswith("?") for each in found):
                    return found
            return frozenset((self._promised(bound.annotation, bound.scope) or bound.otherwise,))
        assert isinstance(bound, tuple)
        return self.of(*bound)

    def _imported(self, foreign: Foreign, scope: Scope) -> Values:
        dotted = foreign.module if foreign.name is None else f"{foreign.module}.{foreign.name}"
        if foreign.level == 0 and is_followed(dotted):
            return frozenset((follow(dotted),))
        where = "?an import of " + "." * foreign.level + dotted.lstrip(".")
        if foreign.name is None or not LOGGISH.search(foreign.name):
            return frozenset((where,))
        module = self._find_module(scope.source.path, foreign)
        if module is None or foreign.name not in module.names:
            return frozenset((where,))
        return self.name(foreign.name, module)

    def _promised(self, annotation: ast.expr, scope: Scope) -> str | None:
        """Return the object that an annotation promises: of one known class, or None of it."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
        if isinstance(annotation, ast.BinOp):
            sides = (annotation.left, annotation.right)
            kept = [each for each in sides if not _is_none(each)]
            return self._promised(kept[0], scope) if len(kept) == 1 else None
        if isinstance(annotation, ast.Subscript):
            outer = ast.unparse(annotation.value).rpartition(".")[2]
            if outer in ("Optional", "ClassVar", "Final"):
                return self._promised(annotation.slice, scope)
            return self._promised(annotation.value, scope)  # LoggerAdapter[Any]
        found = self.of(annotation, scope)
        value = next(iter(found)) if len(found) == 1 else None
        if not isinstance(value, str) or library_of(value) is None:
            return None
        if value == "loguru.Logger()":  # the class is there for type checkers alone
            return value
        return ANNOTATED.get(value) or (f"{value}()" if value[-1] != ")" else None)

    def _call(self, function: str | Scope, call: ast.Call, scope: Scope) -> Values:
        if isinstance(function, Scope):
            if function.is_class:
                return frozenset((function,))
            return self._returned(function)
        if function in _CIRCLE:
            return _CIRCLE
        if function.startswith("?"):
            if isinstance(call.func, ast.Name) and call.func.id == "cast" and len(call.args) == 2:
                promised = self._promised(call.args[0], scope)
                return frozenset((promised,)) if promised else self.of(call.args[1], scope)
            return frozenset((f"?what {ast.unparse(call.func)[:60]} returns",))
        return frozenset((result(function, call) or f"?what {function} returns",))

    def _returned(self, function: Scope) -> Values:
        """Return what a function of the code base returns."""
        node = function.node
        decorated = [each for each in getattr(node, "decorator_list", ()) if not _is_known(each)]
        key = ("returned", id(function))
        if not function.is_plain or decorated or key in self._at_work:
            return frozenset(("?what a function returns",))
        self._at_work.add(key)
        try:
            found = self._unite(self.of(each, function) for each in function.returned)
        finally:
            self._at_work.discard(key)
        return found if function.returned else frozenset(("?what a function returns",))

    @staticmethod
    def _unite(parts: object) -> Values:
        return frozenset().union(*parts)  # type: ignore[misc]


def _known(values: Values) -> Values:
    """Return those of some values that are no riddles."""
    return frozenset(each for each in values if not str(each).startswith("?"))


def _is_known(decorator: ast.expr) -> bool:
    text = ast.unparse(decorator).partition("(")[0].rpartition(".")[2]
    return text in {"staticmethod", "classmethod", "cache", "lru_cache", *_PROPERTIES}


def _is_property(node: ast.AST) -> bool:
    if not isinstance(node, FUNCTIONS):
        return False
    decorators = getattr(node, "decorator_list", ())
    return any(ast.unparse(each).rpartition(".")[2] in _PROPERTIES for each in decorators)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
