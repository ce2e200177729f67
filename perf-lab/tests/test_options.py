"""The words behind nox's `--`: each laboratory gets its own, and nobody's are refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from perf_lab.options import LABS, UnknownWords, sort_words

NOXFILE = Path(__file__).parents[2] / "noxfile.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program as nox does."""
    command = [sys.executable, "-m", "perf_lab.options", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_each_laboratory_gets_its_own_words() -> None:
    """A word that both know goes to both, and one that only one knows to that one."""
    done = run("bench", "soak", "--", "--quick", "--messages", "1000", "--rate=5")

    assert {
        "bench": ["--quick"],
        "soak": ["--quick", "--messages", "1000", "--rate=5"],
    } == json.loads(done.stdout)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--messages", "9"], id="another-laboratory's"),
        pytest.param(["--quick", "--fast"], id="nobody's"),
        pytest.param(["word"], id="positional"),
        pytest.param(["--inject-slowdown", "much"], id="value"),
    ],
)
def test_what_no_laboratory_of_the_run_knows_is_usage(words: list[str]) -> None:
    """It ends with 2 and the usage, and nothing is printed for nox to go on with."""
    done = run("bench", "contention", "--", *words)

    assert (2, "") == (done.returncode, done.stdout)
    assert "Usage: " in done.stderr


@pytest.mark.parametrize("unit", ["90x", "0s", "h", "-5"])
def test_unknown_unit_is_usage(unit: str) -> None:
    """A duration without a known unit is refused before anything runs."""
    assert run("soak", "--", f"--duration={unit}").returncode == 2


def test_laboratories_agree_on_the_values_of_an_option() -> None:
    """The option of one laboratory may not eat the word of another's."""
    one = click.Command("one", params=[click.Option(["--size"], type=int)])
    other = click.Command("other", params=[click.Option(["--flag"], is_flag=True)])
    words = ["--size", "3", "--flag"]

    assert {"a": ["--size", "3"], "b": ["--flag"]} == sort_words(words, {"a": one, "b": other})
    with pytest.raises(UnknownWords, match="--flag"):
        sort_words(words, {"a": one})


def test_every_tool_is_a_session() -> None:
    """A tool that nox does not know would never be asked for its options."""
    text = NOXFILE.read_text(encoding="utf-8")

    assert [] == [name for name in LABS if f"\ndef {name}(" not in text or f'"{name}"' not in text]
