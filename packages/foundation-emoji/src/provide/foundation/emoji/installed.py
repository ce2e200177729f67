"""The emoji sets of other installed packages; imports sets, and core's search.

A package names its sets under the entry-point group `provide.foundation.emoji_sets`: an
`EmojiSet`, a list of them, or a function without arguments that returns either.
"""

from __future__ import annotations

from collections.abc import Sequence

from provide.foundation.emoji.sets import EmojiSet
from provide.foundation.extension import let_through

GROUP = "provide.foundation.emoji_sets"


def load_installed_sets(
    allowed: Sequence[str] | None = None,
) -> tuple[list[EmojiSet], dict[str, str]]:
    """Return the sets of installed packages, and the errors of those that cannot be loaded.

    A package that is broken costs its own sets and nothing else.

    Args:
        allowed: The distributions whose sets count; `None`: all of them.

    Returns:
        The sets, in the order of their entry points' names, and a text for each name that failed
        (``"*"`` where the list of entry points itself cannot be read).
    """
    from provide.foundation._entry_points import find_entries  # for those who need it

    try:
        entries = find_entries(GROUP, allowed)
    except Exception as error:  # promise: the metadata of any distribution may be broken
        let_through()
        return [], {"*": _describe(error)}
    found: list[EmojiSet] = []
    failures: dict[str, str] = {}
    for entry in entries:
        try:
            found += _list_sets(entry.load())
        except Exception as error:  # promise: the code of any distribution may be broken
            let_through()
            failures[entry.name] = _describe(error)
    return found, failures


def _list_sets(value: object) -> list[EmojiSet]:
    if callable(value):
        value = value()
    if isinstance(value, EmojiSet):
        return [value]
    if isinstance(value, Sequence):
        sets = [item for item in value if isinstance(item, EmojiSet)]
        if len(sets) == len(value):
            return sets
    raise TypeError(f"neither an EmojiSet nor a list of them, but a {type(value).__name__}")


def _describe(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # promise: its text is somebody else's code
        let_through()
        return type(error).__name__
