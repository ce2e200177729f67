"""A back end that takes what programs send over HTTP, and keeps it for whoever judges it."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from programs.program import Failure


class Receiver(ThreadingHTTPServer):
    """Answer each request with status 200 and an empty object, and keep its body.

    Attributes:
        bodies: The path and the body of each request, unpacked, in the order in which they came.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[tuple[str, bytes]] = []
        #: Seconds that each answer is held back.
        self.delay_s = 0.0

    @property
    def port(self) -> int:
        """Return where it listens."""
        return self.server_port

    def wait_for(self, is_enough: Callable[[], bool], what: str) -> None:
        """Wait until enough has come.

        Raises:
            Failure: It has not within 20 seconds.
        """
        deadline = time.monotonic() + 20
        while not is_enough():
            if time.monotonic() > deadline:
                raise Failure(f"the back end has not got {what}")
            time.sleep(0.05)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keep a body."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if self.server.delay_s:
            time.sleep(self.server.delay_s)
        self.server.bodies.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver within the block."""
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        yield receiver
        receiver.shutdown()


def read_envelopes(receiver: Receiver, kind: str) -> list[dict[str, Any]]:
    """Return what came in envelopes of Sentry's, of one kind: ``"event"`` or ``"log"``.

    Source: https://develop.sentry.dev/sdk/data-model/envelopes/
    """
    found: list[dict[str, Any]] = []
    for _, body in list(receiver.bodies):
        rest = body.partition(b"\n")[2]
        while rest.strip():
            head, _, rest = rest.partition(b"\n")
            header = json.loads(head)
            length = header.get("length")
            if length is None:
                payload, _, rest = rest.partition(b"\n")
            else:
                payload, rest = rest[:length], rest[length + 1 :]
            if header["type"] == kind:
                item = json.loads(payload)
                found += item["items"] if kind == "log" else [item]
    return found
