"""Access lines of uvicorn, Werkzeug, aiohttp and Django's own server.

Each function gets a record and its `extra`, and returns what it reads, or `None` where the record
is something else, or has a format that is not the server's own.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from provide.foundation._bridges.frameworks.http_fields import (
    EVENT,
    NOBODY,
    SWITCHING_PROTOCOLS,
    Client,
    make_fields,
    quote_path,
    read_client,
    read_count,
    read_duration,
    read_method,
    read_request_line,
    read_status,
    read_version,
    split_client,
    split_target,
)
from provide.foundation._bridges.frameworks.records import Reading

_UVICORN = '%s - "%s %s HTTP/%s" %d'
#: Source: uvicorn/protocols/websockets/websockets_impl.py, 0.54: an answer, and its status.
_UVICORN_WEBSOCKET = {
    '%s - "WebSocket %s" [accepted]': SWITCHING_PROTOCOLS,
    '%s - "WebSocket %s" 403': 403,
}
_UVICORN_REFUSED = '%s - "WebSocket %s" %d'
#: Source: http/server.py, BaseHTTPRequestHandler.log_request (3.11 to 3.13).
_REQUEST_LINE = '"%s" %s %s'
#: A control sequence for colours. Source: werkzeug/serving.py, `_ansi_style`, 3.1.
_COLOUR = re.compile("\x1b\\[[0-9;]*m")


def read_uvicorn(record: logging.LogRecord, _extra: dict[str, Any]) -> Reading | None:
    """Read client, method, target, version and status.

    Source: uvicorn/protocols/http/h11_impl.py, 0.54: `self.access_logger.info`.
    """
    args: Any = record.args
    if record.msg != _UVICORN or type(args) is not tuple or len(args) != 5:
        return None
    client, method, target, version, status = args
    path, query = split_target(target)
    fields = make_fields(
        method=read_method(method),
        path=path,
        query=query,
        status=read_status(status),
        client=split_client(client),
        version=read_version(version),
    )
    return _complete(fields)


def read_uvicorn_websocket(record: logging.LogRecord, _extra: dict[str, Any]) -> Reading | None:
    """Read what uvicorn says of a WebSocket, in its other logger: client, target and status."""
    args: Any = record.args
    if type(args) is not tuple or type(record.msg) is not str:
        return None
    status = _UVICORN_WEBSOCKET.get(record.msg)
    if record.msg == _UVICORN_REFUSED and len(args) == 3:
        status = read_status(args[2])
    if status is None or len(args) < 2:
        return None
    path, query = split_target(args[1])
    fields = make_fields(
        method="GET",
        path=path,
        query=query,
        status=status,
        client=split_client(args[0]),
        websocket=True,
    )
    return _complete(fields)


def read_werkzeug(record: logging.LogRecord, _extra: dict[str, Any]) -> Reading | None:
    """Read the line of the development server, of which releases format more or less themselves.

    Sources: werkzeug/serving.py, WSGIRequestHandler.log, 3.1: the address and the time are in the
    message; 2.3: these are arguments as well.
    """
    if type(record.msg) is not str:
        return None
    text = _COLOUR.sub("", record.msg % record.args if record.args else record.msg)
    head, _, size = text.rstrip().rpartition(" ")
    head, _, status = head.rpartition(" ")
    address, found, rest = head.partition(" - - [")
    _time, ends, line = rest.partition('] "')
    if not (found and ends and line.endswith('"')):
        return None
    return _read_line(line[:-1], status, size, read_client(address), ())


def read_django_server(record: logging.LogRecord, extra: dict[str, Any]) -> Reading | None:
    """Read the line of `runserver`: its `extra` has the connection, and the time once more.

    Source: django/core/servers/basehttp.py, WSGIRequestHandler.log_message, 5.2.
    """
    client = peer_of(extra.get("request"))
    replaced = ("request", "server_time", "status_code")
    args: Any = record.args
    if record.msg == _REQUEST_LINE and type(args) is tuple and len(args) == 3:
        found = _read_line(*args, client, replaced)
        if found is not None:
            return found
    if "server_time" not in extra:
        return None
    status = read_status(extra.get("status_code"))
    return Reading(make_fields(status=status, client=client), replaced)


def read_aiohttp(_record: logging.LogRecord, extra: dict[str, Any]) -> Reading | None:
    """Read what aiohttp has put beside its text, whatever the text's format is.

    Source: aiohttp/web_log.py, AccessLogger, 3.14: `LOG_FORMAT_MAP` has the names.
    """
    line = read_request_line(extra.get("first_request_line"))
    status = read_status(extra.get("response_status"))
    if line is None or status is None:
        return None
    replaced = {
        "remote_address",
        "request_start_time",
        "first_request_line",
        "response_status",
        "response_size",
        "request_time_frac",
        "request_time_micro",
        "request_header",
        "response_header",
    }
    duration = read_duration(extra.get("request_time_micro"), 0.001)
    if duration is None:
        duration = read_duration(extra.get("request_time_frac"), 1000)
    agent, headers = read_headers(
        _named(extra.get("request_header")), _named(extra.get("response_header"))
    )
    fields = make_fields(
        **line,
        status=status,
        duration_ms=duration,
        size=read_count(extra.get("response_size")),  # with the headers
        client=read_client(extra.get("remote_address")),
        agent=agent,
    )
    return Reading({**fields, **headers}, replaced, EVENT)


def read_headers(
    request: dict[str, str], response: dict[str, str] | None = None
) -> tuple[str | None, dict[str, Any]]:
    """Return the user agent, and the fields of other headers; a lone ``-`` stands for none.

    Source: OpenTelemetry's semantic conventions: `http.request.header.<key>`, a list.
    """
    agent, fields = None, {}
    for prefix, headers in (("request", request), ("response", response or {})):
        for name, value in headers.items():
            if value == "-":
                continue
            if prefix == "request" and name.lower() == "user-agent":
                agent = value
            else:
                fields[f"http.{prefix}.header.{name.lower()}"] = [value]
    return agent, fields


def peer_of(connection: Any) -> Client:
    """Return address and port at the other end of a socket of Python's, while there is one."""
    kind = type(connection)
    if (kind.__module__, kind.__qualname__) not in (("socket", "socket"), ("ssl", "SSLSocket")):
        return NOBODY
    try:
        found = connection.getpeername()
    except OSError:  # the client has gone
        return NOBODY
    if type(found) is tuple and len(found) >= 2:
        return read_client(found[0])[0], read_count(found[1])
    return NOBODY


def decoded_target(path: object, query: object) -> tuple[str | None, str]:
    """Return path and query of servers that give both, the path decoded."""
    if type(path) is str and not path.startswith("/"):
        path, _ = split_target(path)
    return quote_path(path), query if type(query) is str else ""


def _named(headers: Any) -> dict[str, str]:
    if type(headers) is not dict:
        return {}
    return {k: v for k, v in headers.items() if type(k) is str and type(v) is str}


def _read_line(
    line: object,
    status: object,
    size: object,
    client: Client,
    replaced: tuple[str, ...],
) -> Reading | None:
    found, code = read_request_line(line), read_status(status)
    if found is None or code is None:
        return None
    fields = make_fields(**found, status=code, body_size=read_count(size), client=client)
    return Reading(fields, replaced, EVENT)


def _complete(fields: dict[str, Any]) -> Reading | None:
    """Return the reading, if it has all that makes a line about a request."""
    wanted = {"http.request.method", "url.path", "http.response.status_code"}
    return Reading(fields, (), EVENT) if wanted <= fields.keys() else None
