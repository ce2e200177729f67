"""The hooks that Foundation has in the process: forks, exit, signals, imports, exceptions.

No other module of core registers one. A hook for forks stays for the life of the process,
because Python cannot take it back; any other stays until its owner gives it back.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from typing import Any

_AT_EXIT: set[Callable[[], object]] = set()


def at_fork(
    *,
    before: Callable[[], object] | None = None,
    after_in_parent: Callable[[], object] | None = None,
    after_in_child: Callable[[], object] | None = None,
) -> None:
    """Have functions called around each `os.fork`, in the parent's process and in the child's.

    Objects that a child has to make anew go to `forks.renew_after_fork`, which knows of other
    forks, too.
    """
    if hasattr(os, "register_at_fork"):
        given = {
            "before": before,
            "after_in_parent": after_in_parent,
            "after_in_child": after_in_child,
        }
        os.register_at_fork(**{when: each for when, each in given.items() if each is not None})


def at_exit(function: Callable[[], object]) -> None:
    """Have a function called when the interpreter ends; once, however often it is given."""
    if function not in _AT_EXIT:
        _AT_EXIT.add(function)
        atexit.register(function)


def handle(number: int, handler: Any) -> None:
    """Install the handler of a signal; the caller is the main thread."""
    import signal  # 1 ms, for the few who ask

    signal.signal(number, handler)


def ask_first(finder: Any) -> None:
    """Let a finder be the first that is asked for each import; any number of times."""
    if finder not in sys.meta_path:
        sys.meta_path.insert(0, finder)


def ask_no_more(finder: Any) -> None:
    """Take a finder away, if it is there."""
    if finder in sys.meta_path:
        sys.meta_path.remove(finder)


def put_first(module: Any, name: str, hook: Callable[..., object]) -> Any:
    """Put a hook in the place of the one that a module has under a name, and return that."""
    before = getattr(module, name)
    setattr(module, name, hook)
    return before


def put_back(module: Any, name: str, hook: Callable[..., object], before: Any) -> None:
    """Put the earlier hook back, unless somebody has put another one in front of ours."""
    if getattr(module, name) is hook:
        setattr(module, name, before)
