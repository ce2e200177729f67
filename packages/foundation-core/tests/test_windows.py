"""Tests of what Windows does in its own way: modes of sharing, `NUL`, pipes."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from lane_process import LIMIT_S, Lane, parse
from posix_only import atomic_appends, deleted_at_once

if sys.platform != "win32":
    pytest.skip("POSIX: modes of sharing and NUL are Windows'", allow_module_level=True)


@pytest.fixture(params=["fast", "processor"])
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Have each lane write by turns."""
    return Lane(request.param, tmp_path)


def events(file: Path | str) -> list[str]:
    """Return the events of a file's lines."""
    return [line["event"] for line in parse(Path(file).read_bytes())[0]]


def test_open_log_can_be_renamed(lane: Lane) -> None:
    """Who renames a log that is open is let, and lines go to a new file within a second."""
    done = lane.run("""
        use(log_file=FILE)
        log.info("first")
        os.rename(FILE, FILE + ".1")
        time.sleep(1.1)
        log.info("second")
        log.info("third")
        report()
    """)

    # The call that notices the rename may still write to the file that it has found.
    written = [*events(f"{lane.file}.1"), *events(lane.file)]
    assert (["first", "second", "third"], "third", (3, 0)) == (
        written,
        events(lane.file)[-1],
        done.balance(str(lane.file)),
    )


@deleted_at_once
def test_open_log_can_be_deleted(lane: Lane) -> None:
    """Who deletes a log that is open is let, and lines go to a new file within a second."""
    lane.run("""
        use(log_file=FILE)
        log.info("first")
        os.unlink(FILE)
        time.sleep(1.1)
        log.info("second")
        log.info("third")
    """)

    assert "third" == events(lane.file)[-1]


def test_log_is_closed_by_a_reset(lane: Lane) -> None:
    """After a reset, a program that lets nobody else have the file open gets it."""
    done = lane.run("""
        import _winapi
        from provide.foundation import reset_for_testing
        def open_alone():
            try:
                _winapi.CloseHandle(_winapi.CreateFile(FILE, 0x80000000, 0, 0, 3, 0x80, 0))
            except OSError as error:
                return error.winerror
        use(log_file=FILE)
        log.info("x")
        before = open_alone()
        reset_for_testing()
        gc.collect()
        report(before=before, after=open_alone())
    """)

    assert (32, None) == (done.report["before"], done.report["after"])  # a sharing violation


def test_line_ends_are_those_of_posix(lane: Lane) -> None:
    """A file has a line feed alone behind each line, and no carriage return."""
    lane.run('use(log_file=FILE); log.info("x")')

    assert (True, False) == (
        lane.file.read_bytes().endswith(b"}\n"),
        b"\r" in lane.file.read_bytes(),
    )


def test_folder_is_no_log_file(lane: Lane) -> None:
    """A folder in the place of a log file is called one, and not a file without permission."""
    done = lane.run("""
        from provide.foundation import ConfigurationError
        try: use(log_file=os.path.dirname(FILE))
        except ConfigurationError as error: report(error=str(error))
    """)

    assert "Is a directory" in done.report["error"]


def test_nul_is_no_terminal(lane: Lane) -> None:
    """Lines for `NUL` are JSON without colours, are counted, and none is lost."""
    with open(os.devnull, "wb") as null:
        done = lane.run(
            """
            from provide.foundation._output.encoding import is_terminal
            use(output="stderr")
            for number in range(10): log.info("x")
            report(terminal=is_terminal(sys.stderr), tty=sys.stderr.isatty())
            """,
            stderr=null,
        )

    assert ((10, 0), False) == (done.balance("stderr"), done.report["terminal"])


def test_moment_that_the_c_runtime_does_not_know(lane: Lane) -> None:
    """Lines of before 1970 and of after 3000 have their own moment."""
    done = lane.run("""
        from provide.foundation._record.timestamps import format_timestamp
        report(texts=[format_timestamp(second) for second in (-1.0, 32536850400.0)])
    """)

    assert ["1969-12-31T23:59:59.000000Z", "3001-01-19T22:00:00.000000Z"] == done.report["texts"]


def test_pipe_without_a_reader_is_no_traceback(lane: Lane) -> None:
    """`view` ends in silence, and with 0, when what reads its lines has seen enough."""
    lane.file.write_bytes(b'{"timestamp":"t","level":"info","logger":"l","event":"x"}\n' * 50_000)
    with subprocess.Popen(
        [sys.executable, "-m", "provide.foundation", "view", str(lane.file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()

    assert (b"", 0) == (errors, process.wait(LIMIT_S))


WORKER = """
    use(log_file=FILE)
    for number in range(500): log.info("x", id=[os.getpid(), number], text="y" * 200)
    report()
"""


@atomic_appends
def test_processes_append_to_one_file(lane: Lane) -> None:
    """Three processes write to one file: no line is lost, torn or there twice."""
    processes = [lane.start(WORKER) for _ in range(3)]
    assert [0] * 3 == [process.wait(LIMIT_S) for process in processes]

    lines, torn = parse(lane.file.read_bytes())
    assert (1500, 1500, []) == (len(lines), len({tuple(line["id"]) for line in lines}), torn)


ROTATING = """
    use(log_file=FILE, rotation=Rotation(max_bytes=20_000, compress=True))
    for number in range(300): log.info("x", id=[os.getpid(), number], text="y" * 200)
    report()
"""


@atomic_appends
def test_processes_rotate_one_file(lane: Lane) -> None:
    """Three processes write, rotate and compress one file: each line is there once, and whole."""
    processes = [lane.start(ROTATING) for _ in range(3)]
    assert [0] * 3 == [process.wait(LIMIT_S) for process in processes]

    lines, torn = [], []
    for file in lane.folder.glob("app.log*"):
        data = file.read_bytes()
        found, broken = parse(gzip.decompress(data) if file.suffix == ".gz" else data)
        lines += found
        torn += broken
    seen = Counter(tuple(line["id"]) for line in lines)
    assert (900, {1}, []) == (len(seen), set(seen.values()), torn)


def test_log_that_is_open_somewhere_is_not_compressed(lane: Lane) -> None:
    """What another process may still write to is compressed only when that has gone."""
    holder = lane.start(
        """
        use(log_file=FILE, rotation=Rotation(max_bytes=20_000))
        log.info("held")
        print("open", flush=True)
        sys.stdin.readline()
        """,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline()
    script = """
        use(log_file=FILE, rotation=Rotation(max_bytes=2_000, compress=True))
        for number in range(100): log.info("x", number=number)
        time.sleep(0.5)
    """
    other = Lane("fast", lane.folder)
    file = lane.folder / "other.py"
    file.write_text(Path(other.command(script)[1]).read_text("utf-8"), encoding="utf-8")
    subprocess.run([sys.executable, str(file)], env=other.environment, check=True, timeout=LIMIT_S)
    first = min(lane.folder.glob("app.log.*"))
    holder.communicate(b"go\n", timeout=LIMIT_S)
    subprocess.run([sys.executable, str(file)], env=other.environment, check=True, timeout=LIMIT_S)
    end = time.monotonic() + LIMIT_S
    while first.exists() and time.monotonic() < end:
        time.sleep(0.05)

    assert ("", False) == (first.suffix.partition("Z")[2], first.exists())
