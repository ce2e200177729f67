"""The request middleware of ASGI in FastAPI and Starlette, and under a real uvicorn."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from provide.foundation.integrations.asgi import RequestMiddleware
from web_calls import call, header_of

pytestmark = pytest.mark.slow

Lines = Callable[[], list[dict[str, Any]]]
PROGRAM = """
import logging
from fastapi import FastAPI
from provide.foundation import setup_telemetry, get_logger
from provide.foundation.integrations.asgi import RequestMiddleware

setup_telemetry()
app = FastAPI()
app.add_middleware(RequestMiddleware)

@app.get("/items/{number}")
async def show(number: int):
    return number

@app.get("/fail")
def fail():
    raise LookupError("no such item")
"""


def show(request: Any) -> PlainTextResponse:
    """Answer."""
    return PlainTextResponse("seven")


def make_app() -> RequestMiddleware:
    """Return an application with routes of all kinds."""
    included, mounted = APIRouter(prefix="/v1"), FastAPI()
    included.get("/items/{number}")(lambda number: number)
    mounted.get("/items/{number}")(lambda number: number)
    plain = Starlette(
        routes=[Route("/a/{n}", show), Mount("/deep", routes=[Route("/b/{n}", show)])]
    )
    app = FastAPI()
    app.get("/items/{number}")(lambda number: number)
    app.include_router(included, prefix="/api")
    app.mount("/sub", mounted)
    app.mount("/plain", plain)
    return RequestMiddleware(app)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/items/7", "/items/{number}"),
        ("/api/v1/items/7", "/api/v1/items/{number}"),
        ("/sub/items/7", "/sub/items/{number}"),
        ("/plain/a/7", "/plain/a/{n}"),
        ("/plain/deep/b/7", "/plain/deep/b/{n}"),
        ("/nowhere", None),
    ],
)
def test_route_is_the_whole_pattern(path: str, route: str | None, lines: Lines) -> None:
    """Prefixes of routers and the places of mounted applications belong to the route."""
    call(make_app(), path)

    assert route == lines()[-1].get("http.route")


def test_failure_answered_by_starlette(lines: Lines) -> None:
    """An added middleware leaves the answer of a 500 to Starlette; around it all, it has the id."""
    app = FastAPI()
    app.get("/fail")(lambda: 1 / 0)
    around = RequestMiddleware(app, exceptions="log")
    start, _ = call(around, "/fail", [("x-request-id", "a-1")])

    assert (500, [b"a-1"]) == (start["status"], header_of(start, b"x-request-id"))
    last = lines()[-1]
    assert ("builtins.ZeroDivisionError".rpartition(".")[2], "/fail") == (
        last["exception"]["type"],
        last["http.route"],
    )


@pytest.mark.parametrize("http", ["h11", "auto"])
def test_uvicorn(http: str, tmp_path: Path) -> None:
    """Its access lines and its line about an exception have the id, on pipelined requests too."""
    (tmp_path / "shop.py").write_text(PROGRAM, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "shop:app", "--port", str(port), "--http", http]
    with (tmp_path / "written").open("wb") as written:
        server = subprocess.Popen(command, cwd=tmp_path, stdout=written, stderr=written)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                client = socket.create_connection(("127.0.0.1", port), 10)
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        ask = "GET {} HTTP/1.1\r\nHost: shop\r\nX-Request-ID: {}\r\n{}\r\n"
        paths = ["/items/1", "/items/2", "/fail", "/items/3"]
        texts = [ask.format(path, path.replace("/", "r-", 1), "") for path in paths[:2]]
        client.sendall("".join(texts).encode())  # in one packet
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 2 or not answers.endswith(b"2"):
            answers += client.recv(4096)
        client.close()
        for path in paths[2:]:
            with socket.create_connection(("127.0.0.1", port), 10) as other:
                name = path.replace("/", "r-", 1)
                other.sendall(ask.format(path, name, "Connection: close\r\n").encode())
                while other.recv(4096):
                    pass
    finally:
        server.terminate()
        server.wait(20)
    rows = [json.loads(row) for row in (tmp_path / "written").read_text("utf-8").splitlines()]

    by_path = {path: path.replace("/", "r-", 1) for path in paths}
    access = [row for row in rows if row["logger"] == "uvicorn.access"]
    assert sorted(by_path.values()) == sorted(row["request_id"] for row in access)
    last = [row for row in rows if row["event"] == "request_finished"]
    assert by_path == {row["url.path"]: row["request_id"] for row in last}
    assert ["r-fail"] == [row["request_id"] for row in rows if "exception" in row]
