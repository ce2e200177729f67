"""The table of systems: what it takes and refuses, and that nothing claims more than it has."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tools import platforms

ROOT = Path(__file__).parent.parent
MANIFESTS = sorted(ROOT.glob("packages/*/pyproject.toml"))
#: What readers take for a promise.
PROMISES = [
    ROOT / "README.md",
    ROOT / "docs/index.md",
    ROOT / "docs/guide/native.md",
    *sorted(ROOT.glob("packages/*/README.md")),
]
SYSTEMS = re.compile(r"\b(Linux|Windows|macOS|musl|Alpine|FreeBSD|arm64|aarch64|x86_64)\b")
PYTHONS = re.compile(r"Python 3\.(\d+)(?: to 3\.(\d+))?")
#: The classifier of a system, and how the rows call it.
CLASSIFIED = {
    "POSIX :: Linux": "Linux",
    "Microsoft :: Windows": "Windows",
    "MacOS :: MacOS X": "macOS",
}
GOOD = """
import pytest

def test_passes():
    pass

@pytest.mark.parametrize("pipe", ["a|b", "c"])
def test_skips(pipe):
    pytest.skip("signals | as POSIX has them")

@pytest.mark.xfail(reason="known")
def test_known():
    raise ValueError
"""
WHOLE = "import pytest\npytest.skip('no fork', allow_module_level=True)\n"


def run_pytest(folder: Path, **texts: str) -> Path:
    """Run tests in a folder of a package's shape, and return the junit file of them."""
    tests = folder / "packages/foundation-core/tests"
    tests.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (tests / f"test_{name}.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=run.xml",
        "--import-mode=importlib", "packages",
    ]  # fmt: skip
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    subprocess.run(command, cwd=folder, capture_output=True, timeout=60, env=environment)
    return folder / "run.xml"


@pytest.fixture(name="good", scope="module")
def _good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what pytest writes of tests that pass, are skipped, and are expected to fail."""
    return run_pytest(tmp_path_factory.mktemp("good"), one=GOOD, two=WHOLE)


@pytest.fixture(name="copy")
def _copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the tool write into a folder of the test's own, and return the page there."""
    monkeypatch.setattr(platforms, "DATA", tmp_path / "platforms.json")
    monkeypatch.setattr(platforms, "PAGE", tmp_path / "platforms.md")
    platforms.DATA.write_text("[]", encoding="utf-8")
    platforms.PAGE.write_text("<!-- runs: reasons -->\n<!-- end of runs -->\n", encoding="utf-8")
    return platforms.PAGE


def add(junit: Path, python: str = "3.13", *words: str) -> int:
    """Record a run, and return the exit code."""
    given = ["add", "--junit", str(junit), "--platform", "Linux x86_64", "--python", python]
    return platforms.main([*given, *words])


def test_page_is_what_the_data_give() -> None:
    """The page shows the recorded rows, and no other figure."""
    page = platforms.PAGE.read_text(encoding="utf-8")

    assert platforms.fill(page, platforms.read_rows()) == page
    assert all(f"<!-- runs: {name} -->" in page for name in ("runs", "reasons", "versions"))


def test_a_run_becomes_a_row(good: Path, copy: Path) -> None:
    """A row says how many tests ran, passed and were skipped, for which reasons, and of what."""
    assert 0 == add(good, "3.13", "--commit", "abc")
    (row,) = json.loads(platforms.DATA.read_text("utf-8"))

    assert [5, 1, 0, {"foundation-core": 1}] == [
        row[name] for name in ("tests", "passed", "failed", "files")
    ]
    assert {
        "a whole file: no fork": 1,
        "expected to fail: known": 1,
        "signals | as POSIX has them": 2,
    } == row["skipped"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"])
    assert ["abc", "native", "every"] == [row[name] for name in ("commit", "how", "lane")]
    assert "| signals \\| as POSIX has them | Linux x86_64 3.13: 2 |" in (
        copy.read_text(encoding="utf-8")
    )


def test_a_newer_run_takes_the_place(good: Path, copy: Path) -> None:
    """The same system, Python, way and lane again is one row; another Python is one more."""
    for python, commit in (("3.13", "old"), ("3.9", "a"), ("3.13", "new")):
        assert 0 == add(good, python, "--commit", commit)
    rows = json.loads(platforms.DATA.read_text("utf-8"))

    assert [("3.9", "a"), ("3.13", "new")] == [(row["python"], row["commit"]) for row in rows]
    assert "3.13: 1" in copy.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        pytest.param({"one": GOOD, "two": "def test_no(): 1 / 0"}, "1 tests failed", id="failed"),
        pytest.param({"one": WHOLE}, "none of 1 tests", id="skipped"),
    ],
)
def test_a_run_that_proves_nothing_is_refused(
    tmp_path: Path, copy: Path, capsys: pytest.CaptureFixture[str], texts: dict[str, str], said: str
) -> None:
    """A run with a failure, or with nothing that passed, changes neither data nor page."""
    before = copy.read_text(encoding="utf-8")

    assert 1 == add(run_pytest(tmp_path, **texts))
    assert said in capsys.readouterr().err
    assert ["[]", before] == [platforms.DATA.read_text("utf-8"), copy.read_text("utf-8")]


def test_parts_are_one_run(good: Path, tmp_path: Path) -> None:
    """A run in parts is one row with their sums, and no test counts twice."""
    other = tmp_path / "other.xml"
    text = good.read_text(encoding="utf-8").replace("test_one", "test_three")
    other.write_text(text.replace("test_two", "test_four"), encoding="utf-8")

    assert [10, 2, 8] == [
        platforms.read_run(good, other)["tests"],
        platforms.read_run(good, other)["passed"],
        sum(platforms.read_run(good, other)["skipped"].values()),
    ]
    with pytest.raises(ValueError, match="5 tests are there twice"):
        platforms.read_run(good, good)


def test_versions_come_from_the_lock() -> None:
    """A row names the locked versions of what a line goes through."""
    versions = platforms.locked_versions(ROOT / "requirements/test-oldest.txt")

    assert ["3.9.15", "3.10.7", "3.11.1", "3.12.0"] == versions["orjson"]
    assert ["23.1.0"] == versions["attrs"]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.parent.name)
def test_classifiers_have_a_row(manifest: Path) -> None:
    """A package names the Pythons and systems on which tests have run natively, and no others."""
    given = tomllib.loads(manifest.read_text("utf-8"))["project"]["classifiers"]
    rows = [row for row in platforms.read_rows() if row["how"] == "native"]
    pythons = {name for name in (each.rpartition("Python :: ")[2] for each in given) if "." in name}
    systems = [each.removeprefix("Operating System :: ") for each in given if "Operating" in each]

    assert pythons
    assert set() == pythons - {row["python"] for row in rows}
    assert systems
    assert set() == {CLASSIFIED[each] for each in systems} - {
        row["platform"].partition(" ")[0] for row in rows
    }


@pytest.mark.parametrize("page", PROMISES, ids=lambda path: str(path.relative_to(ROOT)))
def test_promises_have_a_row(page: Path) -> None:
    """What readers are promised names no Python and no system without a row."""
    text = page.read_text(encoding="utf-8")
    rows = platforms.read_rows()
    named = {
        f"3.{minor}"
        for first, last in PYTHONS.findall(text)
        for minor in range(int(first), int(last or first) + 1)
    }

    assert set() == named - {row["python"] for row in rows}
    assert set() == set(SYSTEMS.findall(text)) - {
        word for row in rows for word in row["platform"].split()
    }
