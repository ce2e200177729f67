"""Times, numbers of lines, several files, and the shapes in which the viewer shows lines."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import interpreters
from provide.foundation._view.inputs.offsets import find_last_lines, find_moments
from provide.foundation._view.neighbours import find_neighbours
from provide.foundation._view.query.parser import parse_query
from provide.foundation._view.scan import Scan, Wanted
from provide.foundation._view.tally import CountBy, Histogram

COMMAND = [sys.executable, "-m", "provide.foundation", "view"]
PATIENCE_S = 20.0
START = 1795443000  # 2026-11-23T14:10:00Z
posix = pytest.mark.skipif(os.name != "posix", reason="needs files that can be renamed while open")


def stamp(seconds: float) -> str:
    """Return a moment so long after the start."""
    return (
        datetime.fromtimestamp(START + seconds, UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    )


def line(seconds: float = 0, **fields: Any) -> bytes:
    """Return a line of Foundation's own."""
    record = {"timestamp": stamp(seconds), "level": "info", "logger": "app", "event": "hit"}
    return json.dumps({**record, **fields}).encode() + b"\n"


def view(*arguments: str | Path, data: bytes = b"") -> list[str]:
    """Return the rows that the view shows."""
    done: subprocess.CompletedProcess[bytes] = interpreters.run(
        [*COMMAND, *map(str, arguments)], input=data, capture_output=True, timeout=60, check=False
    )
    assert (b"", 0) == (done.stderr, done.returncode)
    return done.stdout.decode().splitlines()


def numbers(rows: list[str]) -> list[int]:
    """Return the field n of each row."""
    return [int(row.rpartition("n=")[2]) for row in rows if "n=" in row]


MANY = b"".join(line(number, n=number) for number in range(5000))


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        (["--since", stamp(4000)], 4000, 4999),
        (["--until", stamp(100.5)], 0, 100),
        (["--since", stamp(2500), "--until", stamp(2502)], 2500, 2501),
        (["--since", stamp(-100)], 0, 4999),
        (["-n", "3"], 4997, 4999),
        (["-n", "2", "n<10"], 8, 9),
        (["--since", stamp(4000), "-n", "2", "--until", stamp(4100)], 4098, 4099),
    ],
)  # fmt: skip
def test_stretch(options: list[str], first: int, last: int, tmp_path: Path) -> None:
    """A stretch of time, and the last lines, are found in a file."""
    path = tmp_path / "app.log"
    path.write_bytes(MANY)

    found = numbers(view(path, *options))

    assert list(range(first, last + 1)) == found


def test_stretch_of_standard_input() -> None:
    """In a pipe they are found as well; a line without a time has that of the line before."""
    data = b"first\n" + line(0, n=0) + b"of 0\n" + line(60, n=1) + b"of 1\n"

    assert ["n=1", "of 1"] == [row[-4:].strip() for row in view("--since", stamp(30), data=data)]


def test_long_ago(tmp_path: Path) -> None:
    """A stretch may be given from now, with a dash."""
    path = tmp_path / "app.log"
    now = time.time() - START
    path.write_bytes(line(now - 700, n=1) + line(now - 300, n=2) + line(now, n=3))

    assert [2, 3] == numbers(view(path, "--since", "-10m"))


@pytest.mark.skipif(not hasattr(os, "pread"), reason="Windows reads from the beginning")
def test_little_is_read_of_a_large_file(tmp_path: Path) -> None:
    """In a file of a gigabyte a moment is found with few reads, whatever stands before it."""
    path = tmp_path / "app.log"
    step = 4 << 20
    with path.open("wb") as file:
        for number in range(256):  # between the lines the file has holes, which read as zeros
            file.seek(number * step)
            file.write(b"\n" + line(60 * number, n=number))
    with path.open("rb") as file:
        start, end = find_moments(file.fileno(), START + 60 * 200, START + 60 * 210)
        last = find_last_lines(file.fileno(), 1)

    assert end is not None
    assert (True, True) == (199 * step <= start <= 200 * step, 210 * step <= end <= 211 * step)
    assert 255 * step + 1 == last


@pytest.mark.skipif(not hasattr(os, "pread"), reason="Windows reads from the beginning")
def test_file_that_is_not_in_order_is_read_whole(tmp_path: Path) -> None:
    """Where the places of a file show that it is not in order, nothing is left out."""
    path = tmp_path / "app.log"
    lines = [line(number, n=number) for number in range(5000)]
    random.Random(7).shuffle(lines)
    path.write_bytes(b"".join(lines))
    with path.open("rb") as file:
        assert (0, None) == find_moments(file.fileno(), START + 4000, START + 4100)

    found = numbers(view(path, "--since", stamp(4000), "--until", stamp(4100)))

    assert list(range(4000, 4100)) == sorted(found)


@pytest.mark.parametrize("number", [1, 2, 1000, 4999, 5000, 9999])
@pytest.mark.parametrize("end", [b"", b"no end"])
@pytest.mark.skipif(not hasattr(os, "pread"), reason="Windows reads from the beginning")
def test_last_lines(number: int, end: bytes, tmp_path: Path) -> None:
    """The place of the last lines is where the last lines begin."""
    path = tmp_path / "app.log"
    path.write_bytes(MANY + end)
    with path.open("rb") as file:
        found = find_last_lines(file.fileno(), number)

    assert (MANY + end).splitlines()[-number:] == (MANY + end)[found:].splitlines()


def test_files_are_merged_by_time(tmp_path: Path) -> None:
    """Several files are one, in the order of time, and each row has its source."""
    one, two = tmp_path / "one.log", tmp_path / "second.log"
    one.write_bytes(line(0, n=0) + line(3, n=3, exception="Traceback:\nE: no") + b"foreign\n")
    two.write_bytes(line(1, n=1) + line(2, n=2) + line(4, n=4))

    rows = view(one, two)

    assert [0, 1, 2, 3, 4] == numbers(rows)
    assert ["one.log   ", "second.log", "second.log", "one.log   ", " " * 10, " " * 10,
            "one.log   ", "second.log"] == [row[:10] for row in rows]  # fmt: skip


@contextmanager
def following(*arguments: str | Path) -> Iterator[Callable[[str], bool]]:
    """Run the view in the background; gives what waits for a text in its output."""
    command = [*COMMAND, "-f", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        os.set_blocking(descriptor, False)
        got = b""

        def wait_for(text: str) -> bool:
            nonlocal got
            deadline = time.monotonic() + PATIENCE_S
            while text.encode() not in got and time.monotonic() < deadline:
                try:
                    got += os.read(descriptor, 1 << 16)
                except BlockingIOError:
                    time.sleep(0.01)
            return text.encode() in got

        try:
            yield wait_for
        finally:
            process.kill()


def append(path: Path, data: bytes) -> None:
    """Append to a file with one write."""
    with path.open("ab", buffering=0) as file:
        file.write(data)


@posix
def test_several_files_are_followed(tmp_path: Path) -> None:
    """All files are followed, through the rotation of one of them, with filters and -n."""
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    one.write_bytes(line(0, n=10) + line(1, n=11))
    two.write_bytes(line(2, n=12))
    with following(one, two, "-n", "2", "n>0") as wait_for:
        assert (True, True) == (wait_for("n=12"), wait_for("n=11"))
        append(two, line(3, n=13) + line(3, n=0))
        assert wait_for("n=13")
        one.rename(tmp_path / "one.log.1")
        append(one, line(4, n=14))
        append(tmp_path / "one.log.1", line(4, n=15))
        assert (True, True) == (wait_for("n=14"), wait_for("n=15"))
        assert wait_for("one.log ")


def test_neighbours() -> None:
    """Around a text there are its neighbours, and a gap where lines are left out."""
    block = b"".join(line(n, n=n, id="needle" if n in (3, 5, 12) else "x") for n in range(20))
    entries = ((entry, "") for entry in Scan(Wanted()).read(block))

    found = [
        None if each is None else json.loads(each[0].raw)["n"]
        for each in find_neighbours(entries, "needle", 2)
    ]

    assert [1, 2, 3, 4, 5, 6, 7, None, 10, 11, 12, 13, 14] == found
    rows = view("--around", "needle", "-n", "0", data=block)
    assert ["n=3", "--", "n=5", "--", "n=12"] == [
        next((word for word in row.split() if word.startswith("n=")), row) for row in rows
    ]


RICH = line(
    1, event="request", status=500, user={"id": 7, "plan": "pro"}, service="shop", trace_id="4b"
)


@pytest.mark.parametrize(
    ("options", "row"),
    [
        (["--fields", "status,user.plan"], "[app] status=500 user.plan=pro"),
        (["--fields", "missing"], "[app]"),
        (["--hide", "user.id,trace_id,timestamp"],
         '[app] service=shop status=500 user={"plan":"pro"}'),
        (["--hide", "logger,user,service,trace_id"], "status=500"),
        (["-r"], RICH.decode().rstrip("\n")),
    ],
)  # fmt: skip
def test_shape(options: list[str], row: str) -> None:
    """Fields are picked and left out by their dotted keys; raw lines are those of the file."""
    (shown,) = view(*options, data=RICH)

    assert row == re.sub(".*info     request {24}", "", shown)


def test_raw_lines_are_the_bytes_of_the_file() -> None:
    """Raw lines in a pipe are the same bytes, whatever they are."""
    data = b'{"level":"info","event":"a\\u001b"}\n\x1b[2J\xff\n'
    done = interpreters.run(
        [*COMMAND, "-r"], input=data, capture_output=True, timeout=60, check=True
    )

    assert data == done.stdout


def test_counts() -> None:
    """Lines are counted by the values of keys, the most frequent first."""
    tally = CountBy(["level", "status"])
    block = line(status=200) * 1200 + line(level="error", status=500) * 2 + line()
    for entry in Scan(Wanted()).read(block):
        tally.add(entry)

    assert [
        "count  level  status", "1,200  info   200", "    2  error  500", "    1  info   -",
    ] == list(tally.rows(local=False))  # fmt: skip


def test_histogram() -> None:
    """Lines are counted over time, in at most 24 rows, with the errors among them."""
    tally = Histogram()
    block = b"no time\n" + b"".join(
        line(number, level="error" if number == 700 else "info") * (1 + 3 * (number // 600))
        for number in range(1200)
    )
    for entry in Scan(Wanted()).read(block):
        tally.add(entry)
    rows = list(tally.rows(local=False))

    assert (21, "1 lines have no time") == (len(rows), rows[-1])
    assert f"2026-11-23 14:10:00   60  {'█' * 10}" == rows[0]
    assert f"2026-11-23 14:21:00  240  {'█' * 40}  4 errors" == rows[11]


def test_tallies_of_the_command() -> None:
    """The command shows both tallies, of the lines that a filter keeps."""
    data = line(0, n=1) + line(90, n=2) * 3

    assert ["count  n", "    3  2"] == view("--count-by", "n", "n>1", data=data)
    assert ["2026-11-23 14:11:30  3  " + "█" * 40] == view("--histogram", "n>1", data=data)


def test_help_fits_a_screen() -> None:
    """The help has at most 24 rows of at most 80 columns, and names each option."""
    rows = view("--help")
    text = "\n".join(rows)

    assert (True, True) == (len(rows) <= 24, max(map(len, rows)) <= 80)
    for option in ("--level", "--since", "--until", "--lines", "--around", "--follow", "--fields",
                   "--hide", "--raw", "--full", "--count-by", "--histogram", "--local", "--utc",
                   "--color", "has:KEY"):  # fmt: skip
        assert option in text


def test_sample_keys_are_those_of_the_first_lines() -> None:
    """The keys of the first lines are known, those inside of objects too."""
    scan = Scan(Wanted(query=parse_query(["stats=1000"])))
    list(scan.read(RICH * 10))

    assert {"status", "user", "user.id", "user.plan"} <= scan.sample_keys()
