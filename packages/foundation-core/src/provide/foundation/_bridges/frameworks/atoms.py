"""Access lines of gunicorn, hypercorn and granian, whose one argument is a dict of atoms.

The message is the format, the server's own or the user's. The dict also has all headers, and the
environment's variables: of queries, headers and users a line has only what the format names. A
format with a name that is not known here, or without a request line or a status, stays a text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from provide.foundation._bridges.frameworks.http_fields import (
    EVENT,
    NOBODY,
    Client,
    make_fields,
    read_client,
    read_count,
    read_duration,
    read_method,
    read_request_line,
    read_status,
    read_version,
    split_client,
)
from provide.foundation._bridges.frameworks.records import Reading
from provide.foundation._bridges.frameworks.servers import decoded_target, read_headers

_Atoms = dict[str, Any]
#: Arguments of `make_fields`.
_Target = dict[str, Any]

_NAME = re.compile(r"%\(([^()]*)\)")
_HEADER = re.compile(r"\{([A-Za-z0-9_-]{1,64})\}([io])")
#: What a format of gunicorn's or hypercorn's may name, headers excepted.
#: Sources: gunicorn/config.py, AccessLogFormat, 27.0; hypercorn/logging.py, 0.18.
_NAMES = frozenset("hlutrRsSmUqHbBfaTDMLp") | {"st", "Uq"}
_WEBSOCKET_SCHEMES = ("ws", "wss")
#: Any of these sets has what makes a line about a request.
_TARGETS = ({"r"}, {"R"}, {"m", "U"}, {"m", "Uq"})
#: Source: granian/log.py, 2.8; a header's atom has only a number.
_GRANIAN_NAMES = frozenset(
    ["addr", "time", "dt_ms", "status", "path", "query_string", "method", "scheme", "protocol"]
)
#: The names in each format that was seen: a process has one or two.
_formats: dict[str, frozenset[str]] = {}
_MOST_FORMATS = 16


def read_gunicorn(record: logging.LogRecord, _extra: dict[str, Any]) -> Reading | None:
    """Read atoms whose request line stands as the client has sent it.

    Source: gunicorn/glogging.py, Logger.atoms, 27.0.
    """
    return _read(record, _gunicorn_target, _gunicorn_client)


def read_hypercorn(record: logging.LogRecord, _extra: dict[str, Any]) -> Reading | None:
    """Read atoms whose path is decoded.

    Source: hypercorn/logging.py, AccessLogAtoms, 0.18.
    """
    return _read(record, _hypercorn_target, lambda atoms: split_client(_text(atoms, "h")))


def read_granian(record: logging.LogRecord, _extra: dict[str, Any]) -> Reading | None:
    """Read atoms that have names instead of letters.

    Source: granian/log.py, log_request_builder, 2.8.
    """
    atoms: Any = record.args
    named = _names_in(record.msg) if isinstance(atoms, dict) else frozenset()
    if not {"method", "path", "status"} <= named <= _GRANIAN_NAMES:
        return None
    path, query = decoded_target(
        _text(atoms, "path"), _text(atoms, "query_string") if "query_string" in named else ""
    )
    websocket = _text(atoms, "scheme") in _WEBSOCKET_SCHEMES
    # granian names no method for a WebSocket, whose handshake is a GET.
    method = "GET" if websocket else read_method(_text(atoms, "method"))
    status = read_status(dict.get(atoms, "status"))
    if path is None or method is None or status is None:
        return None
    fields = make_fields(
        method=method,
        path=path,
        query=query,
        status=status,
        duration_ms=read_duration(dict.get(atoms, "dt_ms"), 1),
        client=read_client(_text(atoms, "addr")) if "addr" in named else NOBODY,
        version=read_version(_text(atoms, "protocol")),
        websocket=websocket,
    )
    return Reading(fields, (), EVENT)


def _gunicorn_target(atoms: _Atoms, named: frozenset[str]) -> _Target | None:
    line = read_request_line(_text(atoms, "r"))
    if line is not None and not named & {"r", "q"}:
        line["query"] = ""
    return line


def _gunicorn_client(atoms: _Atoms) -> Client:
    address, _ = read_client(_text(atoms, "h"))
    return address, read_count(_text(atoms, "{remote_port}e")) if address else None


def _hypercorn_target(atoms: _Atoms, named: frozenset[str]) -> _Target | None:
    query = _text(atoms, "q") if named & {"R", "Uq", "q"} else ""
    path, query = decoded_target(_text(atoms, "U"), query)
    method = read_method(_text(atoms, "m"))
    if path is None or method is None:
        return None
    return {
        "method": method,
        "path": path,
        "query": query,
        "version": read_version(_text(atoms, "H")),
        "websocket": _text(atoms, "S") in _WEBSOCKET_SCHEMES,
    }


def _read(
    record: logging.LogRecord,
    read_target: Callable[[_Atoms, frozenset[str]], _Target | None],
    find_client: Callable[[_Atoms], Client],
) -> Reading | None:
    atoms: Any = record.args
    named = _names_in(record.msg) if isinstance(atoms, dict) else frozenset()
    if "s" not in named or not any(each <= named for each in _TARGETS):
        return None
    headers: dict[str, dict[str, str]] = {"i": {}, "o": {}}
    for name in named - _NAMES:
        found = _HEADER.fullmatch(name)
        if found is None:
            return None
        headers[found[2]][found[1]] = _text(atoms, name.lower()) or "-"
    for letter, header in (("a", "user-agent"), ("f", "referer")):
        if letter in named:
            headers["i"][header] = _text(atoms, letter) or "-"
    target = read_target(atoms, named)
    if target is None:
        return None
    agent, others = read_headers(headers["i"], headers["o"])
    fields = make_fields(
        **target,
        status=read_status(dict.get(atoms, "s")),
        duration_ms=read_duration(dict.get(atoms, "D"), 0.001),
        body_size=read_count(dict.get(atoms, "b")) if named & {"b", "B"} else None,
        client=find_client(atoms) if "h" in named else NOBODY,
        user=read_client(_text(atoms, "u"))[0] if "u" in named else None,
        agent=agent,
    )
    return Reading({**fields, **others}, (), EVENT)


def _names_in(message: object) -> frozenset[str]:
    if type(message) is not str:
        return frozenset()
    found = _formats.get(message)
    if found is None:
        if len(_formats) >= _MOST_FORMATS:
            _formats.clear()
        found = _formats[message] = frozenset(_NAME.findall(message))
    return found


def _text(atoms: _Atoms, name: str) -> str | None:
    """Return an atom, by dict's own method; gunicorn has put a backslash before each quote."""
    value = dict.get(atoms, name)
    if type(value) is not str:
        return None
    return value.replace('\\"', '"') if type(atoms).__name__ == "SafeAtoms" else value
