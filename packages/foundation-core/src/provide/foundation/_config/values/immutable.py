"""Values of a configuration that have fields of their own; only those who ask load it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class Immutable:
    """Hold values for good: they can be compared, hashed, shown, copied and pickled."""

    __slots__ = ()

    #: The names of its fields, in their order.
    FIELDS: ClassVar[tuple[str, ...]] = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed: make another one")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash((type(self), *self.__getstate__().values()))

    def __repr__(self) -> str:
        fields = (f"{name}={value!r}" for name, value in self.__getstate__().items())
        return f"{type(self).__name__}({', '.join(fields)})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.FIELDS}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
