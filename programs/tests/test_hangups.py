"""A client that hangs up in the middle of an answer, over real sockets: one line, and no error."""

from __future__ import annotations

import json
import socket
import struct
import time
from pathlib import Path
from typing import Any

import pytest

from programs.program import free_port, started, wait_for_http

# The answer has no end of its own: each server tells the framework in its way that nobody listens.
STARLETTE = """
import asyncio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from provide.foundation import setup_telemetry
from provide.foundation.integrations.asgi import RequestMiddleware

setup_telemetry()

async def numbers():
    while True:
        yield b"x" * 1000
        await asyncio.sleep(0.01)

async def stream(request):
    return StreamingResponse(numbers())

async def ready(request):
    return PlainTextResponse("ready")

app = Starlette(
    routes=[Route("/stream", stream), Route("/", ready)], middleware=[Middleware(RequestMiddleware)]
)
"""
FLASK = """
import time
from flask import Flask
from provide.foundation import setup_telemetry
from provide.foundation.integrations.wsgi import RequestMiddleware

setup_telemetry()
app = Flask("shop")

@app.route("/stream")
def stream():
    def numbers():
        while True:
            yield b"x" * 1000
            time.sleep(0.01)
    return numbers()

@app.route("/")
def ready():
    return "ready"

app.wsgi_app = RequestMiddleware(app.wsgi_app)
"""
SERVERS = {
    "uvicorn": (STARLETTE, ("uvicorn", "shop:app", "--port", "{port}", "--no-access-log")),
    "hypercorn": (STARLETTE, ("hypercorn", "shop:app", "-b", "127.0.0.1:{port}")),
    "granian": (STARLETTE, ("granian", "--interface", "asgi", "--port", "{port}", "shop:app")),
    "gunicorn": (FLASK, ("gunicorn", "shop:app", "-b", "127.0.0.1:{port}")),
}


def hang_up(port: int, *, reset: bool) -> None:
    """Ask for a stream, read the beginning of it, and go."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"xxx" in client.recv(65536) + client.recv(65536)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def wait_for_lines(folder: Path, count: int) -> list[dict[str, Any]]:
    """Return the lines of requests for the stream, once there are so many of them."""
    deadline = time.monotonic() + 30
    while True:
        rows = (folder / "written").read_text().splitlines()
        ours = [row for row in rows if '"url.path":"/stream"' in row and row.endswith("}")]
        if len(ours) >= count or time.monotonic() > deadline:
            return [json.loads(row) for row in ours]
        time.sleep(0.05)


@pytest.mark.parametrize("server", SERVERS)
def test_client_that_hangs_up(server: str, tmp_path: Path) -> None:
    """The line says that the answer is incomplete, at INFO; nobody writes a traceback."""
    code, command = SERVERS[server]
    (tmp_path / "shop.py").write_text(code)
    port = free_port()
    with started([word.replace("{port}", str(port)) for word in command], tmp_path) as process:
        wait_for_http(process, f"http://127.0.0.1:{port}/")
        hang_up(port, reset=False)
        hang_up(port, reset=True)
        lines = wait_for_lines(tmp_path, 2)

    written = (tmp_path / "written").read_text()
    assert [("info", "request_finished", 200, True)] * 2 == [
        (
            line["level"], line["event"], line["http.response.status_code"],
            line.get("http.response.incomplete"),
        )
        for line in lines
    ]  # fmt: skip
    assert "Traceback" not in written
    # Servers greet in plain text before the application is imported.
    rows = [json.loads(row) for row in written.splitlines() if row.startswith("{")]
    assert {"info"} == {row["level"] for row in rows}
