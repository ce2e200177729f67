"""Find the installed packages that add to Foundation.

Packages are found by entry points, which stand in the metadata of what is installed. A frozen
program, a zipapp or a folder of modules often comes without: there this repository's own packages
are found by their modules. Which packages may add anything is the configuration's decision
(`LoggingConfig.extensions`), because whatever is installed would otherwise run at set-up.

Where only folders are on the path, they are read here: to import `importlib.metadata` and have it
read all that is installed takes longer than the rest of a program's first set-up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from importlib import import_module
from importlib.machinery import PathFinder
from typing import Any, NamedTuple

from provide.foundation._process.interrupts import let_through

__all__ = ["Entry", "find_all", "find_entries", "is_allowed", "normalise"]

#: The group of what joins each line.
GROUP = "provide.foundation.extensions"
#: Packages to look for without metadata: a package, its distribution, its entry point.
_KNOWN = (
    (
        "provide.foundation.integrations",
        "foundation-integrations",
        ("integrations", "provide.foundation.integrations.trace_context:make_extension"),
    ),
    (
        "provide.foundation.emoji",
        "foundation-emoji",
        ("emoji", "provide.foundation.emoji.extension:make_extension"),
    ),
    (
        "provide.foundation.otel",
        "foundation-otel",
        ("otel", "provide.foundation.otel:make_extension"),
    ),
)

#: What was found, by group, and what the path looked like then.
_FOUND: dict[str, tuple[list[object], list[Entry]]] = {}


class Entry(NamedTuple):
    """An entry point: what a distribution says that it has to add."""

    name: str
    value: str
    """``module:attribute``."""
    owner: str
    """The distribution's name, normalised."""

    @property
    def module(self) -> str:
        """The module's name."""
        return self.value.partition("[")[0].partition(":")[0].strip()

    def load(self) -> Any:
        """Import the module, and return what the entry point names.

        Raises:
            ImportError: There is no such module.
            AttributeError: The module has no such attribute.
        """
        found: Any = import_module(self.module)
        for name in self.value.partition("[")[0].partition(":")[2].strip().split("."):
            found = getattr(found, name) if name else found
        return found


def find_entries(group: str, allowed: Collection[str] | None) -> list[Entry]:
    """Return the entry points of a group that count, by name.

    Args:
        group: The group's name.
        allowed: The distributions whose entry points count; `None`: all of them.

    Raises:
        Exception: Whatever broken metadata of some distribution leads to.
    """
    if allowed is not None and not allowed:
        return []
    return [entry for entry in find_all(group) if is_allowed(entry.owner, allowed)]


def find_all(group: str) -> list[Entry]:
    """Return all entry points of a group, by name.

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
    for folder in _folders():
        try:
            seen.append((folder, os.stat(folder or ".").st_mtime_ns))
        except OSError:
            seen.append(folder)
    return seen


def _folders() -> list[str]:
    path: list[Any] = sys.path  # imports, too, pass over what is no text
    return [each for each in path if isinstance(each, str)]


def _read_all(group: str) -> list[Entry]:
    found = list(_read_folders(group) if _has_folders_only() else _ask_importlib(group))
    if group == GROUP:
        present = {entry.value for entry in found}
        found += [
            Entry(name, value, distribution)
            for package, distribution, (name, value) in _KNOWN
            if value not in present and _is_importable(package)
        ]
    return sorted(found, key=lambda entry: entry.name)


def _has_folders_only() -> bool:
    # Else somebody else says what is installed, or it lies in an archive.
    return all(
        finder is PathFinder for finder in sys.meta_path if hasattr(finder, "find_distributions")
    ) and not any(folder.endswith(".egg") or os.path.isfile(folder) for folder in _folders())


def _read_folders(group: str) -> Iterator[Entry]:
    section = f"[{group}]"
    seen: set[str] = set()
    for folder in _folders():
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if not name.lower().endswith((".dist-info", ".egg-info")):
                continue
            owner = normalise(name.rpartition(".")[0].partition("-")[0])
            if owner in seen:  # the first on the path would be imported
                continue
            seen.add(owner)
            yield from _read_file(os.path.join(folder, name, "entry_points.txt"), section, owner)


def _read_file(path: str, section: str, owner: str) -> Iterator[Entry]:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:  # most distributions have none
        return
    if section.encode() not in content:  # whoever else's it is, it may be broken
        return
    yield from _parse(content.decode(), section, owner, path)


def _parse(content: str, section: str, owner: str, source: str) -> Iterator[Entry]:
    inside = False
    for raw in content.splitlines():
        line = raw.strip()
        if line.startswith("["):
            inside = line == section
        elif inside and line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            if not equals:
                raise ValueError(f"{source}: no value in {line!r}")
            yield Entry(name.strip(), value.strip(), owner)


def _ask_importlib(group: str) -> Iterator[Entry]:
    from importlib.metadata import DistributionFinder  # takes longer than all that is above

    section = f"[{group}]"
    context = DistributionFinder.Context(path=_folders())
    seen: set[str] = set()
    for finder in sys.meta_path:
        for distribution in _find_distributions(finder, context):
            try:
                owner = _name_of(distribution)
                content = distribution.read_text("entry_points.txt") or ""
            except Exception:  # promise: it is anybody's, and may be broken
                let_through()
                continue
            if owner not in seen:  # the first on the path would be imported
                seen.add(owner)
                yield from _parse(content, section, owner, owner)


def _find_distributions(finder: Any, context: Any) -> list[Any]:
    if not hasattr(finder, "find_distributions"):
        return []
    try:
        return list(finder.find_distributions(context))
    except Exception:  # promise: it is anybody's
        let_through()
        return []


def _name_of(distribution: Any) -> str:
    # As the name of its folder says: to read what stands in each would take longer.
    path: Any = getattr(distribution, "_path", None)
    folder: str = getattr(path, "name", "") if path is not None else ""
    if folder.lower().endswith((".dist-info", ".egg-info")):
        return normalise(folder.rpartition(".")[0].partition("-")[0])
    return normalise(distribution.metadata["Name"])


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


def normalise(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def _is_importable(module: str) -> bool:
    from importlib.util import find_spec  # with metadata it is rarely needed

    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
