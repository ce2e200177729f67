"""Tortures Foundation beside its rivals: `nox -s torture`; ends with 1 unless every row is kept.

Each case is played by each library in a process of its own, once as Python starts and once under
PYTHONUNBUFFERED=1. A cell says "kept" only if it was kept both times; what a rival has broken
once it does not play again. Options: `--quick` for a few
cases, `--lane`, `--only` for cases by part of their name, `--alone` without rivals.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from perf_lab.places import RESULTS
from perf_lab.records.record import Record
from perf_lab.tool import FILE, Options, Tool
from perf_lab.torture.case import CASES, KEPT, Case
from perf_lab.torture.cases import load
from perf_lab.torture.libraries import LIBRARIES, Library
from perf_lab.torture.process import missing_reason, perform
from perf_lab.torture.table import show_table


def settle(options: Options) -> None:
    """Say where the results go."""
    if options.output is None:
        # What is published has all cases and the other libraries: a part does not replace it.
        part = options.quick or options.alone or options.lane or options.only or options.exactly
        options.output = RESULTS / ("torture-part.json" if part else "torture.json")


def play_cell(library: Library, case: Case, lane: str, keep: Path | None) -> dict[str, str]:
    """Have a library play a case twice, and return the verdicts."""
    reason = missing_reason(library, case)
    if reason:
        return {"verdict": reason}
    verdicts: dict[str, str] = {}
    for name in ("buffered", "unbuffered"):
        if verdicts.get("buffered", KEPT) != KEPT and library.name != "foundation":
            break  # broken is broken, and some take a long time for it
        with tempfile.TemporaryDirectory(prefix="torture-") as temporary:
            folder = Path(temporary)
            if keep is not None:
                folder = keep / f"{case.name}-{library.name}-{name}"
                folder.mkdir(parents=True)
            found = perform(library, case, folder, lane=lane, unbuffered=name == "unbuffered")
            verdicts[name] = case.judge(found)
    first, second = verdicts["buffered"], verdicts.get("unbuffered", KEPT)
    verdict = first if second == KEPT or first != KEPT else f"unbuffered: {second}"
    return {"verdict": verdict, **verdicts}


@click.command("torture", cls=Tool, settle=settle)
@click.option("--quick", is_flag=True, help="a few cases, Foundation alone")
@click.option("--alone", is_flag=True, help="Foundation alone")
@click.option("--lane", type=click.Choice(("fast", "processor", "native")), default=None)
@click.option("--only", default="", help="cases whose name has this in it")
@click.option("--exactly", multiple=True, help="the case of this name")
@click.option("--jobs", type=int, default=2, help="processes at once; default 2")
@click.option("--keep", type=FILE, help="a folder to leave every output in")
@click.option("--output", type=FILE, help="where the results go")
def command(options: Options) -> int:
    """Put every promise to the test.

    It ends with 1 unless Foundation keeps every one.
    """
    load()
    alone = options.alone or options.quick
    libraries = [
        library for library in LIBRARIES.values() if not alone or library.name == "foundation"
    ]
    cases = [
        case
        for case in sorted(CASES.values(), key=lambda case: case.promise)
        if (case.quick or not options.quick)
        and options.only in case.name
        and case.name in (options.exactly or CASES)
    ]
    started = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        cells = {
            (case.name, library.name): pool.submit(
                play_cell, library, case, options.lane or "", options.keep
            )
            for case in cases
            for library in libraries
        }
        rows: list[dict[str, Any]] = []
        for number, case in enumerate(cases, 1):
            found = {library.name: cells[case.name, library.name].result() for library in libraries}
            rows.append(
                {"promise": case.promise, "case": case.name, "title": case.title, "cells": found}
            )
            if sys.stderr.isatty() or number % 10 == 0:
                elapsed = time.monotonic() - started
                print(f"[{elapsed:4.0f} s] {number} of {len(cases)} cases", file=sys.stderr)
    results = {
        "seconds": round(time.monotonic() - started),
        "libraries": [library.name for library in libraries],
        "rows": rows,
    }
    stated = {"lane": options.lane or "as it comes", "quick": options.quick, "only": options.only}
    Record("torture", stated, results).write(options.output)
    print(show_table(results))
    broken = [row["case"] for row in rows if row["cells"]["foundation"]["verdict"] != KEPT]
    if broken:
        print(f"broken by Foundation: {', '.join(broken)}")
    print(f"{results['seconds']} s; results in {os.path.relpath(options.output)}")
    return 1 if broken or not rows else 0
