"""Read and change levels over HTTP: an ASGI and a WSGI application, each behind a token.

`GET` answers the levels as JSON. `PUT` takes ``{"level": "DEBUG"}``, with ``"module"`` for one
prefix and ``"for_s"`` for a time, and answers the levels that hold then. Whatever is wrong with a
request, it changes nothing. No framework is needed: mount what `asgi` or `wsgi` returns where you
like; it answers at every path below.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from hmac import compare_digest
from typing import Any

from provide.foundation._config.values.sources import parse_json
from provide.foundation._runtime import setup as _setup  # noqa: F401  # it says what starts us
from provide.foundation._runtime.levels import change_level, check_duration, list_levels
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import parse_level

__all__ = ["asgi", "wsgi"]

#: A request that says a level takes a hundred bytes.
MOST_BODY_BYTES = 4096
_METHODS = "GET, PUT"
_KEYS = ("level", "module", "for_s")

_Scope = Mapping[str, Any]
_Receive = Callable[[], Awaitable[Mapping[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]


def asgi(*, token: str) -> Callable[[_Scope, _Receive, _Send], Awaitable[None]]:
    """Return an ASGI application that reads and changes levels.

    Args:
        token: What a request has to bring, as ``Authorization: Bearer <token>``: at least one
            character, of ASCII that can be seen.

    Raises:
        ConfigurationError: There is no such token: without one there is no endpoint.
    """
    return _AsgiEndpoint(_check_token(token))


def wsgi(*, token: str) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return a WSGI application that reads and changes levels.

    Args:
        token: As for `asgi`.

    Raises:
        ConfigurationError: There is no such token: without one there is no endpoint.
    """
    return _WsgiEndpoint(_check_token(token))


class _Refusal(Exception):
    """Hold the answer to a request that changes nothing."""

    def __init__(self, status: int, reason: str, **headers: str) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers


_PHRASES = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    405: "Method Not Allowed",
    413: "Content Too Large",
    503: "Service Unavailable",
}
_Answer = tuple[int, list[tuple[str, str]], bytes]


class _AsgiEndpoint:
    """Answer requests of an ASGI server."""

    # An object, not a function: routers take one that is called with three arguments as it is.
    def __init__(self, token: bytes) -> None:
        self._token = token

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            for stage in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{stage}.complete"})
            return
        if scope["type"] != "http":
            await receive()
            await send({"type": f"{scope['type']}.close"})
            return
        given = b"".join(value for name, value in scope["headers"] if name == b"authorization")
        client = scope.get("client")
        try:
            _authorise(self._token, given)
            body = await _receive_body(receive) if _wants_body(scope["method"]) else b""
            if body is None:
                return  # the client has gone
            answer = _answer(scope["method"], body, client[0] if client else None)
        except _Refusal as refusal:
            answer = _refuse(refusal)
        status, headers, body = answer
        raw = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


class _WsgiEndpoint:
    """Answer requests of a WSGI server."""

    def __init__(self, token: bytes) -> None:
        self._token = token

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        try:
            _authorise(self._token, environ.get("HTTP_AUTHORIZATION", "").encode("latin-1"))
            body = _read_body(environ) if _wants_body(method) else b""
            answer = _answer(method, body, environ.get("REMOTE_ADDR"))
        except _Refusal as refusal:
            answer = _refuse(refusal)
        status, headers, body = answer
        start(f"{status} {_PHRASES[status]}", headers)
        return [body]


def _check_token(token: object) -> bytes:
    if isinstance(token, str) and token.isascii() and token and all("!" <= c <= "~" for c in token):
        return token.encode()
    # Not the value itself: half a secret is one, too.
    allowed = "a text of visible ASCII characters, without blanks; there is no endpoint without"
    raise ConfigurationError("token", type(token), allowed)


def _authorise(token: bytes, given: bytes) -> None:
    scheme, _, shown = given.partition(b" ")
    if scheme.lower() != b"bearer" or not shown.strip():
        headers = {"WWW-Authenticate": 'Bearer realm="levels"'}
        raise _Refusal(401, "a bearer token is needed", **headers)
    if not compare_digest(shown.strip(), token):
        raise _Refusal(403, "this token is not allowed to")


def _wants_body(method: str) -> bool:
    if method not in ("GET", "PUT"):
        raise _Refusal(405, f"{_METHODS} are answered", Allow=_METHODS)
    return method == "PUT"


async def _receive_body(receive: _Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        _check_size(len(body))
        if not message.get("more_body"):
            return bytes(body)


def _read_body(environ: Mapping[str, Any]) -> bytes:
    given = environ.get("CONTENT_LENGTH") or ""
    if not given and environ.get("wsgi.input_terminated"):  # the server ends what it gives
        size = MOST_BODY_BYTES + 1
    elif given.isascii() and (given.isdigit() or not given):
        size = int(given or "0") if len(given) < 20 else MOST_BODY_BYTES + 1
        _check_size(size)
    else:
        raise _Refusal(400, "the length of the body is no number")
    body: bytes = environ["wsgi.input"].read(size)
    _check_size(len(body))
    return body


def _check_size(size: int) -> None:
    if size > MOST_BODY_BYTES:
        raise _Refusal(413, f"a body has at most {MOST_BODY_BYTES} bytes")


def _answer(method: str, body: bytes, peer: str | None) -> _Answer:
    if method == "PUT":
        level, module, for_s = _read_change(body)
        try:
            change_level(level, module, for_s, by="http", peer=peer)
        except RuntimeError:
            raise _Refusal(503, "no thread can be had that would end it") from None
    return _make_answer(200, list_levels())


def _read_change(body: bytes) -> tuple[int, str | None, float | None]:
    try:
        given = parse_json(body)
    except (ValueError, RecursionError):
        raise _Refusal(400, "the body is no JSON") from None
    if not isinstance(given, dict) or "level" not in given or not given.keys() <= set(_KEYS):
        raise _Refusal(400, f"the body is an object with level, and perhaps {_KEYS[1]}, {_KEYS[2]}")
    module, for_s = given.get("module"), given.get("for_s")
    if module is not None and not (isinstance(module, str) and module.strip()):
        raise _Refusal(400, "a module is a dotted name such as app.db")
    try:
        level = parse_level(given["level"])
        return level, module and module.strip(), None if for_s is None else check_duration(for_s)
    except ConfigurationError as error:
        raise _Refusal(400, f"{error.field} is one of: {error.allowed}") from None


def _refuse(refusal: _Refusal) -> _Answer:
    return _make_answer(refusal.status, {"error": refusal.reason}, refusal.headers)


def _make_answer(status: int, content: object, more: Mapping[str, str] | None = None) -> _Answer:
    body = json.dumps(content, allow_nan=False).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **(more or {}),
    }
    return status, list(headers.items()), body
