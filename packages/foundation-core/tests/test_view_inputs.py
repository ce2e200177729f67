"""What the viewer reads: packed files, byte order marks, and files that are not what they seem."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import interpreters
from provide.foundation._view.inputs.decoding import BrokenFile, Packed, choose_decoder
from provide.foundation._view.inputs.source import Source, open_source

COMMAND = [sys.executable, "-m", "provide.foundation", "view"]
PATIENCE_S = 20.0
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX pipes, terminals and limits")


def line(**fields: Any) -> bytes:
    """Return a line of Foundation's own."""
    start = {"timestamp": "2026-11-23T14:10:00.123456Z", "level": "info", "logger": "app"}
    return json.dumps({**start, "event": "hit", **fields}).encode() + b"\n"


TEXT = b"".join(line(event=f"event_{number}", umlaut="ü") for number in range(5000))


def pack_zstd(data: bytes) -> bytes:
    """Return data packed by whatever packs zstd here."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.compress(data)
    done = subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True)
    return done.stdout


def view(*arguments: str | Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the view to its end."""
    return interpreters.run(
        [*COMMAND, *map(str, arguments)], input=data, capture_output=True, timeout=60, check=False
    )


def read(path: Path) -> bytes:
    """Return all lines of a file."""
    source = open_source(str(path))
    blocks = list(source.read())
    rest, problem = source.close()
    if problem is not None:
        raise problem
    return b"".join([*blocks, rest])


PACKED = {
    "plain": TEXT,
    "gzip": gzip.compress(TEXT),
    "gzip-members": gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]) + b"\0" * 512,
    "xz": lzma.compress(TEXT),
    "xz-streams": lzma.compress(TEXT[:1000]) + lzma.compress(TEXT[1000:]),
    "utf-8-mark": b"\xef\xbb\xbf" + TEXT,
    "utf-16-le": b"\xff\xfe" + TEXT.decode().encode("utf-16-le"),
    "utf-16-be": b"\xfe\xff" + TEXT.decode().encode("utf-16-be"),
    "gzip-marked": gzip.compress(TEXT, 1),
    "empty": b"",
}


@pytest.mark.parametrize("name", PACKED)
def test_file_is_unpacked(name: str, tmp_path: Path) -> None:
    """A file is unpacked as its first bytes say, whatever it is called."""
    path = tmp_path / "app.log"
    path.write_bytes(PACKED[name])

    assert (TEXT if name != "empty" else b"") == read(path)


@pytest.mark.skipif(
    sys.version_info < (3, 14) and not any(
        os.access(os.path.join(folder, "zstd"), os.X_OK) for folder in os.get_exec_path()
    ),
    reason="nothing here packs zstd",
)  # fmt: skip
def test_zstd(tmp_path: Path) -> None:
    """Zstd is unpacked where a module for it is there; elsewhere the message says what to do."""
    path = tmp_path / "app.log.zst"
    path.write_bytes(pack_zstd(TEXT) + pack_zstd(line()))
    try:
        import zstandard  # type: ignore[import-not-found, unused-ignore]  # noqa: F401

        has_module = True
    except ImportError:
        has_module = sys.version_info >= (3, 14)
    if has_module:
        assert TEXT + line() == read(path)
        return

    done = view(path)

    assert (1, b"") == (done.returncode, done.stdout)
    assert b"needs Python 3.14 or the package zstandard: use zstdcat FILE |" in done.stderr


@posix
@pytest.mark.parametrize("name", ["gzip", "xz", "utf-16-le", "utf-8-mark"])
def test_pieces_of_any_size(name: str) -> None:
    """A pipe that gives one byte after the other gives the same lines."""
    ours, theirs = os.pipe()
    source = Source(ours)
    data, got = PACKED[name][: 1 << 14], b""
    pieces = [data[at : at + 1] for at in range(20)] + [data[20:]]
    for piece in pieces:
        os.write(theirs, piece)
        os.set_blocking(ours, False)
        try:
            for block in source.read():
                got += block
        except BlockingIOError:
            continue
    os.close(theirs)
    got += b"".join(source.read()) + source.close()[0]

    *whole, _, _ = got.split(b"\n")

    assert 50 < len(whole)
    assert TEXT.startswith(b"\n".join(whole))


@pytest.mark.parametrize("name", ["gzip", "xz"])
@pytest.mark.parametrize("harm", ["cut", "damaged"])
def test_broken_file(name: str, harm: str, tmp_path: Path) -> None:
    """Of a packed file that is cut or damaged, what there is is shown, and the exit code is 1."""
    path = tmp_path / "app.log"
    data = bytearray(PACKED[name])
    if harm == "cut":
        del data[len(data) * 3 // 4 :]
    else:
        data[-6] ^= 0xFF  # of a checksum
    path.write_bytes(data)

    done = view(path)

    assert (1, True) == (done.returncode, b"event_0 " in done.stdout)
    said = b"ends in the middle" if harm == "cut" else b"is damaged"
    assert (said in done.stderr, 1) == (True, done.stderr.count(b"\n"))


@posix
def test_bomb_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """A packed file that holds 100 megabytes takes no more memory than others."""
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", 1) as file:
        for _ in range(100):
            file.write((b"x" * 1023 + b"\n") * 1024)

    import resource  # which Windows has not

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))

    done = interpreters.run(
        [*COMMAND, str(path), "-n", "1", "y=1"], capture_output=True, preexec_fn=limit, timeout=60,
        check=False,
    )  # fmt: skip

    assert (1, True) == (done.returncode, b"0 of 102,400 lines" in done.stderr)


def test_mark_needs_its_bytes() -> None:
    """What may still become a mark is waited for; at the end it is text."""
    assert choose_decoder(b"\x1f", ended=False) is None
    assert type(choose_decoder(b"\x1f\x8b\x08", ended=False)) is Packed
    assert type(choose_decoder(b"\x1f", ended=True)) is not Packed


def test_folder_and_missing_file(tmp_path: Path) -> None:
    """A folder and a missing file are told, the others are shown, and the exit code is 1."""
    path = tmp_path / "app.log"
    path.write_bytes(line())

    done = view(tmp_path, tmp_path / "missing.log", path)

    assert (1, 1) == (done.returncode, done.stdout.count(b" hit "))
    assert [b"Is a directory", b"No such file or directory"] == [
        row.rpartition(b": ")[2] for row in done.stderr.splitlines()
    ]


def shrink(path: Path, source: Source) -> Iterator[bytes]:
    """Yield what a source reads of a file that is emptied after the first read."""
    blocks = source.read()
    yield next(blocks)
    os.truncate(path, 10)
    yield from blocks


def test_file_that_shrinks_or_vanishes(tmp_path: Path) -> None:
    """A file that becomes shorter ends there; one that is removed is read to its end."""
    path = tmp_path / "app.log"
    path.write_bytes(TEXT)
    source = open_source(str(path))
    got = b"".join(shrink(path, source))
    rest, problem = source.close()

    assert (True, None) == (0 < len(got + rest) < len(TEXT), problem)

    path.write_bytes(TEXT)
    source = open_source(str(path))
    blocks = source.read()
    got = next(blocks)
    path.unlink()
    got += b"".join(blocks)
    source.close()

    assert got == TEXT


@posix
def test_screen_is_not_flooded(tmp_path: Path) -> None:
    """On a terminal, fields and foreign lines of megabytes are cut, and say by how much."""
    path = tmp_path / "app.log"
    path.write_bytes(line(big="x" * 8_000_000, many=list(range(9000))) + b"y" * 8_000_000 + b"\n")

    shown, full = on_terminal(path), on_terminal(path, "--full")

    assert ("x" * 400 + "…+7999600", "y" * 2000 + "…+7998000") == (
        next(part[4:] for part in shown.split() if part.startswith("big=")),
        shown.splitlines()[-1],
    )
    assert (True, True) == (len(shown) < 10_000, len(full) > 16_000_000)


@posix
def test_screen_names_its_clock(tmp_path: Path) -> None:
    """A terminal gets the local time, and is told so; with --utc, UTC, and is told so."""
    path = tmp_path / "app.log"
    path.write_bytes(line())

    local, utc = on_terminal(path).splitlines(), on_terminal(path, "--utc").splitlines()

    assert ("── Mon 23 Nov 2026 · NPT ──", "19:55:00.123 INFO  app") == (
        local[0][:27],
        local[1][:22],
    )
    assert ("── Mon 23 Nov 2026 · UTC ──", "14:10:00.123 INFO  app") == (utc[0][:27], utc[1][:22])


def on_terminal(path: Path, *options: str) -> str:
    """Return what the view shows of a file on a terminal, in Kathmandu."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "TZ": "NPT-5:45", "TERM": "xterm", "NO_COLOR": "1"}
    process = interpreters.Popen(
        [*COMMAND, str(path), *options], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = io.BytesIO()
    while select.select([ours], [], [], PATIENCE_S)[0]:
        try:
            chunk = os.read(ours, 1 << 16)
        except OSError:  # the other end is closed
            break
        shown.write(chunk)
    os.close(ours)
    assert 0 == process.wait(timeout=PATIENCE_S)
    return shown.getvalue().decode().replace("\r\n", "\n")


def test_broken_file_is_an_os_error() -> None:
    """What is wrong with a packed file is told as what is wrong with any other."""
    assert "is damaged" == BrokenFile("is damaged").strerror
