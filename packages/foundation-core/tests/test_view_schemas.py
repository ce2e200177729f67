"""The viewer shows the lines of each schema as it shows those of Foundation's own."""

from __future__ import annotations

import functools
import os
import re
import sys
import tempfile
from pathlib import Path

import pytest

import interpreters
from extended_program import fill_folder
from provide.foundation._view.dialects.moments import read_moment
from provide.foundation._view.dialects.objects import parse_object
from provide.foundation._view.dialects.reader import Reader
from provide.foundation._view.dialects.schemas import restore
from provide.foundation._view.shape import Shape

EXTENSION = """
from provide.foundation.extension import Extension

TRACE = b'"trace_id":"%s","span_id":"%s","trace_flags":"01"' % (b"4b" * 16, b"7c" * 8)


def make_extension(config):
    return Extension("traced", emoji_prefix=lambda *_: "@", trace_fields=lambda: TRACE)
"""
PROGRAM = """
import os, sys
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

log = get_logger("shop.orders")
for shape in sys.argv[1:]:
    given = {"timestamp" if shape.startswith("epoch") else "schema": shape}
    logging = LoggingConfig(
        default_level="TRACE", console_formatter="json", log_file=shape, callsite=True,
        das_emoji_prefix_enabled=True, exceptions="text", extensions=("traced",), thread=True,
        **given,
    )
    setup_telemetry(TelemetryConfig(
        service_name="shop", service_version="1.2", environment="prod", logging=logging
    ))
    log.debug("order_placed", order_id=42, basket={"items": [1, 2]})
    log.warning("no_fields")
    try:
        int("twelve")
    except ValueError:
        log.exception("payment_failed", message="a field", stack_info=True)
"""
SHAPES = (
    "foundation", "otel", "ecs", "gcp", "datadog", "logstash", "epoch_s", "epoch_ms", "epoch_ns"
)  # fmt: skip
MOMENT = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ", re.MULTILINE)


@functools.cache
def write_all() -> dict[str, list[bytes]]:
    """Return the lines that a program writes in each shape."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill_folder(folder, PROGRAM, "traced", EXTENSION)
        interpreters.run(
            [sys.executable, "program.py", *SHAPES], cwd=folder, check=True, timeout=120,
            env={**os.environ},
        )  # fmt: skip
        return {shape: (folder / shape).read_bytes().splitlines() for shape in SHAPES}


def show(shape: str) -> str:
    """Return the view of all lines, with their moments masked."""
    reader, shape_ = Reader(), Shape(colors=False)
    entries = [entry for line in write_all()[shape] for entry in reader.read(line)]
    shown = b"".join(map(shape_.show, entries)).decode()
    assert 3 == len(MOMENT.findall(shown))
    return MOMENT.sub("<moment> ", shown)


@pytest.mark.parametrize("shape", SHAPES)
def test_lines_look_alike(shape: str) -> None:
    """The view of a line is the same in each schema and with each form of the time."""
    # A field of a reserved name is renamed, and not all schemas have that name.
    wanted, shown = show("foundation"), show(shape)
    if shape == "datadog":
        wanted = wanted.replace(" trace_flags=01", "")

    assert wanted == shown.replace(" message_=", " message=")


@pytest.mark.parametrize("shape", SHAPES)
def test_levels_can_be_asked_for(shape: str) -> None:
    """The lowest level is compared with a level by whichever name it has."""
    entries = [entry for line in write_all()[shape] for entry in Reader().read(line)]

    assert [10, 30, 40] == [entry.level for entry in entries]


def test_the_command_shows_them() -> None:
    """The command takes a file with lines of several schemas."""
    lines = [write_all()[shape][0] for shape in SHAPES]
    done = interpreters.run(
        [sys.executable, "-m", "provide.foundation", "view", "--color", "never"],
        input=b"\n".join(lines) + b"\n", capture_output=True, check=True, timeout=60,
    )  # fmt: skip

    assert len(SHAPES) == done.stdout.count(b" debug ")
    assert len(SHAPES) == done.stdout.count(b"order_placed ")


REQUEST = (
    b'"httpRequest":{"requestMethod":"GET","requestUrl":"/a","status":200,"responseSize":"5",'
    b'"latency":"0.00211s","protocol":"HTTP/2"}'
)


@pytest.mark.parametrize(
    "line",
    [
        b'{"severity":"INFO","message":"done","logger":"web",%b,"duration_ms":2.11}',
        b'{"severity":"INFO","logName":"x",%b,'
        b'"jsonPayload":{"message":"done","logger":"web","duration_ms":2.11}}',
    ],
    ids=["as written", "exported"],
)
def test_request_of_google(line: bytes) -> None:
    """The members of `httpRequest` are fields by our names; the time is not said twice."""
    entry = Reader().read(line % REQUEST)[0]

    assert entry.record is not None
    assert {
        "http.request.method": "GET", "url.path": "/a", "http.response.status_code": 200,
        "http.response.body.size": 5, "httpRequest.protocol": "HTTP/2", "duration_ms": 2.11,
    } == dict(entry.record.fields)  # fmt: skip
    assert ("done", "web") == (entry.record.event, entry.record.logger)


@pytest.mark.parametrize(
    ("line", "members"),
    [
        # Fields of another program's that have the name of a member of ours.
        (
            b'{"log.level":"info","message":"m","event":{"kind":"x"},"error.type":5}',
            {"level": "info", "event": "m", "event_": {"kind": "x"}, "error.type": 5},
        ),
        (
            b'{"severity":"INFO","message":"m","serviceContext":[],"time":null}',
            {"level": "info", "event": "m", "serviceContext": [], "timestamp": None},
        ),
        (
            b'{"status":"info","message":"m","dd.span_id":"x","error":{"stack":1}}',
            {"level": "info", "event": "m", "dd.span_id": "x", "error": {"stack": 1}},
        ),
        (
            b'{"SeverityText":"INFO","Body":"m","Attributes":"none","Resource":{"a":1}}',
            {"level": "info", "event": "m", "Resource": {"a": 1}, "Attributes": "none"},
        ),
        # No lines of any schema.
        (b'{"severity":"NOTICE","message":"m"}', {"severity": "NOTICE", "message": "m"}),
        (b'{"status":200,"message":"m"}', {"status": 200, "message": "m"}),
        (b'{"level":"INFO","message":5}', {"level": "INFO", "message": 5}),
    ],
)
def test_nothing_of_a_strange_line_is_lost(line: bytes, members: dict[str, object]) -> None:
    """What is not as a schema has it stays a field."""
    record = parse_object(line)

    assert record is not None
    assert members == restore(record)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1_764_000_000.123456, 1_764_000_000.123456),
        (1_764_000_000_123, 1_764_000_000.123),
        (1_764_000_000_123_456_000, 1_764_000_000.123456),
        (5, None),
        (1e300, None),
        (True, None),
    ],
)
def test_numbers_are_moments(value: object, seconds: float | None) -> None:
    """A number is of the unit in which it is a moment of our days, and else no moment."""
    found = read_moment(value)

    assert seconds == (None if found is None else pytest.approx(found, abs=0.000_001))
