"""aiohttp's server: its access logger, its middleware, and the lines of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.abc import AbstractAccessLogger

from provide.foundation import (
    bind_contextvars,
    get_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation.integrations.aiohttp import AccessLogger, install
from provide.foundation.testing import capture_logs

log = get_logger("shop")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    reset_for_testing()
    setup_telemetry()
    yield
    reset_for_testing()


async def show(request: web.Request) -> web.StreamResponse:
    """Bind a field, and answer with what is bound."""
    bound = get_contextvars()
    bind_contextvars(item=request.match_info["number"])
    return web.json_response(bound)


async def fail(request: web.Request) -> web.StreamResponse:
    """Raise."""
    raise LookupError("no such item")


async def refuse(request: web.Request) -> web.StreamResponse:
    """Raise an answer."""
    raise web.HTTPForbidden


async def stream(request: web.Request) -> web.StreamResponse:
    """Answer in parts, and fail at the end if that is asked for."""
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"seven")
    if "fail" in request.query:
        raise LookupError("lost")
    return response


def ask(
    *paths: str, access: Any = AccessLogger, headers: Any = None, **settings: Any
) -> tuple[list[Any], list[dict[str, Any]]]:
    """Serve on a real port; return the answers to requests on one connection, and the lines."""
    sub = web.Application()
    sub.router.add_get("/{number}", show)
    app = web.Application()
    install(app, **settings)
    routes: list[tuple[str, Handler]] = [("/fail", fail), ("/refuse", refuse), ("/stream", stream)]
    for path, handler in routes:
        app.router.add_get(path, handler)
    install(sub)
    app.add_subapp("/items", sub)

    async def run() -> list[Any]:
        runner = web.AppRunner(app, access_log_class=access)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        answers = []
        async with ClientSession() as session:
            for path in paths:
                url = f"http://127.0.0.1:{port}{path}"
                async with session.get(url, headers=headers or {"X-Request-ID": "a-1"}) as answer:
                    ids = answer.headers.getall("X-Request-ID", [])
                    try:
                        answers.append((answer.status, ids, await answer.text()))
                    except Exception as error:
                        answers.append((answer.status, ids, type(error).__name__))
        await runner.cleanup()
        return answers

    with capture_logs() as lines:
        answers = asyncio.run(run())
    return answers, [line for line in lines if not line["logger"].startswith("asyncio")]


class Quiet(AbstractAccessLogger):
    """Log nothing, as a server does that has no access logger of ours."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Do nothing."""


@pytest.mark.parametrize("access", [AccessLogger, Quiet])
def test_line_of_a_request(access: Any) -> None:
    """The line has route, status, size and id, with the access logger and without it."""
    ((status, ids, text),), (line,) = ask("/items/7", access=access)

    assert (200, ["a-1"], '{"request_id": "a-1"}') == (status, ids, text)
    assert isinstance(line.pop("duration_ms"), float)
    agent = line.pop("user_agent.original")
    assert agent.startswith("Python/")
    assert {
        "event": "request_finished",
        "level": "info",
        "logger": "http.server",
        "request_id": "a-1",
        "item": "7",
        "http.request.method": "GET",
        "url.path": "/items/7",
        "http.route": "/items/{number}",
        "http.response.status_code": 200,
        "http.response.body.size": 21,
        "client.address": "127.0.0.1",
    } == line


def test_next_request_of_a_connection() -> None:
    """No field of one request is bound in the next one of its connection."""
    answers, _ = ask("/items/1", "/items/2")

    assert ['{"request_id": "a-1"}'] * 2 == [text for _, _, text in answers]


def test_exception_is_logged_once() -> None:
    """The server's line has the exception and the id; the last one has its class."""
    ((status, ids, _),), (first, last) = ask("/fail")

    assert (500, ["a-1"]) == (status, ids)
    assert ("aiohttp.server", "a-1") == (first["logger"], first["request_id"])
    assert "no such item" == first["exception"]["message"]
    assert ("error", "LookupError", 500) == (
        last["level"],
        last["error.type"],
        last["http.response.status_code"],
    )


def test_exceptions_can_be_logged_here() -> None:
    """With `exceptions="log"` the last line has the exception, and the client an answer."""
    ((status, ids, text),), (line,) = ask("/fail", exceptions="log")

    assert (500, ["a-1"], "Internal Server Error") == (status, ids, text)
    assert "no such item" == line["exception"]["message"]


@pytest.mark.parametrize(("path", "status"), [("/refuse", 403), ("/nowhere", 404)])
def test_answers_that_are_raised(path: str, status: int) -> None:
    """They are no failures, and have the id like all others."""
    ((found, ids, _),), (line,) = ask(path)

    assert (status, ["a-1"]) == (found, ids)
    assert ("info", status) == (line["level"], line["http.response.status_code"])


def test_response_in_parts() -> None:
    """A stream has no size, and one that breaks is a failure with the exception once."""
    ((status, _, text),), (line,) = ask("/stream")
    assert (200, "seven", 200) == (status, text, line["http.response.status_code"])
    assert "http.response.body.size" not in line

    _, lines = ask("/stream?fail=1")
    assert ["LookupError"] == [one["error.type"] for one in lines if "error.type" in one]
    assert 1 == len([one for one in lines if "exception" in one])


def test_ids_that_are_not_valid() -> None:
    """Instead of an id that is not valid, or two, the request gets a new one."""
    for headers in ({"X-Request-ID": "a" * 4000}, [("X-Request-ID", "a"), ("X-Request-ID", "b")]):
        ((_, (made,), _),), _ = ask("/items/1", headers=headers)
        assert 32 == len(made)


def test_skipped_path() -> None:
    """A skipped path has no line unless it fails."""
    _, lines = ask("/items/1", "/fail", skip=["/items/1", "/fail"])

    assert ["/fail"] == [line["url.path"] for line in lines if "url.path" in line]
