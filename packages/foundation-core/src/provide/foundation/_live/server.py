"""The server of the live page: one page, a stream of events, and a line by its number."""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from provide.foundation._live.ring import Ring
from provide.foundation._live.visitors import Visitors

#: Lines of one event, how often a quiet stream says that it lives, and how long a lingering
#: browser may hold up its stream.
BATCH, QUIET_S, SLOW_S = 2_000, 15.0, 20.0
#: Lines that come within this time go together.
_GATHER_S = 0.05
_MOST_STREAMS = 16
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class LiveServer(ThreadingHTTPServer):
    """Serve the page of a ring of lines to this machine's browsers.

    Args:
        ring: The lines.
        title: What the page is called: the files.
        port: Where it listens on 127.0.0.1; 0: where there is room.
        announce: Told each address that may be opened.

    Raises:
        OSError: The port is taken.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, ring: Ring, title: str, *, port: int, announce: Callable[[str], None]
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.ring = ring
        self.title = title
        self.streams = threading.BoundedSemaphore(_MOST_STREAMS)
        self.visitors = Visitors(self.server_address[1], announce)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that goes in the midst of an answer."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: LiveServer
    server_version = "foundation"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = SLOW_S

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        visitors = self.server.visitors
        if not visitors.is_ours(self.headers):
            return self._refuse(HTTPStatus.FORBIDDEN, "This request came from another site.")
        query = parse_qs(url.query)
        if url.path == "/" and "token" in query:
            return self._admit(query["token"][0])
        if not visitors.knows(self.headers):
            visitors.invite()
            return self._refuse(HTTPStatus.FORBIDDEN, "Open the newest address in the terminal.")
        if url.path == "/":
            return self._send_page()
        if url.path == "/events":
            return self._send_events(self.headers.get("Last-Event-ID", "0"))
        if url.path == "/line":
            return self._send_line(query.get("number", [""])[0])
        return self._refuse(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Keep the terminal free of access lines."""

    def _admit(self, token: str) -> None:
        cookie = self.server.visitors.admit(token)
        if cookie is None:
            self.server.visitors.invite()
            return self._refuse(
                HTTPStatus.FORBIDDEN, "This address has been used: the newest is in the terminal."
            )
        self.send_response(HTTPStatus.SEE_OTHER)
        name = self.server.visitors.cookie
        self.send_header("Set-Cookie", f"{name}={cookie}; HttpOnly; SameSite=Strict; Path=/")
        self.send_header("Location", "/")
        self._end(b"", "text/plain")

    def _send_page(self) -> None:
        nonce = secrets.token_urlsafe(16)
        page = read_page().replace("{{nonce}}", nonce).replace("{{title}}", self.server.title)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Security-Policy", _POLICY.format(nonce))
        self._end(page.encode("utf-8", "replace"), "text/html")

    def _send_line(self, number: str) -> None:
        line = self.server.ring.find(int(number)) if number.isdecimal() else None
        if line is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "This line is not kept any more.")
        self.send_response(HTTPStatus.OK)
        self._end(line, "text/plain")

    def _send_events(self, after: str) -> None:
        last = int(after) if after.isdecimal() and len(after) < 16 else 0
        if not self.server.streams.acquire(blocking=False):
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many pages are open.")
        try:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            for name, value in _HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            self._stream(last)
        finally:
            self.close_connection = True
            self.server.streams.release()

    def _stream(self, last: int) -> None:
        ring, pause = self.server.ring, threading.Event()
        while True:  # until the browser goes, which a write tells
            ring.wait(last, QUIET_S)
            start, lines = ring.after(last, BATCH)
            if lines:
                last = start + len(lines) - 1
                body = b",".join(lines)
                self.wfile.write(
                    b'id: %d\ndata: {"first":%d,"lines":[%b]}\n\n' % (last, start, body)
                )
            else:
                self.wfile.write(b": nothing new\n\n")
            if len(lines) < BATCH:
                pause.wait(_GATHER_S)

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self.send_response(status)
        self._end(f"{reason}\n".encode(), "text/plain")

    def _end(self, body: bytes, kind: str) -> None:
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@cache
def read_page() -> str:
    """Return the page, with places for its nonce and its title."""
    return (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
