"""Tests of what `nox -s windows` says of a run, with a result that pytest has written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.windows import summarise

SUITE = """
import pytest

def test_passes(): pass
def test_fails(): assert False
@pytest.mark.skip(reason="no fork")
@pytest.mark.parametrize("number", [1, 2])
def test_is_skipped(number): pass
@pytest.fixture
def broken(): raise OSError
def test_has_no_fixture(broken): pass
"""


def test_ends_and_reasons_are_counted(tmp_path: Path) -> None:
    """A failed fixture counts as a failed test, and each reason of a skip has its number."""
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    result = tmp_path / "junit.xml"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", str(result)],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        check=False,
    )

    assert ({"passed": 1, "failed": 2, "skipped": 2}, {"no fork": 2}) == summarise(result)
