"""The command line of the benchmark, and the loops that it makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from perf_lab.bench.command import default_baseline
from perf_lab.bench.plan import throughput_plan
from perf_lab.records.machine import describe_machine
from perf_lab.records.record import Record
from perf_lab.rivals.catalogue import LEFT_OUT, NEWCOMERS, RIVALS
from perf_lab.workloads.call_syntax import Unsupported, call_source, line_source, loop_source
from perf_lab.workloads.founding import WORKLOADS
from perf_lab.workloads.workload import Field


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark's command line."""
    command = [sys.executable, "-m", "perf_lab", "bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--fast"], id="unknown"),
        pytest.param(["extra"], id="positional"),
        pytest.param(["--inject-slowdown", "-5"], id="negative"),
        pytest.param(["--baseline", "nowhere.json"], id="no-such-baseline"),
        pytest.param(["--gate", "--save-baseline", "x.json"], id="contradiction"),
        pytest.param(["--gate", "--only", "static"], id="gate-of-some"),
        pytest.param(["--only", "no_such_*"], id="no-such-workload"),
    ],
)
def test_wrong_arguments_end_with_usage(arguments: list[str]) -> None:
    """What cannot be meant ends with 2 and the usage, before anything is measured."""
    done = run(*arguments)

    assert (2, True) == (done.returncode, done.stderr.startswith("Usage: perf-lab bench"))


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


def test_newcomers_are_measured_where_they_are_asked_for() -> None:
    """Without the option no workload has any of them; with it the founding call has all."""
    usual = {name for rivals in throughput_plan(quick=False).values() for name in rivals}
    asked = throughput_plan(quick=True, newcomers=True)

    assert set() == usual & set(NEWCOMERS)
    assert set(NEWCOMERS) <= set(asked["three_fields"])


@pytest.mark.parametrize("quick", [False, True])
def test_what_writes_no_line_has_a_row_of_its_own(quick: bool) -> None:
    """Libraries whose rule leaves all lines out are beside no others, which write lines."""
    plan = throughput_plan(quick=quick)

    assert ["left_out"] == [name for name, rivals in plan.items() if {*LEFT_OUT} & {*rivals}]


def test_every_workload_has_its_rivals() -> None:
    """No workload is defined and not measured, and no rival of a plan is unknown."""
    plan = throughput_plan(quick=True)

    assert WORKLOADS.keys() == plan.keys()
    assert set() == {name for rivals in plan.values() for name in rivals} - RIVALS.keys()


def test_baseline_of_this_processor_is_preferred(tmp_path: Path) -> None:
    """A baseline of this processor is taken before the one that stands for all others."""
    cpu = describe_machine()["cpu"]
    major, minor = sys.version_info[:2]
    common = tmp_path / f"cpython-{major}.{minor}.json"
    assert common == default_baseline(tmp_path)
    for name, found in (("other", "of no machine"), ("own", cpu)):
        path = tmp_path / f"cpython-{major}.{minor}-{name}.json"
        Record("baseline", {}, {"ratios": {}}, machine={"cpu": found}).write(path)
    assert tmp_path / f"cpython-{major}.{minor}-own.json" == default_baseline(tmp_path)
