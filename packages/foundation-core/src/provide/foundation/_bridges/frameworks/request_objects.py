"""Requests, responses and connections of frameworks that stand in `extra`, as fields.

A request's `repr` has the query. As a mapping, which Starlette's is, it has all headers. Neither
belongs in a line. No framework is imported to know its objects: what counts is the name of a class,
or of one that it derives from, and the module that has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import CallableProxyType, ProxyType

from provide.foundation._bridges.frameworks.http_fields import (
    make_fields,
    quote_path,
    read_method,
    read_status,
)
from provide.foundation._bridges.frameworks.records import OBJECT_NAMES, PLAIN_TYPES
from provide.foundation._bridges.frameworks.servers import peer_of
from provide.foundation._process.interrupts import let_through


def describe_objects(fields: dict[str, Any], logger_name: str) -> dict[str, Any]:
    """Return the fields of a line with those of a request in place of the object.

    Args:
        fields: What came through `extra`. A field that is there already stays.
        logger_name: The logger's name.
    """
    made: dict[str, Any] = {}
    described: dict[str, Any] = {}
    for name, value in fields.items():
        found = None
        if name in OBJECT_NAMES and type(value) not in PLAIN_TYPES:
            try:
                found = _describe(name, value)
            except Exception:  # a log call never raises: attributes may be anything
                let_through()
        if found is None:
            made[name] = value
        else:
            described |= found
    if described and logger_name.startswith("django."):
        # Source: django/utils/log.py, log_response, 5.2.
        status = read_status(made.get("status_code"))
        if status is not None:
            del made["status_code"]
            described |= make_fields(status=status)
    return {**described, **made}


def _describe(name: str, value: Any) -> dict[str, Any] | None:
    if name == "websocket" and type(value) in _PROXIES:
        return {}
    if name == "response":
        return _find(value, _RESPONSES)
    address, port = peer_of(value)
    if address is not None:
        return make_fields(client=(address, port))
    return _find(value, _REQUESTS)


def _find(value: Any, known: dict[str, Callable[[Any], dict[str, Any]]]) -> dict[str, Any] | None:
    for kind in type(value).__mro__:
        read = known.get(f"{kind.__module__}.{kind.__qualname__}")
        if read is not None:
            return read(value)
    return None


def _of_scope(request: Any) -> dict[str, Any]:
    """Read a request of ASGI. Source: the ASGI specification, "HTTP Connection Scope"."""
    scope = request.scope
    route = scope.get("path_template")  # Litestar's; Starlette's route has its own
    if route is None:
        route = getattr(scope.get("route"), "path", None)
    return _make(scope.get("method"), scope["path"], route)


def _of_django(request: Any) -> dict[str, Any]:
    match = getattr(request, "resolver_match", None)
    return _make(request.method, request.path, getattr(match, "route", None))


def _of_werkzeug(request: Any) -> dict[str, Any]:
    rule = getattr(request, "url_rule", None)
    root = request.root_path
    path = f"{root.rstrip('/')}{request.path}" if type(root) is str else request.path
    return _make(request.method, path, getattr(rule, "rule", None))


def _of_proxy(proxy: Any) -> dict[str, Any]:
    """Read Flask's `request`, which stands for the request that is under way."""
    return _of_werkzeug(proxy._get_current_object())


def _of_aiohttp(request: Any) -> dict[str, Any]:
    resource = getattr(getattr(request.match_info, "route", None), "resource", None)
    return _make(request.method, request.path, getattr(resource, "canonical", None))


def _of_attributes(request: Any) -> dict[str, Any]:
    return _make(request.method, request.path, None)


def _make(method: Any, path: Any, route: Any) -> dict[str, Any]:
    return make_fields(
        method=read_method(method),
        path=quote_path(path),
        route=route if type(route) is str else None,
    )


#: Sources: the modules that are named here: Django 5.2, Starlette 1.10, Litestar 2.25, Werkzeug 3.1
#: (Flask, Quart), aiohttp 3.14, Django REST framework 3.18, Sanic 25.12, Tornado 6.6.
_REQUESTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "django.http.request.HttpRequest": _of_django,
    "rest_framework.request.Request": _of_django,
    "starlette.requests.HTTPConnection": _of_scope,
    "litestar.connection.base.ASGIConnection": _of_scope,
    "werkzeug.sansio.request.Request": _of_werkzeug,
    "werkzeug.local.LocalProxy": _of_proxy,
    "aiohttp.web_request.BaseRequest": _of_aiohttp,
    "sanic.request.types.Request": _of_attributes,
    "tornado.httputil.HTTPServerRequest": _of_attributes,
}
_RESPONSES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "django.http.response.HttpResponseBase": lambda it: _status(it.status_code),
    "starlette.responses.Response": lambda it: _status(it.status_code),
    "litestar.response.base.Response": lambda it: _status(it.status_code),
    "werkzeug.sansio.response.Response": lambda it: _status(it.status_code),
    "aiohttp.web_response.StreamResponse": lambda it: _status(it.status),
}
#: What the `websockets` library adds to each record: a weak reference to its connection.
#: Source: websockets/asyncio/connection.py and websockets/legacy/protocol.py, 17.
_PROXIES = (CallableProxyType, ProxyType)


def _status(value: Any) -> dict[str, Any]:
    return make_fields(status=read_status(value))
