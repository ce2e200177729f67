"""Let a test put something in place of a method of one logger.

A logger has slots and no dict, because programs bind one for each request. So a logger that is
patched gets a class of its own, derived from the one that it had, and goes back to that when the
last patch is undone: a logger that nobody patches costs nothing more. A Python `__setattr__` on
`Logger` itself would slow down each `bind`, so it stands on the derived class.
"""

from __future__ import annotations

from typing import Any


class _Instead:
    """Stand in a class for a value that one object has.

    Args:
        value: What the object has instead of its class's attribute; functions are not bound.
        original: What it had before.
    """

    __slots__ = ("original", "value")

    def __init__(self, value: Any, original: Any) -> None:
        self.value = value
        self.original = original

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self.value


# The class whose objects can be patched, of each class that was asked for. Two, of loggers.
_opened: dict[type, type] = {}


def open_for_patches(target: Any) -> dict[str, Any]:
    """Let attributes of an object be set, and return those that are, by name."""
    kind: Any = type(target)
    if kind.__setattr__ is not set_attribute:
        target.__class__ = _opened.get(kind) or _opened.setdefault(kind, _derive(kind, {}))
    return {name: each.value for name, each in _patches(target).items()}


def set_attribute(target: Any, name: str, value: Any) -> None:
    """Set an attribute of an object: its slots as ever, a public one by a class of its own.

    What the object had before the first patch undoes it, as pytest's `monkeypatch` does.
    """
    kind = type(target)
    if name.startswith("_") or not hasattr(kind, name):
        object.__setattr__(target, name, value)
        return
    patches = _patches(target)
    patch = patches.get(name)
    original = getattr(target, name) if patch is None else patch.original
    if value == original:
        patches.pop(name, None)
    else:
        patches[name] = _Instead(value, original)
    _give(target, patches)


def delete_attribute(target: Any, name: str) -> None:
    """Undo a patch.

    Raises:
        AttributeError: There is none of this name.
    """
    patches = _patches(target)
    if name not in patches:
        object.__delattr__(target, name)
        return
    del patches[name]
    _give(target, patches)


def _patches(target: Any) -> dict[str, _Instead]:
    return {name: each for name, each in vars(type(target)).items() if isinstance(each, _Instead)}


def _give(target: Any, patches: dict[str, _Instead]) -> None:
    plain = next(each for each in type(target).__mro__ if "_plain" not in vars(each))
    target.__class__ = _derive(plain, patches) if patches else plain


def _derive(plain: type, patches: dict[str, _Instead]) -> type:
    members = {
        "__slots__": (),
        "__module__": plain.__module__,
        "__doc__": plain.__doc__,
        "__setattr__": set_attribute,
        "__delattr__": delete_attribute,
        "_plain": False,
        **patches,
    }
    return type(plain.__name__, (plain,), members)
