"""`foundation live`: who may see the page, and which lines it gets. test_live_page opens it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import interpreters
from live_process import LIMIT_S, Live, live
from provide.foundation._live.describing import describe
from provide.foundation._live.ring import Ring
from provide.foundation._view.dialects.reader import Reader


def write(path: Path, *events: str) -> None:
    """Append lines of Foundation's."""
    with path.open("a", encoding="utf-8") as file:
        for event in events:
            line = {"timestamp": "2026-11-29T10:00:00.000001Z", "level": "info", "event": event}
            file.write(json.dumps(line) + "\n")


def collect(stream: Iterator[dict[str, Any]], number: int) -> list[str]:
    """Return the events of so many lines."""
    found: list[str] = []
    while len(found) < number:
        found += [line["e"] for line in next(stream)["lines"]]
    return found


# Who may see the page


def test_token_counts_once(tmp_path: Path) -> None:
    """The first who opens an address gets a cookie; the terminal shows another address."""
    write(tmp_path / "app.log", "one")
    with live(str(tmp_path / "app.log")) as served:
        cookie = served.enter()
        again, _, reason = served.ask(f"/?token={served.token}")
        other = served.next_address()
        page, headers, body = served.ask("/", Cookie=cookie)

    assert (403, 200) == (again, page)
    assert "used" in reason
    assert other.startswith(f"http://127.0.0.1:{served.port}/?token=")
    assert other != served.address
    nonce = re.search(r"script-src 'nonce-([\w-]{16,})'", headers["content-security-policy"])
    assert nonce is not None
    assert f'<script nonce="{nonce[1]}">' in body
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/events", "/line?number=1", "/?token=x", "/other"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"Cookie": "foundation_live_1=x"}, {"Cookie": "a=\x01;;;"}],
    ids=["nothing", "wrong", "broken"],
)
def test_nobody_sees_it_without_the_cookie(
    path: str, headers: dict[str, str], served_once: Live
) -> None:
    """Without a token that counts, or its cookie, every path is forbidden."""
    status, _, body = served_once.ask(path, **headers)

    assert 403 == status
    assert "one" not in body


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:1"},
        {"Host": ""},
    ],
    ids=["origin", "null", "rebound", "port", "none"],
)
@pytest.mark.parametrize("path", ["/", "/events", "/line?number=1", "/?token=TOKEN"])
def test_other_sites_get_nothing(path: str, headers: dict[str, str], tmp_path: Path) -> None:
    """A request that another site sent, or that came by another name, counts for nothing."""
    write(tmp_path / "app.log", "one")
    with live(str(tmp_path / "app.log")) as served:
        path = path.replace("TOKEN", served.token)
        cookie = "" if "token" in path else served.enter()
        status, found, _ = served.ask(path, Cookie=cookie, **headers)
        after = cookie or served.enter()

    assert 403 == status
    assert "set-cookie" not in found
    assert after.startswith("foundation_live_")


def test_it_listens_on_this_machine_only(served_once: Live) -> None:
    """The address is 127.0.0.1, and only GET is known."""
    methods = [served_once.ask("/", method)[0] for method in ("POST", "PUT", "OPTIONS", "HEAD")]

    assert [501] * 4 == methods


@pytest.fixture(scope="module")
def served_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serve one file for several tests that change nothing."""
    path = tmp_path_factory.mktemp("live") / "app.log"
    write(path, "one")
    with live(str(path)) as served:
        yield served


# What it gets


def test_lines_come_as_they_are_written(tmp_path: Path) -> None:
    """The page gets what the file has, and what is added, also behind a rotation."""
    path = tmp_path / "app.log"
    write(path, "one", "two")
    with live(str(path)) as served:
        stream = served.events(served.enter())
        first = collect(stream, 2)
        write(path, "three")
        more = collect(stream, 1)
        path.rename(tmp_path / "app.log.1")
        write(path, "four")
        rotated = collect(stream, 1)

    assert (["one", "two"], ["three"], ["four"]) == (first, more, rotated)


def test_stream_goes_on_where_it_was(tmp_path: Path) -> None:
    """A browser that comes back says the last number that it had, and gets what is behind it."""
    path = tmp_path / "app.log"
    write(path, *(f"event {number}" for number in range(5_000)))
    with live(str(path)) as served:
        cookie = served.enter()
        first = next(served.events(cookie))
        rest = collect(served.events(cookie, first["last"]), 5_000 - len(first["lines"]))
        line = served.ask("/line?number=7", Cookie=cookie)
        missing = [
            served.ask(f"/line?number={text}", Cookie=cookie)[0] for text in ("0", "5001", "x")
        ]

    assert 1 == first["first"]
    assert f"event {first['last']}" == rest[0]
    assert "event 4999" == rest[-1]
    assert "event 6" == json.loads(line[2])["event"]
    assert [404] * 3 == missing


def test_only_the_last_lines_are_kept(tmp_path: Path) -> None:
    """`--lines` bounds what is kept, and the first line of all is not read again."""
    write(tmp_path / "app.log", *(f"event {number}" for number in range(100)))
    with live(str(tmp_path / "app.log"), "--lines", "10") as served:
        found = collect(served.events(served.enter()), 10)

    assert [f"event {number}" for number in range(90, 100)] == found


def test_several_sources_say_which(tmp_path: Path) -> None:
    """Lines of several files come in the order of time, each with its file; a pipe is one, too."""
    write(tmp_path / "a.log", "one")
    write(tmp_path / "b.log", "two")
    files = (str(tmp_path / "a.log"), str(tmp_path / "b.log"))
    with live(*files, "-", stdin=subprocess.PIPE) as served:
        assert served.process.stdin is not None
        served.process.stdin.write("plain text\n")
        served.process.stdin.flush()
        stream = served.events(served.enter())
        found: dict[str, str] = {}
        while len(found) < 3:
            found |= {line["e"]: line["o"] for line in next(stream)["lines"]}

    assert {"one": "a.log", "two": "b.log", "plain text": "-"} == found


# Bad input


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A file that is not there, or a folder, is said, and with nothing to read it ends with 1."""
    command = [
        sys.executable,
        "-m",
        "provide.foundation",
        "live",
        str(tmp_path / "no"),
        str(tmp_path),
    ]
    done = interpreters.run(command, capture_output=True, text=True, timeout=LIMIT_S)

    assert 1 == done.returncode
    assert "No such file" in done.stderr
    assert "directory" in done.stderr.lower()


@pytest.mark.parametrize("option", ["--port=x", "--port=70000", "--lines=0", "--lines=60000", "-z"])
def test_wrong_option_is_an_error(option: str) -> None:
    """A wrong option is said in one line, with exit code 2."""
    command = [sys.executable, "-m", "provide.foundation", "live", option]
    done = interpreters.run(command, capture_output=True, text=True, timeout=LIMIT_S, input="")

    assert (2, 1) == (done.returncode, done.stderr.count("\n"))


def test_help_fits_a_screen() -> None:
    """The help has at most 24 rows of 80 columns."""
    command = [sys.executable, "-m", "provide.foundation", "live", "--help"]
    rows = interpreters.run(command, capture_output=True, text=True).stdout.splitlines()

    assert 24 >= len(rows) > 5
    assert 80 >= max(map(len, rows))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00half \xe2\x82",
        b'{"timestamp": "2026-11-29T10:00:00.000001Z", "level": "info", "event": "\\ud800"}',
        b'{"level": "info", "event": "x", "n": 123456789012345678901234567890, "f": 1e999}',
        b'{"level": "info", "event": "x", "a": ' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"level": "error", "event": "' + b"y" * 9_000_000 + b'"}',
        b'{"level": "info", "event": "x", "constructor": {"__proto__": 1}}',
    ],
    ids=["empty", "half", "surrogate", "numbers", "deep", "long", "prototype"],
)
def test_any_line_is_json_of_bounded_size(raw: bytes) -> None:
    """Whatever a line holds, the page gets JSON of at most 200 KB for it."""
    for entry in Reader().read(raw):
        described = describe(entry, "")

        assert "e" in json.loads(described)
        assert len(described) < 200_000


def test_ring_is_bounded_in_lines_and_bytes() -> None:
    """The oldest lines go; whoever asks for them gets those that are there."""
    ring = Ring(most_lines=10, most_bytes=1_000)
    ring.add((b"%d" % number, b"") for number in range(100))
    few = ring.after(0, 5)
    ring.add([(b"x" * 600, b""), (b"y" * 600, b"")])

    assert (91, [b"90", b"91", b"92", b"93", b"94"]) == few
    assert (102, [b"y" * 600]) == ring.after(0, 5)
    assert (None, b"") == (ring.find(101), ring.find(102))
    assert (102, [b"y" * 600]) == ring.after(10**9, 5)
