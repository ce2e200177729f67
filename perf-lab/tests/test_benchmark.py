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
from perf_lab.rivals.catalogue import NEWCOMERS, RIVALS
from perf_lab.workloads.call_syntax import Unsupported, line_source, loop_source
from perf_lab.workloads.table import WORKLOADS


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
    ("syntax", "workload", "expected"),
    [
        ("keywords", "lazy", "log.info('benchmark_message', iteration=i, person=lazy(make))"),
        ("extra", "lazy",
         "log.info('benchmark_message', extra={'iteration': i, 'person': lazy(make)})"),
        ("percent", "lazy", "log.info('benchmark_message iteration=%s person=%s', i, lazy(make))"),
        ("braces", "lazy", "log.info('benchmark_message iteration={} person={}', i, lazy(make))"),
        # Arguments of the event come first, the fields, and then options.
        ("keywords", "percent_args",
         "log.info('took %d ms', 7, iteration=i, user='alice', load=2.5)"),
        ("extra", "percent_args",
         "log.info('took %d ms', 7, extra={'iteration': i, 'user': 'alice', 'load': 2.5})"),
        ("keywords", "error_exc_info", "log.error('request_failed', iteration=i, exc_info=True)"),
    ],
)  # fmt: skip
def test_call_has_the_syntax_of_the_library(syntax: str, workload: str, expected: str) -> None:
    """The same call in the words of each library."""
    row = WORKLOADS[workload]

    assert expected == line_source(syntax, f"log.{row.method}", row)


def test_text_libraries_have_no_options() -> None:
    """A library that puts fields into its message has no place for arguments of the event."""
    with pytest.raises(Unsupported):
        line_source("percent", "log.info", WORKLOADS["percent_args"])


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
    left_out = {"foundation-left-out", "foundation-native-left-out"}
    assert ["left_out"] == [name for name, rivals in plan.items() if left_out & {*rivals}]


def test_baseline_of_this_processor_is_chosen(tmp_path: Path) -> None:
    """A baseline is of a processor and of versions; one of another of either is none for here."""
    here = describe_machine()
    others: dict[str, dict[str, Any]] = {
        "another": {"cpu": "of no machine"},
        "newer": {"packages": {**here["packages"], "structlog": "1.2.3"}},
        "distribution": {"python": here["python"] + "+"},
    }
    for name, other in others.items():
        machine = {**here, **other}
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
