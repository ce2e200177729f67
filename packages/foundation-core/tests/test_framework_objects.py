"""What frameworks put into `extra`: requests, responses, connections, and tasks of Celery."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from installed_lanes import LANES
from provide.foundation import LoggingConfig, TelemetryConfig, reset_for_testing, setup_telemetry

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow

OWN = ("timestamp", "level", "logger", "event", "exception")


def write(path: Path, log: Callable[[], object]) -> list[dict[str, Any]]:
    """Return the lines that a function logs."""
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path)))
    try:
        log()
    finally:
        reset_for_testing()
    return [json.loads(line) for line in path.read_text().splitlines()]


def fields_of(path: Path, name: str, extra: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the fields of the line that a record with these extra values becomes."""
    (line,) = write(path, lambda: logging.getLogger(name).warning("it", extra=extra, **more))
    return {key: value for key, value in line.items() if key not in OWN}


def stand_in(name: str, slots: tuple[str, ...] = (), **attributes: Any) -> Any:
    """Return an object of a class that has the name of a framework's.

    Args:
        name: Its module and its name.
        slots: The names of its slots.
        **attributes: What the object has.
    """
    module, _, name = name.rpartition(".")
    inner = type(name, (), {"__module__": module, "__slots__": slots or tuple(attributes)})
    made = type("Derived", (inner,), {})()
    for key, value in attributes.items():
        setattr(made, key, value)
    return made


def named(**attributes: Any) -> SimpleNamespace:
    """Return an object with attributes."""
    return SimpleNamespace(**attributes)


#: Objects with the attributes that those of the frameworks have; and the fields that they become.
#: Each was compared with the real one: Django 5.2, Django REST framework 3.18, Litestar 2.25,
#: Werkzeug 3.1 under Flask 3.1 and Quart 0.22, aiohttp 3.14, Tornado 6.6.
OBJECTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Django": (
        stand_in(
            "django.http.request.HttpRequest",
            method="GET",
            path="/item/\u00e4 b",
            resolver_match=named(route="item/<str:n>"),
        ),
        {"url.path": "/item/%C3%A4%20b", "http.route": "item/<str:n>"},
    ),
    "Django, no route": (
        stand_in(
            "django.http.request.HttpRequest", method="GET", path="/none", resolver_match=None
        ),
        {"url.path": "/none"},
    ),
    "Django REST framework": (
        stand_in("rest_framework.request.Request", method="GET", path="/a"),
        {"url.path": "/a"},
    ),
    "Litestar": (
        stand_in(
            "litestar.connection.base.ASGIConnection",
            scope={"method": "GET", "path": "/a/5", "path_template": "/a/{x}"},
        ),
        {"url.path": "/a/5", "http.route": "/a/{x}"},
    ),
    "Flask": (
        stand_in(
            "werkzeug.sansio.request.Request",
            method="GET",
            path="/a/5",
            root_path="/shop",
            url_rule=named(rule="/a/<x>"),
        ),
        {"url.path": "/shop/a/5", "http.route": "/a/<x>"},
    ),
    "aiohttp": (
        stand_in(
            "aiohttp.web_request.BaseRequest",
            method="GET",
            path="/a/5",
            match_info=named(route=named(resource=named(canonical="/a/{x}"))),
        ),
        {"url.path": "/a/5", "http.route": "/a/{x}"},
    ),
    "Tornado": (
        stand_in("tornado.httputil.HTTPServerRequest", method="GET", path="/t"),
        {"url.path": "/t"},
    ),
}
RESPONSES = {
    "Django": stand_in("django.http.response.HttpResponseBase", status_code=201),
    "Litestar": stand_in("litestar.response.base.Response", status_code=201),
    "Flask": stand_in("werkzeug.sansio.response.Response", status_code=201),
    "aiohttp": stand_in("aiohttp.web_response.StreamResponse", status=201),
}


@pytest.mark.parametrize("framework", OBJECTS)
def test_requests(framework: str, tmp_path: Path) -> None:
    """A request becomes its method, its path and its route."""
    request, expected = OBJECTS[framework]
    found = fields_of(tmp_path / "a.log", "shop", {"request": request, "order": 7})
    assert {"http.request.method": "GET", **expected, "order": 7} == found


@pytest.mark.parametrize("framework", RESPONSES)
def test_responses(framework: str, tmp_path: Path) -> None:
    """A response becomes its status."""
    found = fields_of(tmp_path / "a.log", "shop", {"response": RESPONSES[framework]})
    assert {"http.response.status_code": 201} == found


def test_proxy_of_flask(tmp_path: Path) -> None:
    """Flask's `request` is the request that it stands for."""
    request, expected = OBJECTS["Flask"]
    proxy = stand_in("werkzeug.local.LocalProxy", _get_current_object=lambda: request)
    found = fields_of(tmp_path / "a.log", "shop", {"request": proxy})
    assert {"http.request.method": "GET", **expected} == found


@pytest.mark.parametrize("lane", LANES)
def test_starlette(lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real request of Starlette's, which is a mapping, brings no header and no query with it."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)

    async def show(request: Request) -> Response:
        response = JSONResponse({}, status_code=202)
        logging.getLogger("shop").warning("it", extra={"request": request, "response": response})
        return response

    async def ask() -> None:
        transport = httpx.ASGITransport(app=Starlette(routes=[Route("/a/{x}", show)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://h") as client:
            await client.get("/a/5?q=S3CR3T", headers={"Cookie": "s=S3CR3T"})

    path = tmp_path / "a.log"
    found = [line for line in write(path, lambda: asyncio.run(ask())) if line["logger"] == "shop"]
    assert [
        {
            "http.request.method": "GET",
            "url.path": "/a/5",
            "http.route": "/a/{x}",
            "http.response.status_code": 202,
        }
    ] == [{key: value for key, value in line.items() if key not in OWN} for line in found]


def test_status_of_django(tmp_path: Path) -> None:
    """`status_code` beside a request has the name that it has in all lines; elsewhere it stays."""
    request, expected = OBJECTS["Django"]
    extra = {"request": request, "status_code": 404}
    found = {
        name: fields_of(tmp_path / name, name, extra)
        for name in ("django.request", "django.security.csrf", "shop")
    }
    request_fields = {"http.request.method": "GET", **expected}
    ours = {**request_fields, "http.response.status_code": 404}
    theirs = {**request_fields, "status_code": 404}
    assert {"django.request": ours, "django.security.csrf": ours, "shop": theirs} == found


def test_connection_of_runserver(tmp_path: Path) -> None:
    """The socket in a record of `django.server` becomes the client; its time goes."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as connection,
    ):
        address, port = client.getsockname()
        extra = {"request": connection, "server_time": "29/Nov/2026 16:09:31"}

        def log() -> None:
            server = logging.getLogger("django.server")
            server.warning('"%s" %s %s', "GET /a HTTP/1.1", "200", "5", extra=extra)
            server.warning("code %d, message %s", 400, "Bad request", extra=extra)

        lines = write(tmp_path / "a.log", log)
    assert [
        ("http_request", address, port),
        ("code 400, message Bad request", address, port),
    ] == [(line["event"], line["client.address"], line["client.port"]) for line in lines]
    assert all(not {"request", "server_time"} & line.keys() for line in lines)


def test_connection_that_is_closed(tmp_path: Path) -> None:
    """A socket whose client has gone gives no client, and the line is written."""
    with socket.socket() as closed:
        extra = {"request": closed, "server_time": "x", "status_code": 200}
        record = ('"%s" %s %s', "GET /a HTTP/1.1", "200", "5")
        (line,) = write(
            tmp_path / "a.log",
            lambda: logging.getLogger("django.server").info(*record, extra=extra),
        )
    assert ("http_request", None) == (line["event"], line.get("client.address"))


def test_connection_of_websockets(tmp_path: Path) -> None:
    """The weak reference that the `websockets` library adds to each record goes."""
    held: Any = type("Connection", (), {})()
    extra = {"websocket": weakref.proxy(held)}
    assert {} == fields_of(tmp_path / "a.log", "websockets.server", extra)
    assert {"websocket": "on"} == fields_of(tmp_path / "b.log", "shop", {"websocket": "on"})


class Hostile:
    """Raise whatever is asked of it."""

    __module__ = "django.http.request"
    __qualname__ = "HttpRequest"

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        return "<hostile>"


class HostileKind(type):
    """Raise when a class is asked for anything."""

    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize("value", ["a text", 7, None, ["a"], {"method": "GET", "path": "/"}])
def test_other_values_stay(value: object, tmp_path: Path) -> None:
    """A field of the user's that is called `request` stays as it is."""
    assert {"request": value} == fields_of(tmp_path / "a.log", "shop", {"request": value})


def test_hostile_requests(tmp_path: Path) -> None:
    """What raises when it is asked is written as it was before, and the line comes."""
    proxy = stand_in("werkzeug.local.LocalProxy", _get_current_object=lambda: 1 / 0)
    odd = stand_in("django.http.request.HttpRequest", method=7, path=b"/", resolver_match=None)
    values = [Hostile(), proxy, HostileKind("X", (), {})()]

    def log() -> None:
        for value in values:
            logging.getLogger("shop").warning("it", extra={"request": value})

    lines = write(tmp_path / "a.log", log)
    assert [True] * 3 == ["request" in line for line in lines]
    assert {} == fields_of(tmp_path / "b.log", "shop", {"request": odd})


#: What Celery 5.7 has logged, its tracebacks shortened: logger, message, `data`, and the fields.
TASKS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "received": (
        "celery.worker.strategy",
        "Task %(name)s[%(id)s] received",
        {
            "id": "b73a8fbf",
            "name": "shop.add",
            "args": "(1, 2)",
            "kwargs": "{'password': 'S3CR3T'}",
            "eta": None,
        },
        {},
    ),
    "received, for later": (
        "celery.worker.strategy",
        "Task %(name)s[%(id)s] received",
        {"id": "b73a8fbf", "name": "shop.add", "args": "()", "eta": "2026-11-29T17:00:00+00:00"},
        {"task_eta": "2026-11-29T17:00:00+00:00"},
    ),
    "succeeded": (
        "celery.app.trace",
        "Task %(name)s[%(id)s] succeeded in %(runtime)ss: %(return_value)s",
        {
            "id": "b73a8fbf",
            "name": "shop.add",
            "return_value": "3",
            "runtime": 0.0021228820000942505,
            "args": "(1, 2)",
            "kwargs": "{'password': 'S3CR3T'}",
        },
        {"duration_ms": 2.123},
    ),
    "failed": (
        "celery.app.trace",
        "Task %(name)s[%(id)s] %(description)s: %(exc)s",
        {
            "hostname": "celery@vm",
            "id": "b73a8fbf",
            "name": "shop.add",
            "exc": "ValueError('bad')",
            "traceback": "Traceback (most recent call last):\nValueError: bad\n",
            "args": "('S3CR3T',)",
            "kwargs": "{}",
            "description": "raised unexpected",
            "internal": False,
        },
        {},
    ),
    "retried": (
        "celery.app.trace",
        "Task %(name)s[%(id)s] retry: %(exc)s",
        {"id": "b73a8fbf", "name": "shop.add", "exc": "Retry in 0s: ZeroDivisionError('zero')"},
        {},
    ),
}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("task", TASKS)
def test_tasks(task: str, lane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line about a task has its id and its name; no text of a traceback, and no arguments."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    name, message, data, expected = TASKS[task]
    path = tmp_path / "a.log"

    def log() -> None:
        try:
            raise ValueError("bad")
        except ValueError as error:
            failure = error if task == "failed" else None
            logging.getLogger(name).warning(message, data, extra={"data": data}, exc_info=failure)

    (line,) = write(path, log)
    assert message % data == line["event"]
    assert (task == "failed") == ("exception" in line)
    assert {"task_id": "b73a8fbf", "task_name": "shop.add", **expected} == {
        key: value for key, value in line.items() if key not in OWN
    }
    assert "S3CR3T" not in path.read_text()


def test_data_of_others_stays(tmp_path: Path) -> None:
    """`data` of another logger, or with other contents, stays as it is."""
    data = {"id": 7, "traceback": "x"}
    found = [fields_of(tmp_path / n, n, {"data": data}) for n in ("shop", "celery.app.trace")]
    assert [{"data": data}] * 2 == found
