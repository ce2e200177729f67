"""`pytest --share K/N` runs a part of the tests, so that several Pythons share one machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: Part of what is collected: tests in one share, a few slow ones among them, and tests in all.
SUITES = (
    "packages/foundation-core/tests/test_levels.py",
    "packages/foundation-core/tests/test_local_time.py",
    "packages/foundation-core/tests/test_background.py",
    "packages/foundation-core/tests/test_caller.py",
    "packages/foundation-core/tests/test_pytest_reports.py",
    "tests/test_namespace.py",
)
MIXED = SUITES[2]


def collect(*options: str) -> list[str]:
    """Return the names of the tests that pytest would run."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "pytest_timeout"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *SUITES, *options],
        cwd=ROOT, env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert "" == done.stderr
    return [row for row in done.stdout.splitlines() if "::" in row]


def collect_shares(*options: str) -> Counter[str]:
    """Return in how many of two shares each test is."""
    return Counter(name for share in "12" for name in collect("--share", f"{share}/2", *options))


def test_each_test_is_in_one_share() -> None:
    """No test is lost between the shares; what is slow, or no package's, is in each."""
    shares = collect_shares()

    assert set(collect()) == set(shares)
    assert {1, 2} == set(shares.values())
    files = Counter((name.partition("::")[0], count) for name, count in shares.items())
    assert {SUITES[0], MIXED} == {file for file, count in files if count == 1}
    slow = {SUITES[1], MIXED, SUITES[4]}
    assert {*slow, SUITES[3], SUITES[5]} == {file for file, count in files if count == 2}
    # Without those that are slow, files that have some are shared like others.
    left = {
        name: count
        for name, count in shares.items()
        if count == 1 or name.partition("::")[0] not in slow
    }
    assert left == collect_shares("-m", "not slow")


def test_each_share_has_files_of_each_package(request: pytest.FixtureRequest) -> None:
    """Of five shares, as many as there are Pythons, none is without a package's tests."""
    conftest = request.config.pluginmanager.get_plugin(str(ROOT / "conftest.py"))
    assert conftest is not None

    for folder in ROOT.glob("packages/*/tests"):
        shares = {conftest.share_of(file, 5) for file in folder.glob("test_*.py")}
        assert {0, 1, 2, 3, 4} == shares, folder
