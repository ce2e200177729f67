"""Access lines as real servers have put them into `logging`, and the fields that they become.

Each entry was recorded from the program at the version that stands with it, by a handler that wrote
down message, arguments and `extra`; of gunicorn's and hypercorn's atoms some headers and the
variables of the environment are left out. The client was a socket that sent the bytes itself.
"""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from gunicorn.glogging import SafeAtoms

_GUNICORN = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
_HYPERCORN = '%(h)s %(l)s %(l)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
_GRANIAN = '[%(time)s] %(addr)s - "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).3f'


class Recorded(NamedTuple):
    """Hold a record of a server's, and the fields of its line."""

    logger: str
    level: int
    message: str
    args: Any
    extra: dict[str, Any]
    fields: dict[str, Any]

    def make(self, **changes: Any) -> logging.LogRecord:
        """Return the record, or one with other parts."""
        it = self._replace(**changes)
        record = logging.LogRecord(it.logger, it.level, "server.py", 1, it.message, (), None)
        record.args = it.args
        record.__dict__.update(it.extra)
        return record


def http(
    method: str, path: str, status: int, version: str | None, *others: dict[str, Any]
) -> dict[str, Any]:
    """Return the fields of a request, which others complete."""
    fields: dict[str, Any] = {"http.request.method": method, "url.path": path}
    fields["http.response.status_code"] = status
    if version is not None:
        fields["network.protocol.version"] = version
    for each in others:
        fields |= each
    return fields


def at(address: str, port: int | None = None) -> dict[str, Any]:
    """Return the fields of a client."""
    return {"client.address": address} | ({} if port is None else {"client.port": port})


SERVERS: dict[str, Recorded] = {
    "uvicorn 0.54": Recorded(
        "uvicorn.access",
        logging.INFO,
        '%s - "%s %s HTTP/%s" %d',
        ("127.0.0.1:44712", "GET", "/a%20b?token=S3CR3T&x=1", "1.1", 200),
        {},
        http("GET", "/a%20b", 200, "1.1", {"url.query": "token=***&x=1"}, at("127.0.0.1", 44712)),
    ),
    "uvicorn 0.54, IPv6": Recorded(
        "uvicorn.access",
        logging.INFO,
        '%s - "%s %s HTTP/%s" %d',
        ("::1:45252", "POST", "/six", "1.0", 500),
        {},
        http("POST", "/six", 500, "1.0", at("::1", 45252)),
    ),
    "uvicorn 0.54, whole URL": Recorded(
        "uvicorn.access",
        logging.INFO,
        '%s - "%s %s HTTP/%s" %d',
        ("127.0.0.1:44730", "GET", "http%3A//u%3AS3CR3T%40h.example/abs?q=1", "1.1", 200),
        {},
        http("GET", "/abs", 200, "1.1", {"url.query": "q=1"}, at("127.0.0.1", 44730)),
    ),
    "uvicorn 0.54, behind a proxy": Recorded(
        "uvicorn.access",
        logging.INFO,
        '%s - "%s %s HTTP/%s" %d',
        ("203.0.113.9:0", "GET", "/", "2", 204),
        {},
        http("GET", "/", 204, "2", at("203.0.113.9")),
    ),
    "uvicorn 0.54, WebSocket": Recorded(
        "uvicorn.error",
        logging.INFO,
        '%s - "WebSocket %s" [accepted]',
        ("127.0.0.1:44770", "/ws?token=S3CR3T"),
        {},
        http(
            "GET",
            "/ws",
            101,
            None,
            {"url.query": "token=***", "network.protocol.name": "websocket"},
            at("127.0.0.1", 44770),
        ),
    ),
    "uvicorn 0.54, WebSocket that is refused": Recorded(
        "uvicorn.error",
        logging.INFO,
        '%s - "WebSocket %s" 403',
        ("127.0.0.1:44776", "/ws?no=1"),
        {},
        http(
            "GET",
            "/ws",
            403,
            None,
            {"url.query": "no=1", "network.protocol.name": "websocket"},
            at("127.0.0.1", 44776),
        ),
    ),
    "gunicorn 27.0": Recorded(
        "gunicorn.access",
        logging.INFO,
        _GUNICORN,
        SafeAtoms(
            {
                "h": "::ffff:127.0.0.1",
                "l": "-",
                "u": "kim",
                "t": "[29/Nov/2026:16:07:43 +0000]",
                "r": "GET /a%20b?token=S3CR3T&x=1 HTTP/1.1",
                "s": "200",
                "m": "GET",
                "U": "/a b",
                "q": "token=S3CR3T&x=1",
                "H": "HTTP/1.1",
                "b": "5",
                "B": 5,
                "f": "https://h/?sig=S3CR3T",
                "a": 'ua/1 "q"',
                "T": 0,
                "D": 927,
                "M": 0,
                "L": "0.000927",
                "p": "<7027>",
                "{x-id}i": "7",
                "{authorization}i": "Basic S3CR3T",
                "{remote_port}e": "34018",
            }
        ),
        {},
        http(
            "GET",
            "/a%20b",
            200,
            "1.1",
            {
                "url.query": "token=***&x=1",
                "duration_ms": 0.927,
                "http.response.body.size": 5,
                "user.name": "kim",
                "user_agent.original": 'ua/1 "q"',
                "http.request.header.referer": ["https://h/?sig=***"],
            },
            at("::ffff:127.0.0.1", 34018),
        ),
    ),
    "gunicorn 27.0, asgi worker, whole URL": Recorded(
        "gunicorn.access",
        logging.INFO,
        _GUNICORN,
        SafeAtoms(
            {
                "h": "127.0.0.1",
                "u": "-",
                "t": "[29/Nov/2026:16:08:55 +0000]",
                "r": "GET http://u:S3CR3T@h.example/abs?q=1 HTTP/1.1",
                "s": 200,
                "U": "http://u:S3CR3T@h.example/abs",
                "q": "q=1",
                "b": "5",
                "f": "-",
                "a": "-",
                "D": 86,
            }
        ),
        {},
        http(
            "GET",
            "/abs",
            200,
            "1.1",
            {"url.query": "q=1", "duration_ms": 0.086, "http.response.body.size": 5},
            at("127.0.0.1"),
        ),
    ),
    "werkzeug 3.1": Recorded(
        "werkzeug",
        logging.INFO,
        '::ffff:127.0.0.1 - - [29/Nov/2026 16:08:38] "%s" %s %s',
        ("\x1b[35m\x1b[1mGET /a?password=S3CR3T&x=1 HTTP/1.1\x1b[0m", "500", "-"),
        {},
        http("GET", "/a", 500, "1.1", {"url.query": "password=***&x=1"}, at("::ffff:127.0.0.1")),
    ),
    "werkzeug 3.1, quotes and spaces": Recorded(
        "werkzeug",
        logging.INFO,
        '127.0.0.1 - - [29/Nov/2026 16:08:38] "%s" %s %s',
        ('GET /na\u00c3\u00afve" 200 5 HTTP/1.1', "404", "-"),
        {},
        http("GET", '/na\u00c3\u00afve" 200 5', 404, "1.1", at("127.0.0.1")),
    ),
    "werkzeug 2.0, formatted by itself": Recorded(
        "werkzeug",
        logging.INFO,
        "%s - - [%s] %s\n",
        ("127.0.0.1", "29/Nov/2026 05:00:00", '"GET /a?token=S3CR3T HTTP/1.1" 200 -'),
        {},
        http("GET", "/a", 200, "1.1", {"url.query": "token=***"}, at("127.0.0.1")),
    ),
    "aiohttp 3.14": Recorded(
        "aiohttp.access",
        logging.INFO,
        '127.0.0.1 [29/Nov/2026:16:08:40 +0000] "GET /a%20b?token=S3CR3T&x=1 HTTP/1.1" 200 176'
        ' "https://h/?sig=S3CR3T" "ua/1 "q""',
        (),
        {
            "remote_address": "127.0.0.1",
            "request_start_time": "[29/Nov/2026:16:08:40 +0000]",
            "first_request_line": "GET /a%20b?token=S3CR3T&x=1 HTTP/1.1",
            "response_status": 200,
            "response_size": 176,
            "request_header": {"Referer": "https://h/?sig=S3CR3T", "User-Agent": 'ua/1 "q"'},
        },
        http(
            "GET",
            "/a%20b",
            200,
            "1.1",
            {
                "url.query": "token=***&x=1",
                "http.response.size": 176,
                "user_agent.original": 'ua/1 "q"',
                "http.request.header.referer": ["https://h/?sig=***"],
            },
            at("127.0.0.1"),
        ),
    ),
    "aiohttp 3.14, a format with the time": Recorded(
        "aiohttp.access",
        logging.INFO,
        "GET /a HTTP/1.1 204 1834 text/plain",
        (),
        {
            "first_request_line": "GET /a HTTP/1.1",
            "response_status": 204,
            "request_time_micro": "1834",
            "response_header": {"Content-Type": "text/plain"},
        },
        http(
            "GET",
            "/a",
            204,
            "1.1",
            {"duration_ms": 1.834, "http.response.header.content-type": ["text/plain"]},
        ),
    ),
    "hypercorn 0.18": Recorded(
        "hypercorn.access",
        logging.INFO,
        _HYPERCORN,
        {
            "{authorization}i": "Basic S3CR3T",
            "h": "::1:51822",
            "l": "-",
            "t": "[29/Nov/2026:16:07:45 +0000]",
            "r": "GET /a b?c 1.1",
            "R": "GET /a b?c?token=S3CR3T&x=1 1.1",
            "s": "200",
            "st": "OK",
            "S": "http",
            "m": "GET",
            "U": "/a b?c",
            "Uq": "/a b?c?token=S3CR3T&x=1",
            "q": "token=S3CR3T&x=1",
            "H": "1.1",
            "b": "5",
            "B": "5",
            "f": "https://h/?sig=S3CR3T",
            "a": 'ua/1 "q"',
            "T": 0,
            "D": 845,
            "L": "0.000846",
            "p": "<7045>",
        },
        {},
        http(
            "GET",
            "/a%20b%3Fc",
            200,
            "1.1",
            {
                "duration_ms": 0.845,
                "http.response.body.size": 5,
                "user_agent.original": 'ua/1 "q"',
                "http.request.header.referer": ["https://h/?sig=***"],
            },
            at("::1", 51822),
        ),
    ),
    "hypercorn 0.18, WebSocket, a format with the query": Recorded(
        "hypercorn.access",
        logging.INFO,
        '%(h)s "%(R)s" %(s)s',
        {
            "h": "127.0.0.1:36586",
            "R": "GET /ws?token=S3CR3T 1.1",
            "s": "101",
            "S": "ws",
            "m": "GET",
            "U": "/ws",
            "q": "token=S3CR3T",
            "H": "1.1",
            "b": "-",
            "D": 380,
        },
        {},
        http(
            "GET",
            "/ws",
            101,
            "1.1",
            {
                "url.query": "token=***",
                "duration_ms": 0.38,
                "network.protocol.name": "websocket",
            },
            at("127.0.0.1", 36586),
        ),
    ),
    "granian 2.8": Recorded(
        "granian.access",
        logging.INFO,
        _GRANIAN,
        {
            "addr": "::ffff:127.0.0.1",
            "time": "2026-11-29 16:07:47 +0000",
            "dt_ms": 0.19294200001240824,
            "status": 200,
            "path": '/na\u00efve"q',
            "query_string": "token=S3CR3T&x=1",
            "method": "GET",
            "scheme": "http",
            "protocol": "HTTP/1",
        },
        {},
        http("GET", "/na%C3%AFve%22q", 200, "1.0", {"duration_ms": 0.193}, at("::ffff:127.0.0.1")),
    ),
    "granian 2.8, WebSocket, a format with the query": Recorded(
        "granian.access",
        logging.INFO,
        "%(method)s %(path)s %(query_string)s %(status)d",
        {
            "addr": "127.0.0.1",
            "time": "2026-11-29 16:07:47 +0000",
            "dt_ms": 0.0056,
            "status": 101,
            "path": "/ws",
            "query_string": "token=S3CR3T",
            "method": "-",
            "scheme": "ws",
            "protocol": "HTTP/1.1",
        },
        {},
        http(
            "GET",
            "/ws",
            101,
            "1.1",
            {
                "url.query": "token=***",
                "duration_ms": 0.006,
                "network.protocol.name": "websocket",
            },
        ),
    ),
    "django 5.2": Recorded(
        "django.server",
        logging.WARNING,
        '"%s" %s %s',
        ("GET /a?csrf_token=S3CR3T HTTP/1.1", "404", "179"),
        {"request": None, "server_time": "29/Nov/2026 16:09:31", "status_code": 404},
        http(
            *("GET", "/a", 404, "1.1"),
            {"url.query": "csrf_token=***", "http.response.body.size": 179},
        ),
    ),
}
