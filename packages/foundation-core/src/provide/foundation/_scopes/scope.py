"""What holds in a context: the blocks that are open in it, the innermost first, in ONE ContextVar.

Each block has an object of its own, which names the block around it. A task or thread that inherits
the context inherits them; a block that has ended counts for nobody, whoever still has it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TypeVar


class Scope:
    """Be a block that is open, or was.

    Args:
        level: The lowest level that it takes in.
        outer: The block around it, if there is one.
    """

    __slots__ = ("__weakref__", "level", "outer", "over")

    def __init__(self, level: int, outer: Scope | None) -> None:
        self.level, self.outer = level, outer
        #: Whether it has ended.
        self.over = False

    def end(self, error: BaseException | None) -> None:
        """Count for nobody from now on.

        Args:
            error: What leaves the block, if anything does.
        """
        self.over = True


class Override(Scope):
    """Be a block in which lines are written that the levels of their loggers would not let pass."""

    __slots__ = ()


_Kind = TypeVar("_Kind", bound=Scope)

CURRENT: ContextVar[Scope | None] = ContextVar("foundation_scope", default=None)


def innermost(kind: type[_Kind], scope: Scope | None) -> _Kind | None:
    """Return the innermost block of a kind that is still open, from a block on outwards."""
    while scope is not None:
        if not scope.over and isinstance(scope, kind):
            return scope
        scope = scope.outer
    return None


def around() -> Scope | None:
    """Return the block that a new one stands in.

    Blocks that have ended are taken out of the chain: else tasks that each start another one within
    a block of their own would hold all that ever were.
    """
    first = scope = innermost(Scope, CURRENT.get())
    while scope is not None:
        scope.outer = innermost(Scope, scope.outer)
        scope = scope.outer
    return first
