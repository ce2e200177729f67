"""The test of each case and library, and the plugin of pytest that runs it and makes a record.

What another library did is only said, by a letter each: it keeps or breaks what any logger must
keep, and has or has not what it never promised.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from perf_lab.records.record import Record
from perf_lab.records.text_table import text_table
from perf_lab.tool import Options
from perf_lab.torture.case import CASES, KEPT, Case
from perf_lab.torture.cases import load
from perf_lab.torture.libraries import LIBRARIES, Library
from perf_lab.torture.process import play_cell
from perf_lab.torture.verdicts import BROKEN, OURS, count_standings, describe, standing

#: pytest as it comes: no plugin that is installed, and no configuration of a repository.
ARGUMENTS = (
    __file__, "-q", "--no-header", "-c", os.devnull, f"--rootdir={Path(__file__).parent}",
    "--import-mode=importlib", "--disable-plugin-autoload", "-p", "no:cacheprovider",
)  # fmt: skip
_TITLE, _CELL = 56, 20


def test_case(
    row: dict[str, Any], library: Library, record_property: Callable[[str, object], None]
) -> None:
    """Foundation keeps the promise; what another library does is noted."""
    record_property("standing", standing(row, library.name))
    verdict = row["cells"][library.name]["verdict"]

    if library.name == OURS and verdict != KEPT:
        pytest.fail(f"{row['title']}: {verdict}", pytrace=False)


class Torture:
    """Play what the command's options ask for, and make the table and the record."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._started = time.monotonic()
        self._wanted: list[tuple[Case, Library]] = []
        self._cells: dict[tuple[str, str], Future[dict[str, str]]] = {}
        self.rows: dict[str, dict[str, Any]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each case and library that is asked for, in the order of the promises."""
        load()
        options = self._options
        self._wanted = [
            (case, library)
            for case in sorted(CASES.values(), key=lambda case: case.promise)
            for library in LIBRARIES.values()
            if (library.name == OURS or not (options.alone or options.quick))
            and (case.quick or not options.quick)
            and options.only in case.name
            and case.name in (options.exactly or CASES)
        ]
        names = [f"{case.name}-{library.name}" for case, library in self._wanted]
        metafunc.parametrize(("case", "library"), self._wanted, ids=names)

    @pytest.fixture
    def row(self, case: Case, library: Library) -> dict[str, Any]:
        """Return the row of a case, with what came of it as this library played it."""
        cell = self._cells[case.name, library.name].result()
        about = {"promise": case.promise, "case": case.name, "title": case.title}
        tests = {"tests": case.tests} if case.tests else {}
        row = self.rows.setdefault(case.name, {**about, "cells": {}, **tests})
        row["cells"][library.name] = cell
        return row

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        """Have as many plays at once as the options say, while tests wait for them in order."""
        options, pool = self._options, ThreadPoolExecutor(self._options.jobs)
        try:
            for case, library in self._wanted:
                play = pool.submit(play_cell, library, case, options.lane or "", options.keep)
                self._cells[case.name, library.name] = play
            return (yield)
        finally:
            pool.shutdown(cancel_futures=True)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Say what a library did, by a word and by its first letter."""
        if report.when != "call" or report.failed:
            return None
        word = str(dict(report.user_properties)["standing"])
        return word, word[0], word

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the record, and show it as a table."""
        rows, options = list(self.rows.values()), self._options
        names = [name for name in LIBRARIES if any(name in row["cells"] for row in rows)]
        seconds = round(time.monotonic() - self._started)
        results = {"seconds": seconds, "libraries": names, "rows": rows}
        stated = {"lane": options.lane or "as it comes", "quick": options.quick}
        Record("torture", {**stated, "only": options.only}, results).write(options.output)
        broken = [row["case"] for row in rows if row["cells"][OURS]["verdict"] != KEPT]
        terminalreporter.write_line(show_table(results))
        if broken:
            terminalreporter.write_line(f"broken by Foundation: {', '.join(broken)}")
        where = os.path.relpath(options.output)
        terminalreporter.write_line(f"{seconds} s; results in {where}")


def show_table(results: dict[str, Any]) -> str:
    """Return one row a case, one column a library, and how many rows each has kept."""
    names: list[str] = results["libraries"]
    cells = [
        [_shorten(f"{row['promise']:>2} {row['title']}", _TITLE),
         *(_shorten(describe(row, name), _CELL) for name in names)]
        for row in results["rows"]
    ]  # fmt: skip
    counts = [count_standings(results, name) for name in names]
    for word in (KEPT, BROKEN):
        cells.append([f"   {word}", *(f"{count[word]} of {count.total()}" for count in counts)])
    return text_table(("promise and case", *names), cells)


def _shorten(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 2] + ".."
