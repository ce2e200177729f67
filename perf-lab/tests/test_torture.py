"""Torture: a few cases for the suite, a judge that can say no, breaks that find their places."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from perf_lab.places import PUBLISHED, ROOT
from perf_lab.records.record import read_record
from perf_lab.tool import parse
from perf_lab.torture.breaks import Break, read_breaks
from perf_lab.torture.case import CASES, KEPT, Case
from perf_lab.torture.cases import load
from perf_lab.torture.checks import every_line, no_silent_loss
from perf_lab.torture.command import command
from perf_lab.torture.edits import apply_edit
from perf_lab.torture.judge import Performance, judge
from perf_lab.torture.libraries import LIBRARIES
from perf_lab.torture.process import perform
from perf_lab.torture.promises import PROMISES
from perf_lab.torture.verdicts import ABSENT, BROKEN, LACKING, describe, standing

if sys.platform != "linux":
    pytest.skip("processes, pipes and /proc, as Linux has them", allow_module_level=True)
load()


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    words = (sys.executable, "-m", "perf_lab", "torture", *words)
    return subprocess.run(words, capture_output=True, text=True)


def test_quick_cases_are_kept(tmp_path: Path) -> None:
    """Foundation keeps the cases that are quick, and the table and the results say so."""
    output = tmp_path / "torture.json"

    done = run("--quick", "--output", str(output))

    rows = read_record(output, "torture").data["rows"]
    quick = [case.name for case in CASES.values() if case.quick]
    broken = [row["case"] for row in rows if row["cells"]["foundation"]["verdict"] != KEPT]
    assert (0, [], sorted(quick)) == (done.returncode, broken, sorted(row["case"] for row in rows))
    assert f"{len(quick)} of {len(quick)}" in done.stdout


@pytest.mark.parametrize(
    ("words", "name"),
    [([], "torture.json"), (["--jobs", "1"], "torture.json"), (["--alone"], "torture-part.json"),
     (["--lane", "fast"], "torture-part.json"), (["--only", "kill"], "torture-part.json")],
)  # fmt: skip
def test_part_of_the_cases_replaces_nothing(words: list[str], name: str) -> None:
    """The results of all libraries stay when a lane is tried alone."""
    assert name == parse(command, words).output.name


def test_what_is_no_case_is_no_success(tmp_path: Path) -> None:
    """The command refuses an unknown option, and ends with 1 where there is nothing to play."""
    nothing = run("--only", "no such case", "--output", str(tmp_path / "torture.json"))

    assert (2, 1) == (run("--nothing").returncode, nothing.returncode)


@pytest.mark.parametrize(
    ("case", "verdict"),
    [("flat_secrets", "secret written"), ("separators_in_value", "raw U+2028"),
     ("processor_raises", "raised ValueError")],
)  # fmt: skip
def test_another_library_breaks_a_promise(case: str, verdict: str, tmp_path: Path) -> None:
    """A verdict can be another one: structlog, as it comes, does not keep these."""
    found = perform(LIBRARIES["structlog"], CASES[case], tmp_path)

    assert verdict == judge(CASES[case], found)


def line(number: int, more: str = "") -> str:
    """Return the line of one call."""
    return f'{{"event":"beg-m{number}-",{more}"end":"end-m{number}-"}}\n'


BOTH = line(0) + line(1)


def judged(data: str, check: Any = every_line, written: int = 2, lost: int = 0, **how: Any) -> str:
    """Return the verdict on what two calls of Foundation's left behind."""
    counted = {"written": written, "dropped": {"enospc": lost} if lost else {}}
    facts = {"calls": {"m": 2}, "others": 0, "raised": how.pop("raised", {}), "counted": counted}
    case = Case(1, "a", "A", "a", lambda stage: None, (check,))
    library = LIBRARIES["foundation"]
    return judge(case, Performance(library, json=True, data=data.encode(), facts=facts, **how))


@pytest.mark.parametrize(
    ("verdict", "found"),
    [
        (KEPT, judged(BOTH)),
        ("lost 1 of 2", judged(line(0))),
        ("lost 1 of 2", judged(BOTH[:-5])),
        ("torn 1", judged(BOTH + '{"event":"beg-m')),
        ("1 twice", judged(BOTH + line(1))),
        ("invalid: duplicate key", judged(line(0, '"a":1,"a":2,') + line(1))),
        ("invalid: NaN token", judged(line(0, '"a":NaN,') + line(1))),
        ("invalid: surrogate", judged(line(0, '"a":"\\ud800",') + line(1))),
        ("hung", judged(BOTH, hung=True)),
        ("crashed SIGSEGV", judged(BOTH, status=-11)),
        ("ended with 1", judged(BOTH, status=1)),
        ("raised OSError", judged(BOTH, raised={"OSError": 3})),
        ("counted 1 of 2", judged(BOTH, written=1)),
        (KEPT, judged(line(0), no_silent_loss, written=1, lost=1)),
        ("1 of 2 lost uncounted", judged(line(0), no_silent_loss, written=1)),
    ],
)
def test_judge(verdict: str, found: str) -> None:
    """The judge sees each way in which lines go wrong; a loss is forgiven if it is counted."""
    assert verdict == found


@cache
def functions_of(file: str) -> set[str]:
    """Return the names of a test file's functions."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("promise", PROMISES, ids=itemgetter("title"))
def test_promise_has_cases_and_tests(promise: dict[str, Any]) -> None:
    """A case plays the promise, and the tests that the page names are there."""
    tests = [(file, name) for file, names in promise["tests"] for name in names]

    assert promise["number"] in {case.promise for case in CASES.values()}
    assert tests
    assert [] == [name for file, name in tests if name not in functions_of(file)]


@pytest.mark.parametrize("broken", read_breaks(), ids=lambda broken: broken.name)
def test_break_finds_its_place(broken: Break) -> None:
    """A break on purpose still changes something, and what has to notice it is there."""
    text = (ROOT / broken.file).read_text(encoding="utf-8")
    cases = {name.removeprefix("torture: ") for name in broken.watchers if ":" in name}
    tests = [name.partition("[")[0].split("::") for name in broken.watchers if "::" in name]

    assert broken.sound(text) != broken.apply(text)
    assert broken.watchers
    assert [] == [name for file, name in tests if name not in functions_of(file)]
    assert set() == {case for case in cases if "::" not in case} - CASES.keys()


SOURCE = '''"""Doc."""
LIMIT = 3
class Writer:
    def write(self, data):
        """Write, perhaps."""
        self.log(data)
        return os.write(1, data) + 0
'''


@pytest.mark.parametrize(
    ("name", "kind", "change", "before", "after"),
    [
        ("LIMIT", "becomes", "4", "LIMIT = 3", "LIMIT = 4"),
        ("Writer.write", "becomes", "return 0", SOURCE[SOURCE.index('"""Write'):], "return 0"),
        ("Writer.write", "swaps", ["os.write( 1,data)", "2"], "os.write(1, data)", "2"),
        ("Writer.write", "swaps", ["self.log(data)", "f()"], "self.log(data)", "f()"),
        ("", "matches", ["L.M", "R"], "LIM", "R"),
    ],
)  # fmt: skip
def test_edit_changes_its_place_only(
    name: str, kind: str, change: Any, before: str, after: str
) -> None:
    """Each kind of edit replaces one piece of a source, and nothing else."""
    expected = ast.dump(ast.parse(SOURCE.replace(before, after)))

    assert expected == ast.dump(ast.parse(apply_edit(SOURCE, name, kind, change)))


@pytest.mark.parametrize(
    ("name", "kind", "change"),
    [("Writer.read", "becomes", ""), ("Writer", "swaps", ["os.read", "0"]),
     ("Writer", "swaps", ["data", "None"]), ("", "matches", ["Nowhere", ""])],
)  # fmt: skip
def test_edit_without_a_single_place_is_refused(name: str, kind: str, change: Any) -> None:
    """What is not there, or there twice, is an error and no silent break of nothing."""
    with pytest.raises(ValueError, match=r"place|match"):
        apply_edit(SOURCE, name, kind, change)


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
    said = [[describe(row, name) for name in row["cells"]] for row in (feature, promise)]

    assert [["kept", "has it", "has it not: secret written"], ["kept", "kept", "hung"]] == said


def test_published_run_kept_everything() -> None:
    """The committed results are all kept, and no break was unnoticed."""
    data = read_record(PUBLISHED / "guarantees.json", "torture").data
    verdicts = {row["cells"]["foundation"]["verdict"] for row in data["rows"]}

    assert {KEPT} == verdicts
    assert len(data["rows"]) >= 60
    assert [] == [found["name"] for found in data["breaks"] if found["green"] or not found["red"]]
