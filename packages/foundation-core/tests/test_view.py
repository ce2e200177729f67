"""Tests of the command line, with real processes, files, pipes and a pseudo-terminal."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import interpreters
from provide.foundation._record.record import Record
from provide.foundation._record.values import DEFAULT_LIMITS
from provide.foundation._render.console import render_terminal
from provide.foundation._render.json import render_json
from provide.foundation._view.dialects.moments import read_moment
from provide.foundation._view.dialects.reader import Reader
from provide.foundation._view.inputs.lines import LineBuffer
from provide.foundation._view.shape import Shape
from provide.foundation.levels import ERROR, INFO

COMMAND = [sys.executable, "-m", "provide.foundation"]
CODE = re.compile(rb"\x1b\[[0-9;]*m")
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
PATIENCE_S = 20.0

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and terminals")


def write_record(**fields: Any) -> bytes:
    """Return a line of schema 1, as any JSON encoder could write it."""
    record = {"timestamp": "2026-11-23T14:10:00.123456Z", "level": "info", "logger": "app"}
    return json.dumps({**record, "event": "user_login", **fields}).encode() + b"\n"


def environment(**variables: str) -> dict[str, str]:
    """Return the environment without what steers colours, and with these variables."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    return {**kept, "TERM": "xterm", **variables}


def view(
    *arguments: str, data: bytes = b"", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the view to its end."""
    return interpreters.run(
        [*COMMAND, "view", *arguments],
        input=data,
        capture_output=True,
        env=environment(**variables),
        timeout=60,
        check=False,
    )


def show(raw: bytes, *, colors: bool = False) -> bytes:
    """Return the view of one line."""
    return b"".join(Shape(colors=colors).show(entry) for entry in Reader().read(raw))


def events(shown: bytes) -> list[str]:
    """Return the event of each line that the view has shown."""
    return [row[33:].split()[0] for row in shown.decode().splitlines()]


class Collector:
    """Collect what a process writes, as it comes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.data = b""
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        assert self.process.stdout is not None
        while chunk := os.read(self.process.stdout.fileno(), 65536):
            self.data += chunk

    def wait_for(self, event: str) -> bool:
        """Tell whether an event has come, waiting for it."""
        return wait_until(lambda: event.encode() in self.data)


def wait_until(condition: Callable[[], bool]) -> bool:
    """Tell whether a condition has come true, waiting for it."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def viewing(*arguments: str, stdin: int | IO[bytes] | None = None) -> Iterator[Collector]:
    """Run the view in the background, and end it."""
    with interpreters.Popen(
        [*COMMAND, "view", *arguments],
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        try:
            yield Collector(process)
        finally:
            process.kill()


def append(path: Path, data: bytes) -> None:
    """Append to a file with one write."""
    with path.open("ab", buffering=0) as file:
        file.write(data)


def test_line_is_shown_as_the_terminal_renderer_shows_it(tmp_path: Path) -> None:
    """Each part of a JSON line is shown just as the line itself would have been."""
    path = tmp_path / "app.log"
    exception = {
        "type": "ValueError",
        "message": "no",
        "frames": [{"file": "a.py", "line": 1, "function": "f"}],
    }
    trace = {"trace_id": "4bf9", "span_id": "00f0", "trace_flags": "01"}
    callsite = {"file": "a.py", "line": 1, "function": "f"}
    path.write_bytes(
        write_record(
            level="error",
            service="shop",
            user_id=7,
            tags=["a", {"b": None}],
            emoji="🔑",
            **trace,
            exception=exception,
            stack="Stack",
            callsite=callsite,
        )
    )
    line = Record(
        ERROR,
        "app",
        "user_login",
        {"user_id": 7, "tags": ["a", {"b": None}]},
        seconds=1795443000.1234565,
        constants={"service": "shop"},
        emoji="🔑",
        trace=trace,
        exception=exception,
        stack="Stack",
        callsite=callsite,
    )

    got = view(str(path), "--color", "always")

    assert (0, render_terminal(line, colors=True), b"") == (
        got.returncode,
        got.stdout,
        got.stderr,
    )


def test_text_of_an_exception_is_shown_alone(tmp_path: Path) -> None:
    """Of a line that has an exception as object and as text, the text is shown."""
    path = tmp_path / "app.log"
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nE: no'
    path.write_bytes(write_record(level="error", exception={"type": "E"}, stack_trace=text))

    shown = view(str(path)).stdout.decode()

    assert shown.partition("\n")[2] == textwrap.indent(f"{text}\n", "    ")


@pytest.mark.parametrize("arguments", [[], ["-"]], ids=["no-file", "dash"])
def test_stdin(arguments: list[str]) -> None:
    """Without a file, or for -, standard input is shown, its last line without an end too."""
    assert ["one", "two"] == events(
        view(*arguments, data=write_record(event="one") + write_record(event="two")[:-1]).stdout
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b"Started server", "Started server", id="text"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"  indented \r", "  indented ", id="carriage-return-at-the-end"),
        pytest.param(b"a\rb\x1b[2J\tc\x00", "a\\rb\\x1b[2J\\tc\\x00", id="controls"),
        pytest.param("a\u202eb\u2028c".encode(), "a\\u202eb\\u2028c", id="bidi"),
        pytest.param(b"\xff\xfe", "\\xff\\xfe", id="no-utf-8"),
        pytest.param(b'{"level":"info"}', '{"level":"info"}', id="no-event"),
        pytest.param(b'{"event":"x"}', '{"event":"x"}', id="no-level"),
        pytest.param(b'{"event":"x","level":7}', '{"event":"x","level":7}', id="odd-level"),
        pytest.param(b'{"event":7,"level":"info"}', '{"event":7,"level":"info"}', id="odd-event"),
        pytest.param(b'{"event":"x","level"', '{"event":"x","level"', id="torn"),
        pytest.param(b'["event"]', '["event"]', id="list"),
    ],
)
def test_foreign_line(raw: bytes, expected: str) -> None:
    """What is not one of our lines is shown as it is, its control characters escaped."""
    assert expected + "\n" == show(raw).decode()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"timestamp": 7}, "info     x [app] timestamp_=7", id="timestamp"),
        pytest.param({"timestamp": "now"}, "info     x [app] timestamp_=now", id="moment"),
        pytest.param({"service": {"a": 1}}, 'info     x [app] service_={"a":1}', id="service"),
        pytest.param({"trace_id": 7}, "info     x [app] trace_id_=7", id="trace"),
        pytest.param({"exception": [7]}, "info     x [app] exception_=[7]", id="exception"),
        pytest.param({"stack": 7}, "info     x [app] stack_=7", id="stack"),
        pytest.param({"level": "WARN"}, "warning  x [app]", id="level-in-capitals"),
    ],
)
def test_part_of_another_type_is_a_field(fields: dict[str, Any], expected: str) -> None:
    """A part that is not of the schema's type is a field, under the name that such a field has."""
    record = {"level": "info", "logger": "app", "event": "x", **fields}

    shown = show(json.dumps(record).encode()).decode()

    assert expected == re.sub(" {20,}", " ", shown).rstrip()


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        pytest.param("2026-11-23T14:10:00.123456Z", 1795443000123456, id="utc"),
        pytest.param("2026-11-23T15:10:00.123456+01:00", 1795443000123456, id="zone"),
        pytest.param("1969-12-31T23:59:59.999999Z", -1, id="before-the-epoch"),
        pytest.param("23/11/2026 14:10:00 GMT", None, id="other"),
    ],
)
def test_read_moment(text: str, micros: int | None) -> None:
    """A timestamp with a zone is read to the microsecond, any other not at all."""
    seconds = read_moment(text)

    assert micros == (None if seconds is None else int(seconds * 1_000_000 // 1))


FILTERED = write_record(
    event="hit",
    level="warning",
    user_id=7,
    ok=True,
    none=None,
    ms=1.50,
    text="a=b c",
    request={"method": "GET", "tags": ["a", "b"]},
    **{"http.route": "/x"},
)


@pytest.mark.parametrize(
    ("wanted", "hits"),
    [
        pytest.param("user_id=7", 1, id="int"),
        pytest.param("user_id=8", 0, id="other-int"),
        pytest.param("ok=true", 1, id="true"),
        pytest.param("none=null", 1, id="null"),
        pytest.param("ms=1.5", 1, id="float"),
        pytest.param("ms=x", 0, id="no-float"),
        pytest.param("text=a=b c", 1, id="equals-in-the-value"),
        pytest.param("request.method=GET", 1, id="dotted"),
        pytest.param("request.tags.1=b", 1, id="list"),
        pytest.param("request.tags.2=b", 0, id="past-the-list"),
        pytest.param('request.tags=["a","b"]', 1, id="json"),
        pytest.param("http.route=/x", 1, id="dot-in-the-name"),
        pytest.param("request.method.x=GET", 0, id="into-a-scalar"),
        pytest.param("missing=", 0, id="missing"),
        pytest.param("event=hit", 1, id="event"),
        pytest.param("logger=app", 1, id="logger"),
    ],
)
def test_filter(wanted: str, hits: int) -> None:
    """A filter compares the text of a value, reached by its dotted key."""
    assert ["hit"] * hits == events(view(wanted, data=FILTERED + b"foreign x=1\n").stdout)


def test_filters_must_all_hold() -> None:
    """Filters, options and the file may come in any order, and every filter must hold."""
    data = FILTERED + write_record(event="miss", user_id=7)

    got = view("user_id=7", "--level", "info", "-", "ok=true", data=data)

    assert (0, ["hit"]) == (got.returncode, events(got.stdout))


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param("debug", ["debug", "info", "warning", "error"], id="debug"),
        pytest.param("WARN", ["warning", "error"], id="warn"),
        pytest.param("40", ["error"], id="number"),
        pytest.param("critical", [], id="critical"),
    ],
)
def test_level(level: str, expected: list[str]) -> None:
    """A level leaves out the lines below it, and those that have none."""
    names = ["trace", "debug", "info", "warning", "error"]
    data = b"foreign\n" + b"".join(write_record(event=name, level=name) for name in names)

    assert expected == events(view("--level", level, data=data).stdout)


def test_file_with_equals_in_its_name(tmp_path: Path) -> None:
    """An existing file is a file, even where its name looks like a filter."""
    path = tmp_path / "a=b.log"
    path.write_bytes(write_record(event="x"))

    assert ["x"] == events(view(str(path)).stdout)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["view", "--what"], "unrecognized arguments: --what", id="option"),
        pytest.param(["view", "--level", "loud"], "'loud' is no level", id="level"),
        pytest.param(["view", "--level", "99"], "'99' is no level", id="level-number"),
        pytest.param(["view", "--color", "blue"], "invalid choice: 'blue'", id="colour"),
        pytest.param(["what"], "invalid choice: 'what'", id="command"),
        pytest.param([], "the following arguments are required: command", id="nothing"),
    ],
)
def test_what_cannot_be_understood_exits_2(arguments: list[str], expected: str) -> None:
    """A wrong command line gives its usage and what is wrong, and exit code 2."""
    got = interpreters.run([*COMMAND, *arguments], capture_output=True, timeout=60, check=False)
    text = got.stderr.decode()

    assert (2, True, True, b"") == (
        got.returncode,
        text.startswith(
            ("usage: python -m provide.foundation", "python -m provide.foundation view: ")
        ),
        expected in text,
        got.stdout,
    )


@pytest.mark.parametrize("options", [[], ["-f"]], ids=["once", "follow"])
def test_missing_file_exits_1(options: list[str], tmp_path: Path) -> None:
    """A file that is not there is named, with the reason, and nothing else."""
    path = str(tmp_path / "none.log")

    got = view(path, *options)

    assert (1, f"python -m provide.foundation view: {path}: No such file or directory\n") == (
        got.returncode,
        got.stderr.decode(),
    )


def test_folder_exits_1(tmp_path: Path) -> None:
    """A folder is no file."""
    got = view(str(tmp_path))

    assert (1, True) == (got.returncode, got.stderr.endswith(b": Is a directory\n"))


def test_version() -> None:
    """The version is that of the distribution."""
    got = interpreters.run([*COMMAND, "--version"], capture_output=True, timeout=60, check=True)

    assert None is not re.fullmatch(rb"foundation-core \d+\.\d+\.\d+\S*\n", got.stdout)


@pytest.mark.parametrize(
    ("choice", "variables", "expected"),
    [
        pytest.param("auto", {}, False, id="auto"),
        pytest.param("auto", {"FORCE_COLOR": "1"}, True, id="forced"),
        pytest.param("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="no-over-force"),
        pytest.param("auto", {"FORCE_COLOR": "1", "NO_COLOR": ""}, True, id="empty-no"),
        pytest.param("always", {"NO_COLOR": "1"}, True, id="always"),
        pytest.param("never", {"FORCE_COLOR": "1"}, False, id="never"),
    ],
)
def test_colour_into_a_pipe(choice: str, variables: dict[str, str], expected: bool) -> None:
    """Into a pipe there are colours only where they are asked for."""
    got = view("--color", choice, data=write_record(), **variables)

    assert expected is (b"\x1b[" in got.stdout)


@posix
@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({}, True, id="terminal"),
        pytest.param({"NO_COLOR": "1"}, False, id="no-color"),
        pytest.param({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, id="no-over-force"),
        pytest.param({"TERM": "dumb"}, False, id="dumb"),
    ],
)
def test_colour_on_a_terminal(variables: dict[str, str], expected: bool) -> None:
    """On a terminal there are colours unless they are not wanted."""
    ours, theirs = os.openpty()
    with interpreters.Popen(
        [*COMMAND, "view"],
        stdin=subprocess.PIPE,
        stdout=theirs,
        env=environment(**variables),
    ) as process:
        os.close(theirs)
        process.communicate(write_record(), timeout=60)
        shown = os.read(ours, 65536)
    os.close(ours)

    assert (0, expected, True) == (process.returncode, b"\x1b[" in shown, b"user_login" in shown)


def test_stdin_is_shown_as_it_comes() -> None:
    """A line from a pipe is shown at once, not when the pipe ends."""
    with viewing(stdin=subprocess.PIPE) as reader:
        assert reader.process.stdin is not None
        reader.process.stdin.write(write_record(event="at_once"))
        reader.process.stdin.flush()

        assert reader.wait_for("at_once")


def test_follow_growing_file(tmp_path: Path) -> None:
    """What is appended is shown, a line once it has its end."""
    path = tmp_path / "app.log"
    path.write_bytes(write_record(event="one"))
    with viewing("-f", str(path)) as reader:
        assert reader.wait_for("one")
        whole = write_record(event="two")
        append(path, whole[:40])
        time.sleep(0.5)
        append(path, whole[40:] + write_record(event="three"))
        assert reader.wait_for("three")

        assert ["one", "two", "three"] == events(reader.data)


@posix
def test_follow_renamed_file(tmp_path: Path) -> None:
    """After rename and create no line is lost, those written to the old file by then included."""
    path = tmp_path / "app.log"
    path.write_bytes(write_record(event="one"))
    with viewing("-f", str(path)) as reader:
        assert reader.wait_for("one")
        path.rename(tmp_path / "app.log.1")
        append(tmp_path / "app.log.1", write_record(event="two"))
        append(path, write_record(event="three"))
        assert reader.wait_for("three")
        append(tmp_path / "app.log.1", write_record(event="late"))
        append(path, write_record(event="four"))
        assert reader.wait_for("late")
        assert reader.wait_for("four")

        assert ["four", "late", "one", "three", "two"] == sorted(events(reader.data))


@posix
def test_follow_many_renames(tmp_path: Path) -> None:
    """A file that is rotated over and over while it is written loses nothing, in order."""
    path = tmp_path / "app.log"
    path.touch()
    names = [f"event_{n}" for n in range(40)]
    with viewing("-f", str(path)) as reader:
        for n, name in enumerate(names):
            append(path, write_record(event=name))
            if n % 10 == 9:
                assert reader.wait_for(name)
                path.rename(tmp_path / f"app.log.{n}")
        assert reader.wait_for(names[-1])

        assert names == events(reader.data)


@posix
def test_follow_truncated_file(tmp_path: Path) -> None:
    """After copytruncate the file is read from its beginning."""
    path = tmp_path / "app.log"
    path.write_bytes(write_record(event="one") * 3)
    with viewing("-f", str(path)) as reader:
        assert wait_until(lambda: reader.data.count(b"one") == 3)
        os.truncate(path, 0)
        append(path, write_record(event="two"))
        assert reader.wait_for("two")

        assert ["one", "one", "one", "two"] == events(reader.data)


@posix
def test_follow_ends_when_nobody_reads(tmp_path: Path) -> None:
    """Following ends quietly with its reader, without waiting for another line."""
    path = tmp_path / "app.log"
    path.write_bytes(write_record())
    process = interpreters.Popen(
        [*COMMAND, "view", "-f", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    os.read(process.stdout.fileno(), 10)
    process.stdout.close()

    with process.stderr:
        assert (b"", 0) == (process.stderr.read(), process.wait(timeout=PATIENCE_S))


@posix
def test_closed_pipe_is_quiet(tmp_path: Path) -> None:
    """`| head` ends the view without a word."""
    path = tmp_path / "app.log"
    path.write_bytes(write_record() * 20_000)
    command = f"'{sys.executable}' -m provide.foundation view '{path}' | head -n 2; "

    got = subprocess.run(
        ["bash", "-c", command + 'exit "${PIPESTATUS[0]}"'],
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (0, 2, b"") == (got.returncode, got.stdout.count(b"\n"), got.stderr)


@posix
def test_ctrl_c_exits_130(tmp_path: Path) -> None:
    """Ctrl-C ends following with exit code 130 and no traceback."""
    path = tmp_path / "app.log"
    path.write_bytes(write_record(event="one"))
    with viewing("-f", str(path)) as reader:
        assert reader.wait_for("one")
        reader.process.send_signal(signal.SIGINT)
        assert reader.process.stderr is not None

        assert (b"", 130) == (
            reader.process.stderr.read(),
            reader.process.wait(timeout=PATIENCE_S),
        )


@posix
def test_slow_non_blocking_reader_gets_everything(tmp_path: Path) -> None:
    """Where stdout is non-blocking, the view waits for its reader and loses nothing."""
    path = tmp_path / "app.log"
    path.write_bytes(write_record() * 5_000)
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    process = interpreters.Popen([*COMMAND, "view", str(path)], stdout=theirs)
    os.close(theirs)
    time.sleep(0.5)
    with os.fdopen(ours, "rb") as reader:
        got = reader.read()

    assert (0, 5_000) == (process.wait(timeout=PATIENCE_S), got.count(b"\n"))


HOSTILE = {
    "binary": bytes(range(256)) * 500,
    "deep-lists": b'{"event":"x","level":"info","a":' + b"[" * 100_000,
    "deep-closed": b'{"event":"x","level":"info","a":' + b"[" * 900 + b"]" * 900 + b"}",
    "deep-objects": b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
    "deep-causes": b'{"event":"x","level":"info","exception":'
    + b'{"type":"E","message":"m","cause":' * 900
    + b"null"
    + b"}" * 901,
    "odd-exception": b'{"event":"x","level":"error","exception":{"frames":7,"cause":[1]}}',
    "odd-frames": b'{"event":"x","level":"error","exception":{"type":null,"frames":[1,null]}}',
    "odd-members": b'{"event":"x","level":"error","exception":{"exceptions":{"a":1}}}',
    "many-keys": json.dumps(
        {"event": "x", "level": "info", **{f"k{n}": n for n in range(50_000)}}
    ).encode(),
    "long-string": b'{"event":"' + b"x" * 5_000_000 + b'","level":"info"}',
    "long-line": b"x" * 40_000_000,
    "long-number": b'{"event":"x","level":"info","n":' + b"9" * 100_000 + b"}",
    "newlines": b"\n" * 100_000,
    "no-end": b'{"event":"x',
}


@pytest.mark.parametrize("options", [[], ["a.0.b=7"]], ids=["all", "filtered"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_line(name: str, options: list[str], tmp_path: Path) -> None:
    """Whatever a file holds, the view ends in time, without a word, and shows what follows."""
    path = tmp_path / "app.log"
    path.write_bytes(HOSTILE[name] + b"\n" + write_record(event="after", a=[{"b": 7}]))

    got = view(str(path), "--color", "always", *options)
    shown = CODE.sub(b"", got.stdout).decode()

    said = re.sub(rb".*: \d+ hidden lines? (is|are) of no .*\n", b"", got.stderr)

    assert (0, b"", True, None) == (
        got.returncode,
        said,
        " after " in shown.splitlines()[-1],
        UNSAFE.search(shown),
    )


def test_every_line_of_a_hostile_chunk_is_shown() -> None:
    """A long line is cut and says by how much; its neighbours are whole."""
    buffer = LineBuffer(limit=4)

    chunks = (b"ab\ncd", b"efgh", b"\nxyz\n", b"12")
    blocks = [block for chunk in chunks for block in buffer.feed(chunk)]

    assert [b"ab\n", b"cdef...<2 more bytes>\n", b"xyz\n"] == blocks
    assert b"12\n" == buffer.flush()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.sampled_from(
    [
        "timestamp",
        "logger",
        "service",
        "emoji",
        "trace_id",
        "exception",
        "stack_trace",
        "stack",
        "callsite",
    ]
)
FRAMES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("type", "message", "frames", "cause", "exceptions"), JSON)
)
RECORDS = st.builds(
    lambda base, more, error: {**base, **more, **error},
    st.fixed_dictionaries({"event": st.text(), "level": st.sampled_from(["info", "ERROR", "x"])}),
    st.dictionaries(PARTS | st.text(), JSON, max_size=5),
    st.just({}) | st.fixed_dictionaries({"exception": FRAMES}),
)


@given(st.binary() | st.builds(lambda record: json.dumps(record).encode(), RECORDS))
def test_any_line_is_shown(raw: bytes) -> None:
    """No line raises, each is shown, and nothing of it but line ends and colours is raw."""
    shown = show(raw.replace(b"\n", b""), colors=True)
    text = CODE.sub(b"", shown).decode()

    assert ("\n", None) == (text[-1:], UNSAFE.search(text))


@posix
def test_ctrl_c_at_a_terminal(tmp_path: Path) -> None:
    """Ctrl-C typed at a terminal leaves nothing on it but the lines."""
    path = tmp_path / "app.log"
    path.write_bytes(write_record(event="one"))
    ours, theirs = os.openpty()
    process = interpreters.Popen(
        [*COMMAND, "view", "-f", str(path)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(),
        start_new_session=True,
    )
    shown = b""
    while b"one" not in shown and select.select([ours], [], [], PATIENCE_S)[0]:
        shown += os.read(ours, 65536)
    os.killpg(process.pid, signal.SIGINT)
    code = process.wait(timeout=PATIENCE_S)
    os.close(theirs)
    while select.select([ours], [], [], 0.2)[0]:
        try:
            shown += os.read(ours, 65536)
        except OSError:
            break
    os.close(ours)

    assert (130, 2) == (code, shown.count(b"\n"))  # the first one names the clock


def test_view_is_light() -> None:
    """The view imports neither structlog nor asyncio nor rich."""
    code = (
        "import sys, provide.foundation._view.view;"
        "print([m for m in ('structlog', 'asyncio', 'rich') if m in sys.modules])"
    )
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)

    assert b"[]" == got.stdout.strip()


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1), JSON, max_size=4),
)
def test_rendered_json_is_viewed_as_the_line_itself(event: str, fields: dict[str, Any]) -> None:
    """A line that went through JSON looks as if it had never been JSON."""
    line = Record(
        INFO, "app", event, fields, seconds=1795443000.1234565, constants={"service": "shop"}
    )

    assert render_terminal(line, colors=True) == show(
        render_json(line, DEFAULT_LIMITS, None).rstrip(b"\n"), colors=True
    )
