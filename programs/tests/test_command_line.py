"""Commands of click: lines beside progress bars, and lines that its runner catches."""

from __future__ import annotations

from pathlib import Path

import pytest

from programs.program import Failure
from programs.terminal import run_on_terminal, show
from programs.tests.scripts import run_script

BAR = """
import sys
from tqdm import tqdm
from provide.foundation import configure, get_logger
from provide.foundation.integrations.tqdm import ProgressStream

configure(output={output}, format="compact")
log = get_logger("shop")
with tqdm(total=3, mininterval=0) as bar:
    for number in range(3):
        bar.update()
        log.info("packed", number=number)
"""


def run_bar(folder: Path, output: str) -> list[str]:
    """Return what stands on a terminal, with the time of each line cut off."""
    (folder / "program.py").write_text(BAR.format(output=output), encoding="utf-8")
    rows = run_on_terminal(["python", "program.py"], folder, NO_COLOR="1")
    return [row[13:] if row[2:3] == ":" else row for row in rows if row]


def test_lines_stand_above_the_bar(tmp_path: Path) -> None:
    """Each line has a row of its own, and the bar is whole below them."""
    *lines, bar = run_bar(tmp_path, "ProgressStream()")

    assert [f"I shop packed number={number}" for number in range(3)] == lines
    assert bar.startswith("100%|")


def test_without_the_stream_a_bar_is_torn(tmp_path: Path) -> None:
    """The terminal of these tests shows what the stream is for."""
    rows = run_bar(tmp_path, '"stderr"')

    assert [row for row in rows if "packed" in row and "|" in row]


def test_stream_is_stderr_where_that_is_no_terminal(tmp_path: Path) -> None:
    """In a pipe nothing but the lines is written."""
    code = """
from tqdm import tqdm
from provide.foundation import configure, get_logger
from provide.foundation.integrations.tqdm import ProgressStream

configure(output=ProgressStream())
for number in tqdm(range(3), disable=None):
    get_logger("shop").info("packed", number=number)
"""
    assert [0, 1, 2] == [line["number"] for line in run_script(tmp_path, code)]


def test_runner_of_click_catches_lines(tmp_path: Path) -> None:
    """A command that configures by its option writes to the runner's stderr, and exits by code."""
    code = """
import json
import click
from click.testing import CliRunner
from provide.foundation import configure, get_logger
from provide.foundation.integrations.tqdm import ProgressStream

@click.command()
@click.option("--verbose", is_flag=True)
def work(verbose):
    configure(level="DEBUG" if verbose else "INFO", output=ProgressStream())
    get_logger("shop").debug("detail")
    get_logger("shop").info("packed")
    click.echo("answer")
    raise SystemExit(3)

for arguments in [], ["--verbose"], []:
    done = CliRunner().invoke(work, arguments)
    events = [json.loads(row)["event"] for row in done.stderr.splitlines()]
    print(json.dumps({"code": done.exit_code, "stdout": done.stdout, "events": events}))
"""
    brief, detailed = (
        {"code": 3, "stdout": "answer\n", "events": events}
        for events in (["packed"], ["detail", "packed"])
    )
    assert [brief, detailed, brief] == run_script(tmp_path, code)


def test_runner_of_typer_catches_lines(tmp_path: Path) -> None:
    """A command of Typer's does the same, and its exit code stays."""
    code = """
import json
import typer
from typer.testing import CliRunner
from provide.foundation import configure, get_logger

app = typer.Typer()

@app.command()
def work(verbose: bool = False):
    configure(level="DEBUG" if verbose else "INFO", output="stderr")
    get_logger("shop").debug("detail")
    get_logger("shop").info("packed")
    typer.echo("answer")
    raise typer.Exit(3)

for arguments in [], ["--verbose"], []:
    done = CliRunner().invoke(app, arguments)
    events = [json.loads(row)["event"] for row in done.stderr.splitlines()]
    print(json.dumps({"code": done.exit_code, "stdout": done.stdout, "events": events}))
"""
    brief, detailed = (
        {"code": 3, "stdout": "answer\n", "events": events}
        for events in (["packed"], ["detail", "packed"])
    )
    assert [brief, detailed, brief] == run_script(tmp_path, code)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param("12%\r99%", ["99%"], id="return"),
        pytest.param("12%|##\rline", ["line##"], id="torn"),
        pytest.param("12%\r\x1b[2Kline\r\n99%", ["line", "99%"], id="erased"),
        pytest.param("a\r\nb\x1b[1A\rc", ["c", "b"], id="up"),
        pytest.param("\x1b[31mred\x1b[0m", ["red"], id="colour"),
    ],
)
def test_terminal_shows_text(text: str, rows: list[str]) -> None:
    """Control sequences move and erase as on a real terminal."""
    assert rows == show(text)


def test_failing_program_is_found(tmp_path: Path) -> None:
    """A program that fails on the terminal is no run."""
    with pytest.raises(Failure, match="ended with 3"):
        run_on_terminal(["python", "-c", "raise SystemExit(3)"], tmp_path)


def test_missing_tqdm_is_named(tmp_path: Path) -> None:
    """Without tqdm the module says which package it needs."""
    code = """
import sys
sys.modules["tqdm"] = None
from provide.foundation.integrations import MissingFramework
try:
    import provide.foundation.integrations.tqdm
except MissingFramework as error:
    print('{"error": "%s"}' % error.distribution)
"""
    assert [{"error": "tqdm"}] == run_script(tmp_path, code)
