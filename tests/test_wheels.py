"""The wheels contain their own leaves and nothing else, and build the same bytes twice."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wheels_check

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = (
    "foundation-core",
    "foundation-emoji",
    "foundation-integrations",
    "foundation-native",
    "foundation-otel",
)


def build_wheel(package: Path, output: Path) -> Path:
    """Build a wheel with the back end that is installed, at a fixed time; return its path.

    What is compiled is not optimised, which takes a third of the time.
    """
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(output)],
        cwd=package,
        env={
            **os.environ,
            "SOURCE_DATE_EPOCH": "1700000000",
            **({} if os.name == "nt" else {"FOUNDATION_NATIVE_FLAGS": "-O0"}),
        },
        check=True,
        capture_output=True,
    )
    (wheel,) = output.glob("*.whl")
    return wheel


def copy_package(name: str, target: Path) -> Path:
    """Copy a package's folder, so that a test may spoil it; return the copy."""
    ignored = shutil.ignore_patterns("tests", "__pycache__")
    return shutil.copytree(ROOT / "packages" / name, target / name, ignore=ignored)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_wheel_has_no_faults(name: str, tmp_path: Path) -> None:
    """A wheel built from the tree passes the check."""
    wheel = build_wheel(ROOT / "packages" / name, tmp_path)

    assert [] == wheels_check.find_faults(wheel)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_source_folder_has_no_faults(name: str) -> None:
    """The source folder holds the leaf and nothing above it, for editable installations."""
    assert [] == wheels_check.find_source_faults(ROOT / "packages" / name / "src")


def test_stray_source_is_a_fault(tmp_path: Path) -> None:
    """An initialiser above the leaf is reported even where the wheel would leave it out."""
    package = copy_package("foundation-emoji", tmp_path)
    (package / "src/provide/foundation/__init__.py").touch()

    expected = ["provide/foundation/__init__.py lies outside of its leaf"]

    assert expected == wheels_check.find_source_faults(package / "src")


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_wheel_is_reproducible(name: str, tmp_path: Path) -> None:
    """Two builds, from two folders, give the same bytes."""
    first = build_wheel(copy_package(name, tmp_path / "a"), tmp_path / "first")
    second = build_wheel(copy_package(name, tmp_path / "b"), tmp_path / "second")

    assert first.name == second.name
    assert (
        hashlib.sha256(first.read_bytes()).hexdigest()
        == hashlib.sha256(second.read_bytes()).hexdigest()
    )


@pytest.mark.parametrize(
    ("name", "stray", "expected"),
    [
        pytest.param(
            "foundation-emoji",
            "provide/foundation/__init__.py",
            "provide/foundation/__init__.py lies outside of its leaf",
            id="extension-owns-foundation",
        ),
        pytest.param(
            "foundation-otel",
            "provide/__init__.py",
            "provide/__init__.py lies outside of its leaf",
            id="extension-owns-provide",
        ),
        pytest.param(
            "foundation-core",
            "provide/__init__.py",
            "provide/__init__.py lies outside of its leaf",
            id="core-owns-provide",
        ),
        pytest.param(
            "foundation-core",
            "provide/foundation/emoji/__init__.py",
            "provide/foundation/emoji/__init__.py belongs to another distribution",
            id="core-owns-emoji",
        ),
        pytest.param(
            "foundation-emoji",
            "provide/foundation/otel/__init__.py",
            "provide/foundation/otel/__init__.py lies outside of its leaf",
            id="emoji-owns-otel",
        ),
    ],
)
def test_stray_file_is_a_fault(name: str, stray: str, expected: str, tmp_path: Path) -> None:
    """A file above or beside the leaf, built into a real wheel, is reported by its path."""
    package = copy_package(name, tmp_path)
    file = package / "src" / stray
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("", encoding="utf-8")
    manifest = package / "pyproject.toml"
    configuration = manifest.read_text(encoding="utf-8")
    before, _, after = configuration.partition("\npackages = [")
    assert after, "the manifest has no packages line to spoil"
    manifest.write_text(
        f'{before}\npackages = ["src/provide"]\n{after.partition("]")[2]}', encoding="utf-8"
    )

    assert [expected] == wheels_check.find_faults(build_wheel(package, tmp_path / "dist"))


@pytest.mark.parametrize("missing", ["__init__.py", "py.typed"])
def test_missing_file_is_a_fault(missing: str, tmp_path: Path) -> None:
    """A leaf without its initialiser or its typing marker is reported."""
    package = copy_package("foundation-emoji", tmp_path)
    (package / "src/provide/foundation/emoji" / missing).unlink()

    assert [f"provide/foundation/emoji/{missing} is missing"] == wheels_check.find_faults(
        build_wheel(package, tmp_path / "dist")
    )


def test_no_wheels_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The check never passes because there was nothing to check."""
    assert 1 == wheels_check.main([])
    assert "no wheel given\n" == capsys.readouterr().err
