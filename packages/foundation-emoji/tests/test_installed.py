"""Sets of other installed packages, found through real metadata on the path."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[[str, str], "subprocess.CompletedProcess[str]"]

ACME = """
from provide.foundation.emoji import EmojiSet
SET = EmojiSet(name="acme", priority=90, fields={"gadget": {"on": "💡"}})
LIST = [SET, EmojiSet(name="acme-two")]
def make(): return LIST
def fail(): raise RuntimeError("no gadgets")
HTTP = EmojiSet(name="http")
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs a program beside a package `acme` with entry points."""

    def run_program(code: str, entry_points: str) -> subprocess.CompletedProcess[str]:
        info = tmp_path / "acme-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entry_points)
        (tmp_path / "acme.py").write_text(ACME, encoding="utf-8")
        command = ["-c", code] if code else ["-m", "provide.foundation.emoji"]
        return subprocess.run(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return run_program


LOAD = """
from provide.foundation.emoji.installed import load_installed_sets
sets, failures = load_installed_sets()
print([one.name for one in sets], failures)
"""


@pytest.mark.parametrize(
    ("entry_points", "expected"),
    [
        ("a = acme:SET", "['acme'] {}"),
        ("a = acme:LIST", "['acme', 'acme-two'] {}"),
        ("a = acme:make", "['acme', 'acme-two'] {}"),
        ("a = acme:SET\nb = acme:fail", "['acme'] {'b': 'RuntimeError: no gadgets'}"),
        ("b = acme:SET\na = acme:ACME", "['acme'] {'a': \"AttributeError: "),
        ("a = acme:__name__", "[] {'a': 'TypeError: neither an EmojiSet nor a list of them"),
        ("a = nobody:SET", "[] {'a': \"ModuleNotFoundError: "),
    ],
)
def test_sets_are_loaded(run: Run, entry_points: str, expected: str) -> None:
    """An entry point gives one set, several, or a function that returns them; or its error."""
    done = run(LOAD, f"[provide.foundation.emoji_sets]\n{entry_points}\n")

    assert ("", True) == (done.stderr, done.stdout.startswith(expected))


def test_broken_metadata_is_an_error_text(run: Run) -> None:
    """A list of entry points that cannot be read costs the sets of others, nothing else."""
    done = run(LOAD, "[provide.foundation.emoji_sets]\nthis line is no entry point\n")

    assert (True, "") == (done.stdout.startswith("[] {'*': "), done.stderr)


def test_installed_set_marks_lines(run: Run) -> None:
    """A set of another package is active without any configuration."""
    code = """
from provide.foundation import TelemetryConfig
from provide.foundation.emoji import make_extension
print(make_extension(TelemetryConfig()).emoji_prefix("app", "x", {"gadget": "on"}))
"""
    done = run(code, "[provide.foundation.emoji_sets]\na = acme:SET\nb = acme:fail\n")

    assert ("[💡]\n", "") == (done.stdout, done.stderr)


def test_duplicate_of_a_built_in_set_is_refused(run: Run) -> None:
    """A package cannot take the name of a built-in set."""
    code = """
from provide.foundation import ConfigurationError, TelemetryConfig
from provide.foundation.emoji import make_extension
try:
    make_extension(TelemetryConfig())
except ConfigurationError as error:
    print(error.field, error.value)
"""
    done = run(code, "[provide.foundation.emoji_sets]\na = acme:HTTP\n")

    assert ("logging.enabled_emoji_sets http\n", "") == (done.stdout, done.stderr)


def test_command_line_tells_of_broken_sets(run: Run) -> None:
    """The command line shows the sets that are there, and why others are not."""
    done = run("", "[provide.foundation.emoji_sets]\na = acme:SET\nb = acme:fail\n")

    assert (0, True, "b: sets that cannot be loaded: RuntimeError: no gadgets\n") == (
        done.returncode,
        "acme (90)" in done.stdout,
        done.stderr,
    )
