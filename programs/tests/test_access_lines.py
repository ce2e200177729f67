"""Real servers and frameworks: their access lines, and what they put into `extra`, are fields."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from programs.program import environment, free_port, started, wait_for_http

ASGI = """
from functools import cache
from provide.foundation import setup_telemetry

set_up = cache(setup_telemetry)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
    else:
        set_up()  # the server has configured logging by now
        await send({
            "type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]
        })
        await send({"type": "http.response.body", "body": b"hello"})
"""
WSGI = """
from provide.foundation import setup_telemetry

setup_telemetry()

def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]
"""
FLASK = """
import sys
from flask import Flask
from provide.foundation import setup_telemetry

setup_telemetry()
app = Flask("shop")

@app.route("/<path:path>")
def show(path):
    return "hello"

app.run("127.0.0.1", int(sys.argv[1]))
"""
AIOHTTP = """
import sys
from aiohttp import web
from provide.foundation import setup_telemetry

setup_telemetry()

async def show(request):
    return web.Response(text="hello")

app = web.Application()
app.router.add_get("/{path:.*}", show)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""
DJANGO = """
import sys
from functools import cache
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path
from provide.foundation import setup_telemetry

set_up = cache(setup_telemetry)

def show(request):
    set_up()  # Django has configured logging by now
    return HttpResponse("hello")

urlpatterns = [path("", show), path("a b", show)]
if __name__ == "__main__":
    settings.configure(ROOT_URLCONF="shop", SECRET_KEY="x", ALLOWED_HOSTS=["*"], DATABASES={})
    command = ["manage.py", "runserver", "--noreload", f"127.0.0.1:{sys.argv[1]}"]
    execute_from_command_line(command)
"""
PYTHON = (sys.executable, "shop.py", "{port}")
#: The client's port is one more field of those that know it.
SERVERS: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "uvicorn": (
        ASGI,
        ("uvicorn", "shop:app", "--port", "{port}"),
        {"url.query": "token=***&x=1"},
    ),
    "gunicorn": (
        WSGI,
        ("gunicorn", "shop:app", "-b", "127.0.0.1:{port}", "--access-logfile", "-"),
        {
            "url.query": "token=***&x=1",
            "http.response.body.size": 5,
            "user_agent.original": 'ua/1 "q"',
        },
    ),
    "hypercorn": (
        ASGI,
        ("hypercorn", "shop:app", "-b", "127.0.0.1:{port}", "--access-logfile", "-"),
        {"http.response.body.size": 5, "user_agent.original": 'ua/1 "q"'},
    ),
    "granian": (
        WSGI,
        ("granian", "--interface", "wsgi", "--port", "{port}", "--access-log", "shop:app"),
        {},
    ),
    "werkzeug": (FLASK, PYTHON, {"url.query": "token=***&x=1"}),
    "aiohttp": (
        AIOHTTP,
        PYTHON,
        {"url.query": "token=***&x=1", "user_agent.original": 'ua/1 "q"'},
    ),
    "django": (
        DJANGO,
        PYTHON,
        {"url.query": "token=***&x=1", "http.response.body.size": 5},
    ),
}


def ask(port: int, path: str, *headers: str) -> int:
    """Send one request, and return the port that it came from."""
    rows = (f"GET {path} HTTP/1.1", "Host: localhost", 'User-Agent: ua/1 "q"', *headers)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall("".join(f"{row}\r\n" for row in (*rows, "")).encode())
        own = int(client.getsockname()[1])
        while client.recv(65536):
            pass
    return own


def lines_of(folder: Path, path: str) -> list[dict[str, Any]]:
    """Return the lines that a program has written of requests for one path.

    A server may write its line after it has answered, granian in a thread of its own: the first of
    them is waited for.
    """
    deadline = time.monotonic() + 30
    while True:
        rows = (folder / "written").read_text().splitlines()
        ours = [row for row in rows if f'"url.path":"{path}"' in row and row.endswith("}")]
        if ours or time.monotonic() > deadline:
            return [json.loads(row) for row in ours]
        time.sleep(0.05)


@pytest.mark.parametrize("server", SERVERS)
def test_access_lines(server: str, tmp_path: Path) -> None:
    """A request is one line with the same fields, whichever server has answered it."""
    code, command, more = SERVERS[server]
    (tmp_path / "shop.py").write_text(code)
    port = free_port()
    with started([word.replace("{port}", str(port)) for word in command], tmp_path) as process:
        wait_for_http(process, f"http://127.0.0.1:{port}/")
        own = ask(port, "/a%20b?token=hunter2&x=1", "Connection: close")
        lines_of(tmp_path, "/a%20b")
    (line,) = lines_of(tmp_path, "/a%20b")
    assert line.pop("duration_ms", 1) > 0
    assert own == line.pop("client.port", own)
    line.pop("http.response.size", None)  # with the server's own headers
    expected = {
        "level": "info",
        "event": "http_request",
        "http.request.method": "GET",
        "url.path": "/a%20b",
        "http.response.status_code": 200,
        "client.address": "127.0.0.1",
        "network.protocol.version": "1.1",
        **more,
    }
    assert expected == {k: v for k, v in line.items() if k not in ("timestamp", "logger")}
    assert "hunter2" not in (tmp_path / "written").read_text()


@pytest.mark.parametrize("server", ["uvicorn", "hypercorn"])
def test_handshake_of_a_websocket(server: str, tmp_path: Path) -> None:
    """A WebSocket that is accepted has the status 101, and no secret."""
    code, command, _ = SERVERS[server]
    (tmp_path / "shop.py").write_text(code)
    port = free_port()
    with started([word.replace("{port}", str(port)) for word in command], tmp_path) as process:
        wait_for_http(process, f"http://127.0.0.1:{port}/")
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", key)
        ask(port, "/ws?token=hunter2", *upgrade)
        lines_of(tmp_path, "/ws")
    (line,) = lines_of(tmp_path, "/ws")
    assert ("http_request", "GET", 101, "websocket") == (
        line["event"],
        line["http.request.method"],
        line["http.response.status_code"],
        line["network.protocol.name"],
    )
    assert "hunter2" not in (tmp_path / "written").read_text()


#: Each framework gets a request, and logs it in `extra`.
REQUESTS = """
import asyncio, logging, warnings
warnings.simplefilter("ignore")
from provide.foundation import setup_telemetry

setup_telemetry()
logging.getLogger("httpx").setLevel("WARNING")
HEADERS = {"Cookie": "session=hunter2"}

def show(framework, **extra):
    logging.getLogger(framework).warning("asked", extra=extra)

import flask
app = flask.Flask("shop")

@app.route("/a/<int:n>")
def in_flask(n):
    show("flask", request=flask.request, response=app.make_response("x"))
    return "x"

app.test_client().get("/a/5?token=hunter2", headers=HEADERS)

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

def in_starlette(request):
    show("starlette", request=request, response=JSONResponse({}))
    return JSONResponse({})

app = Starlette(routes=[Route("/a/{n}", in_starlette)])
TestClient(app).get("/a/5?token=hunter2", headers=HEADERS)

import litestar
from litestar.testing import create_test_client

@litestar.get("/a/{n:int}")
async def in_litestar(n: int, request: litestar.Request) -> None:
    show("litestar", request=request, response=litestar.Response(None, status_code=200))

with create_test_client([in_litestar], logging_config=None) as client:
    client.get("/a/5?token=hunter2", headers=HEADERS)

from aiohttp import web
from aiohttp.test_utils import TestClient as Client, TestServer

async def in_aiohttp(request):
    show("aiohttp", request=request, response=web.Response())
    return web.Response()

async def main():
    app = web.Application()
    app.router.add_get("/a/{n}", in_aiohttp)
    async with Client(TestServer(app)) as client:
        await client.get("/a/5?token=hunter2", headers=HEADERS)

asyncio.run(main())

import django
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path

def in_django(request, n):
    show("django", request=request, response=HttpResponse("x"))
    raise RuntimeError("failure")

urlpatterns = [path("a/<int:n>", in_django)]
settings.configure(
    ROOT_URLCONF="__main__", SECRET_KEY="x", ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None
)
django.setup()
Client(raise_request_exception=False, headers=HEADERS).get("/a/5?token=hunter2")
Client().get("/none?token=hunter2")
"""


def test_requests_in_extra(tmp_path: Path) -> None:
    """Real requests and responses become fields; Django's own records have them with the status."""
    (tmp_path / "shop.py").write_text(REQUESTS)
    done = subprocess.run(
        [sys.executable, "shop.py"],
        cwd=tmp_path,
        env=environment(),
        timeout=120,
        text=True,
        capture_output=True,
        check=True,
    )
    assert "hunter2" not in done.stderr
    found = {}
    for row in done.stderr.splitlines():
        line = json.loads(row)
        fields = [
            line.get(name)
            for name in ("url.path", "http.route", "http.response.status_code", "request")
        ]
        found[line["logger"], line["event"]] = fields
    found = {key: fields for key, fields in found.items() if key[1] != "http_request"}
    assert {
        ("flask", "asked"): ["/a/5", "/a/<int:n>", 200, None],
        ("starlette", "asked"): ["/a/5", "/a/{n}", 200, None],
        ("litestar", "asked"): ["/a/5", "/a/{n}", 200, None],
        ("aiohttp", "asked"): ["/a/5", "/a/{n}", 200, None],
        ("django", "asked"): ["/a/5", "a/<int:n>", 200, None],
        ("django.request", "Internal Server Error: /a/5"): ["/a/5", "a/<int:n>", 500, None],
        ("django.request", "Not Found: /none"): ["/none", None, 404, None],
    } == found


CELERY = """
import threading
from celery import Celery
from celery.signals import setup_logging, worker_ready
from provide.foundation import setup_telemetry

app = Celery("shop", broker="memory://", backend="cache+memory://")
app.conf.worker_redirect_stdouts = False

@setup_logging.connect
def set_up(**_):
    setup_telemetry()

@app.task
def add(x, y, password=None):
    return x + y

@app.task
def fail():
    raise ValueError("failure")

@worker_ready.connect
def drive(**_):
    def work():
        options = {"timeout": 60, "disable_sync_subtasks": False, "propagate": False}
        add.delay(1, 2, password="hunter2").get(**options)
        fail.delay().get(**options)
        worker.stop()
    threading.Thread(target=work).start()

worker = app.Worker(
    pool="threads", concurrency=1, without_gossip=True, without_mingle=True, without_heartbeat=True
)
worker.start()
"""


def test_tasks_of_celery(tmp_path: Path) -> None:
    """Each line of a worker about a task has its id and name, one traceback and no argument."""
    (tmp_path / "shop.py").write_text(CELERY)
    done = subprocess.run(
        [sys.executable, "shop.py"],
        cwd=tmp_path,
        env=environment(),
        timeout=120,
        text=True,
        capture_output=True,
        check=False,
    )
    lines = [json.loads(row) for row in done.stderr.splitlines() if row.startswith("{")]
    found = [line for line in lines if line["event"].startswith("Task ")]
    names = [(line["task_name"], line["event"].partition("] ")[2].split(" ")[0]) for line in found]
    assert [
        ("shop.add", "received"),
        ("shop.add", "succeeded"),
        ("shop.fail", "received"),
        ("shop.fail", "raised"),
    ] == names
    assert all(line["task_id"] in line["event"] and "data" not in line for line in found)
    assert found[1]["duration_ms"] > 0
    assert "ValueError" == found[3]["exception"]["type"]
    assert 0 == done.stderr.count("Traceback")
    assert "hunter2" not in done.stderr
