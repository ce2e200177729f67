"""Tests of streams, callables and `logging.Handler`s as outputs, with real sockets and servers."""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import logging
import logging.handlers
import os
import pickle
import queue
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from installed_lanes import LANES
from posix_only import posix_only
from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.config import Formatter

log = get_logger("t")


class Failing(logging.Handler):
    """Fail in `emit` as stdlib's handlers do: by a call of `handleError`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Fail."""
        try:
            raise OSError(28, "full")
        except OSError:
            self.handleError(record)


class Kept(logging.Handler):
    """Keep records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)


@pytest.fixture(autouse=True, params=LANES)
def lane(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run every test in each lane."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    reset_for_testing()
    yield
    reset_for_testing()


def use(*targets: Any, formatter: Formatter = "json", **options: Any) -> None:
    """Set up with these outputs."""
    outputs = [OutputConfig(target, formatter=formatter, **options) for target in targets]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs, capture_stdlib=False)))


def balance(name: str) -> tuple[int, dict[str, int]]:
    """Return how many lines an output has written, and what it dropped."""
    counts = stats().outputs[name]
    return sum(counts.written.values()), dict(counts.dropped)


# Streams and callables


def test_text_and_binary_streams(tmp_path: Path) -> None:
    """Each kind of stream gets the line, at once."""
    text, binary = io.StringIO(), io.BytesIO()
    with (
        (tmp_path / "buffered").open("wb") as buffered,
        (tmp_path / "raw").open("wb", buffering=0) as raw,
        (tmp_path / "text").open("w", encoding="utf-8") as file,
    ):
        use(text, binary, buffered, raw, file)
        log.info("x", word="é")
        found = [text.getvalue().encode(), binary.getvalue()]
        found += [(tmp_path / name).read_bytes() for name in ("buffered", "raw", "text")]

    assert ["é"] * 5 == [json.loads(line)["word"] for line in found]


def test_closed_streams_are_counted(tmp_path: Path) -> None:
    """A stream that was closed, or taken apart, is counted, whatever its kind."""
    text = io.StringIO()
    raw = (tmp_path / "raw").open("wb", buffering=0)
    detached = io.TextIOWrapper(io.BytesIO())
    use(text, raw, detached)
    text.close()
    raw.close()
    detached.detach()
    log.info("x")

    assert [{"closed": 1}] * 3 == [
        c.dropped for name, c in stats().outputs.items() if name != "stderr"
    ]


def test_raw_stream_that_takes_little(tmp_path: Path) -> None:
    """A raw stream that takes seven bytes at a time gets the whole line."""

    class Sip(io.RawIOBase):
        kept = b""

        def write(self, data: Any) -> int:
            self.kept += bytes(data[:7])
            return len(data[:7])

    stream = Sip()
    use(stream)
    log.info("x", text="y" * 1000)

    assert "y" * 1000 == json.loads(stream.kept)["text"]


def test_raw_stream_that_returns_nothing() -> None:
    """A `write` that forgets to say how much it took is not asked again."""
    kept = []

    class Silent(io.RawIOBase):
        def write(self, data: Any) -> None:
            kept.append(bytes(data))

    use(Silent())
    log.info("x")

    assert (1, (1, {})) == (len(kept), balance("Silent"))


@posix_only("a pipe that is full and does not wait is not told from one that is broken")
@pytest.mark.parametrize("buffering", [0, -1])
def test_stuck_non_blocking_pipe_is_given_up(buffering: int) -> None:
    """A stream over a pipe that nobody reads costs a bounded time, and is counted."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(4096))
    except BlockingIOError:
        pass
    stream = os.fdopen(writer, "wb", buffering=buffering)
    use(stream)
    log.info("x", text="y" * 20_000)

    counts = balance(str(stream.name))
    os.close(reader)
    with contextlib.suppress(OSError):
        stream.close()
    assert (0, {"would_block": 1}) == counts


def test_streams_of_one_kind_are_counted_apart() -> None:
    """Two outputs of the same kind with different levels each have exact counts."""
    one, other = io.StringIO(), io.StringIO()
    setup_telemetry(
        TelemetryConfig(
            logging=LoggingConfig(
                outputs=[OutputConfig(one), OutputConfig(other, level="ERROR")],
                capture_stdlib=False,
            )
        )
    )
    log.info("x")
    log.error("y")

    assert [(2, {}), (1, {})] == [balance("StringIO"), balance("StringIO#2")]


def test_callable_gets_bytes() -> None:
    """A callable gets each line as bytes; what it raises is counted."""
    kept: list[bytes] = []

    def take(line: bytes) -> None:
        kept.append(line)
        if len(kept) == 2:
            raise ValueError("no")

    use(take)
    for number in range(3):
        log.info("x", number=number)

    name = next(iter(stats().outputs))
    assert ([0, 1, 2], (2, {"valueerror": 1})) == (
        [json.loads(line.decode())["number"] for line in kept],
        balance(name),
    )


def test_callable_that_logs_ends() -> None:
    """A callable that logs gets a few of its own lines; the one after is counted."""
    kept: list[bytes] = []

    def take(line: bytes) -> None:
        kept.append(line)
        log.info("again")

    use(take)
    log.info("x")

    assert (4, (4, {"reentrant": 1})) == (len(kept), balance(next(iter(stats().outputs))))


# Handlers


@pytest.fixture
def records() -> queue.Queue[Any]:
    """Return where servers put what they got."""
    return queue.Queue()


@posix_only("Python has no sockets that are files there")
def test_syslog_over_a_unix_socket(tmp_path: Path) -> None:
    """A real syslog socket gets the line; a line that no datagram can hold is counted."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(tmp_path / "log"))
    handler = logging.handlers.SysLogHandler(str(tmp_path / "log"))
    use(handler)
    log.info("x", number=7)
    log.info("long", text="y" * 1_000_000)
    data = server.recv(65536)
    counts = balance("SysLogHandler")
    handler.close()
    server.close()

    line = json.loads(data.rstrip(b"\0").partition(b">")[2])
    assert (7, (1, {"emsgsize": 1})) == (line["number"], counts)


def test_socket_handler(records: queue.Queue[Any]) -> None:
    """A real server gets pickled records, and what is sent without a server is counted."""

    class Reader(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while head := self.rfile.read(4):
                data = self.rfile.read(struct.unpack(">L", head)[0])
                records.put(pickle.loads(data))

    with socketserver.TCPServer(("127.0.0.1", 0), Reader) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        handler = logging.handlers.SocketHandler("127.0.0.1", server.server_address[1])
        use(handler)
        try:
            raise ValueError("no")
        except ValueError:
            log.warning("x", number=7, exc_info=True)
        record: Any = logging.makeLogRecord(records.get(timeout=5))
        handler.close()
        server.shutdown()
        thread.join()
    log.warning("nobody is there")

    assert (("x", 7, "t", "WARNING"), (1, {"disconnected": 1})) == (
        (record.getMessage(), record.number, record.name, record.levelname),
        balance("SocketHandler"),
    )
    assert record.exc_text.endswith("ValueError: no")


def test_http_handler(records: queue.Queue[Any]) -> None:
    """A real HTTP server gets the record; what is sent without a server is counted."""

    class Reader(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            records.put(parse_qs(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Reader) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        host = f"127.0.0.1:{server.server_address[1]}"
        handler = logging.handlers.HTTPHandler(host, "/log", "POST")
        use(handler)
        log.info("x", number=7)
        given = records.get(timeout=5)
        server.shutdown()
        thread.join()
    log.info("nobody is there")

    assert (["x"], ["7"], (1, {"econnrefused": 1})) == (
        given["msg"],
        given["number"],
        balance("HTTPHandler"),
    )


def test_failing_handler_is_counted_and_keeps_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    """A handler that fails is counted by its error, and prints no traceback."""
    use(Failing())
    for _ in range(3):
        log.info("x")

    assert ((0, {"enospc": 3}), False) == (
        balance("Failing"),
        "Traceback" in capfd.readouterr().err,
    )


def test_failing_handler_is_counted_after_a_second_set_up() -> None:
    """A handler that is used by two set-ups in a row is still watched in the second."""
    handler = Failing()
    use(handler)
    use(handler)
    log.info("x")

    assert (0, {"enospc": 1}) == balance("Failing")


def test_handler_is_given_back_as_it_was() -> None:
    """Once no set-up uses a handler, its `handleError` is its own again."""
    handler = Failing()
    use(handler)
    use(handler)
    use(io.StringIO())

    assert "handleError" not in handler.__dict__


def test_records_of_others_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that stdlib's loggers use as well reports their errors as it always did."""
    monkeypatch.setattr(logging, "raiseExceptions", True)
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    handler = Failing()
    use(handler)
    handler.handle(logging.LogRecord("other", 20, "", 0, "theirs", None, None))

    assert ((0, {}), True) == (balance("Failing"), "theirs" in shown.getvalue())


@pytest.mark.parametrize("formatter", [None, logging.Formatter("%(message)s")])
def test_handler_gets_a_record(formatter: logging.Formatter | None) -> None:
    """Any handler finds event, fields and exception where stdlib has them; no field is lost."""
    handler = Kept()
    handler.setFormatter(formatter)
    use(handler)
    try:
        raise ValueError("no")
    except ValueError:
        log.error("100% done", number=7, name="n", message="m", exc_info=True)

    record: Any = handler.records[0]
    assert ("100% done", 7, "t", "n", "m", ValueError) == (
        record.getMessage(),
        record.number,
        record.name,
        record.name_,
        record.message_,
        record.exc_info[0],
    )


def test_record_has_line_and_stack() -> None:
    """A handler without a formatter formats the line alone, and its record has the stack, too."""
    handler = Kept()
    use(handler)
    try:
        raise ValueError("no")
    except ValueError:
        log.error("x", number=7, exc_info=True, stack_info=True)
    record: Any = handler.records[0]
    line = json.loads(handler.format(record))

    assert ("x", 7, "ValueError") == (line["event"], line["number"], line["exception"]["type"])
    assert record.stack_info.startswith("Stack (most recent call last):")
    assert "line" not in record.__dict__
    assert {"number": 7} == {
        key: value
        for key, value in record.__dict__.items()
        if key not in logging.makeLogRecord({}).__dict__
    }


def test_records_through_queue_and_memory() -> None:
    """Handlers that hand records on hand on the line, and the fields."""
    queued: queue.SimpleQueue[Any] = queue.SimpleQueue()
    shown = io.StringIO()
    memory = logging.handlers.MemoryHandler(1000, target=logging.StreamHandler(shown))
    use(logging.handlers.QueueHandler(queued), memory)
    log.info("x", number=7)
    record: Any = pickle.loads(pickle.dumps(queued.get()))
    memory.flush()

    assert type(record) is logging.LogRecord
    assert [7, 7] == [json.loads(text)["number"] for text in (record.msg, shown.getvalue())]
    assert 7 == record.__dict__["number"]


def test_formatters_are_given_back() -> None:
    """A handler that had no formatter has none after the shutdown; one of the user's stays."""
    target, own = Kept(), logging.Formatter("%(message)s")
    memory = logging.handlers.MemoryHandler(1000, target=target)
    later = Kept()
    use(memory, later)
    assert None not in (memory.formatter, target.formatter)
    later.setFormatter(own)
    reset_for_testing()

    assert (None, None, own) == (memory.formatter, target.formatter, later.formatter)


def test_level_and_filter_of_a_handler() -> None:
    """What is below a handler's level is not its line; what its filter refuses is counted."""
    handler = Kept()
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: "secret" not in record.getMessage())
    use(handler)
    log.info("low")
    log.warning("secret")
    log.warning("x")

    assert (1, (1, {"filtered": 1})) == (len(handler.records), balance("Kept"))


def test_handler_that_logs_ends() -> None:
    """A handler that logs gets a few of its own lines; the one after is counted."""

    class Logs(Kept):
        def emit(self, record: logging.LogRecord) -> None:
            super().emit(record)
            log.info("again")

    handler = Logs()
    use(handler)
    log.info("x")

    assert (4, (4, {"reentrant": 1})) == (len(handler.records), balance("Logs"))


def test_shutdown_flushes_a_handler() -> None:
    """What a buffering handler keeps back is passed on at shutdown."""
    target = Kept()
    use(logging.handlers.MemoryHandler(1000, target=target))
    log.info("x")
    reset_for_testing()

    assert 1 == len(target.records)


def test_handler_with_a_formatter_sees_no_secret_and_no_control_character() -> None:
    """Nested secrets are masked, and controls escaped, in what a handler's formatter gets."""
    handler = Kept()
    handler.setFormatter(logging.Formatter("%(message)s"))
    use(handler)
    log.info("a\nforged", user={"password": "hunter2"}, path="/x\x1b[31m")
    record: Any = handler.records[0]

    assert "a\\nforged" == record.getMessage()
    assert {"password": "***"} == record.user
    assert "/x\\x1b[31m" == record.path
