"""A running `foundation live`: its address, its answers, its stream."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import interpreters

LIMIT_S = 30.0


class Live:
    """Hold a running `foundation live`, and ask it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.address = self.next_address()
        url = urlsplit(self.address)
        assert url.port is not None
        self.port = url.port
        self.token = url.query.removeprefix("token=")

    def next_address(self) -> str:
        """Return the next address that it shows."""
        assert self.process.stderr is not None
        row = self.process.stderr.readline()
        return row.split()[-1] if "http://" in row else row

    def ask(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Return status, headers and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        host = headers.pop("Host", f"127.0.0.1:{self.port}")
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": host, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        body = "" if answer.headers.get_content_type() == "text/event-stream" else answer.read()
        connection.close()
        return answer.status, found, body.decode() if isinstance(body, bytes) else body

    def enter(self) -> str:
        """Exchange the token for a cookie."""
        status, headers, _ = self.ask(f"/?token={self.token}")
        assert (303, "/") == (status, headers["location"])
        return headers["set-cookie"].split(";")[0]

    def events(self, cookie: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yield what the stream gives, with the number behind which to go on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        connection.request(
            "GET", "/events", headers={"Cookie": cookie, "Last-Event-ID": str(after)}
        )
        with connection.getresponse() as answer:
            assert 200 == answer.status
            number = 0
            while row := answer.readline():
                if row.startswith(b"id: "):
                    number = int(row[4:])
                elif row.startswith(b"data: "):
                    yield {**json.loads(row[6:]), "last": number}


@contextmanager
def live(*arguments: str, **options: Any) -> Iterator[Live]:
    """Start `foundation live`, and end it."""
    command = [sys.executable, "-m", "provide.foundation", "live", *arguments]
    with interpreters.Popen(command, stderr=subprocess.PIPE, text=True, **options) as process:
        try:
            yield Live(process)
        finally:
            process.kill()
