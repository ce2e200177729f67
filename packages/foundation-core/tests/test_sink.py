"""Tests of files and standard streams as sinks, with real files, pipes and descriptors."""

from __future__ import annotations

import gc
import os
import stat
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posix_only import posix_only
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.files.inode import identify, read_tail
from provide.foundation._output.standard import StandardSink
from provide.foundation._process.ownership import _OWNED, _close_abandoned

INFO = 2


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Begin and end each test with no counts."""
    reset_for_testing()
    yield
    reset_for_testing()


@posix_only("files have no permission bits")
def test_file_is_made_private(tmp_path: Path) -> None:
    """A new file has mode 0640, whatever else the umask would allow."""
    before = os.umask(0)
    FileSink(str(tmp_path / "app.log"))
    os.umask(before)

    assert 0o640 == stat.S_IMODE((tmp_path / "app.log").stat().st_mode)


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    """A file in a folder that is not there cannot be opened, and says so."""
    with pytest.raises(FileNotFoundError):
        FileSink(str(tmp_path / "none" / "app.log"))


@posix_only("no named pipes among the files")
def test_pipe_without_a_reader_is_an_error(tmp_path: Path) -> None:
    """Opening a named pipe that nobody reads does not wait for a reader for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device"):
        FileSink(str(tmp_path / "pipe"))


@posix_only("no named pipes among the files")
def test_named_pipe_is_written(tmp_path: Path) -> None:
    """A named pipe gets the lines; its reader sees the end once the sink has gone."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    sink = FileSink(str(tmp_path / "pipe"))
    sink.deliver(INFO, b"one\n")
    sink.follow()
    sink.deliver(INFO, b"two\n")
    del sink
    gc.collect()

    assert (b"one\ntwo\n", b"") == (os.read(reader, 100), os.read(reader, 100))
    os.close(reader)


def test_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of folder does not move a log file that was given by a relative path."""
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    sink = FileSink("app.log")
    monkeypatch.chdir(tmp_path / "other")
    sink.follow()
    sink.deliver(INFO, b"x\n")

    assert ([], b"x\n") == (list((tmp_path / "other").iterdir()), Path("../app.log").read_bytes())


def test_rename_is_followed_under_the_same_number(tmp_path: Path) -> None:
    """After a rename lines go to a new file, through the descriptor that callers hold."""
    sink = FileSink(str(tmp_path / "app.log"))
    fd = sink.fd
    sink.deliver(INFO, b"one\n")
    (tmp_path / "app.log").rename(tmp_path / "old.log")
    sink.deliver(INFO, b"two\n")
    sink.follow()
    os.write(fd, b"three\n")

    assert (b"one\ntwo\n", b"three\n", False) == (
        (tmp_path / "old.log").read_bytes(),
        (tmp_path / "app.log").read_bytes(),
        os.get_inheritable(fd),
    )


@posix_only("no folder is renamed while a file in it is open")
def test_folder_that_is_gone_costs_no_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """While the file cannot be opened again, lines go on to the one that is open."""
    folder = tmp_path / "logs"
    folder.mkdir()
    sink = FileSink(str(folder / "app.log"))
    folder.rename(tmp_path / "moved")
    sink.follow()
    sink.deliver(INFO, b"x\n")

    assert (b"x\n", 1) == (
        (tmp_path / "moved" / "app.log").read_bytes(),
        capfd.readouterr().err.count("could not be opened again"),
    )


@posix_only("no folder of descriptors")
def test_following_leaves_no_descriptor_open(tmp_path: Path) -> None:
    """A hundred rotations and the end of the sink leave as many descriptors as before."""
    gc.collect()  # what earlier tests left
    before = len(os.listdir("/dev/fd"))
    sink = FileSink(str(tmp_path / "app.log"))
    for number in range(100):
        (tmp_path / "app.log").rename(tmp_path / f"{number}.log")
        sink.follow()
    del sink
    gc.collect()

    assert before == len(os.listdir("/dev/fd"))


def test_new_file_after_a_torn_line_begins_at_once(tmp_path: Path) -> None:
    """What was torn in the file before does not put an empty line into the new one."""
    (tmp_path / "app.log").write_bytes(b"torn")
    sink = FileSink(str(tmp_path / "app.log"))
    (tmp_path / "app.log").rename(tmp_path / "old.log")
    sink.follow()
    sink.deliver(INFO, b"x\n")

    assert b"x\n" == (tmp_path / "app.log").read_bytes()


def test_short_write_is_completed(tmp_path: Path) -> None:
    """What the kernel took in part is completed, where it stands at the end of the file."""
    sink = FileSink(str(tmp_path / "app.log"))
    os.write(sink.fd, b"he")
    sink.writer.recover(INFO, b"hello\n", 2)

    assert (b"hello\n", 1) == (
        (tmp_path / "app.log").read_bytes(),
        sink.counts.written[INFO].total(),
    )


def test_short_write_that_was_overtaken_is_written_anew(tmp_path: Path) -> None:
    """Where another process has written behind the torn line, the line comes again, whole."""
    sink = FileSink(str(tmp_path / "app.log"))
    os.write(sink.fd, b"he")
    os.write(sink.fd, b"other\n")
    sink.writer.recover(INFO, b"hello\n", 2)

    assert b"heother\nhello\n" == (tmp_path / "app.log").read_bytes()


def test_line_in_the_making_is_not_torn(tmp_path: Path) -> None:
    """A long line that another thread or process is writing is waited for, not closed off."""
    path = str(tmp_path / "app.log")
    sink = FileSink(path)
    line = b"x" * (1 << 20) + b"\n"
    thread = threading.Thread(target=lambda: [os.write(sink.fd, line) for _ in range(20)])
    thread.start()
    tails, at_rest = set(), dict[tuple[int, int], int]()
    while thread.is_alive():
        tails.add(read_tail(path, {identify(path)}, at_rest, 1))
    thread.join()

    assert set() == tails - {b"", b"\n", None}


@pytest.mark.skipif(sys.platform != "win32", reason="POSIX: a file goes with the last who holds it")
def test_reset_closes_the_file(each_lane: str, tmp_path: Path) -> None:
    """After a reset nothing of Foundation has the file open: Windows would refuse it to others."""
    configuration = LoggingConfig(log_file=str(tmp_path / "app.log"), capture_stdlib=False)
    setup_telemetry(TelemetryConfig(logging=configuration))
    get_logger("t").info("x")
    reset_for_testing()

    (tmp_path / "app.log").rename(tmp_path / "other.log")
    assert 1 == len((tmp_path / "other.log").read_bytes().splitlines())


def test_collector_may_run_while_abandoned_files_are_looked_for() -> None:
    """What the collector frees in the midst of the look is closed, and the look goes on."""
    gc.collect()  # what earlier tests left
    before = dict(_OWNED)
    kept = [_Owner() for _ in range(6_000)]  # more than Python keeps spare tuples for
    _own(kept)
    gc.collect()
    gc.disable()
    lost = [_Owner() for _ in range(10)]
    for owner in lost:
        owner.itself = owner
    _own(lost)
    del owner, lost
    thresholds = gc.get_threshold()
    gc.set_threshold(gc.get_count()[0] + 1_000)
    gc.enable()
    try:
        _close_abandoned()
    finally:
        gc.set_threshold(*thresholds)
        gc.collect()
        left = len(_OWNED) - len(before)
        for key in _OWNED.keys() - before.keys():
            del _OWNED[key]

    assert 6_000 == left


def _own(owners: list[_Owner]) -> None:
    for owner in owners:
        _OWNED[id(owner)] = weakref.ref(owner, _close_abandoned), [], lambda fd: True


class _Owner:
    itself: Any


def test_file_called_stderr_is_counted_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is called like a standard stream has counts of its own."""
    monkeypatch.chdir(tmp_path)

    assert FileSink("stderr").counts is not StandardSink("stderr").counts


def test_redirected_descriptor_is_looked_at_again(tmp_path: Path) -> None:
    """A stderr that becomes a file or a pipe is written accordingly, within a second."""
    sink = StandardSink("stderr")
    kept = os.dup(2)
    reader, writer = os.pipe()
    seen = []
    for target in (os.open(tmp_path / "x", os.O_WRONLY | os.O_CREAT), writer):
        os.dup2(target, 2)
        sink.follow()
        seen.append(sink.writer.atomic)
        os.close(target)
    os.dup2(kept, 2)
    os.close(kept)
    os.close(reader)

    assert [True, False] == seen
