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
        "request_id",
        "sample",
        "stack_info",
        "stacklevel",
        "url.path",
        "user_agent.original",
        "websocket.close_code",
    }
)


def free_names(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return gathered fields, each that has a name of the line's own with an underscore behind."""
    freed = {**fields}
    for name in OWN_NAMES.intersection(freed):
        free = name + "_"
        while free in freed:
            free += "_"
        freed[free] = freed.pop(name)
    return freed


def cut_text(text: str) -> str:
    """Return a text, or its beginning where it is too long for a line."""
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."


def name_class(kind: type) -> str:
    """Return the name of an exception's class, with its module unless it is a built-in."""
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
