"""Builds distributions twice, under two sets of circumstances, and compares them byte by byte.

Whoever builds the tag again must get the same bytes, or they prove nothing. So the two builds
differ in all that a build must not depend on. Imports `errors` and `source`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from release.errors import ReleaseError
from release.source import commit_time, copy_tree


@dataclass(frozen=True)
class Circumstances:
    """What may differ between two machines that build the same commit."""

    folder: str
    umask: int
    environment: Mapping[str, str]


TWO = (
    Circumstances("a", 0o022, {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}),
    Circumstances(
        "another/longer/path", 0o077, {"TZ": "XYZ-5:45", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
    ),
)


def build_all(
    root: Path, packages: Sequence[Path], output: Path, interpreters: Sequence[str] = ()
) -> list[Path]:
    """Build packages into a folder and return the distributions.

    Args:
        root: The repository.
        packages: Folders of packages in it.
        output: An existing folder.
        interpreters: Pythons that have the back end; each builds a wheel of what is compiled.

    Raises:
        ReleaseError: A build failed, or gave other bytes the second time.
    """
    epoch = commit_time(root)
    built = []
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        trees = [Path(scratch) / each.folder for each in TWO]
        for tree in trees:
            copy_tree(root, tree)
        for package in packages:
            name = package.relative_to(root)
            steps = [(_targets(package), sys.executable)]
            if "wheel" not in steps[0][0]:
                steps += [(["wheel"], interpreter) for interpreter in interpreters]
            for number, (targets, python) in enumerate(steps):
                out = Path(scratch) / f"{package.name}-{number}"
                first, second = (
                    _build(python, tree / name, targets, out / each.folder, each, epoch)
                    for tree, each in zip(trees, TWO, strict=True)
                )
                compare(package.name, first, second)
                built += [Path(shutil.copy2(file, output)) for file in first]
                if targets == ["sdist", "wheel"]:
                    # Who installs from source gets what the wheel holds.
                    source = next(file for file in first if file.name.endswith(".tar.gz"))
                    unpacked = _unpack(source, out / "unpacked")
                    third = _build(python, unpacked, ["wheel"], out / "third", TWO[0], epoch)
                    compare(package.name, [file for file in first if file != source], third)
    return built


def compare(name: str, first: Sequence[Path], second: Sequence[Path]) -> None:
    """Compare the distributions of two builds.

    Raises:
        ReleaseError: One is missing, or its bytes differ.
    """
    hashes = [{file.name: hash_of(file) for file in files} for files in (first, second)]
    differing = sorted(dict(hashes[0].items() ^ hashes[1].items()))
    if differing:
        raise ReleaseError(f"{name}: two builds of {', '.join(differing)} differ")


def hash_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _targets(package: Path) -> list[str]:
    """Return what is built here: a compiled wheel is built on the systems that it is for."""
    manifest = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    targets = manifest["tool"]["hatch"]["build"]["targets"]
    hooks = {**manifest["tool"]["hatch"]["build"].get("hooks", {})}
    hooks |= targets.get("wheel", {}).get("hooks", {})
    return ["sdist"] if "custom" in hooks else ["sdist", "wheel"]


def _build(
    python: str,
    package: Path,
    targets: Sequence[str],
    output: Path,
    each: Circumstances,
    epoch: str,
) -> list[Path]:
    """Run the back end that a Python has and return what it built."""
    command = [python, "-m", "hatchling", "build", "-d", str(output)]
    run = subprocess.run(
        [*command, *(word for target in targets for word in ("-t", target))],
        cwd=package,
        env={
            **os.environ,
            **each.environment,
            "SOURCE_DATE_EPOCH": epoch,
            # A compiler that fails is an error, and no wheel of pure Python.
            "FOUNDATION_NATIVE": "require",
        },
        umask=each.umask,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise ReleaseError(f"{package.name} cannot be built:\n{run.stderr.strip()}")
    return sorted(output.iterdir())


def _unpack(source: Path, folder: Path) -> Path:
    """Unpack a source distribution and return its top folder."""
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    return folder / source.name.removesuffix(".tar.gz")
