"""Torture: a few cases for the suite, a judge that can say no, a page that is true."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perf_lab.places import ROOT
from perf_lab.publish.guarantees import PAGE, read, write_page
from perf_lab.records.record import read_record
from perf_lab.tool import parse
from perf_lab.torture.case import CASES, KEPT, Performance
from perf_lab.torture.cases import load
from perf_lab.torture.changes import (
    CORE,
    Begin,
    Body,
    Catch,
    Change,
    Constant,
    Omit,
    Swap,
    Text,
    find_file,
)
from perf_lab.torture.command import command
from perf_lab.torture.judge import every_line, no_silent_loss
from perf_lab.torture.libraries import LIBRARIES
from perf_lab.torture.mutations import MUTATIONS, Mutation
from perf_lab.torture.process import perform
from perf_lab.torture.promises import PROMISES
from perf_lab.torture.verdicts import (
    ABSENT,
    BROKEN,
    LACKING,
    describe,
    standing,
)

load()
if sys.platform != "linux":
    pytest.skip("processes, pipes and /proc, as Linux has them", allow_module_level=True)


def test_quick_cases_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Foundation keeps the cases that are quick, and the table and the results say so."""
    output = tmp_path / "torture.json"

    status = command.main(["--quick", "--output", str(output)], standalone_mode=False)

    rows = read_record(output, "torture").data["rows"]
    quick = [case.name for case in CASES.values() if case.quick]
    broken = [row["case"] for row in rows if row["cells"]["foundation"]["verdict"] != KEPT]
    assert (0, [], sorted(quick)) == (status, broken, sorted(row["case"] for row in rows))
    assert f"{len(quick)} of {len(quick)}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "name"),
    [([], "torture.json"), (["--jobs", "1"], "torture.json"), (["--alone"], "torture-part.json"),
     (["--lane", "fast"], "torture-part.json"), (["--only", "kill"], "torture-part.json")],
)  # fmt: skip
def test_part_of_the_cases_replaces_nothing(words: list[str], name: str) -> None:
    """The results of all libraries stay when a lane is tried alone."""
    assert name == parse(command, words).output.name


def test_every_promise_has_a_case() -> None:
    """No promise is left out, of the quick cases neither, and there are enough of them."""
    assert set(range(1, 28)) == {case.promise for case in CASES.values()}
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        pytest.param("flat_secrets", "secret written", id="secret"),
        pytest.param("separators_in_value", "raw U+2028", id="injection"),
        pytest.param("processor_raises", "raised ValueError", id="raises"),
    ],
)
def test_another_library_breaks_a_promise(case: str, verdict: str, tmp_path: Path) -> None:
    """A verdict can be another one: structlog, as it comes, does not keep these."""
    found = perform(LIBRARIES["structlog"], CASES[case], tmp_path)

    assert verdict == CASES[case].judge(found)


def make(data: str, **details: object) -> Performance:
    """Return what two calls of Foundation's left behind, with changes."""
    facts = {
        "calls": {"m": 2},
        "others": 0,
        "raised": {},
        "counted": {"written": 2, "dropped": {}},
    }
    state: dict[str, object] = {"status": 0, "hung": False, **details}
    facts.update({key: state.pop(key) for key in facts if key in state})
    return Performance("foundation", json=True, data=data.encode(), facts=facts, **state)  # type: ignore[arg-type]


def line(number: int, more: str = "") -> str:
    """Return the line of one call."""
    return f'{{"event":"beg-m{number}-",{more}"end":"end-m{number}-"}}\n'


BOTH = line(0) + line(1)


@pytest.mark.parametrize(
    ("performance", "verdict"),
    [
        pytest.param(make(BOTH), KEPT, id="kept"),
        pytest.param(make(line(0)), "lost 1 of 2", id="lost"),
        pytest.param(make(BOTH[:-5]), "lost 1 of 2", id="cut"),
        pytest.param(make(BOTH + '{"event":"beg-m'), "torn 1", id="torn"),
        pytest.param(make(BOTH + line(1)), "1 twice", id="twice"),
        pytest.param(make(line(0, '"a":1,"a":2,') + line(1)), "invalid: duplicate key", id="keys"),
        pytest.param(make(line(0, '"a":NaN,') + line(1)), "invalid: NaN token", id="nan"),
        pytest.param(make(line(0, '"a":"\\ud800",') + line(1)), "invalid: surrogate", id="half"),
        pytest.param(make(BOTH, hung=True), "hung", id="hung"),
        pytest.param(make(BOTH, status=-11), "crashed SIGSEGV", id="crashed"),
        pytest.param(make(BOTH, status=1), "ended with 1", id="status"),
        pytest.param(make(BOTH, raised={"OSError": 3}), "raised OSError", id="raised"),
        pytest.param(
            make(BOTH, counted={"written": 1, "dropped": {}}), "counted 1 of 2", id="count"
        ),
    ],
)
def test_judge(performance: Performance, verdict: str) -> None:
    """The judge sees each way in which lines go wrong."""
    assert verdict == every_line(performance)


def test_judge_of_losses() -> None:
    """A loss is forgiven if it is counted, and only then."""
    counted = make(line(0), counted={"written": 1, "dropped": {"enospc": 1}})
    silent = make(line(0), counted={"written": 1, "dropped": {}})

    assert (KEPT, "1 of 2 lost uncounted") == (no_silent_loss(counted), no_silent_loss(silent))


def functions_of(file: str) -> set[str]:
    """Return the names of a test file's functions."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.number))
def test_tests_of_a_promise_exist(promise: object) -> None:
    """The tests that the page names are there, at least one for each promise."""
    tests = promise.tests  # type: ignore[attr-defined]

    assert tests
    assert [] == [name for file, names in tests for name in names if name not in functions_of(file)]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_mutation_finds_its_place(mutation: Mutation) -> None:
    """A break on purpose still changes something, and what has to notice it is there."""
    text = find_file(ROOT, mutation.place).read_text(encoding="utf-8")
    tests = [test.partition("[")[0].split("::") for test in mutation.tests]

    assert mutation.apply(text) != text
    assert mutation.tests + mutation.cases
    assert [] == [name for file, name in tests if name not in functions_of(file)]
    assert set() == set(mutation.cases) - CASES.keys()


SOURCE = '''"""Doc."""

from __future__ import annotations

LIMIT = 3


class Writer:
    def write(self, data):
        """Write, perhaps."""
        try:
            self.log(data)
            sent = (os.write(1, data)
                    + 0)  # of all
        except OSError as error:
            self.log(error)
        return sent
'''


@pytest.mark.parametrize(
    ("change", "name", "before", "after"),
    [
        (Constant("4"), "LIMIT", "LIMIT = 3", "LIMIT = 4"),
        (Catch("OSError", "KeyError"), "Writer.write", "except OSError", "except KeyError"),
        (Swap("return sent", "return 0"), "Writer.write", "return sent", "return 0"),
        (Swap("os.write(1, data) + 0", "2"), "Writer.write",
         "(os.write(1, data)\n                    + 0)", "((2))"),
        (Begin("import os"), "", "LIMIT = 3", "import os\nLIMIT = 3"),
        (Begin("return 1"), "Writer.write", "try:", "return 1\n        try:"),
        (Text("Do.", "No"), "", "Doc", "No"),
    ],
    ids=["constant", "catch", "statement", "expression", "module", "function", "text"],
)  # fmt: skip
def test_change_touches_its_place_only(change: Change, name: str, before: str, after: str) -> None:
    """Each way to change a source replaces one piece of it, and nothing else."""
    assert SOURCE.replace(before, after) == change.apply(SOURCE, name)


def test_bodies_are_replaced_and_calls_left_out() -> None:
    """A new body ends where the function ends, and every statement that calls it is left out."""
    body = SOURCE[: SOURCE.index('"""Write')] + "return 0\n"

    assert body == Body("return 0").apply(SOURCE, "Writer.write")
    assert SOURCE.replace("self.log(data)", "pass").replace("self.log(error)", "pass") == (
        Omit("self.log").apply(SOURCE, "Writer.write")
    )


@pytest.mark.parametrize(
    "change",
    [Omit("os.read"), Catch("KeyError", "OSError"), Swap("self.log", "None"), Text("Nowhere", "")],
)
def test_change_that_has_no_single_place_is_refused(change: Change) -> None:
    """What is not there, or there twice, is an error and no silent break of nothing."""
    with pytest.raises(ValueError, match=r"call|places|match"):
        change.apply(SOURCE, "" if isinstance(change, Text) else "Writer.write")


def test_place_is_found_wherever_it_lives(tmp_path: Path) -> None:
    """A name that one module has is found there; the module counts where several have it."""
    core = tmp_path / CORE
    for module, text in (("one", "def f(): pass"), ("two", "def f(): pass\ndef g(): pass")):
        (core / module).mkdir(parents=True)
        (core / module / "a.py").write_text(text, encoding="utf-8")

    assert core / "two" / "a.py" == find_file(tmp_path, "elsewhere:g")
    assert core / "one" / "a.py" == find_file(tmp_path, "one.a:f")
    for place in ("elsewhere:f", "one.a:h"):
        with pytest.raises(ValueError, match=place):
            find_file(tmp_path, place)


def row_of(case: str, **verdicts: str) -> dict[str, Any]:
    """Return a row of results; "-" takes no part."""
    cells = {
        name: {"verdict": verdict} | ({} if verdict == "-" else {"buffered": verdict})
        for name, verdict in verdicts.items()
    }
    return {"case": case, "cells": cells}


@pytest.mark.parametrize(
    ("case", "verdict", "expected"),
    [
        ("cycle", "kept", KEPT), ("cycle", "raised TypeError", BROKEN), ("cycle", "-", ABSENT),
        ("slow_reader", "lost 19 of 20", BROKEN), ("slow_reader", "unbuffered: hung", BROKEN),
        ("full_device_is_counted", "50 of 50 lost uncounted", LACKING),
        ("bursty_reader", "50 of 60 lost uncounted", BROKEN),
        ("flat_secrets", "secret written", LACKING), ("spoofed_time", "raised KeyError", LACKING),
        ("started_without_stream", "set-up raises TypeError", LACKING),
    ],
)  # fmt: skip
def test_rivals_break_what_they_promised_only(case: str, verdict: str, expected: str) -> None:
    """A rival breaks what any logger must keep, and has or has not the rest; Foundation breaks."""
    row = row_of(case, foundation=verdict, loguru=verdict)
    ours = BROKEN if expected == LACKING else expected

    assert (ours, expected) == (standing(row, "foundation"), standing(row, "loguru"))


def test_table_says_has_it_where_others_have_not() -> None:
    """Where a case is about a feature, rivals have it or not; elsewhere they keep or break."""
    feature = row_of("flat_secrets", foundation="kept", loguru="kept", logbook="secret written")
    promise = row_of("cycle", foundation="kept", loguru="kept", logbook="hung")

    assert ["kept", "has it", "has it not: secret written"] == [
        describe(feature, name) for name in feature["cells"]
    ]
    assert ["kept", "kept", "hung"] == [describe(promise, name) for name in promise["cells"]]


def test_page_is_made_from_the_committed_results() -> None:
    """The guarantees page is what the report makes of docs/data/guarantees.json."""
    assert write_page(read()) == PAGE.read_text("utf-8")


def test_published_run_kept_everything() -> None:
    """The committed run has at least 60 rows, all kept by Foundation, and no break unnoticed."""
    data = read()

    assert len(data["rows"]) >= 60
    assert {KEPT} == {row["cells"]["foundation"]["verdict"] for row in data["rows"]}
    assert [] == [found["name"] for found in data["breaks"] if found["green"] or not found["red"]]


def test_unknown_option_is_refused() -> None:
    """The command line refuses what it does not know."""
    command = [sys.executable, "-m", "perf_lab", "torture", "--nothing"]
    found = subprocess.run(command, capture_output=True)

    assert 2 == found.returncode
