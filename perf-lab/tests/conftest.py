"""Records to make a page of.

records/ holds a small record of each laboratory that writes one, made by hand: two runs, a few
points. Their machine is nobody's.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from perf_lab.places import PUBLISHED
from perf_lab.records.record import read_record


def write_records(folder: Path) -> Path:
    """Write a record of every laboratory, and the files that two of them name."""
    shutil.copytree(Path(__file__).parent / "records", folder)
    machine = json.loads((folder / "soak.json").read_text(encoding="utf-8"))["machine"]
    bench = read_record(PUBLISHED / "performance.json")
    replace(bench, machine=machine).write(folder / "latest.json")
    shutil.copyfile(PUBLISHED / "guarantees.json", folder / "torture.json")
    for name in ("memray/a.html", "flame/a.svg", "flame/a.json", "flame/native.svg"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("<p>a file</p>\n", encoding="utf-8")
    return folder


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Return a folder of records that a test may change."""
    return write_records(tmp_path / "results")


@pytest.fixture(scope="session")
def report_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the page of all records, in a folder beside theirs, and what its command has said."""
    from perf_lab.pages.report import command

    folder = write_records(tmp_path_factory.mktemp("whole") / "results")
    page = folder.parent / "deep" / "page.html"
    words = ["--results", folder, "--published", folder.parent, "--output", page, "--no-browser"]
    done = CliRunner().invoke(command, [*map(str, words)])
    assert (0, "") == (done.exit_code, done.stderr)
    return page, done.stdout


@pytest.fixture(scope="session")
def report_page(report_run: tuple[Path, str]) -> Path:
    """Return the page alone; making it takes seconds."""
    return report_run[0]
