"""The fields of a request, under the names that all servers' lines have in common.

Names are those of OpenTelemetry's semantic conventions, 1.37 (HTTP, URL, client, user agent), and
`duration_ms` for a time. Whatever is read here may come from a hostile client: each function takes
time in proportion to the text, and gives `None` for what it does not understand.
"""

from __future__ import annotations

import math
import re
from typing import Any

#: Address and port.
Client = tuple[str | None, int | None]
NOBODY: Client = (None, None)
#: The event of a line about a request, whichever server has written it.
EVENT = "http_request"
#: The reason why a request that asks for a WebSocket is one of HTTP's: it is answered by this.
SWITCHING_PROTOCOLS = 101

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_VERSION = re.compile(r"[0-9](?:\.[0-9])?")
#: What may not stand in a path as it is. Source: RFC 3986, section 3.3.
_UNSAFE = re.compile(r"[^A-Za-z0-9._/!$&'()*+,;=:@~-]+")
#: How a whole URL begins; uvicorn quotes it as if it were a path.
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}(?::|%3A)//", re.IGNORECASE)
_DIGITS = 19


def make_fields(
    *,
    method: str | None = None,
    path: str | None = None,
    query: str | None = None,
    route: str | None = None,
    status: int | None = None,
    duration_ms: float | None = None,
    body_size: int | None = None,
    size: int | None = None,
    client: Client = NOBODY,
    version: str | None = None,
    user: str | None = None,
    agent: str | None = None,
    websocket: bool = False,
) -> dict[str, Any]:
    """Return the fields that are known, in the order in which every server's lines have them.

    Args:
        method: The method.
        path: The path, without a query.
        query: The query, without its question mark.
        route: The pattern that the path has matched.
        status: The status code of the response.
        duration_ms: How long the request took, in milliseconds.
        body_size: How many bytes the response's body has.
        size: How many bytes the response has, its headers included.
        client: Address and port of the client.
        version: The version of HTTP.
        user: The user's name.
        agent: The user agent.
        websocket: Whether the request has asked for a WebSocket.
    """
    known = {
        "http.request.method": method,
        "url.path": path,
        "url.query": query or None,
        "http.route": route,
        "http.response.status_code": status,
        "duration_ms": duration_ms,
        "http.response.body.size": body_size,
        "http.response.size": size,
        "client.address": client[0],
        "client.port": client[1],
        "network.protocol.name": "websocket" if websocket else None,
        "network.protocol.version": version,
        "user.name": user,
        "user_agent.original": agent,
    }
    return {key: value for key, value in known.items() if value is not None}


def read_method(value: object) -> str | None:
    """Return a method. Source: RFC 9110, section 9.1: a token, whose case counts."""
    return value if type(value) is str and _METHOD.fullmatch(value) else None


def split_target(target: object) -> tuple[str | None, str]:
    """Return path and query of what a request asks for: a path, or a whole URL.

    Source: RFC 9112, section 3.2.
    """
    if type(target) is not str or not target:
        return None, ""
    path, _, query = target.partition("?")
    if not path.startswith("/") and (found := _AUTHORITY.match(path)):
        # A user's name and password may stand before the host.
        _, slash, rest = path[found.end() :].partition("/")
        path = slash + rest if slash else "/"
    return path, query


def quote_path(path: object) -> str | None:
    """Return a path that a server has decoded as it stood in the URL."""
    if type(path) is not str:
        return None
    return _UNSAFE.sub(_quote, path)


def read_request_line(line: object) -> dict[str, Any] | None:
    """Return method, path, query and version of a request line; a target may hold anything.

    Source: RFC 9112, section 3.
    """
    if type(line) is not str:
        return None
    first, _, rest = line.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    method, version = read_method(first), read_version(protocol)
    path, query = split_target(target)
    if method is None or path is None or version is None:
        return None
    return {"method": method, "path": path, "query": query, "version": version}


def read_version(protocol: object) -> str | None:
    """Return the version of a protocol, such as ``HTTP/1.1``."""
    if type(protocol) is not str:
        return None
    version = protocol.removeprefix("HTTP/")
    if not _VERSION.fullmatch(version):
        return None
    # 1 is what granian calls 1.0; from 2 on there are no minor versions.
    return "1.0" if version == "1" else version if version[0] in "01" else version[0]


def read_status(value: object) -> int | None:
    """Return a status code."""
    found = read_count(value)
    return found if found is not None and 100 <= found <= 999 else None


def read_count(value: object) -> int | None:
    """Return a number of bytes, or of what else is counted."""
    if isinstance(value, int) and type(value) is not bool:
        return int(value) if 0 <= value < 10**_DIGITS else None
    if type(value) is str and len(value) <= _DIGITS and value.isascii() and value.isdecimal():
        return int(value)
    return None


def read_duration(value: object, ms: float) -> float | None:
    """Return a time in milliseconds, to the microsecond.

    Args:
        value: The time, a number or the text of one.
        ms: How many milliseconds its unit has.
    """
    if type(value) is str and len(value) <= _DIGITS:
        try:
            value = float(value)
        except ValueError:
            return None
    if type(value) is not int and type(value) is not float:
        return None
    taken = value * ms
    return round(taken, 3) if math.isfinite(taken) and taken >= 0 else None


def read_client(address: object) -> Client:
    """Return an address that stands alone."""
    return (address if type(address) is str and address not in ("", "-") else None), None


def split_client(address: object) -> Client:
    """Return address and port of ``address:port``, where an address of IPv6 has no brackets."""
    if type(address) is not str:
        return NOBODY
    host, _, digits = address.rpartition(":")
    port = read_count(digits)
    if not host or port is None:
        return read_client(address)
    return host, port or None  # a proxy's header has told uvicorn of an address alone


def _quote(found: re.Match[str]) -> str:
    # A path with bytes that are no text may hold surrogates.
    return "".join([f"%{each:02X}" for each in found[0].encode("utf-8", "surrogatepass")])
