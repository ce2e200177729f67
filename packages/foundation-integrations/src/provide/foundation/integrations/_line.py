"""What the one line of a request holds of its own, and how texts from outside come into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Longer texts from outside are cut: a line need not hold what a client makes up.
_LONGEST_TEXT = 1024
#: The line's own fields, and what is no field but a parameter of a log call.
OWN_NAMES = frozenset(
    {
        "client.address",
        "duration_ms",
        "error.type",
        "exc_info",
        "http.request.method",
        "http.response.body.size",
        "http.response.incomplete",
        "http.response.status_code",
        "http.route",
        "httpRequest",
        "request_id",
        "sample",
        "stack_info",
        "stacklevel",
        "url.path",
        "user_agent.original",
        "websocket.close_code",
    }
)


#: Where Google's tools look for them, below `httpRequest`. Source: Cloud Logging, `HttpRequest`.
_IN_GOOGLES = {
    "http.request.method": "requestMethod",
    "url.path": "requestUrl",
    "http.response.status_code": "status",
    "http.response.body.size": "responseSize",
    "client.address": "remoteIp",
    "user_agent.original": "userAgent",
}


def free_names(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return gathered fields, each that has a name of the line's own with an underscore behind."""
    freed = {**fields}
    for name in OWN_NAMES.intersection(freed):
        free = name + "_"
        while free in freed:
            free += "_"
        freed[free] = freed.pop(name)
    return freed


def name_for_google(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's fields with those that Google's `HttpRequest` has below that name.

    `duration_ms` stays, as the number that a metric can be made of.
    """
    request = {theirs: line[ours] for ours, theirs in _IN_GOOGLES.items() if ours in line}
    if "responseSize" in request:  # an int64, which is a text in their JSON
        request["responseSize"] = str(request["responseSize"])
    request["latency"] = f"{line['duration_ms'] / 1000:.5f}s"
    rest = {name: value for name, value in line.items() if name not in _IN_GOOGLES}
    return {"httpRequest": request, **rest}


def cut_text(text: str) -> str:
    """Return a text, or its beginning where it is too long for a line."""
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."


def name_class(kind: type) -> str:
    """Return the name of an exception's class, with its module unless it is a built-in."""
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
