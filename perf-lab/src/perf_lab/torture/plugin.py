"""The plugin of pytest that makes each case, for each library, a test, and a record of all.

A test fails where Foundation has not kept its promise. What another library did is only said: it
keeps or breaks what any logger must keep, and has or has not what it never promised.
"""

from __future__ import annotations

import importlib
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
from perf_lab.torture.libraries import LIBRARIES, Library
from perf_lab.torture.process import play_cell
from perf_lab.torture.verdicts import BROKEN, OURS, count_standings, describe, standing

FOLDER = Path(__file__).with_name("cases")
#: pytest as it comes: no plugin that is installed, and no configuration of a repository.
ARGUMENTS = (
    str(FOLDER), "-q", "--no-header", "--tb=short", "-c", os.devnull, f"--rootdir={FOLDER}",
    "--disable-plugin-autoload", "--noconftest", "-p", "no:cacheprovider",
)  # fmt: skip
_TITLE, _CELL = 56, 20


class BrokenError(Exception):
    """A promise that Foundation has not kept; the message is the verdict."""


class Play(pytest.Item):
    """Have one library play one case."""

    def __init__(self, *, case: Case, library: Library, **named: Any) -> None:
        super().__init__(**named)
        self.case = case
        self.library = library
        self.cell: Future[dict[str, str]] = Future()

    def runtest(self) -> None:
        """Wait for what comes of it, and fail if a promise of ours is broken."""
        cell = self.cell.result()
        case, cells = self.case, {self.library.name: cell}
        row = {"promise": case.promise, "case": case.name, "title": case.title, "cells": cells}
        self.user_properties.append(("row", row | ({"tests": case.tests} if case.tests else {})))
        if self.library.name == OURS and cell["verdict"] != KEPT:
            raise BrokenError(cell["verdict"])

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the verdict without a traceback."""
        broken = isinstance(excinfo.value, BrokenError)
        return str(excinfo.value) if broken else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say what it is called in the list of failures."""
        return self.path, 0, f"{self.case.title} ({self.name})"


class Theme(pytest.File):
    """Collect the cases of a module, each for every library."""

    def collect(self) -> Iterator[Play]:
        """Yield the plays."""
        module = f"perf_lab.torture.cases.{self.path.stem}"
        importlib.import_module(module)
        for case in [case for case in CASES.values() if case.module == module]:
            for library in LIBRARIES.values():
                name = f"{case.name}[{library.name}]"
                yield Play.from_parent(self, name=name, case=case, library=library)


class Torture:
    """Play what the command's options ask for, and make the table and the record."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._started = time.monotonic()
        self._rows: dict[str, dict[str, Any]] = {}

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Theme | None:
        """Take each module of the folder for a theme."""
        return Theme.from_parent(parent, path=file_path) if file_path.suffix == ".py" else None

    def pytest_collection_modifyitems(self, items: list[Play]) -> None:
        """Leave out what is not asked for, and put the rest in the order of the promises."""
        options = self._options
        alone = options.alone or options.quick
        items[:] = sorted(
            (
                item
                for item in items
                if (item.library.name == OURS or not alone)
                and (item.case.quick or not options.quick)
                and options.only in item.case.name
                and item.case.name in (options.exactly or CASES)
            ),
            key=lambda item: item.case.promise,
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Have as many plays at once as the options say, while tests wait for them in order."""
        pool = ThreadPoolExecutor(self._options.jobs)
        try:
            for item in session.items:
                assert isinstance(item, Play)
                lane = self._options.lane or ""
                item.cell = pool.submit(
                    play_cell, item.library, item.case, lane, self._options.keep
                )
            return (yield)
        finally:
            pool.shutdown(cancel_futures=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a library did."""
        row: Any = dict(report.user_properties).get("row")
        if report.when == "call" and row:
            self._rows.setdefault(row["case"], row)["cells"].update(row["cells"])

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Say what a library did, by a word and by its first letter."""
        row: Any = dict(report.user_properties).get("row")
        if report.when != "call" or row is None or report.failed:
            return None
        (word,) = (standing(row, library) for library in row["cells"])
        return word, word[0], word

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the record, and show it as a table."""
        rows, options = list(self._rows.values()), self._options
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
