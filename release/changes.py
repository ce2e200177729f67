"""The changelog of a package: what keeps it from being released, and what its notes say.

Imports `errors` and the standard library.
"""

from __future__ import annotations

import re
from pathlib import Path

from release.errors import ReleaseError

FRAGMENT = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed)\.md")
_VERSION = re.compile(r'^__version__(?:: Final)? = "([^"]+)"$', re.MULTILINE)


def version_of(package: Path) -> str:
    """Return the version of a package's folder.

    Raises:
        ReleaseError: Not exactly one `_version.py` names one.
    """
    files = sorted((package / "src").rglob("_version.py"))
    found = [match[1] for file in files for match in _VERSION.finditer(file.read_text("utf-8"))]
    if len(found) != 1:
        raise ReleaseError(f"{package.name}: {len(found)} versions in {len(files)} _version.py")
    return found[0]


def list_fragments(package: Path) -> list[str]:
    """Return the names of the changes that are not in the changelog yet."""
    files = (package / "changelog.d").glob("*")
    return sorted(file.name for file in files if file.name != ".gitkeep")


def read_section(package: Path, version: str) -> str | None:
    """Return what the changelog says of a version, without its heading; None if nothing."""
    text = (package / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = rf"^## {re.escape(version)} \([^)\n]+\)\n"
    found = re.search(rf"{heading}(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() or None if found else None


def find_faults(package: Path, *, tagged: bool) -> list[str]:
    """Return one sentence for each thing that is wrong with a package's changelog.

    Args:
        package: Its folder.
        tagged: Whether this version is to be published now, so that nothing may be left over.
    """
    name, version = package.name, version_of(package)
    fragments = list_fragments(package)
    section = read_section(package, version)
    faults = [
        f"{name}: changelog.d/{each} is not named <name>.<added|changed|fixed|removed>.md"
        for each in fragments
        if not FRAGMENT.fullmatch(each)
    ]
    if section is None and not fragments:
        faults.append(f"{name}: nothing says what is new in {version}")
    if section is not None and fragments:
        faults.append(
            f"{name}: CHANGELOG.md has {version} already, and changelog.d holds "
            f"{', '.join(fragments)}: raise the version"
        )
    if tagged and section is None:
        faults.append(
            f"{name}: CHANGELOG.md does not have {version}: `nox -s changelog -- --write`"
        )
    return faults
