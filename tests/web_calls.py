"""Calls of ASGI and WSGI applications by hand: what servers do, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

Message = dict[str, Any]
Headers = Sequence[tuple[str, str]]
#: Anything that takes scope, receive and send.
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
BODY: Message = {"type": "http.response.body", "body": b"seven"}


def make_scope(path: str = "/orders/7", headers: Headers = (), **more: Any) -> dict[str, Any]:
    """Return the scope of one GET request."""
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": b"/", "query_string": b"",
        "root_path": "", "headers": raw, "client": ("192.0.2.1", 4711), "server": ("shop", 80),
        **more,
    }  # fmt: skip


async def acall(
    app: Asgi, scope: dict[str, Any], received: Iterable[Message] = ()
) -> list[Message]:
    """Call an application once, in the present task; return what it has sent."""
    waiting, sent = list(received), []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": f"{scope['type']}.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def call(app: Asgi, path: str = "/orders/7", headers: Headers = (), **more: Any) -> list[Message]:
    """Call an application once, in a task of its own, and return what it has sent."""
    received = more.pop("received", ())
    return asyncio.run(acall(app, make_scope(path, headers, **more), received))


def header_of(message: Mapping[str, Any], name: bytes) -> list[bytes]:
    """Return the values of a header of one message."""
    return [value for key, value in message["headers"] if key.lower() == name]


class Wsgi:
    """Call a WSGI application as a server does, and keep what it answers.

    Args:
        app: The application.
        path: The path, bytes of UTF-8 as a text of Latin-1.
        **environ: Members of the environment, which may have underscores for dots and dashes.
    """

    def __init__(self, app: Any, path: str = "/orders/7", **environ: Any) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path,
            "REMOTE_ADDR": "192.0.2.1", **environ,
        }  # fmt: skip
        self.body: Any = app(self.environ, self._start)

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.status, self.headers = status, headers
        return lambda data: None

    def read(self) -> bytes:
        """Return all parts of the body; it stays open."""
        return b"".join(self.body)

    def close(self) -> None:
        """Close the body, as a server does in the end."""
        close = getattr(self.body, "close", None)
        if close is not None:
            close()

    def header(self, name: str) -> list[str]:
        """Return the values of a header of the answer."""
        return [value for key, value in self.headers if key.lower() == name.lower()]
