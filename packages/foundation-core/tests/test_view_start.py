"""What the viewer does not do before the first screen, nor for lines that nobody wants."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from provide.foundation._view.inputs.offsets import find_moments
from provide.foundation._view.query.parser import parse_query
from provide.foundation._view.scan import Scan, Wanted
from provide.foundation._view.shape import Shape
from provide.foundation._view.view import Output

COMMAND = [sys.executable, "-X", "importtime", "-m", "provide.foundation", "view"]
#: What takes a brief command longer to import than all that it does.
HEAVY = {"orjson", "argparse", "dataclasses", "inspect", "shutil", "logging", "asyncio"}


def make_line(number: int, **fields: object) -> bytes:
    """Return a line whose time is so many seconds after midnight."""
    hours, rest = divmod(number, 3600)
    moment = f"2026-11-23T{hours:02d}:{rest // 60:02d}:{rest % 60:02d}.000000Z"
    start = {"timestamp": moment, "level": "info", "logger": "a", "event": "e", "n": number}
    return json.dumps(start | fields, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        pytest.param(["-n", "5"], set(), id="last"),
        pytest.param(["n=1999"], set(), id="filter"),
        pytest.param(["--since", "2026-11-23T00:33:00Z"], set(), id="since"),
        pytest.param([], set(), id="all"),
        pytest.param(["n>=0"], {"orjson", "dataclasses", "inspect"}, id="parsed"),
    ],
)
def test_few_lines_import_little(arguments: list[str], heavy: set[str], tmp_path: Path) -> None:
    """Whoever shows few lines of a file of any size does not wait for what many lines need."""
    path = tmp_path / "app.log"
    path.write_bytes(b"".join(map(make_line, range(2000))))

    got = subprocess.run(
        [*COMMAND, str(path), *arguments],
        capture_output=True, text=True, timeout=60, check=True, env={**os.environ, "TZ": "UTC"},
    )  # fmt: skip

    imported = {row.rpartition("|")[2].strip() for row in got.stderr.splitlines()}
    assert (heavy, True) == (imported & HEAVY, "n=1999" in got.stdout)


def test_moment_is_found_behind_holes(tmp_path: Path) -> None:
    """A moment is looked up in a sparse file of gigabytes: holes are skipped, and nothing moves."""
    if not hasattr(os, "SEEK_DATA"):
        pytest.skip("this system does not tell where the holes of a file are")
    path = tmp_path / "app.log"
    step = 100 << 20
    with path.open("wb") as file:
        for number in range(40):
            file.seek(number * step)
            file.write(b"\n" + b"".join(make_line(60 * number + second) for second in range(60)))
    wanted = 1795392000.0 + 60 * 30 + 30  # 2026-11-23T00:30:30Z

    with path.open("rb") as file:
        start, end = find_moments(file.fileno(), wanted, wanted + 1)
        at = os.lseek(file.fileno(), 0, os.SEEK_CUR)

    assert (True, True, 0) == (
        29 * step < start <= 30 * step + 8000,
        end is not None and 30 * step < end <= 31 * step + 8000,
        at,
    )


def test_block_without_match_still_dates_what_follows() -> None:
    """A foreign line has the time of the line before it, though that was only searched."""
    scan = Scan(Wanted(query=parse_query(['n=77 or "Trace"'])))
    block = b"".join(make_line(number) for number in range(3))

    shown = [*scan.read(block), *scan.read(b"Traceback (most recent call last):\n")]

    assert [(b"Traceback (most recent call last):", 1795392002.0000005)] == [
        (entry.raw, entry.seconds) for entry in shown
    ]
    assert (4, 1) == (scan.lines, scan.taken)


@pytest.mark.parametrize("name", ["timestamp", "level"])
def test_searched_blocks_hide_no_foreign_line(name: str) -> None:
    """A line of another form among many is seen in blocks that begin with a time or without one."""
    lines = [make_line(number) for number in range(50)]
    if name == "level":
        lines = [b'{"level":"info",' + line[1:].replace(b'"level":"info",', b"") for line in lines]
    scan = Scan(Wanted(query=parse_query(["request_id=none"])))

    list(scan.read(b"".join(lines)))
    list(scan.read(b"".join([*lines[:20], b"a foreign one\n", *lines[20:]])))

    assert (101, 0, 1) == (scan.lines, scan.taken, scan.foreign)


def test_first_screen_does_not_wait_for_more(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Sixty rows are written at once, and those behind them together."""
    output = Output(Shape(colors=False, raw=True))
    written = []

    for number in range(200):
        output.add_rows(b"%d\n" % number)
        if number in (58, 59, 199):
            written.append(capfdbinary.readouterr().out.count(b"\n"))

    assert [0, 60, 0] == written
