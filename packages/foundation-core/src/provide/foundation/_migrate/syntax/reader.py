"""One pass over a file: its scopes with their bindings, and the nodes that rules are asked about.

Nothing is resolved here: `meaning.py` does that.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from provide.foundation._migrate.syntax.scopes import Annotated, Foreign, Scope
from provide.foundation._migrate.syntax.source import Source

#: What nothing is in that is of interest here.
_LEAVES = frozenset((ast.Constant, ast.Load, ast.Store, ast.Del, *ast.operator.__subclasses__()))
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Reader:
    """Read a whole file.

    It dispatches by type, as `ast.NodeVisitor` does by name in three times the time.

    Args:
        source: The file.
    """

    _methods: ClassVar[dict[type, Callable[[Reader, Any], None]]]

    def __init__(self, source: Source) -> None:
        self.module = Scope(source.tree, None, source)
        #: The nodes that a rule may be about, in order, each with its scope.
        self.nodes: list[tuple[ast.AST, Scope]] = []
        #: The call of a method of what a call returns, by the `id` of the inner one.
        self.outer: dict[int, ast.Call] = {}
        self._scope = self.module
        for statement in source.tree.body:
            self.visit(statement)

    def visit(self, node: ast.AST) -> None:
        """Read a node."""
        method = self._methods.get(type(node))
        if method is not None:
            method(self, node)
        else:
            self.visit_inner(node)

    def visit_inner(self, node: ast.AST) -> None:
        """Read all that a node is made of."""
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                for each in value:
                    if isinstance(each, ast.AST):
                        self.visit(each)
            elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
                self.visit(value)

    # Scopes

    def _visit_in(self, scope: Scope, nodes: Iterable[ast.AST]) -> None:
        outer, self._scope = self._scope, scope
        for node in nodes:
            self.visit(node)
        self._scope = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Begin the scope of a class."""
        scope = Scope(node, self._scope, self._scope.source)
        self._scope.bind(node.name, scope)
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outside)
        self.nodes.append((node, self._scope))
        self._visit_in(scope, node.body)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        scope = Scope(node, self._scope, self._scope.source)
        body: Iterable[ast.AST]
        if isinstance(node, ast.Lambda):
            body = (node.body,)
            scope.returned.append(node.body)
        else:
            body = node.body
            self._scope.bind(node.name, scope)
            for decorator in node.decorator_list:
                self.visit(decorator)
        self._bind_parameters(node, scope)
        self._visit_in(scope, body)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _visit_function

    def _bind_parameters(self, node: ast.AST, scope: Scope) -> None:
        arguments: ast.arguments = node.args  # type: ignore[attr-defined]
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        plain = [*arguments.posonlyargs, *arguments.args]
        method = self._scope.is_class and not _is_static(node)
        for number, each in enumerate([*plain, *arguments.kwonlyargs]):
            if method and number == 0 and plain:
                scope.bind(each.arg, self._scope)
            elif each.annotation is not None:
                scope.bind(each.arg, Annotated(each.annotation, self._scope, "?a parameter"))
            else:
                scope.bind(each.arg, "?a parameter")
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                scope.bind(rest.arg, "?a parameter")

    def _visit_comprehension(self, node: ast.AST) -> None:
        scope = Scope(node, self._scope, self._scope.source)
        for each in node.generators:  # type: ignore[attr-defined]
            self._bind_target(each.target, "?a loop", scope)
        self._visit_in(scope, ast.iter_child_nodes(node))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def visit_Return(self, node: ast.Return) -> None:
        """Keep what a function returns."""
        self._scope.returned.append(node.value or ast.Constant(None))
        self.visit_inner(node)

    def visit_Yield(self, node: ast.AST) -> None:
        """Note that a function is a generator."""
        self._scope.is_plain = False
        self.visit_inner(node)

    visit_YieldFrom = visit_Yield

    def visit_Global(self, node: ast.Global) -> None:
        """Send later bindings of these names to the module."""
        self._scope.elsewhere.update(dict.fromkeys(node.names, self.module))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        """Send later bindings of these names to the function around this one."""
        for name in node.names:
            outer = self._scope.parent
            while outer is not None and name not in outer.names:
                outer = outer.parent
            if outer is not None:
                self._scope.elsewhere[name] = outer

    # Bindings

    def visit_Import(self, node: ast.Import) -> None:
        """Bind the names of `import a.b, c as d`."""
        self.nodes.append((node, self._scope))
        for alias in node.names:
            first = alias.name.partition(".")[0]
            name = alias.asname or first
            self._scope.bind(name, Foreign(alias.name if alias.asname else first, 0, None))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Bind the names of `from x import y as z`."""
        self.nodes.append((node, self._scope))
        for alias in node.names:
            if alias.name == "*":
                self._scope.stars.append("." * node.level + (node.module or ""))
            else:
                name = alias.asname or alias.name
                self._scope.bind(name, Foreign(node.module or "", node.level, alias.name))

    def visit_Assign(self, node: ast.Assign) -> None:
        """Bind the targets of an assignment."""
        self.visit(node.value)
        for target in node.targets:
            self._bind_target(target, (node.value, self._scope), self._scope)
            self._visit_target(target, node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Bind the target of an assignment with an annotation, or of an annotation alone."""
        if node.value is not None:
            self.visit(node.value)
        bound = Annotated(node.annotation, self._scope, "?an annotated name", node.value)
        self._bind_target(node.target, bound, self._scope)
        self._visit_target(node.target, node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Take what `+=` leaves as unknown."""
        self.visit(node.value)
        self._bind_target(node.target, "?an operation", self._scope)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """Bind the name of `(name := value)` in the function around comprehensions."""
        self.visit(node.value)
        scope = self._scope
        while isinstance(scope.node, _COMPREHENSIONS) and scope.parent is not None:
            scope = scope.parent
        scope.bind(node.target.id, (node.value, self._scope))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        """Bind the names of a loop."""
        self._bind_target(node.target, "?a loop", self._scope)
        self.visit_inner(node)

    visit_AsyncFor = visit_For

    def visit_withitem(self, node: ast.withitem) -> None:
        """Bind what `with ... as` gives."""
        self.visit(node.context_expr)
        if node.optional_vars is not None:
            self._bind_target(node.optional_vars, "?a with block", self._scope)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Bind the name of an exception."""
        if node.name:
            self._scope.bind(node.name, "?an exception")
        self.visit_inner(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        """Bind the name of a capture pattern."""
        if node.name:
            self._scope.bind(node.name, "?a pattern")
        self.visit_inner(node)

    def _bind_target(self, target: ast.expr, bound: object, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            scope.bind(target.id, bound)
        elif isinstance(target, ast.Starred):
            self._bind_target(target.value, "?one of several", scope)
        elif isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self._bind_target(each, "?one of several", scope)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            owner = self._find_self(target.value.id, scope)
            if owner is not None:
                owner.attributes.setdefault(target.attr, []).append(bound)

    def _find_self(self, name: str, scope: Scope | None) -> Scope | None:
        """Return the class whose object a name is the `self` or `cls` of."""
        while scope is not None:
            if name in scope.names and not scope.is_class:
                first = scope.names[name][0]
                return first if isinstance(first, Scope) and first.is_class else None
            scope = scope.parent
        return None

    # Nodes that rules are about

    def _visit_target(self, target: ast.expr, statement: ast.AST) -> None:
        if isinstance(target, ast.Attribute):
            self.nodes.append((statement, self._scope))
        self.visit_inner(target)

    def visit_Call(self, node: ast.Call) -> None:
        """Note a call."""
        self.nodes.append((node, self._scope))
        function = node.func
        if isinstance(function, ast.Attribute):
            if isinstance(function.value, ast.Call):
                self.outer[id(function.value)] = node
            self._visit_owner(function)
        elif not isinstance(function, ast.Name):
            self.visit(function)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            self.visit(keyword.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Note an attribute that is not called."""
        if isinstance(node.ctx, ast.Load):
            self.nodes.append((node, self._scope))
        self._visit_owner(node)

    def _visit_owner(self, node: ast.expr) -> None:
        """Read what an attribute is of; the parts of a dotted name are none of their own."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name):
            self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """Note a name that is not called."""
        if isinstance(node.ctx, ast.Load):
            self.nodes.append((node, self._scope))


Reader._methods = {
    kind: method
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
    for method in (getattr(Reader, f"visit_{kind.__name__}", None),)
    if method is not None
}


def _is_static(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", ())
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in decorators)
