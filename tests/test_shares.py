"""`pytest --share K/N` runs a part of the tests, so that several Pythons share one machine."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Part of what is collected: tests in one share, and, behind them, tests in all.
SUITES = (
    "packages/foundation-core/tests/test_levels.py",
    "packages/foundation-core/tests/test_json_renderer.py",
    "packages/foundation-core/tests/test_pytest_reports.py",
    "tests/test_namespace.py",
)


def collect(*options: str) -> list[str]:
    """Return the names of the tests that pytest would run."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:randomly"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *SUITES, *options],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert "" == done.stderr
    return [row for row in done.stdout.splitlines() if "::" in row]


def test_each_test_is_in_one_share() -> None:
    """No test is lost between the shares; what is slow, or no package's, is in each."""
    shares = Counter(name for share in "12" for name in collect("--share", f"{share}/2"))

    assert set(collect()) == set(shares)
    assert {1, 2} == set(shares.values())
    divided = {name.partition("::")[0] for name, count in shares.items() if count == 1}
    assert set(SUITES[:1]) == divided
