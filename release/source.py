"""What is released: the tag, the commit and its files; imports `changes` and `errors`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from release.changes import version_of
from release.errors import ReleaseError

ROOT = Path(__file__).parent.parent
#: What has been reviewed, as a clone sees it.
MAIN = "refs/remotes/origin/main"
_TAG = re.compile(r"(?P<name>foundation-[a-z]+)-v(?P<version>\d\S*)")


def list_packages(root: Path) -> list[Path]:
    """Return the folders of all packages."""
    return sorted(file.parent for file in (root / "packages").glob("*/pyproject.toml"))


def find_tagged(root: Path, environment: Mapping[str, str]) -> Path:
    """Return the package that a tag publishes.

    Args:
        root: The repository.
        environment: The variables of the workflow that runs it.

    Raises:
        ReleaseError: This is no workflow's run on a tag, or the tag does not fit the tree.
    """
    if environment.get("GITHUB_ACTIONS") != "true" or environment.get("GITHUB_REF_TYPE") != "tag":
        raise ReleaseError(
            "a release is made by the release workflow, from a tag; "
            "`nox -s release -- --dry-run` makes everything here"
        )
    tag = environment.get("GITHUB_REF_NAME", "")
    found = _TAG.fullmatch(tag)
    if found is None:
        raise ReleaseError(f"the tag {tag!r} is not <distribution>-v<version>")
    package = root / "packages" / found["name"]
    if package not in list_packages(root):
        raise ReleaseError(f"the tag {tag} names no package")
    version = version_of(package)
    if version != found["version"]:
        raise ReleaseError(f"the tag is {tag}, and the version of {package.name} is {version}")
    if git(root, "rev-parse", f"refs/tags/{tag}^{{commit}}") != git(root, "rev-parse", "HEAD"):
        raise ReleaseError(f"the tag {tag} is another commit than the one checked out")
    if not _is_merged(root):
        raise ReleaseError(f"the tag {tag} is no commit of {MAIN}: merge it first")
    changed = git(root, "status", "--porcelain")
    if changed:
        raise ReleaseError(f"the tree differs from the tag:\n{changed}")
    return package


def _is_merged(root: Path) -> bool:
    """Say whether the commit that is checked out went through main, and so through review."""
    run = subprocess.run(
        ["git", "merge-base", "--is-ancestor", "HEAD", MAIN], cwd=root, capture_output=True
    )
    return run.returncode == 0  # 1: it is none; 128: the clone does not have the branch


def commit_time(root: Path) -> str:
    """Return the time of the commit, in seconds since 1970: the time of every file in a build."""
    return git(root, "log", "-1", "--format=%ct")


def copy_tree(root: Path, target: Path) -> None:
    """Copy the files that git tracks or would track, and nothing that a build left behind."""
    listing = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listing.split("\0")):
        source = root / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)


def git(root: Path, *arguments: str) -> str:
    """Run git and return what it printed.

    Raises:
        ReleaseError: It failed.
    """
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    if run.returncode:
        raise ReleaseError(f"git {' '.join(arguments)}: {run.stderr.strip()}")
    return run.stdout.strip()
