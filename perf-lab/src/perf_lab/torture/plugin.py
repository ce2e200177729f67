"""The plugin of pytest that gives `test_case.py` each case and library, and makes a record of all.

What another library did is only said, by a letter each: it keeps or breaks what any logger must
keep, and has or has not what it never promised.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
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

_TEST = Path(__file__).with_name("test_case.py")
#: pytest as it comes: no plugin that is installed, and no configuration of a repository.
ARGUMENTS = (
    str(_TEST), "-q", "--no-header", "-c", os.devnull, f"--rootdir={_TEST.parent}",
    "--import-mode=importlib", "--disable-plugin-autoload", "-p", "no:cacheprovider",
)  # fmt: skip
_TITLE, _CELL = 56, 20


class Torture:
    """Play what the command's options ask for, and make the table and the record."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._started = time.monotonic()
        self._cells: dict[tuple[str, str], Future[dict[str, str]]] = {}
        self.rows: dict[str, dict[str, Any]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each case and library that is asked for, in the order of the promises."""
        load()
        options = self._options
        alone = options.alone or options.quick
        wanted = [
            (case, library)
            for case in sorted(CASES.values(), key=lambda case: case.promise)
            for library in LIBRARIES.values()
            if (library.name == OURS or not alone)
            and (case.quick or not options.quick)
            and options.only in case.name
            and case.name in (options.exactly or CASES)
        ]
        names = [f"{case.name}-{library.name}" for case, library in wanted]
        metafunc.parametrize(("case", "library"), wanted, ids=names)

    @pytest.fixture
    def cell(self, case: Case, library: Library) -> dict[str, str]:
        """Return what came of a case."""
        return self._cells[case.name, library.name].result()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Have as many plays at once as the options say, while tests wait for them in order."""
        options, pool = self._options, ThreadPoolExecutor(self._options.jobs)
        try:
            for item in session.items:
                case, library = item.callspec.params.values()  # type: ignore[attr-defined]
                play = pool.submit(play_cell, library, case, options.lane or "", options.keep)
                self._cells[case.name, library.name] = play
            return (yield)
        finally:
            pool.shutdown(cancel_futures=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a library did."""
        row: Any = dict(report.user_properties).get("row")
        if report.when == "call" and row:
            self.rows.setdefault(row["case"], row)["cells"].update(row["cells"])

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Say what a library did, by a word and by its first letter."""
        if report.when != "call" or report.failed:
            return None
        row: Any = dict(report.user_properties)["row"]
        (word,) = (standing(row, library) for library in row["cells"])
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
