"""`PROVIDE_LOG_LIVE`: a program serves the page of its own lines, and none where it is not set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from live_process import Live
from provide.foundation._live.program import MOST_WAITING, Handover, make_raw

#: Logs what standard input asks for, line by line, so that a test says when.
PROGRAM = """
import os, sys
from provide.foundation import configure, describe, get_logger, setup_telemetry
log = get_logger("app")
if "set-up" in sys.argv:
    setup_telemetry()
for row in sys.stdin:
    word, _, rest = row.strip().partition(" ")
    if word == "info":
        log.info(rest, n=1, password="secret")
    elif word == "fail":
        try:
            raise ValueError(rest)
        except ValueError:
            log.exception("failed")
    elif word == "again":
        configure(live=True, output=os.environ["PROVIDE_LOG_FILE"], format="json")
    elif word == "fork":
        child = os.fork()
        if child == 0:
            log.info("of the child")
            here = [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")
                    if os.path.exists(f"/proc/self/fd/{each}")]
            listening = [row.split()[9] for row in open("/proc/self/net/tcp") if " 0A " in row]
            os._exit(any(f"socket:[{each}]" in here for each in listening))
        log.info("child", code=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@contextmanager
def serve(tmp_path: Path, *arguments: str, **variables: str) -> Iterator[Live]:
    """Start the program, and end it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PROVIDE_")}
    settings = {"PROVIDE_LOG_LIVE": "1", "PROVIDE_LOG_FILE": str(tmp_path / "app.log")}
    process = subprocess.Popen(
        # From 3.12 on Python warns of each fork beside threads.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM, *arguments],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**kept, **settings, **variables},
    )  # fmt: skip
    with process:
        try:
            ask(process, "info first")
            yield Live(process)
        finally:
            process.kill()


def ask(process: subprocess.Popen[str], *rows: str) -> None:
    """Have the program do something."""
    assert process.stdin is not None
    process.stdin.write("".join(f"{row}\n" for row in rows))
    process.stdin.flush()


def collect(stream: Iterator[dict[str, Any]], last: str) -> list[dict[str, Any]]:
    """Return the lines of the page up to the one with an event."""
    found: list[dict[str, Any]] = []
    while not any(line["e"] == last for line in found):
        found += next(stream)["lines"]
    return found


@pytest.mark.parametrize("form", ["json", "key_value"])
@pytest.mark.parametrize("start", ["set-up", "first line"])
def test_program_serves_its_lines(form: str, start: str, tmp_path: Path) -> None:
    """Lines are on the page with their parts, secrets masked, and copied as JSON."""
    with serve(tmp_path, start, PROVIDE_LOG_CONSOLE_FORMATTER=form) as served:
        cookie = served.enter()
        ask(served.process, "fail now", "info last")
        lines = collect(served.events(cookie), "last")
        _, _, raw = served.ask("/line?number=2", Cookie=cookie)
        refused, _, _ = served.ask("/events")

    assert [("first", "info"), ("failed", "error"), ("last", "info")] == [
        (line["e"], line["l"]) for line in lines
    ]
    assert {"n": 1, "password": "***"} == lines[0]["f"]
    assert ("app", True) == (lines[1]["n"], "ValueError: now" in lines[1]["x"])
    assert ("failed", 403) == (json.loads(raw)["event"], refused)
    assert 3 == (tmp_path / "app.log").read_bytes().count(b"app")


def test_page_outlives_another_set_up(tmp_path: Path) -> None:
    """A later set-up goes on with the same page, at the same address."""
    with serve(tmp_path, "set-up") as served:
        cookie = served.enter()
        ask(served.process, "again", "info second", "again", "info third")
        lines = collect(served.events(cookie), "third")

    assert ["first", "second", "third"] == [line["e"] for line in lines]


def test_program_ends_while_the_page_is_open(tmp_path: Path) -> None:
    """An open page does not hold up the end of the program."""
    with serve(tmp_path, "set-up") as served:
        stream = served.events(served.enter())
        collect(stream, "first")
        assert served.process.stdin is not None
        served.process.stdin.close()

        assert 0 == served.process.wait(30)


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for sockets in /proc")
def test_forked_child_has_no_page(tmp_path: Path) -> None:
    """A forked child hands no lines over and does not hold the port; its parent goes on."""
    with serve(tmp_path, "set-up") as served:
        cookie = served.enter()
        ask(served.process, "fork")
        lines = collect(served.events(cookie), "child")

    assert [("first", None), ("child", 0)] == [(line["e"], line["f"].get("code")) for line in lines]


def test_nothing_is_imported_where_it_is_not_set() -> None:
    """Without the variable neither the page, nor a server, nor a thread is there."""
    code = (
        "import sys, threading\n"
        "from provide.foundation import get_logger, setup_telemetry\n"
        "setup_telemetry()\n"
        "get_logger('app').info('e')\n"
        "print([each for each in sys.modules if '_live' in each or each == 'http.server'],"
        " threading.active_count())"
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PROVIDE_")}

    done = subprocess.run(
        [sys.executable, "-c", code], env=kept, capture_output=True, text=True, check=True
    )

    assert "[] 1\n" == done.stdout


def test_queue_is_bounded_and_counts() -> None:
    """What log calls hand over faster than it is fetched falls out, and is counted once."""
    handover = Handover()
    for number in range(MOST_WAITING + 10):
        handover.export_line(20, b"%d\n" % number)

    lines, lost = handover.fetch()

    assert (MOST_WAITING, 10, b"10") == (len(lines), lost, make_raw(lines[0]))
    assert ([], 0) == handover.fetch()
