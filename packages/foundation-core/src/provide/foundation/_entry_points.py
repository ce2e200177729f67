"""Find the installed packages that add to Foundation.

Packages are found by entry points, which stand in the metadata of what is installed. A frozen
program, a zipapp or a folder of modules often comes without: there this repository's own packages
are found by their modules. Which packages may add anything is the configuration's decision
(`LoggingConfig.extensions`), because whatever is installed would otherwise run at set-up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["find_all", "find_entries", "is_allowed", "normalise"]

#: The group of what joins each line.
GROUP = "provide.foundation.extensions"
#: Packages to look for without metadata: a package, its distribution, its entry point.
_KNOWN = (
    (
        "provide.foundation.integrations",
        "foundation-integrations",
        ("integrations", "provide.foundation.integrations.trace_context:make_extension", GROUP),
    ),
    (
        "provide.foundation.emoji",
        "foundation-emoji",
        ("emoji", "provide.foundation.emoji.extension:make_extension", GROUP),
    ),
    (
        "provide.foundation.otel",
        "foundation-otel",
        ("otel", "provide.foundation.otel:make_extension", GROUP),
    ),
)

#: What was found, by group, and what the path looked like then.
_FOUND: dict[str, tuple[list[object], list[tuple[str, EntryPoint]]]] = {}


def find_entries(group: str, allowed: Collection[str] | None) -> list[EntryPoint]:
    """Return the entry points of a group that count, by name.

    Args:
        group: The group's name.
        allowed: The distributions whose entry points count; `None`: all of them.

    Raises:
        Exception: Whatever broken metadata of some distribution leads to.
    """
    if allowed is not None and not allowed:
        return []
    return [entry for owner, entry in find_all(group) if is_allowed(owner, allowed)]


def find_all(group: str) -> list[tuple[str, EntryPoint]]:
    """Return all entry points of a group, by name, each behind its distribution's, normalised.

    They are read again only if a folder of the path has changed: tests set up for each test, and
    to read the metadata of all distributions takes longer than the rest of a set-up.

    Raises:
        Exception: Whatever broken metadata of some distribution leads to.
    """
    path = _look_at_path()
    known = _FOUND.get(group)
    if known is None or known[0] != path:
        known = _FOUND[group] = path, _read_all(group)
    return list(known[1])


def _look_at_path() -> list[object]:
    seen: list[object] = [each for each in sys.meta_path if hasattr(each, "find_distributions")]
    for folder in sys.path:
        try:
            seen.append((folder, os.stat(folder or ".").st_mtime_ns))
        except OSError:
            seen.append(folder)
    return seen


def _read_all(group: str) -> list[tuple[str, EntryPoint]]:
    from importlib.metadata import EntryPoint, entry_points  # 10 ms: only where it can matter

    found = [(_owner(entry), entry) for entry in entry_points(group=group)]
    if group == GROUP:
        present = {entry.value for _, entry in found}
        found += [
            (distribution, EntryPoint(*entry))
            for package, distribution, entry in _KNOWN
            if entry[1] not in present and _is_importable(package)
        ]
    return sorted(found, key=lambda each: each[1].name)


def is_allowed(owner: str, allowed: Collection[str] | None) -> bool:
    """Say whether the entry points of a distribution count.

    Args:
        owner: The name of the distribution, as `find_all` returns it.
        allowed: The distributions whose entry points count; `None`: all of them.
    """
    return allowed is None or owner in map(normalise, allowed)


def explain_absence(distribution: str, allowed: Collection[str] | None) -> dict[str, str]:
    """Return what a notice says of a distribution that is needed and adds nothing."""
    if not is_allowed(distribution, allowed):
        return {"not_in_extensions": distribution}
    if getattr(sys, "frozen", False):
        return {"not_in_the_frozen_program": distribution}
    return {"install": distribution}


def _owner(entry: Any) -> str:
    return normalise(entry.dist.name) if entry.dist is not None else ""


def normalise(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def _is_importable(module: str) -> bool:
    from importlib.util import find_spec  # with metadata it is rarely needed

    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
