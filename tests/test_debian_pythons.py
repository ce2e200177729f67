"""The script that brings newer CPythons says what it lacks, and harms nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "tools/debian_pythons.sh"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the script is for Debian alone")


def run_script(*arguments: str, path: str = os.environ["PATH"]) -> tuple[int, str]:
    """Return the exit code and the last line of what the script says."""
    done = subprocess.run(
        ["bash", str(SCRIPT), *arguments],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr.splitlines()[-1]


def test_version_is_asked_for(tmp_path: Path) -> None:
    """Without a version there is nothing to bring, and a line says how the script is called."""
    assert (2, "usage: debian_pythons.sh FOLDER VERSION...") == run_script(str(tmp_path))


def test_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    """A folder that holds something is refused, and keeps it."""
    (tmp_path / "mine").touch()

    assert (1, f"debian_pythons.sh: {tmp_path} is not empty") == run_script(str(tmp_path), "3.15")
    assert ["mine"] == os.listdir(tmp_path)


def test_missing_program_is_named(tmp_path: Path) -> None:
    """On a machine without Debian's programs the first of them is named."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "ls", "realpath"):
        (programs / name).symlink_to(str(shutil.which(name)))

    said = "debian_pythons.sh: apt-get is not there: a Debian with it is needed"
    assert (1, said) == run_script(str(tmp_path / "new"), "3.15", path=str(programs))
