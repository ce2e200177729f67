"""Lines of web servers about requests, as texts: no secret of a URL's query is in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    Redaction,
    TelemetryConfig,
    reset_for_testing,
    setup_telemetry,
)

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow


@contextmanager
def log_to(path: Path, **config: Any) -> Iterator[None]:
    """Write lines to a file."""
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **config)))
    try:
        yield
    finally:
        reset_for_testing()


def events(path: Path) -> list[str]:
    """Return the events of the lines in a file."""
    return [json.loads(line)["event"] for line in path.read_text().splitlines()]


@pytest.mark.parametrize("name", LANES)
def test_gunicorn(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gunicorn's own access log, whose arguments are its atoms, has the token masked."""
    monkeypatch.setenv("FOUNDATION_LANE", name)
    from gunicorn.config import Config
    from gunicorn.glogging import Logger

    config = Config()
    config.set("accesslog", "-")
    config.set("access_log_format", '%(h)s "%(r)s" %(s)s "%(f)s" %({x-id}i)s %(q)s')
    log = Logger(config)
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": "/a?api_key=S3CR3T&x=1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "QUERY_STRING": "api_key=S3CR3T&x=1",
        "HTTP_REFERER": "https://h/?sig=S3CR3T",
        "REMOTE_ADDR": "127.0.0.1",
        "PATH_INFO": "/a",
    }
    request = SimpleNamespace(headers=[("X-ID", "7")])
    response = SimpleNamespace(status="200 OK", sent=0, headers=[], response_length=0)
    path = tmp_path / "a.log"
    with log_to(path, access_fields=False):
        log.access(response, request, environ, timedelta(seconds=1))
    expected = (
        '127.0.0.1 "GET /a?api_key=***&x=1 HTTP/1.1" 200 "https://h/?sig=***" 7 api_key=***&x=1'
    )
    assert [expected] == events(path)


#: A logger, its message, its arguments and its extra fields, as servers have them; and the event.
#: Sources: werkzeug.serving.WSGIRequestHandler.log, aiohttp.web_log.AccessLogger.log,
#: hypercorn.logging.Logger.access, django.core.servers.basehttp.WSGIRequestHandler.log_message.
RECORDS: dict[str, tuple[str, str, tuple[Any, ...], dict[str, Any], str]] = {
    "werkzeug": (
        "werkzeug",
        "%s - - [%s] %s\n",
        ("127.0.0.1", "29/Nov/2026 05:00:00", '"GET /a?password=S3CR3T HTTP/1.1" 200 -'),
        {},
        '127.0.0.1 - - [29/Nov/2026 05:00:00] "GET /a?password=*** HTTP/1.1" 200 -',
    ),
    "aiohttp": (
        "aiohttp.access",
        '127.0.0.1 "GET /a?token=S3CR3T HTTP/1.1" 200',
        (),
        {"first_request_line": "GET /a?token=S3CR3T HTTP/1.1", "response_status": 200},
        '127.0.0.1 "GET /a?token=*** HTTP/1.1" 200',
    ),
    "hypercorn": (
        "hypercorn.access",
        '%(h)s "%(R)s" %(s)s',
        ({"h": "127.0.0.1:1", "R": "GET /a?x=1;secret=S3CR3T 1.1", "s": "200"},),
        {},
        '127.0.0.1:1 "GET /a?x=1;secret=*** 1.1" 200',
    ),
    "django": (
        "django.server",
        '"%s" %s %s',
        ("GET /a?csrf_token=S3CR3T HTTP/1.1", "200", "12"),
        {"server_time": "29/Nov/2026 05:00:00", "status_code": 200},
        '"GET /a?csrf_token=*** HTTP/1.1" 200 12',
    ),
}


@pytest.mark.parametrize("name", LANES)
@pytest.mark.parametrize("server", RECORDS)
def test_other_servers(
    server: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records of other servers have it masked, in extra fields too; handlers see the record."""
    monkeypatch.setenv("FOUNDATION_LANE", name)
    logger, message, args, extra, expected = RECORDS[server]
    path = tmp_path / "a.log"
    seen: list[str] = []

    class Keep(logging.Handler):
        """Keep messages."""

        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    other = Keep()
    logging.getLogger().addHandler(other)
    try:
        with log_to(path, access_fields=False):
            logging.getLogger(logger).warning(message, *args, extra=extra)
    finally:
        logging.getLogger().removeHandler(other)
    assert [expected] == events(path)
    assert "S3CR3T" not in path.read_text()
    assert 1 == len(seen)
    assert "S3CR3T" in seen[0]


def test_exempt_and_censored(tmp_path: Path) -> None:
    """Parameters are secret as keys are, and a censor is asked once for each."""
    path = tmp_path / "a.log"
    asked: list[object] = []

    def censor(value: object) -> str:
        asked.append(value)
        return f"<{len(asked)}>"

    for patterns in ((), ("url_query",)):
        with log_to(
            path,
            redact_keys=["pin"],
            redact_except=["next_token"],
            censor=censor,
            redact_patterns=patterns,
        ):
            logging.getLogger("uvicorn.access").info("%s", "/a?pin=1&next_token=2&tokens=3")
    found = [event.split("&", 1) for event in events(path)]
    assert [["/a?pin=<1>", "next_token=2&tokens=3"]] == found[:1]
    assert ["1", "1"] == asked


def test_switched_off(tmp_path: Path) -> None:
    """Without `access_queries`, and for any other logger, URLs are written as they are."""
    path = tmp_path / "a.log"
    with log_to(path, redaction=Redaction(access_queries=False)):
        logging.getLogger("uvicorn.access").info("%s", "/a?token=1")
    with log_to(path):
        logging.getLogger("uvicorn.error").info("%s", "/a?token=2")
    assert ["/a?token=1", "/a?token=2"] == events(path)
