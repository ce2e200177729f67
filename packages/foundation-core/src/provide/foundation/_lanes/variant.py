"""The log call of a fast lane with other constants.

What differs between configurations, and would cost every call a question, stands in globals of the
generated modules. A variant is the same code with others of these: it costs a call nothing, and the
call that nobody has changed costs what it did.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any, cast

from provide.foundation._pipeline.pipeline import LevelMethod

MakeLog = Callable[[Any, int], LevelMethod]
Origin = tuple[MakeLog, Mapping[str, Any], Mapping[bytes, bytes]]

NO_LITERALS: Mapping[bytes, bytes] = {}
#: By the function and what differs: the variant, and what its key has the ids of.
_KNOWN: dict[tuple[Any, ...], tuple[MakeLog, tuple[Any, ...]]] = {}
_MOST_KNOWN = 64
#: The attribute of a variant that says so.
_ORIGIN = "origin"


def make_variant(
    make_log: MakeLog, constants: Mapping[str, Any], literals: Mapping[bytes, bytes] = NO_LITERALS
) -> MakeLog:
    """Return what makes the same log calls as `make_log`, but with other globals.

    Args:
        make_log: The function of `_lanes/json.py` or a sibling, or a variant of it.
        constants: The globals that differ, by their names.
        literals: Bytes that stand in the code itself, and what takes their place.
    """
    values = tuple(constants.values())
    key = (make_log, *constants, *map(id, values), *literals.items())
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        # With the values, so that their ids stay theirs.
        known = _KNOWN[key] = _make(cast("FunctionType", make_log), constants, literals), values
    return known[0]


def origin_of(make_log: MakeLog) -> Origin | None:
    """Return what a variant is made of, as `make_variant` takes it; `None`: it is none."""
    return make_log.__dict__.get(_ORIGIN)


def _make(
    original: FunctionType, constants: Mapping[str, Any], literals: Mapping[bytes, bytes]
) -> MakeLog:
    unknown = constants.keys() - original.__globals__.keys()
    if unknown:
        raise NameError(f"no global of the log call: {', '.join(sorted(unknown))}")
    # What puts a clock of its own in the place of Python's, as freezegun does, looks for that one
    # in the modules of the process.
    module = ModuleType(f"{original.__module__}.variant{len(_KNOWN)}")
    sys.modules[module.__name__] = module
    vars(module).update({**original.__globals__, **constants})
    # A copy of the code, too: the interpreter keeps with it where it has found each global.
    variant = FunctionType(
        _copy_code(original.__code__, literals),
        vars(module),
        original.__name__,
        original.__defaults__,
        original.__closure__,
    )
    vars(variant)[_ORIGIN] = original, constants, literals
    return variant


def _copy_code(code: CodeType, literals: Mapping[bytes, bytes]) -> CodeType:
    inner = [
        _copy_code(each, literals)
        if isinstance(each, CodeType)
        else literals.get(each, each)
        if type(each) is bytes
        else each
        for each in code.co_consts
    ]
    return code.replace(co_consts=tuple(inner))
