"""WebSockets behind the request middleware of ASGI: one line each, with how they ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provide.foundation.integrations.asgi import RequestMiddleware
from web_calls import Message, call, header_of

Lines = Callable[[], list[dict[str, Any]]]
ACCEPT: Message = {"type": "websocket.accept", "headers": [(b"a", b"b")]}
FIELDS = ("level", "http.response.status_code", "websocket.close_code", "error.type")


def talking(*messages: Message, error: Exception | None = None, receives: int = 0) -> Any:
    """Return an application that sends messages, receives some, and then raises."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send({**message})
        for _ in range(receives):
            await receive()
        if error is not None:
            raise error

    return app


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        pytest.param(
            talking(ACCEPT, {"type": "websocket.close", "code": 4000}),
            ("info", 101, 4000, None),
            id="closed-by-us",
        ),
        pytest.param(
            talking(ACCEPT, {"type": "websocket.close"}), ("info", 101, 1000, None), id="by-default"
        ),
        pytest.param(talking(ACCEPT, receives=2), ("info", 101, 1001, None), id="client-left"),
        pytest.param(
            talking({"type": "websocket.close"}), ("info", 403, None, None), id="not-accepted"
        ),
        pytest.param(
            talking(
                {"type": "websocket.http.response.start", "status": 429, "headers": []},
                {"type": "websocket.http.response.body", "body": b"later"},
            ),
            ("info", 429, None, None),
            id="denied",
        ),
        pytest.param(
            talking(error=ValueError()), ("error", 500, None, "ValueError"), id="failed-before"
        ),
        pytest.param(
            talking(ACCEPT, error=ValueError()), ("error", 101, None, "ValueError"), id="failed"
        ),
    ],
)
def test_line_says_how_it_ended(app: Any, expected: tuple[Any, ...], lines: Lines) -> None:
    """The line has the status, and the code that either side has closed with."""
    gone = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}]
    try:
        call(RequestMiddleware(app), "/feed", type="websocket", received=gone)
    except ValueError:
        assert expected[3] == "ValueError"

    assert [expected] == [tuple(line.get(name) for name in FIELDS) for line in lines()]


def test_id_and_size(lines: Lines) -> None:
    """The handshake's answer has the id, and what is sent counts in bytes."""
    texts: list[Message] = [{"text": "caf\xe9"}, {"text": "tea"}, {"bytes": b"1234", "text": None}]
    app = talking(ACCEPT, *[{"type": "websocket.send", **each} for each in texts])

    sent = call(RequestMiddleware(app), "/feed", [("x-request-id", "a-1")], type="websocket")

    assert [b"a-1"] == header_of(sent[0], b"x-request-id")
    assert [b"b"] == header_of(sent[0], b"a")
    assert [("a-1", 12)] == [
        (line["request_id"], line["http.response.body.size"]) for line in lines()
    ]


@pytest.mark.parametrize("before", [(), (ACCEPT,)], ids=["before", "accepted"])
def test_exceptions_can_be_logged_here(before: Any, lines: Lines) -> None:
    """With `exceptions="log"` the line has the exception, and the connection is closed."""
    app = talking(*before, error=ValueError("no such feed"))

    sent = call(RequestMiddleware(app, exceptions="log"), "/feed", type="websocket")

    assert {"type": "websocket.close", "code": 1011} == sent[-1]
    assert ["no such feed"] == [line["exception"]["message"] for line in lines()]
