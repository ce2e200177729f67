"""What the request middleware of ASGI binds, for whom, and how long; and what it does in faults."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from provide.foundation import bind_contextvars, get_contextvars, get_logger, stats
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations._event import CURRENT
from provide.foundation.integrations._request import Request
from provide.foundation.integrations.asgi import RequestMiddleware
from web_calls import BODY, START, acall, call, make_scope

Lines = Callable[[], list[dict[str, Any]]]
log = get_logger("shop")


async def shop(scope: Any, receive: Any, send: Any) -> None:
    """Bind a field of its own, and answer."""
    bind_contextvars(order=scope["path"])
    log.debug("order_opened")
    log.info("order_read")
    await send({**START, "status": 500 if scope["path"] == "/fail" else 200})
    await send({**BODY})


def ids(lines: Lines) -> list[tuple[Any, Any]]:
    """Return event and id of each line, but for those of the client httpx."""
    found = [line for line in lines() if line["logger"] != "httpx"]
    return [(line["event"], line.get("request_id")) for line in found]


def test_context_stays_for_the_server(lines: Lines) -> None:
    """What a server logs in the task when the request is over, or has failed, has the id."""

    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError

    async def serve(app: Any, name: str) -> None:
        scope = make_scope(headers=[("x-request-id", name)])
        try:
            await acall(RequestMiddleware(app), scope)
        except ValueError:
            log.error("exception_in_application")
        log.info("access")

    asyncio.run(serve(shop, "a"))
    asyncio.run(serve(fail, "b"))

    assert [("access", "a"), ("exception_in_application", "b"), ("access", "b")] == [
        each for each in ids(lines) if not str(each[0]).startswith(("order", "request"))
    ]


def test_next_request_of_a_context_begins_anew(lines: Lines) -> None:
    """Where a server has one task for a connection, no field of one request is on the next."""
    app = RequestMiddleware(shop)

    async def connection() -> list[dict[str, Any]]:
        bind_contextvars(worker=3)
        found = []
        for path in ("/a", "/fail", "/b"):
            await acall(app, make_scope(path, [("x-request-id", path[1:])]))
            found.append(get_contextvars())
        return found

    assert [
        {"worker": 3, "request_id": "a", "order": "/a"},
        {"worker": 3, "request_id": "fail", "order": "/fail"},
        {"worker": 3, "request_id": "b", "order": "/b"},
    ] == asyncio.run(connection())


@pytest.mark.parametrize("path", ["/a", "/fail"])
def test_pipelined_request_begins_anew(path: str, lines: Lines) -> None:
    """A request whose task is made within the last `send` of another one has none of its fields."""
    tasks = []

    async def second(scope: Any, receive: Any, send: Any) -> None:
        log.info("second", fields=get_contextvars())

    async def server() -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                next_one = make_scope("/b", [("x-request-id", "b")])
                tasks.append(asyncio.create_task(acall(RequestMiddleware(second), next_one)))

        await RequestMiddleware(shop)(make_scope(path), None, send)  # type: ignore[arg-type]
        await tasks[0]

    asyncio.run(server())

    assert [{"request_id": "b"}] == [
        line["fields"] for line in lines() if line["event"] == "second"
    ]


def test_request_within_a_request(lines: Lines) -> None:
    """Each has its own id and line, and afterwards the outer one's fields are there again."""
    inner = httpx.ASGITransport(app=RequestMiddleware(shop))

    async def gateway(scope: Any, receive: Any, send: Any) -> None:
        bind_contextvars(tenant="acme")
        async with httpx.AsyncClient(transport=inner, base_url="http://shop") as client:
            await client.get("/inner", headers={"x-request-id": "inner"})
        add_event_fields(called=True)
        log.info("called", fields=get_contextvars())
        await send({**START})
        await send({**BODY})

    call(RequestMiddleware(gateway), "/outer", [("x-request-id", "outer")])

    assert [
        ("order_read", "inner"),
        ("request_finished", "inner"),
        ("called", "outer"),
        ("request_finished", "outer"),
    ] == ids(lines)
    by_event = {line["event"]: line for line in lines()}
    assert {"request_id": "outer", "tenant": "acme"} == by_event["called"]["fields"]
    assert by_event["request_finished"]["called"]


def test_request_of_background_work(lines: Lines) -> None:
    """Work after the response may make requests too, and has its own request's id afterwards."""
    app = RequestMiddleware(shop)

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        await send({**START})
        await send({**BODY})
        for name in ("inner-1", "inner-2"):
            await acall(app, make_scope(headers=[("x-request-id", name)]))
            log.info("receipt_sent")

    call(RequestMiddleware(serve), headers=[("x-request-id", "outer")])

    found = [each for each in ids(lines) if each[0] in ("receipt_sent", "request_finished")]
    sent = ("receipt_sent", "outer")
    finished = "request_finished"
    assert [(finished, "outer"), (finished, "inner-1"), sent, (finished, "inner-2"), sent] == found


def test_fields_from_tasks_and_threads(lines: Lines) -> None:
    """Tasks, and threads with the context, add to the line; those without it do nothing."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def add(**fields: int) -> None:
            add_event_fields(**fields)

        await asyncio.gather(add(a=1), add(b=2))
        await asyncio.to_thread(add_event_fields, c=3)
        copied, bare = contextvars.copy_context(), contextvars.Context()
        for context, name in ((copied, "d"), (bare, "lost")):
            thread = threading.Thread(
                target=context.run, args=(lambda n=name: add_event_fields(**{n: 4}),)
            )
            thread.start()
            thread.join()
        await shop(scope, receive, send)

    add_event_fields(outside=1)
    call(RequestMiddleware(app))

    line = lines()[-1]
    assert [1, 2, 3, 4] == [line[name] for name in "abcd"]
    assert {"lost", "outside"}.isdisjoint(line)


def test_many_requests_at_once(lines: Lines) -> None:
    """200 requests that run at the same time have each its own id and fields."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        add_event_fields(number=scope["path"])
        await asyncio.sleep(0)
        await shop(scope, receive, send)

    async def run() -> None:
        names = [f"r-{number}" for number in range(200)]
        wrapped = RequestMiddleware(app)
        scopes = [make_scope(f"/{name}", [("x-request-id", name)]) for name in names]
        await asyncio.gather(*[asyncio.create_task(acall(wrapped, each)) for each in scopes])

    asyncio.run(run())

    last = [line for line in lines() if line["event"] == "request_finished"]
    assert 200 == len(last)
    assert all(f"/{line['request_id']}" == line["order"] == line["number"] for line in last)


def test_cancelled_request(lines: Lines) -> None:
    """A task that is cancelled, as its client has gone, is incomplete and no error."""
    reached = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({**START})
        reached.set()
        await asyncio.sleep(60)

    async def run() -> None:
        task = asyncio.create_task(acall(RequestMiddleware(app, buffer=True), make_scope()))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())

    assert [("info", 200, True)] == [
        (line["level"], line["http.response.status_code"], line["http.response.incomplete"])
        for line in lines()
    ]


def test_debug_lines_of_failures(lines: Lines) -> None:
    """With `buffer` debug lines are written if the request fails, in front of its line."""
    app = RequestMiddleware(shop, buffer={"level": "DEBUG", "max_lines": 10})

    call(app, "/a")
    call(app, "/fail")

    assert ["order_read", "request_finished"] == [line["event"] for line in lines()][:2]
    assert {"order_read", "order_opened", "request_finished"} == {
        line["event"] for line in lines()[2:]
    }
    assert "request_finished" == lines()[-1]["event"]


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        pytest.param([("x-log-level", "debug"), ("x-log-token", "t0ken")], True, id="right"),
        pytest.param([("x-log-level", "debug"), ("x-log-token", "wrong")], False, id="wrong"),
        pytest.param([("x-log-level", "debug"), ("x-log-token", "caf\xe9")], False, id="non-ascii"),
        pytest.param([("x-log-level", "debug")], False, id="none"),
        pytest.param([("x-log-level", "loud"), ("x-log-token", "t0ken")], False, id="no-level"),
        pytest.param(
            [("x-log-level", "debug"), ("x-log-token", "t0ken"), ("x-log-token", "t0ken")],
            False,
            id="several",
        ),
    ],
)
def test_level_of_one_request(headers: Any, shown: bool, lines: Lines) -> None:
    """Who has the token gets debug lines of one request, and of no other."""
    app = RequestMiddleware(shop, override_token="t0ken")

    call(app, headers=headers)
    call(app)

    events = [line["event"] for line in lines()]
    assert (["order_opened"] if shown else []) + ["order_read", "request_finished"] * 2 == events


def test_bound_by_the_headers(lines: Lines) -> None:
    """`bind` gets all headers, several of one name in one text, and its fields are on all lines."""
    seen = []

    def bind(headers: Any) -> dict[str, Any]:
        seen.append(dict(headers))
        return {"tenant": headers["x-tenant"], "request_id": "forged"}

    app = RequestMiddleware(shop, bind=bind)
    headers = [("X-Tenant", "acme"), ("accept", "a"), ("accept", "b"), ("x-request-id", "a-1")]
    call(app, headers=headers)

    assert [{"x-tenant": "acme", "accept": "a, b", "x-request-id": "a-1"}] == seen
    assert [("acme", "a-1")] * 2 == [(line["tenant"], line["request_id"]) for line in lines()]


def broken(*args: Any) -> Any:
    """Be a function of a user's that fails."""
    raise LookupError("mine")


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        pytest.param({"bind": broken}, "bind", id="bind"),
        pytest.param({"bind": lambda headers: 7}, "bind", id="bind-no-mapping"),
        pytest.param({"bind": lambda headers: {1: 2}}, "bind", id="bind-no-names"),
        pytest.param({"skip": broken}, "skip", id="skip"),
    ],
)
def test_functions_that_fail(
    settings: Any, part: str, lines: Lines, capfd: pytest.CaptureFixture[str]
) -> None:
    """A request goes on, is logged, and the fault is counted each time, and reported once."""
    app = RequestMiddleware(shop, **settings)

    answers = [call(app), call(app)]

    assert [200, 200] == [sent[0]["status"] for sent in answers]
    assert 2 == [line["event"] for line in lines()].count("request_finished")
    assert {"integration": 2} == stats().faults
    assert 1 == capfd.readouterr().err.count(f'"part":"{part}"')


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"headers": None}, id="headers"),
        pytest.param({"headers": [("text", "text"), ("user-agent", "text")]}, id="text"),
        pytest.param({"headers": [(b"one",)]}, id="short"),
        pytest.param({"headers": [(b"x-request-id", 7)]}, id="number"),
        pytest.param({"path": None}, id="path"),
        pytest.param({"client": 7}, id="client"),
        pytest.param({"fastapi": 7, "route": object()}, id="route"),
    ],
)
def test_scopes_that_no_server_makes(more: Any, lines: Lines) -> None:
    """Whatever a scope holds, the application is called, and answers."""
    scope = {**make_scope(), **more}

    assert 200 == asyncio.run(acall(RequestMiddleware(shop), scope))[0]["status"]


def test_answers_that_no_server_takes(lines: Lines) -> None:
    """A message that is not valid reaches the server as it is, which says so."""
    wrong = {"type": "http.response.start", "status": 200, "headers": [7]}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(wrong)
        await send({"type": "http.response.body", "body": None})

    assert [wrong, {"type": "http.response.body", "body": None}] == call(RequestMiddleware(app))


def test_nothing_is_left_of_a_request(lines: Lines) -> None:
    """Requests hold no memory in cycles, which only the collector would free."""

    async def run() -> None:
        for path in ("/a", "/fail"):
            await asyncio.create_task(acall(RequestMiddleware(shop), make_scope(path)))

    def list_requests() -> list[Request]:
        return [each for each in gc.get_objects() if type(each) is Request]

    CURRENT.set(None)
    gc.collect()
    gc.disable()
    try:
        earlier = {id(each): each for each in list_requests()}  # of other tests, still held
        asyncio.run(run())
        assert [] == [each for each in list_requests() if id(each) not in earlier]
    finally:
        gc.enable()
