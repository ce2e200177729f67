"""The platform's side of AWS Lambda: the Runtime API that a function's process asks for work."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from programs.program import Failure

TRACE = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=0052009753315113;Sampled=1"


class RuntimeApi(ThreadingHTTPServer):
    """Give invocations out, one after the other, and keep how each has ended.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

    Attributes:
        answers: By the id of each invocation: ``"response"`` or ``"error"``, and the body.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[str, bytes]] = {}
        self._waiting: list[tuple[str, bytes]] = []
        self._changed = threading.Condition()

    @property
    def address(self) -> str:
        """Return the value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self.server_port}"

    def invoke(self, requests: Mapping[str, str]) -> None:
        """Give out one invocation for each id and path, and wait until all have been answered.

        Raises:
            Failure: They have not within two minutes.
        """
        deadline = time.monotonic() + 120
        with self._changed:
            self._waiting += [
                (request_id, json.dumps({"path": path}).encode())
                for request_id, path in requests.items()
            ]
            self._changed.notify_all()
            while not requests.keys() <= self.answers.keys():
                if not self._changed.wait(deadline - time.monotonic()):
                    raise Failure(f"{len(self.answers)} of {len(requests)} have been answered")

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a runtime that has been ended."""

    def take(self) -> tuple[str, bytes]:
        """Return the next invocation, as soon as there is one."""
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            return self._waiting.pop(0)

    def keep(self, request_id: str, kind: str, body: bytes) -> None:
        """Keep how an invocation has ended."""
        with self._changed:
            self.answers[request_id] = (kind, body)
            self._changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    server: RuntimeApi
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in two parts waits 40 ms for the acknowledgement of the first

    def do_GET(self) -> None:
        """Answer `/2018-06-01/runtime/invocation/next`."""
        request_id, body = self.server.take()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000))
        self.send_header("Lambda-Runtime-Trace-Id", TRACE)
        self.send_header(
            "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-north-1:1:function:shop"
        )
        self._end(body)

    def do_POST(self) -> None:
        """Answer `/2018-06-01/runtime/invocation/ID/response`, and `error`."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        *_, request_id, kind = self.path.split("/")
        self.server.keep(request_id, kind, body)
        self.send_response(202)
        self._end(b"{}")

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def runtime_api() -> Iterator[RuntimeApi]:
    """Run the API within the block."""
    with RuntimeApi() as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        yield api
        api.shutdown()
