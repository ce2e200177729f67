"""The request middleware of ASGI: ids, the one line, and what it is about."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from provide.foundation import bind_contextvars, get_logger
from provide.foundation.integrations import ResponseCutShort, add_event_fields
from provide.foundation.integrations.asgi import RequestMiddleware
from web_calls import BODY, START, Message, acall, call, header_of, make_scope

Lines = Callable[[], list[dict[str, Any]]]
MADE = re.compile(r"[0-9a-f]{32}")
log = get_logger("shop")


async def shop(scope: Any, receive: Any, send: Any) -> None:
    """Write a line, and answer in one part."""
    log.info("order_read")
    await send({**START})
    await send({**BODY})


def sending(*messages: Message, error: BaseException | None = None) -> Any:
    """Return an application that sends these messages, and then raises."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send({**message})
        if error is not None:
            raise error

    return app


def test_line_says_what_a_request_was(lines: Lines) -> None:
    """One line has the method, path, status, duration, size, client and agent, besides the id."""
    app = RequestMiddleware(shop)

    call(app, headers=[("X-Request-ID", "a-1"), ("User-Agent", "curl/8")])

    first, last = lines()
    assert ("order_read", "a-1") == (first["event"], first["request_id"])
    assert isinstance(last.pop("duration_ms"), float)
    del last["timestamp"]
    assert {
        "level": "info",
        "logger": "http.server",
        "event": "request_finished",
        "request_id": "a-1",
        "http.request.method": "GET",
        "url.path": "/orders/7",
        "http.response.status_code": 200,
        "http.response.body.size": 5,
        "client.address": "192.0.2.1",
        "user_agent.original": "curl/8",
    } == last


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="none"),
        pytest.param([("X-Request-ID", "")], id="empty"),
        pytest.param([("X-Request-ID", "a" * 10_240)], id="10-kilobytes"),
        pytest.param([("X-Request-ID", "a" * 129)], id="129-characters"),
        pytest.param([("X-Request-ID", "a\nlevel=error")], id="newline"),
        pytest.param([("X-Request-ID", "a\r\nSet-Cookie: b")], id="header"),
        pytest.param([("X-Request-ID", "caf\xe9")], id="non-ascii"),
        pytest.param([("X-Request-ID", "a b")], id="blank"),
        pytest.param([("X-Request-ID", '"}')], id="quote"),
        pytest.param([("X-Request-ID", "-a")], id="begins-with-dash"),
        pytest.param([("X-Request-ID", "a"), ("X-Request-ID", "b")], id="several"),
    ],
)
def test_bad_id_is_not_taken(headers: list[tuple[str, str]], lines: Lines) -> None:
    """Instead of an id that is not valid, or one of several, the request gets a new one."""
    start, _ = call(RequestMiddleware(shop), headers=headers)

    (made,) = header_of(start, b"x-request-id")
    assert MADE.fullmatch(made.decode())
    assert [made.decode()] * 2 == [line["request_id"] for line in lines()]


@pytest.mark.parametrize("given", ["a", "0" * 128, "a/b:c=d@e~f.g_h+i-j", "Root=1-67891233-abcdef"])
def test_good_id_is_taken_and_returned(given: str, lines: Lines) -> None:
    """A valid id stands on the lines, and goes back instead of one that the application sent."""
    app = sending({**START, "headers": [(b"X-Request-Id", b"own"), (b"x-kept", b"1")]}, BODY)

    start, _ = call(RequestMiddleware(app), headers=[("x-request-id", given)])

    assert [(b"x-kept", b"1"), (b"x-request-id", given.encode())] == start["headers"]
    assert [given] == [line["request_id"] for line in lines()]


def test_id_of_strangers_is_not_trusted(lines: Lines) -> None:
    """With `trust_request_id=False` each request gets an id of ours, by the header of one's own."""
    app = RequestMiddleware(shop, trust_request_id=False, request_id_header="X-Correlation-ID")

    start, _ = call(app, headers=[("X-Correlation-ID", "mine")])

    assert MADE.fullmatch(header_of(start, b"x-correlation-id")[0].decode())


def test_new_ids_differ(lines: Lines) -> None:
    """No two requests without an id have the same one."""
    app = RequestMiddleware(shop)
    for _ in range(100):
        call(app)

    assert 100 == len({line["request_id"] for line in lines()})


def test_path_is_what_the_client_has_sent(lines: Lines) -> None:
    """Percent-encoded, as access lines have it, and not as the server has decoded it."""
    app = RequestMiddleware(shop)
    for path in ("/a b", "/50%", "/ä/x;v=1,2", "/@me:(~)!$&'*+="):
        call(app, path)

    paths = [line["url.path"] for line in lines() if "url.path" in line]
    assert ["/a%20b", "/50%25", "/%C3%A4/x;v=1,2", "/@me:(~)!$&'*+="] == paths


def test_path_and_agent_of_any_kind(lines: Lines) -> None:
    """Long texts from outside are cut, and no text breaks a line in two."""
    app = RequestMiddleware(shop)

    call(app, "/" + "x" * 100_000, [("User-Agent", "y" * 100_000)], method="Z" * 5000)
    call(app, '/a\n{"event":"forged"}\x1b[31m\udcff', [("User-Agent", "\xff\x00\r\n")])

    _, long, _, hostile = lines()
    assert ("/" + "x" * 1023 + "...", "y" * 1024 + "...", "Z" * 1024 + "...") == (
        long["url.path"],
        long["user_agent.original"],
        long["http.request.method"],
    )
    assert "/a%0A%7B%22event%22:%22forged%22%7D%1B%5B31m%3F" == hostile["url.path"]
    assert "\xff\x00\r\n" == hostile["user_agent.original"]


@pytest.mark.parametrize("client", [None, (), ("192.0.2.7", 1), ["192.0.2.7", 1]])
def test_client_may_be_unknown(client: Any, lines: Lines) -> None:
    """A server that listens on a file has no address of the client."""
    call(RequestMiddleware(shop), client=client)

    assert ("192.0.2.7" if client else None) == lines()[-1].get("client.address")


def test_streamed_parts_are_summed_up(lines: Lines) -> None:
    """The line comes with the last part, and has the size of all."""
    parts = [{**BODY, "more_body": True}] * 3

    sent = call(RequestMiddleware(sending(START, *parts, {"type": "http.response.body"})))

    assert 5 == len(sent)
    (line,) = lines()
    assert 15 == line["http.response.body.size"]
    assert "http.response.incomplete" not in line


def test_line_is_written_before_the_last_part(lines: Lines) -> None:
    """Who has the whole response finds its line."""
    seen = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        seen.append([line["event"] for line in lines()])

    asyncio.run(RequestMiddleware(shop)(make_scope(), receive, send))  # type: ignore[arg-type]

    assert [["order_read"], ["order_read", "request_finished"]] == seen


def test_body_of_head_does_not_count(lines: Lines) -> None:
    """Servers do not send what an application answers to HEAD."""
    call(RequestMiddleware(shop), method="HEAD")

    assert 0 == lines()[-1]["http.response.body.size"]


def test_files_that_the_server_sends(lines: Lines, tmp_path: Any) -> None:
    """Responses by `http.response.pathsend` and `zerocopysend` end, and have their size."""
    file = tmp_path / "file"
    file.write_bytes(b"x" * 1234)
    zero = {"type": "http.response.zerocopysend", "file": 3, "count": 100}

    call(RequestMiddleware(sending(START, {"type": "http.response.pathsend", "path": str(file)})))
    call(RequestMiddleware(sending(START, {"type": "http.response.pathsend", "path": "/none"})))
    call(RequestMiddleware(sending(START, {**zero, "more_body": True}, zero)))

    found = [
        (line["http.response.body.size"], "http.response.incomplete" in line) for line in lines()
    ]
    assert [(1234, False), (0, False), (200, False)] == found


def test_messages_of_extensions_pass(lines: Lines) -> None:
    """Hints, pushes and trailers go on as they are, and make no line of their own."""
    hint = {"type": "http.response.early_hint", "links": [b"</a>"]}
    push = {"type": "http.response.push", "path": "/a", "headers": []}
    trailers = {"type": "http.response.trailers", "headers": [(b"a", b"b")]}

    sent = call(RequestMiddleware(sending(hint, {**START, "trailers": True}, push, BODY, trailers)))

    assert [hint, push, trailers] == [sent[0], sent[2], sent[4]]
    assert 1 == len(lines())


def test_exception_goes_to_the_server(lines: Lines) -> None:
    """An exception before the response leaves the middleware, and is an error of status 500."""
    error = ValueError("no such order")

    with pytest.raises(ValueError, match="no such order") as caught:
        call(RequestMiddleware(sending(error=error)))

    assert error is caught.value
    (line,) = lines()
    assert ("error", 500, "ValueError") == (
        line["level"],
        line["http.response.status_code"],
        line["error.type"],
    )
    assert "exception" not in line
    assert "http.response.incomplete" not in line


def test_exception_within_the_response(lines: Lines) -> None:
    """An exception after the start is an error, with the status that was sent."""
    app = sending(START, {**BODY, "more_body": True}, error=KeyError("gone"))

    with pytest.raises(KeyError):
        call(RequestMiddleware(app))

    (line,) = lines()
    assert ("error", 200, "KeyError", True, 5) == (
        line["level"],
        line["http.response.status_code"],
        line["error.type"],
        line["http.response.incomplete"],
        line["http.response.body.size"],
    )


def test_exception_behind_an_answer_of_500(lines: Lines) -> None:
    """A framework that answers 500 and raises then has one line, with the exception's type."""
    app = sending({**START, "status": 500}, BODY, error=OSError("disk"))

    with pytest.raises(OSError, match="disk"):
        call(RequestMiddleware(app))

    assert [(500, "OSError")] == [
        (line["http.response.status_code"], line["error.type"]) for line in lines()
    ]


def test_exceptions_can_be_logged_here(lines: Lines) -> None:
    """With `exceptions="log"` the line has the exception, and the client an answer with the id."""
    app = RequestMiddleware(sending(error=ValueError("no such order")), exceptions="log")

    start, body = call(app, headers=[("x-request-id", "a-1")])

    assert (500, [b"a-1"]) == (start["status"], header_of(start, b"x-request-id"))
    assert b"Internal Server Error" == body["body"]
    (line,) = lines()
    assert ("ValueError", 500, 21) == (
        line["exception"]["type"],
        line["http.response.status_code"],
        line["http.response.body.size"],
    )
    assert "error.type" not in line


def test_logged_exception_within_the_response(lines: Lines) -> None:
    """The server is told to break the response off, without the exception for a second time."""
    app = sending(START, {**BODY, "more_body": True}, error=ValueError("no such order"))

    with pytest.raises(ResponseCutShort, match="request a-1 failed") as caught:
        call(RequestMiddleware(app, exceptions="log"), headers=[("x-request-id", "a-1")])

    assert caught.value.__suppress_context__
    (line,) = lines()
    assert ("no such order", True) == (
        line["exception"]["message"],
        line["http.response.incomplete"],
    )


def test_logged_exception_behind_the_response(lines: Lines) -> None:
    """Work in the background that fails has a line of its own, and the server hears nothing."""
    app = sending(START, BODY, error=ValueError("receipt not sent"))

    sent = call(RequestMiddleware(app, exceptions="log"), headers=[("x-request-id", "a-1")])

    assert 2 == len(sent)
    first, late = lines()
    assert ("request_finished", "info") == (first["event"], first["level"])
    assert ("work_after_response_failed", "receipt not sent", "a-1") == (
        late["event"],
        late["exception"]["message"],
        late["request_id"],
    )


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("exceptions", ["raise", "log"])
def test_what_ends_the_process_is_not_caught(kind: type, exceptions: Any, lines: Lines) -> None:
    """`BaseException` leaves as it is, and makes no error of the request."""
    coroutine = acall(RequestMiddleware(sending(error=kind()), exceptions=exceptions), make_scope())
    with pytest.raises(kind):
        coroutine.send(None)

    assert [("info", True)] == [
        (line["level"], line["http.response.incomplete"]) for line in lines()
    ]


def test_response_that_does_not_end(lines: Lines) -> None:
    """An application that returns too early has an incomplete response, or none."""
    call(RequestMiddleware(sending(START, {**BODY, "more_body": True})))
    call(RequestMiddleware(sending()))

    assert [(200, True), (None, True)] == [
        (line.get("http.response.status_code"), line["http.response.incomplete"])
        for line in lines()
    ]


def test_fields_that_are_gathered(lines: Lines) -> None:
    """Fields join the line, the last value of each, before those of the line itself."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        add_event_fields(customer="kim", items=1)
        add_event_fields(items=2)
        await shop(scope, receive, send)
        add_event_fields(late=True)

    call(RequestMiddleware(app))

    line = lines()[-1]
    assert ("kim", 2) == (line["customer"], line["items"])
    assert "late" not in line
    assert ["request_id", "customer", "items", "http.request.method"] == list(line)[4:8]


def test_gathered_fields_leave_the_lines_own(lines: Lines) -> None:
    """A field whose name the line has, or a log call, gets an underscore behind."""
    names = [
        "duration_ms", "request_id", "url.path", "http.route", "exc_info", "stack_info",
        "stacklevel", "event", "level", "timestamp", "logger", "self", "error.type", "sample",
    ]  # fmt: skip

    async def app(scope: Any, receive: Any, send: Any) -> None:
        add_event_fields(**dict.fromkeys(names, "mine"), **{"url.path_": "taken"})
        await shop(scope, receive, send)

    call(RequestMiddleware(app), headers=[("x-request-id", "a-1")])

    line = lines()[-1]
    own = {"a-1", "/orders/7", "request_finished", "info", "http.server"}
    assert own == {line[n] for n in ("request_id", "url.path", "event", "level", "logger")}
    assert isinstance(line["duration_ms"], float)
    assert ("taken", "mine") == (line["url.path_"], line["url.path__"])
    kept = [name for name in names if "mine" in (line.get(name), line.get(f"{name}_"))]
    assert [name for name in names if name != "url.path"] == kept


def test_two_middlewares(lines: Lines) -> None:
    """Of two around one application the outer one does the work, with its settings."""
    app = RequestMiddleware(RequestMiddleware(shop, event="inner"), event="outer")

    start, _ = call(app)

    assert 1 == len(header_of(start, b"x-request-id"))
    assert ["order_read", "outer"] == [line["event"] for line in lines()]


def test_lifespan_is_left_alone(lines: Lines) -> None:
    """Events of the server's life pass with the very objects."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend((scope, receive, send))

    given: list[Any] = [{"type": "lifespan"}, object(), object()]
    coroutine: Any = RequestMiddleware(app)(*given)
    with pytest.raises(StopIteration):
        coroutine.send(None)

    assert all(a is b for a, b in zip(given, seen, strict=True))
    assert [] == lines()


def test_fields_bound_by_the_application(lines: Lines) -> None:
    """What a handler binds stands on the later lines of its request, the last one too."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        bind_contextvars(tenant="acme")
        await shop(scope, receive, send)

    call(RequestMiddleware(app))

    assert ["acme", "acme"] == [line["tenant"] for line in lines()]
