"""Tests of the levels behind HTTP: real requests to the standard library's server."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from provide.foundation import ConfigurationError, get_logger, level_endpoint
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
