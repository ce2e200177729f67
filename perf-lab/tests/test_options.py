"""The words behind nox's `--`: each laboratory gets its own, and nobody's are refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from perf_lab.command import COMMANDS, command, split_words

NOXFILE = Path(__file__).parents[2] / "noxfile.py"


def sort(labs: str, *words: str) -> Result:
    """Have words sorted as nox has."""
    names = [f"--of={lab}" for lab in labs.split()]
    return CliRunner().invoke(command, ["words", *names, "--", *words])


def test_each_laboratory_gets_its_own_words() -> None:
    """A word that both know goes to both, and one that only one knows to that one."""
    done = sort("bench soak", "--quick", "--messages", "1000", "--rate=5")

    assert {
        "bench": ["--quick"],
        "soak": ["--quick", "--messages", "1000", "--rate=5"],
    } == json.loads(done.output)


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
    done = sort("bench contention", *words)

    assert (2, "") == (done.exit_code, done.stdout)
    assert "Usage: nox -s bench --" in done.stderr


@pytest.mark.parametrize("unit", ["90x", "0s", "h", "-5"])
def test_unknown_unit_is_usage(unit: str) -> None:
    """A duration without a known unit is refused before anything runs."""
    assert 2 == sort("soak", f"--duration={unit}").exit_code


def test_values_stay_with_their_options() -> None:
    """The value of an option that another laboratory has not is no word of that one."""
    one = click.Command("one", params=[click.Option(["--size"], type=int)])
    other = click.Command("other", params=[click.Option(["--flag"], is_flag=True)])
    words = ["--size", "3", "--flag"]

    mine = {"a": ["--size", "3"], "b": ["--flag"]}
    assert (mine, []) == split_words(words, {"a": one, "b": other})
    assert ["--flag"] == split_words(words, {"a": one})[1]


def test_every_laboratory_is_a_session() -> None:
    """A laboratory that nox does not know would never be asked for its options."""
    text = NOXFILE.read_text(encoding="utf-8")
    labs = re.findall(r'"(\w+)"', text[text.index("\nLABS = ") :].partition("\n\n\n")[0])

    assert "bench" in labs
    assert [] == [lab for lab in labs if f"\ndef {lab}(" not in text or lab not in COMMANDS]
