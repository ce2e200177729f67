"""The command line of the benchmark, and the loops that it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from perf_lab.bench.baseline import find_baseline, judge_changes
from perf_lab.bench.command import command
from perf_lab.bench.plan import throughput_plan
from perf_lab.records.machine import describe_machine
from perf_lab.records.record import Record
from perf_lab.rivals.catalogue import LEFT_OUT, NEWCOMERS, RIVALS
from perf_lab.workloads.call_syntax import Unsupported, call_source, line_source, loop_source
from perf_lab.workloads.table import WORKLOADS
from perf_lab.workloads.workload import Field


@pytest.mark.parametrize(
    "words",
    ["--fast", "extra", "--inject-slowdown -5", "--baseline nowhere.json",
     "--gate --save-baseline x.json", "--gate --only static", "--only no_such_*"],
)  # fmt: skip
def test_wrong_words_end_with_usage(words: str) -> None:
    """What cannot be meant ends with 2 and the usage, before anything is measured."""
    done = CliRunner().invoke(command, words.split(), prog_name="perf-lab bench")

    assert (2, True) == (done.exit_code, done.stderr.startswith("Usage: perf-lab bench"))


@pytest.mark.parametrize(
    ("syntax", "expected"),
    [
        ("keywords", "log.info('e', a=1, b=2)"),
        ("extra", "log.info('e', extra={'a': 1, 'b': 2})"),
        ("percent", "log.info('e a=%s b=%s', 1, 2)"),
        ("braces", "log.info('e a={} b={}', 1, 2)"),
    ],
)
def test_call_has_the_syntax_of_the_library(syntax: str, expected: str) -> None:
    """The same call in the words of each library."""
    assert expected == call_source(syntax, "log.info", "e", [Field("a", "1"), Field("b", "2")])


def test_options_of_a_call_stand_behind_its_fields() -> None:
    """Arguments of the event come first, the fields, and then options; text libraries have none."""
    workload = WORKLOADS["percent_args"]
    fields = "iteration=i, user='alice', load=2.5"
    extra = "{'iteration': i, 'user': 'alice', 'load': 2.5}"

    assert f"log.info('took %d ms', 7, {fields})" == line_source("keywords", "log.info", workload)
    assert f"log.info('took %d ms', 7, extra={extra})" == line_source("extra", "log.info", workload)
    assert "log.error('request_failed', iteration=i, exc_info=True)" == line_source(
        "keywords", "log.error", WORKLOADS["error_exc_info"]
    )
    with pytest.raises(Unsupported):
        line_source("percent", "log.info", workload)


@pytest.mark.parametrize("syntax", sorted({rival.syntax for rival in RIVALS.values()}))
@pytest.mark.parametrize("timed", [False, True])
def test_every_loop_compiles(syntax: str, timed: bool) -> None:
    """Each workload gives Python source in each syntax, or says that there is no such."""
    for name, workload in WORKLOADS.items():
        try:
            source = loop_source(syntax, workload, timed=timed, spin=timed)
        except Unsupported:
            continue
        compile(source, name, "exec")


@pytest.mark.parametrize("quick", [False, True])
def test_every_workload_has_its_rivals(quick: bool) -> None:
    """Each has some that exist; newcomers are asked for; who writes no line is among themselves."""
    plan, asked = (throughput_plan(quick=quick, newcomers=more) for more in (False, True))
    usual = {name for rivals in plan.values() for name in rivals}

    assert WORKLOADS.keys() == plan.keys() == asked.keys()
    assert set() == usual - RIVALS.keys()
    assert set() == usual & set(NEWCOMERS)
    assert set(NEWCOMERS) <= set(asked["three_fields"])
    assert ["left_out"] == [name for name, rivals in plan.items() if {*LEFT_OUT} & {*rivals}]


def test_baseline_of_this_processor_is_chosen(tmp_path: Path) -> None:
    """A baseline is of a processor and of versions; one of another of either is none for here."""
    here = describe_machine()
    newer = {**here["packages"], "structlog": "1.2.3"}
    for name, machine in (
        ("another", {**here, "cpu": "of no machine"}), ("newer", {**here, "packages": newer}),
    ):  # fmt: skip
        Record("baseline", {}, {"ratios": {}}, machine=machine).write(tmp_path / f"{name}.json")
    Record("instructions", {}, {}).write(tmp_path / "instructions.json")
    assert None is find_baseline(here, tmp_path)

    own = Record("baseline", {}, {"ratios": {}}).write(tmp_path / "own.json")
    assert own == find_baseline(here, tmp_path)


def test_gate_says_that_instructions_judge_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a processor that no baseline is of, the gate measures nothing, and says so."""
    machine = {**describe_machine(), "cpu": "of no machine"}
    monkeypatch.setattr("perf_lab.bench.command.describe_machine", lambda: machine)

    done = CliRunner().invoke(command, ["--gate"])

    assert 0 == done.exit_code
    assert "no baseline is of of no machine" in done.output
    assert "instructions judge alone" in done.output


@pytest.mark.parametrize(
    ("found", "worse", "better", "code", "says"),
    [
        ({}, [], [], 0, "no change against x.json (allowed either way: p50 14%)"),
        ({}, ["a"], [], 1, "Performance regression detected!\n  a"),
        ({}, [], ["b"], 1, "nox -s bench -- --save-baseline perf-lab/baselines/x.json"),
        ({"static": {}}, [], [], 2, "cannot be compared, wrong or missing output: static"),
    ],
)
def test_gate_says_what_to_do(
    found: dict[str, Any],
    worse: list[str],
    better: list[str],
    code: int,
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A loss fails, as a row without figures; a gain asks for a new baseline with its command."""
    assert code == judge_changes(found, worse, better, {"p50": 0.14}, Path("x.json"))
    assert says in capsys.readouterr().out
