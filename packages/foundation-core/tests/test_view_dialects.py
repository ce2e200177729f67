"""The viewer reads what other loggers write: files of their own making, and what carries lines.

`producers/lines` holds what the real producers wrote, and `producers/write.py` writes it again.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from provide.foundation._view.dialects.moments import read_digits, read_moment
from provide.foundation._view.dialects.reader import Entry, Reader
from provide.foundation._view.shape import Shape

FOLDER = Path(__file__).parent / "producers"
CALLS = [(20, "order placed"), (30, 'slow "query" ü'), (40, "payment failed")]
#: What each producer's lines tell besides: the logger, whether there are fields, nested ones too,
#: a moment, and where the failure is.
TOLD = {
    "structlog": ("shop.web", "nested", True, "traceback"),
    "structlog-naive": ("shop.web", "nested", True, "traceback"),
    "structlog-logfmt": ("shop.web", "flat", True, "traceback"),
    "python-json-logger": ("shop.web", "nested", True, "traceback"),
    "loguru": ("__main__", "nested", True, "traceback"),
    "loguru-text": ("__main__", "none", True, "foreign"),
    "logging-text": ("shop.web", "none", True, "foreign"),
    "logging-default": ("shop.web", "none", False, "foreign"),
    "ecs-logging": ("shop.web", "nested", True, "traceback"),
    "opentelemetry": ("shop.web", "nested", True, "traceback"),
    "foundation-logfmt": ("shop.web", "flat", True, "traceback"),
    "pino": ("shop.web", "nested", True, "traceback"),
    "bunyan": ("shop.web", "nested", True, "traceback"),
    "zap": ("shop.web", "nested", True, "error"),
    "zerolog": ("shop.web", "nested", True, "error"),
    "slog": ("shop.web", "nested", True, "err"),
    "slog-text": ("shop.web", "flat", True, "err"),
}


def read(data: bytes) -> list[Entry]:
    """Return the entries of some lines."""
    reader = Reader()
    lines = data.removesuffix(b"\n").split(b"\n")
    return [*(entry for line in lines for entry in reader.read(line)), *reader.flush()]


def tell(entries: Sequence[Entry]) -> tuple[str, str, bool, str]:
    """Return what the entries of the three calls tell besides level and event."""
    records = [entry.record for entry in entries if entry.record is not None]
    fields, last = records[0].fields, records[-1]
    flat = "flat" if fields.get("order_id") == 1042 else "none"
    if last.exception:
        failure = "traceback" if "no answer from the card terminal" in shown(entries) else "lost"
    elif any("no answer" in (entry.text or "") and entry.level == 40 for entry in entries):
        failure = "foreign"
    else:
        failure = next(key for key, each in last.fields.items() if "no answer" in str(each))
    return (
        records[0].logger,
        "nested" if flat == "flat" and fields.get("user") == {"plan": "pro"} else flat,
        all(record.seconds is not None for record in records),
        failure,
    )


def shown(entries: Sequence[Entry]) -> str:
    """Return the view of some entries."""
    return b"".join(map(Shape(colors=False).show, entries)).decode()


@pytest.mark.parametrize("name", TOLD)
def test_producer(name: str) -> None:
    """The lines of each producer have their level, event, logger, fields, moment and failure."""
    entries = read((FOLDER / "lines" / f"{name}.txt").read_bytes())
    calls = [(each.level, each.record.event) for each in entries if each.record is not None]

    assert (CALLS, TOLD[name]) == (calls, tell(entries))


def test_nginx() -> None:
    """Access lines are told by their status, and those of the error log by their level."""
    access = read((FOLDER / "lines" / "nginx-access.txt").read_bytes())
    faults = read((FOLDER / "lines" / "nginx-error.txt").read_bytes())

    assert [(20, "GET /ok?a=1", 200), (30, "GET /missing", 404), (40, "GET /broken", 500)] == [
        (each.level, each.record.event, each.record.fields["status"])
        for each in access
        if each.record is not None
    ]
    assert [40] == [each.level for each in faults]
    assert 'open() "/srv/www/./missing" failed (2: No such file' in shown(faults)
    assert None not in [each.seconds for each in access + faults]


def test_journald() -> None:
    """Journald's JSON gives what a line says itself, or else what journald knows; bytes, too."""
    entries = read((FOLDER / "lines" / "journald.txt").read_bytes())
    records = [each.record for each in entries if each.record is not None]

    assert [
        (20, "shop", "order placed"), (30, "shop.web", 'slow "query" ü'),
        (40, "shop", "payment failed"), (30, "shop", "half \\xff"),
    ] == [(each.level, each.logger, each.event) for each in records]  # fmt: skip
    assert {("shop.service", 1795443000)} == {
        (each.fields["unit"], int(each.seconds or 0)) for each in records
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TOLD, "nginx-access", "nginx-error", "journald"])
def test_producer_writes_the_same_today(name: str) -> None:
    """A producer that is installed writes lines that tell what those in the tree do."""
    spec = importlib.util.spec_from_file_location("producers_write", FOLDER / "write.py")
    assert spec is not None
    assert spec.loader is not None
    write = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(write)
    try:
        entries = read(write.PRODUCERS[name]())
    except write.Absent as absent:
        pytest.skip(f"not installed: {absent}")
    kept = read((FOLDER / "lines" / f"{name}.txt").read_bytes())

    def calls(of: Sequence[Entry]) -> list[Any]:
        return [(each.level, each.record.event) for each in of if each.record is not None]

    if name == "nginx-error":  # its event has the port and a number of the connection
        assert [each.level for each in kept] == [each.level for each in entries]
    else:
        assert calls(kept) == calls(entries)
    if name in TOLD:
        assert TOLD[name] == tell(entries)


INNER = json.dumps({"level": "info", "time": 1795443000123, "msg": "hit", "n": 1})
OWN_TIME = 1795443000
STAMP = "2026-11-23T14:10:00.123456789Z"
CARRIED = {
    # As specified: these have no producer here.
    "docker": json.dumps({"log": INNER + "\n", "stream": "stdout", "time": STAMP}),
    "docker-attrs": json.dumps(
        {"log": INNER + "\n", "stream": "stderr", "attrs": {"tag": "web"}, "time": STAMP}
    ),
    "docker-parts": "\n".join(
        json.dumps({"log": part, "stream": "stdout", "time": STAMP})
        for part in (INNER[:10], INNER[10:20], INNER[20:] + "\n")
    ),
    "cri": f"{STAMP} stdout F {INNER}",
    "cri-parts": f"{STAMP} stderr P {INNER[:9]}\n{STAMP} stderr P {INNER[9:30]}\n"
    f"{STAMP} stderr F {INNER[30:]}",
    "compose": f"web-1  | {INNER}",
    "compose-coloured": f"\x1b[36mweb-1  | \x1b[0m{INNER}",
    "compose-stamped": f"web-1  | {STAMP} {INNER}",
    "kubectl-prefix": f"[pod/web-5d9/app] {INNER}",
    "kubectl-stamped": f"{STAMP} {INNER}",
    "kubectl-both": f"[pod/web-5d9/app] {STAMP} {INNER}",
    "cloudwatch-s3": f"2026-11-23T14:10:00.123Z {INNER}",
    "cloudwatch-tail": f"2026-11-23T14:10:00.123000+00:00 web/app/1 {INNER}",
    "cloudwatch-subscription": json.dumps(
        {"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s",
         "logEvents": [{"id": "1", "timestamp": 1795443000123, "message": INNER}]}
    ),
    "cloudwatch-events": json.dumps(
        {"events": [{"logStreamName": "s", "timestamp": 1795443000123, "message": INNER}]}
    ),
    "docker-around-stamp": json.dumps(
        {"log": f"{STAMP} {INNER}\n", "stream": "stdout", "time": STAMP}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CARRIED)
def test_envelope(name: str) -> None:
    """A line is taken out of what carries it, whole, and the lines around it are left alone."""
    entries = read(f"{INNER}\n{CARRIED[name]}\n{INNER}".encode())

    assert [("hit", OWN_TIME, 1)] * 3 == [
        (each.record.event, int(each.seconds or 0), each.record.fields["n"])
        for each in entries
        if each.record is not None
    ]


def test_envelopes_say_where_from() -> None:
    """What an envelope says of its line becomes fields of it."""
    names = ("compose", "kubectl-prefix", "docker-attrs", "cloudwatch-tail")
    entries = read("\n".join(CARRIED[name] for name in names).encode())

    assert [
        {"container": "web-1"}, {"pod": "pod/web-5d9/app"}, {"tag": "web"},
        {"stream": "web/app/1"},
    ] == [
        {key: value for key, value in each.record.fields.items() if key != "n"}
        for each in entries
        if each.record is not None
    ]  # fmt: skip


def test_foreign_lines_in_envelopes() -> None:
    """A foreign line is shown out of Docker's JSON, with its moment, and else as it stands."""
    docker = json.dumps({"log": "Started\x1b[2J\n", "stream": "stdout", "time": STAMP})
    entries = read(f"{docker}\n{STAMP} stdout F Started\nweb-1  | Started\n".encode())

    assert "Started\\x1b[2J\nStarted\nweb-1  | Started\n" == shown(entries)
    assert [OWN_TIME] * 3 == [int(each.seconds or 0) for each in entries]


def test_last_part_that_does_not_come() -> None:
    """What there is of a line is shown, where its last part has not been written."""
    assert "Sta\n" == shown(read(f"{STAMP} stdout P St\n{STAMP} stdout P a\n".encode()))


def test_otlp_json() -> None:
    """A line of OTLP in JSON holds several records, with ids in hexadecimal digits."""
    record = {
        "timeUnixNano": "1795443000123456789", "severityNumber": 17,
        "body": {"stringValue": "payment failed"}, "traceId": "4b" * 16, "spanId": "7c" * 8,
        "attributes": [
            {"key": "n", "value": {"intValue": "7"}},
            {"key": "l", "value": {"arrayValue": {"values": [{"boolValue": True}]}}},
            {"key": "o", "value": {"kvlistValue": {"values": [
                {"key": "a", "value": {"doubleValue": 1.5}}]}}},
        ],
    }  # fmt: skip
    scope = {"scope": {"name": "shop.web"}, "logRecords": [record, {**record, "severityNumber": 9}]}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    document = {"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}

    entries = read(json.dumps(document).encode())

    assert [40, 20] == [each.level for each in entries]
    assert (
        "2026-11-23 14:10:00.123 error    payment failed                 [shop.web] n=7 l=[true] "
        f'o={{"a":1.5}} service.name=shop trace_id={"4b" * 16} span_id={"7c" * 8}\n'
    ) == shown(entries[:1])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2026-11-23 14:10:00,123 ERROR shop.web: no", (40, "shop.web", "no")),
        ("2026-11-23 14:10:00,123 ERROR [shop.web] no", (40, "shop.web", "no")),
        ("2026-11-23 14:10:00,123 [WARNING] no", (30, "", "no")),
        ("[2026-11-23 14:10:00 +0000] [77] [INFO] Booting worker", (20, "", "Booting worker")),
        ("INFO:     Started server process [77]", (20, "", "Started server process [77]")),
        ("WARNING:root:careful", (30, "root", "careful")),
        ('{"severity":"NOTICE","message":"m"}', (20, "", "m")),
        ('{"severity":"ALERT","textPayload":"m","logName":"l"}', (50, "", "m")),
        ('{"status":"error","message":"m","logger":{"name":"a"}}', (40, "a", "m")),
        ('{"level":"dpanic","ts":1795443000.1,"msg":"m"}', (50, "", "m")),
        ('{"time":"2026-11-23T14:10:00Z","level":"INFO+2","msg":"m"}', (20, "", "m")),
        ("ts=2026-11-23T14:10:00Z level=warn caller=a.go:1 msg=m", (30, "", "m")),
    ],
)
def test_line(line: str, told: tuple[int, str, str]) -> None:
    """Usual forms of lines are read with level, logger and event."""
    (entry,) = read(line.encode())

    assert entry.record is not None
    assert told == (entry.level, entry.record.logger, entry.record.event)


@pytest.mark.parametrize(
    "line",
    [
        "Started server", "12 apples", "[77] x", "a=b", "key=value other text", "INFO nothing",
        '{"a":1}', '{"level":30}', '{"level":"info","message":5}', '{"level":"loud","msg":"m"}',
        '{"log":"x"}', '{"MESSAGE":"x"}', '{"resourceLogs":5}', '{"resourceLogs":[1,{}]}',
        '{"logEvents":[1,{"message":2}]}', "2026-11-23 14:10:00 nothing", "a | ", "| a",
        '1.2.3.4 - - [99/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5',
    ],
)  # fmt: skip
def test_foreign_line_stays_as_it_is(line: str) -> None:
    """What has none of the forms is shown as it is."""
    assert f"{line}\n" == shown(read(line.encode()))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("29/Nov/2026:10:00:00 +0100", 1795942800), ("2026-11-29 09:00:00 UTC", 1795942800),
        ("2026-11-29 10:00:00 +0100", 1795942800), ("2026-11-29T09:00:00Z", 1795942800),
        ("2026-11-29T09:00:00.123456789Z", 1795942800.123456), ("29/Nix/2026:10:00:00 +0100", None),
        ("2026-13-29T09:00:00.123456Z", None), (1795942800123, 1795942800.123),
        (1795942800123456, 1795942800.123456), ("1795942800123456000", 1795942800.123456),
        ("12", None), ("9" * 30, None), (None, None), (True, None),
    ],
)  # fmt: skip
def test_moments(value: Any, seconds: float | None) -> None:
    """Each form of a moment is read, and nothing else."""
    found = read_digits(value)

    assert seconds == (None if found is None else pytest.approx(found, abs=0.000_002))


def test_time_without_a_zone_is_local() -> None:
    """A time without a zone is the local time of whoever looks."""
    local = datetime(2026, 11, 29, 9, 0, tzinfo=UTC).astimezone().replace(tzinfo=None)

    assert 1795942800 == int(read_moment(local.isoformat(" ", "milliseconds")) or 0)
