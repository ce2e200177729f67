"""Priorities for systemd's journal: in front of each row, and only where the journal reads it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import ConfigurationError, LoggingConfig

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow

if sys.platform == "win32":
    pytest.skip("descriptors as POSIX has them", allow_module_level=True)

EACH_LEVEL = """
for level in ("trace", "debug", "info", "warning", "error", "critical"):
    getattr(log, level)("x", number=1)
assert stats().outputs["stderr"].dropped == {}
assert len(stats().outputs["stderr"].written) == 6
"""


@pytest.fixture(params=["socket", "file"])
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Give what is read and what stands in for the journal's stream."""
    if request.param == "socket":
        reads, writes = (each.detach() for each in socket.socketpair())
    else:
        writes = os.open(tmp_path / "a.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        reads = os.open(tmp_path / "a.log", os.O_RDONLY)
    yield reads, writes
    os.close(reads)
    os.close(writes)


def run(
    code: str,
    ends: tuple[int, int],
    options: str = "",
    differs: int = 0,
    **environ: str,
) -> list[str]:
    """Run code whose stderr is said to be the journal, and return the rows that it wrote."""
    begin = f"""
import os, sys, time
from provide.foundation import *
configure(level="TRACE", capture_stdlib=False, {options})
log = get_logger("app")
"""
    reads, writes = ends
    stream = os.fstat(writes)
    subprocess.run(
        [sys.executable, "-c", begin + code],
        stderr=writes, timeout=60, check=True,
        pass_fds=[int(environ["READS"])] if "READS" in environ else [],
        env={
            **os.environ,
            "JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino + differs}",
            **environ,
        },
    )  # fmt: skip
    return os.read(reads, 100_000).decode().splitlines()


def priorities(rows: list[str]) -> list[str]:
    """Return what stands in front of each row."""
    return [found[0] if (found := re.match(r"<\d>", row)) else "" for row in rows]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Give a pipe."""
    reads, writes = os.pipe()
    yield reads, writes
    os.close(reads)
    os.close(writes)


@pytest.mark.parametrize("lane", LANES)
def test_each_level_has_its_priority(lane: str, pipe: tuple[int, int]) -> None:
    """Each line begins with its level's number, and is whole behind it; every lane writes it."""
    rows = run(
        EACH_LEVEL + f"assert stats().lane == {lane!r}, stats().lane", pipe, FOUNDATION_LANE=lane
    )
    assert ["<7>", "<7>", "<6>", "<4>", "<3>", "<2>"] == priorities(rows)
    assert [1] * 6 == [json.loads(row[3:])["number"] for row in rows]


def test_whatever_the_stream_is(ends: tuple[int, int]) -> None:
    """A socket and a file, as a pipe elsewhere here, are known by device and inode."""
    assert ["<6>"] == priorities(run("log.info('x')", ends))


@pytest.mark.parametrize("lane", LANES)
def test_another_stream_is_not_the_journal(lane: str, pipe: tuple[int, int]) -> None:
    """Where the inode differs lines are as they always were; so they are if it is turned off."""
    assert [""] * 6 == priorities(run(EACH_LEVEL, pipe, differs=1, FOUNDATION_LANE=lane))


@pytest.mark.parametrize(
    ("options", "differs", "environ", "expected"),
    [
        ("journal=False", 0, {}, ""),
        ("journal=True", 1, {}, "<6>"),
        ("journal=True", 1, {"JOURNAL_STREAM": ""}, "<6>"),
        ("", 0, {"PROVIDE_LOG_JOURNAL": "no"}, ""),
        ("", 1, {"PROVIDE_LOG_JOURNAL": "yes"}, "<6>"),
        ("", 0, {"JOURNAL_STREAM": "not:numbers"}, ""),
        ("output='stdout'", 0, {}, None),
        ("delivery='background'", 0, {}, "<6>"),
    ],
)
def test_options(
    options: str,
    differs: int,
    environ: dict[str, str],
    expected: str | None,
    pipe: tuple[int, int],
) -> None:
    """It can be asked for and turned off; stdout is another stream, a queue changes nothing."""
    code = "log.info('x')\nsys.stderr.write('end\\n')"
    wanted = ["end"] if expected is None else [f"{expected}", "end"]
    rows = run(code + "\nflush()", pipe, options, differs, **environ)
    found = [row if row == "end" else priorities([row])[0] for row in rows]
    assert sorted(wanted) == sorted(found)


@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_lines_that_stand_for_others_have_their_priority(
    delivery: str, pipe: tuple[int, int]
) -> None:
    """What says how many more lines there were has the level of those, and is a record of ours."""
    code = """
for _ in range(2):
    log.once().error("x")
    log.once().debug("y")
flush()
assert stats().outputs["stderr"].own_records == 2
"""
    rows = run(code, pipe, f"delivery={delivery!r}")
    assert ["<3>", "<7>"] * 2 == priorities(rows)
    assert ["x", "y"] == [json.loads(row[3:]).get("like") for row in rows[2:]]


def test_each_row_of_a_traceback(pipe: tuple[int, int]) -> None:
    """Each row of a text of several has the priority, and a value makes no row of its own."""
    code = """
try:
    raise ValueError("a\\n<0>b")
except ValueError:
    log.exception("failed", text="a\\n<0>b")
"""
    options = "format='key_value', console=Console(colors=True)"
    rows = run(code, pipe, options)
    assert len(rows) > 3
    assert {"<3>"} == set(priorities(rows))


def test_own_records_and_replaced_streams(pipe: tuple[int, int]) -> None:
    """A report of Foundation's is a warning; what replaces sys.stderr is not the journal."""
    code = """
import io
def fail(logger, name, event):
    raise RuntimeError
log.warning("x")
kept, sys.stderr = sys.stderr, io.StringIO()
log.warning("y")
text, sys.stderr = sys.stderr.getvalue(), kept
assert text.startswith("{"), text
configure(output=[OutputConfig("stderr"), OutputConfig(fail)], capture_stdlib=False)
log.info("z")
"""
    rows = run(code, pipe)
    assert ["<4>", "<6>", "<4>"] == priorities(rows)[:3]


def test_recovery_has_a_priority(pipe: tuple[int, int]) -> None:
    """The record that tells of lost lines goes past the others' way, and has its priority too."""
    code = """
os.set_blocking(2, False)
reads = int(os.environ["READS"])
while not stats().outputs["stderr"].dropped:
    log.info("x", text="x" * 3000)
os.set_blocking(reads, False)
try:
    while os.read(reads, 65536):
        pass
except BlockingIOError:
    pass
log.error("y")
"""
    reads, _ = pipe
    rows = run(
        code, pipe, "delivery=Delivery(write_timeout_s=0.05)",
        READS=str(reads),
    )  # fmt: skip
    told = [(row[:3], json.loads(row[3:])["event"]) for row in rows if '"x"' not in row]
    assert [("<3>", "y"), ("<4>", "output recovered")] == told[:2]


def test_redirection_is_noticed(
    pipe: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the descriptor leads elsewhere, lines are without it within a second or two."""
    code = """
log.info("x")
os.dup2(os.open(os.environ["OTHER"], os.O_WRONLY | os.O_CREAT), 2)
for number in range(25):
    time.sleep(0.1)
    log.info("y")
"""
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "b.log"
    rows = run(code, pipe, OTHER=str(other))
    assert ["<6>"] == priorities(rows)
    assert priorities(other.read_text().splitlines())[-1] == ""


def test_what_is_not_allowed() -> None:
    """The option is True, False or None."""
    wrong: Any = "yes"
    with pytest.raises(ConfigurationError, match=r"logging\.journal"):
        LoggingConfig(journal=wrong)
