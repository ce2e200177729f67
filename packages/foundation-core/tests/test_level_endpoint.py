"""Tests of the levels behind HTTP: real requests to the standard library's server."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from fastapi import FastAPI

import interpreters
from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    level_endpoint,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.testing import capture_logs

TOKEN = "a-token-of-the-test"
Answer = tuple[int, dict[str, str], Any]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""


class Wsgi:
    """Send requests to the WSGI endpoint, over a socket."""

    def __init__(self) -> None:
        application: Any = level_endpoint.wsgi(token=TOKEN)
        self.server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def send(self, method: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request, and return status, headers and content."""
        client = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        client.request(method, "/levels", body or None, dict(headers))
        response = client.getresponse()
        content = json.loads(response.read())
        client.close()
        return response.status, dict(response.getheaders()), content

    def end(self) -> None:
        """Stop the server."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Asgi:
    """Call the ASGI endpoint as a server does, a few bytes of the body at a time."""

    def send(self, method: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request, and return status, headers and content."""
        parts = [body[place : place + 100] for place in range(0, len(body), 100)] or [b""]
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "headers": raw, "client": ("127.0.0.1", 5)}
        asyncio.run(level_endpoint.asgi(token=TOKEN)(scope, receive, send))  # type: ignore[arg-type]
        start, content = sent
        names = {name.decode().title(): value.decode() for name, value in start["headers"]}
        return start["status"], names, json.loads(content["body"])

    def end(self) -> None:
        """Have nothing to stop."""


@pytest.fixture(name="server", params=[Wsgi, Asgi])
def _server(request: pytest.FixtureRequest) -> Iterator[Wsgi | Asgi]:
    server = request.param()
    yield server
    server.end()


def ask(server: Wsgi | Asgi, method: str, body: bytes = b"", token: str | None = TOKEN) -> Answer:
    """Send a request with a token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return server.send(method, body, headers)


def test_levels_are_read_and_changed(server: Wsgi | Asgi) -> None:
    """GET answers the levels, PUT changes one, and a record says who it was."""
    with capture_logs() as lines:
        before = ask(server, "GET")
        body = b'{"level": "debug", "module": "app.db", "for_s": 600}'
        status, headers, after = ask(server, "PUT", body)
        number = get_logger("app.db.pool").get_effective_level()
        ask(server, "PUT", b'{"level": "INFO", "module": "app.db"}')

    assert (200, {"level": "INFO", "modules": {}, "temporary": []}) == (before[0], before[2])
    left = after["temporary"][0].pop("left_s")
    expected = {
        "level": "INFO",
        "modules": {"app.db": "DEBUG"},
        "temporary": [{"module": "app.db", "then": None}],
    }
    assert (200, expected, True, 10) == (status, after, 599 < left <= 600, number)
    assert ("application/json", "no-store") == (headers["Content-Type"], headers["Cache-Control"])
    names = ("event", "by", "module", "old", "new", "for_s", "peer")
    expected_values = ["level changed", "http", "app.db", "INFO", "DEBUG", 600, "127.0.0.1"]
    assert expected_values == [lines[0].get(name) for name in names]
    assert TOKEN not in str(lines)


@pytest.mark.parametrize(
    ("method", "body", "token", "expected"),
    [
        pytest.param("GET", b"", None, 401, id="no-token"),
        pytest.param("PUT", b'{"level": "DEBUG"}', "another", 403, id="wrong-token"),
        pytest.param("PUT", b'{"level": "DEBUG"}', None, 401, id="put-without-token"),
        pytest.param("POST", b'{"level": "DEBUG"}', TOKEN, 405, id="method"),
        pytest.param("PUT", b'{"level": "NOISY"}', TOKEN, 400, id="level"),
        pytest.param("PUT", b'{"level": "DEBUG", "for_s": 0}', TOKEN, 400, id="time"),
        pytest.param("PUT", b'{"level": "DEBUG", "for_s": NaN}', TOKEN, 400, id="nan"),
        pytest.param("PUT", b'{"level": "DEBUG", "module": 7}', TOKEN, 400, id="module"),
        pytest.param("PUT", b'{"level": "DEBUG", "x": 1}', TOKEN, 400, id="key"),
        pytest.param("PUT", b'{"level": "INFO", "level": "DEBUG"}', TOKEN, 400, id="twice"),
        pytest.param("PUT", b"[" * 4000, TOKEN, 400, id="nested"),
        pytest.param("PUT", b"\xff", TOKEN, 400, id="bytes"),
        pytest.param("PUT", b"", TOKEN, 400, id="empty"),
        pytest.param("PUT", b" " * 5000, TOKEN, 413, id="long"),
        pytest.param("PUT", b" " * 5000, "another", 403, id="wrong-token-and-long"),
    ],
)
def test_bad_request_changes_nothing(
    server: Wsgi | Asgi, method: str, body: bytes, token: str | None, expected: int
) -> None:
    """A request that is wrong in any way gets its status, and every level stays."""
    with capture_logs() as lines:
        status, headers, content = ask(server, method, body, token)
        levels = ask(server, "GET")[2]

    assert (expected, ["error"]) == (status, list(content))
    assert {"level": "INFO", "modules": {}, "temporary": []} == levels
    assert [] == lines
    assert (expected == 401) == ("Www-Authenticate" in {name.title() for name in headers})
    assert (expected == 405) == (headers.get("Allow") == "GET, PUT")


@pytest.mark.parametrize("make", [level_endpoint.asgi, level_endpoint.wsgi])
@pytest.mark.parametrize("token", ["", " ", "with blank", "schlüssel", None, "line\n"])
def test_no_endpoint_without_a_token(make: Any, token: Any) -> None:
    """A token that is none is refused, and the error does not show it."""
    with pytest.raises(ConfigurationError, match=r"^token: <class"):
        make(token=token)


def test_wrong_token_leaves_no_trace(
    server: Wsgi | Asgi, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is neither logged nor counted, on no output and not on stderr, and is not sent back."""
    file = tmp_path / "app.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=file)))
    try:
        before = stats()
        status, headers, content = ask(server, "PUT", b'{"level": "DEBUG"}', "a-guess")
        after = stats()
        level = get_logger("app").get_effective_level()
    finally:
        reset_for_testing()

    assert (403, before, 20) == (status, after, level)
    assert ("", ("", "")) == (file.read_text(), tuple(capfd.readouterr()))
    assert "a-guess" not in f"{headers} {content}"


def serve(scope: Mapping[str, Any], *messages: dict[str, Any]) -> tuple[list[Any], int]:
    """Call the ASGI endpoint, and return what it sent and how many messages it left unread."""
    left, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(level_endpoint.asgi(token=TOKEN)(scope, receive, send))  # type: ignore[arg-type]
    return sent, len(left)


def put(token: str) -> dict[str, Any]:
    """Return the scope of a request that changes a level, of a server that names no client."""
    return {
        "type": "http",
        "method": "PUT",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "client": None,
    }


def test_lifespan_of_an_application() -> None:
    """A server that starts and ends its application is told that both are done."""
    stages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent, left = serve({"type": "lifespan"}, *stages)

    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == [m["type"] for m in sent]
    assert 0 == left


@pytest.mark.parametrize(
    ("path", "status", "level"),
    [
        pytest.param("/levels", 200, 10, id="route"),
        pytest.param("/mounted/", 200, 10, id="mount"),
        pytest.param("/mounted", 307, 20, id="mount-without-slash"),
    ],
)
def test_paths_of_fastapi(path: str, status: int, level: int) -> None:
    """FastAPI leads its route, and all below a mount, to the endpoint, but not the mount itself."""
    app = FastAPI()
    endpoint: Any = level_endpoint.asgi(token=TOKEN)
    app.add_route("/levels", endpoint)
    app.mount("/mounted", endpoint)

    async def change() -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            return (await client.put(path, headers=headers, json={"level": "DEBUG"})).status_code

    with capture_logs():
        assert (status, level) == (asyncio.run(change()), get_logger("app").get_effective_level())


def test_websocket_is_closed() -> None:
    """A websocket is refused before it is open."""
    sent, left = serve({"type": "websocket", "headers": []}, {"type": "websocket.connect"})

    assert ([{"type": "websocket.close"}], 0) == (sent, left)


def test_client_that_has_gone_gets_nothing() -> None:
    """Half a body whose client goes changes nothing, and nobody is answered."""
    half = {"type": "http.request", "body": b'{"level": "DEBUG"', "more_body": True}
    with capture_logs() as lines:
        sent, left = serve(put(TOKEN), half, {"type": "http.disconnect"})

    assert ([], 0, [], 20) == (sent, left, lines, get_logger("app").get_effective_level())


def test_body_behind_a_wrong_token_is_not_read() -> None:
    """The answer comes without a single part of the body."""
    part = {"type": "http.request", "body": b" " * 4000, "more_body": True}
    sent, left = serve(put("another"), part, part)

    assert ([403], 2) == ([each["status"] for each in sent if "status" in each], left)


def test_change_without_a_client() -> None:
    """A server on a socket of the file system names no client, and the record none."""
    with capture_logs() as lines:
        sent, _ = serve(put(TOKEN), {"type": "http.request", "body": b'{"level": "DEBUG"}'})

    assert (200, "level changed") == (sent[0]["status"], lines[0]["event"])
    assert "peer" not in lines[0]


@pytest.mark.parametrize(
    ("environ", "body", "expected"),
    [
        ({"wsgi.input_terminated": True}, b'{"level": "INFO"}', "200 OK"),
        ({"wsgi.input_terminated": True}, b" " * 5000, "413 Content Too Large"),
        ({}, b'{"level": "INFO"}', "400 Bad Request"),
        ({"CONTENT_LENGTH": "17"}, b'{"level": "INFO"} and more', "200 OK"),
        ({"CONTENT_LENGTH": "5"}, b'{"level": "INFO"}', "400 Bad Request"),
        ({"CONTENT_LENGTH": "seven"}, b'{"level": "INFO"}', "400 Bad Request"),
        ({"CONTENT_LENGTH": "-1"}, b'{"level": "INFO"}', "400 Bad Request"),
        ({"CONTENT_LENGTH": "\xb2"}, b'{"level": "INFO"}', "400 Bad Request"),
        ({"CONTENT_LENGTH": "9" * 5000}, b'{"level": "INFO"}', "413 Content Too Large"),
    ],
    ids=[
        *("terminated", "terminated-and-long", "no-length", "longer", "shorter"),
        *("word", "negative", "power", "endless"),
    ],
)
def test_lengths_of_bodies(environ: dict[str, Any], body: bytes, expected: str) -> None:
    """As much is read as the server says that there is, and no more than a level needs."""
    started: list[str] = []
    source = io.BytesIO(body)
    given = {
        "REQUEST_METHOD": "PUT",
        "HTTP_AUTHORIZATION": f"Bearer {TOKEN}",
        "wsgi.input": source,
        **environ,
    }
    with capture_logs():
        level_endpoint.wsgi(token=TOKEN)(given, lambda status, headers: started.append(status))

    assert [expected] == started
    assert source.tell() <= 4097


def test_no_thread_for_a_time(tmp_path: Path) -> None:
    """Where no thread can be had that would end a level, the answer says so, and it stays."""
    code = """
import io, threading
from provide.foundation import level_endpoint
levels = level_endpoint.wsgi(token="t")
def ask(method, body=b""):
    levels_now = levels({
        "REQUEST_METHOD": method, "HTTP_AUTHORIZATION": "Bearer t", "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }, lambda status, headers: print(status))
    print(*map(bytes.decode, levels_now))
threading.stack_size(1 << 46)  # more than there is
ask("PUT", b'{"level": "DEBUG", "for_s": 600}')
ask("GET")
ask("PUT", b'{"level": "DEBUG"}')
"""
    done = interpreters.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )

    assert [
        "503 Service Unavailable",
        '{"error": "no thread can be had that would end it"}',
        "200 OK",
        '{"level": "INFO", "modules": {}, "temporary": []}',
        "200 OK",
        '{"level": "DEBUG", "modules": {}, "temporary": []}',
    ] == done.stdout.splitlines(), done.stderr
