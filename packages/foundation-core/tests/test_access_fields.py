"""Lines of web servers about requests: one event, and the same fields from all of them."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES
from provide.foundation import LoggingConfig, TelemetryConfig, reset_for_testing, setup_telemetry
from server_records import SERVERS, Recorded

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow

#: What a line has of its own.
OWN = ("timestamp", "level", "logger", "event")


#: Lines of the same loggers that are something else, or have a format of the user's own; and the
#: events that they are.
TEXTS: dict[str, tuple[Recorded, str]] = {
    "uvicorn, other arguments": (
        SERVERS["uvicorn 0.54"]._replace(message="%s", args=("/a?token=S3CR3T",)),
        "/a?token=***",
    ),
    "gunicorn, a variable": (
        SERVERS["gunicorn 27.0"]._replace(message="%({secret}e)s|%(r)s|%(s)s|%({x-id}i)s"),
        "-|GET /a%20b?token=***&x=1 HTTP/1.1|200|7",
    ),
    "gunicorn, no status": (
        SERVERS["gunicorn 27.0"]._replace(message="%(h)s %(r)s"),
        "::ffff:127.0.0.1 GET /a%20b?token=***&x=1 HTTP/1.1",
    ),
    "granian, a header": (
        SERVERS["granian 2.8"]._replace(
            message="%(method)s %(path)s %(status)d %(_h0)s",
            args={**SERVERS["granian 2.8"].args, "_h0": "?sig=S3CR3T"},
        ),
        'GET /na\u00efve"q 200 ?sig=***',
    ),
    "werkzeug, start": (
        SERVERS["werkzeug 3.1"]._replace(message="Running on http://[::1]:9105", args=()),
        "Running on http://[::1]:9105",
    ),
    "werkzeug, no request": (
        SERVERS["werkzeug 3.1"]._replace(args=("\x1b[31m\x1b[1mgarbage\x1b[0m", "400", "-")),
        '::ffff:127.0.0.1 - - [29/Nov/2026 16:08:38] "garbage" 400 -',
    ),
    "aiohttp, a format without a request line": (
        SERVERS["aiohttp 3.14"]._replace(
            message="127.0.0.1 200", extra={"remote_address": "127.0.0.1", "response_status": 200}
        ),
        "127.0.0.1 200",
    ),
}


def write(path: Path, *records: logging.LogRecord, **config: Any) -> list[dict[str, Any]]:
    """Give records to their loggers, and return the lines that they become."""
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **config)))
    try:
        for record in records:
            logging.getLogger(record.name).handle(record)
    finally:
        reset_for_testing()
    return [json.loads(line) for line in path.read_text().splitlines()]


def fields_of(line: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a line."""
    return {key: value for key, value in line.items() if key not in OWN}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("server", SERVERS)
def test_servers(server: str, lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each server has logged becomes the event and the fields of a request, in every lane."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    recorded = SERVERS[server]
    (line,) = write(tmp_path / "a.log", recorded.make())
    assert (recorded.logger, "http_request") == (line["logger"], line["event"])
    assert recorded.fields == fields_of(line)


@pytest.mark.parametrize("server", SERVERS)
def test_records_stay_as_they_are(server: str, tmp_path: Path) -> None:
    """Another handler of the application's gets what the server has logged."""
    recorded = SERVERS[server]
    record = recorded.make()
    before = dict(record.__dict__)
    write(tmp_path / "a.log", record)
    record.__dict__.pop("message", None)  # pytest's own handler has formatted it
    assert before == record.__dict__


@pytest.mark.parametrize("text", TEXTS)
def test_texts(text: str, tmp_path: Path) -> None:
    """A line of the same loggers that is something else stays a text, without secrets."""
    recorded, event = TEXTS[text]
    (line,) = write(tmp_path / "a.log", recorded.make())
    assert event == line["event"]
    assert "S3CR3T" not in json.dumps(line)


def test_formats_of_gunicorn(tmp_path: Path) -> None:
    """A format of the user's decides what a line has of queries, users and headers."""
    gunicorn = SERVERS["gunicorn 27.0"]
    found = [
        fields_of(line)
        for line in write(
            tmp_path / "a.log",
            gunicorn.make(message="%(m)s %(U)s %(s)s"),
            gunicorn.make(message="%(t)s %(r)s %(s)s %({X-Id}i)s %({authorization}i)s %({no}o)s"),
        )
    ]
    short = {
        "http.request.method": "GET",
        "url.path": "/a%20b",
        "http.response.status_code": 200,
        "duration_ms": 0.927,
        "network.protocol.version": "1.1",
    }
    headers = {"http.request.header.x-id": ["7"], "http.request.header.authorization": "***"}
    assert [short, {**short, "url.query": "token=***&x=1", **headers}] == found


def test_fields_of_others_stay(tmp_path: Path) -> None:
    """What a filter has added to a record is in the line, under its own name."""
    uvicorn = SERVERS["uvicorn 0.54"]
    extra = {"request_id": "r-1", "client.address": "203.0.113.7"}
    (line,) = write(tmp_path / "a.log", uvicorn.make(extra=extra))
    assert {**uvicorn.fields, **extra} == fields_of(line)


def test_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`access_fields=False` leaves the servers' texts, without secrets."""
    records = [SERVERS[name].make() for name in ("uvicorn 0.54", "gunicorn 27.0")]
    lines = write(tmp_path / "a.log", *records, access_fields=False)
    assert [
        '127.0.0.1:44712 - "GET /a%20b?token=***&x=1 HTTP/1.1" 200',
        "::ffff:127.0.0.1 - kim [29/Nov/2026:16:07:43 +0000] "
        '"GET /a%20b?token=***&x=1 HTTP/1.1" 200 5 "https://h/?sig=***" "ua/1 \\"q\\""',
    ] == [line["event"] for line in lines]


def test_censor_is_asked_once(tmp_path: Path) -> None:
    """With the pattern `url_query` the queries in the fields are masked by that one alone."""
    asked: list[object] = []

    def censor(value: object) -> str:
        asked.append(value)
        return f"<{len(asked)}>"

    for patterns in ((), ("url_query",)):
        record = SERVERS["uvicorn 0.54"].make()
        lines = write(tmp_path / "a.log", record, censor=censor, redact_patterns=patterns)
    assert ["token=<1>&x=1", "token=<2>&x=1"] == [line["url.query"] for line in lines]
    assert ["S3CR3T", "S3CR3T"] == asked


@pytest.mark.parametrize("form", ["key_value", "compact"])
def test_lines_for_people(form: str, tmp_path: Path) -> None:
    """In the other formats the fields come as any others do."""
    path = tmp_path / "a.log"
    setup_telemetry(
        TelemetryConfig(logging=LoggingConfig(log_file=path, console_formatter=form))  # type: ignore[arg-type]
    )
    logging.getLogger("uvicorn.access").handle(SERVERS["uvicorn 0.54"].make())
    reset_for_testing()
    (line,) = path.read_text().splitlines()
    assert "http_request" in line
    for pair in ("http.request.method=GET", 'url.query="token=***&x=1"', "client.port=44712"):
        assert pair in line


SERVER = """
import socket, sys, threading, urllib.error, urllib.request
import uvicorn
from provide.foundation import LoggingConfig, TelemetryConfig, setup_telemetry, shutdown_telemetry

async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

config = uvicorn.Config(app, lifespan="off")
server = uvicorn.Server(config)
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=sys.argv[1])))
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
thread = threading.Thread(target=server.run, args=([listener],))
thread.start()
port = listener.getsockname()[1]
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/a%20b?token=S3CR3T&x=1", timeout=30)
except urllib.error.HTTPError as error:
    error.close()
server.should_exit = True
thread.join()
shutdown_telemetry()
"""


def test_uvicorn(tmp_path: Path) -> None:
    """A server of uvicorn's writes one line for a request, with fields and without the token."""
    path = tmp_path / "a.log"
    interpreters.run([sys.executable, "-c", SERVER, path], check=True, timeout=120)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    (access,) = [line for line in lines if line["logger"] == "uvicorn.access"]
    fields = fields_of(access)
    assert fields.pop("client.port") in range(1024, 65536)
    assert {
        "http.request.method": "GET",
        "url.path": "/a%20b",
        "url.query": "token=***&x=1",
        "http.response.status_code": 404,
        "client.address": "127.0.0.1",
        "network.protocol.version": "1.1",
    } == fields
    assert "S3CR3T" not in path.read_text()


APPLICATION = """
import os
from provide.foundation import LoggingConfig, TelemetryConfig, setup_telemetry

setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=os.environ["LINES"])))

def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]
"""


def test_gunicorn(tmp_path: Path) -> None:
    """A worker of gunicorn's writes one line for a request, with what its default format has."""
    path = tmp_path / "a.log"
    (tmp_path / "shop.py").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"fd://{listener.fileno()}"
        command = [sys.executable, "-m", "gunicorn", "shop:app", "-b", place, "--access-logfile=-"]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "LINES": str(path)},
            pass_fds=[listener.fileno()],
            stdout=subprocess.DEVNULL,
        )
        with socket.create_connection(listener.getsockname(), timeout=60) as client:
            client.sendall(
                b"GET /a%20b?token=S3CR3T&x=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                b'User-Agent: ua/1 "q"\r\nReferer: https://h/?sig=S3CR3T\r\n\r\n'
            )
            port = client.getsockname()[1]
            while client.recv(4096):
                pass
        process.terminate()
        process.wait(60)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    (access,) = [line for line in lines if line["logger"] == "gunicorn.access"]
    fields = fields_of(access)
    assert 0 < fields.pop("duration_ms") < 60_000
    assert {
        "http.request.method": "GET",
        "url.path": "/a%20b",
        "url.query": "token=***&x=1",
        "http.response.status_code": 200,
        "http.response.body.size": 5,
        "client.address": "127.0.0.1",
        "client.port": port,
        "network.protocol.version": "1.1",
        "user_agent.original": 'ua/1 "q"',
        "http.request.header.referer": ["https://h/?sig=***"],
    } == fields
    assert "S3CR3T" not in path.read_text()
