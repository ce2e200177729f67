"""Log the requests of any ASGI application: FastAPI, Starlette, Litestar, Django, Quart and others.

No framework is needed. The fields of a request stay bound in its task, so that the server's
own lines about it, its access line and the traceback of its failure, have the request's id as well.

Source: ASGI 3.0, https://asgi.readthedocs.io/en/latest/specs/www.html, with its extensions.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any, Unpack

from provide.foundation.integrations._faults import ResponseCutShort, report_fault
from provide.foundation.integrations._request import KEY, Request
from provide.foundation.integrations._settings import RequestOptions, RequestSettings

__all__ = ["RequestMiddleware"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_FAILURE: tuple[Message, Message] = (
    {
        "type": "http.response.start",
        "status": 500,
        "headers": [(b"content-type", b"text/plain; charset=utf-8")],
    },
    {"type": "http.response.body", "body": b"Internal Server Error"},
)
#: Source: RFC 6455, section 7.4.1: the server has met what it did not expect.
_INTERNAL_ERROR = 1011


class RequestMiddleware:
    """Give each request an id that all its lines have, and one line at its end.

    It is a plain ASGI application around another one: ``app = RequestMiddleware(app)``, or
    ``app.add_middleware(RequestMiddleware)`` in Starlette and FastAPI. Of two around one
    application, the outer one does the work. It may be called from any task and event loop.
    A request that it cannot log goes on without.

    Args:
        app: The application.
        **settings: The arguments of `provide.foundation.integrations.RequestSettings`.

    Raises:
        ConfigurationError: A setting is not valid.
    """

    def __init__(self, app: Application, **settings: Unpack[RequestOptions]) -> None:
        self.app = app
        self._settings = RequestSettings(**settings)
        self._id_name = self._settings.id_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection event of the server."""
        kind = scope["type"]
        if kind not in ("http", "websocket") or KEY in scope:
            await self.app(scope, receive, send)
            return
        try:
            request = self._begin(scope)
        except Exception as error:  # a request goes on whatever fails
            report_fault("begin", error)
            await self.app(scope, receive, send)
            return
        if kind == "http":
            await self._handle(request, scope, receive, send)
        else:
            await self._handle_socket(request, scope, receive, send)

    async def _handle(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            kind = message["type"]
            if kind == "http.response.body":
                if body := message.get("body"):
                    request.sent_bytes += len(body)
                if not message.get("more_body", False):
                    # Before the last part goes: the client may have it and ask for the line.
                    _end_response(request, scope)
            elif kind == "http.response.start":
                message = self._note_start(request, message)
            elif kind.startswith("http.response."):
                _note_file(request, scope, message)
            await send(message)

        failure: BaseException | None = None
        try:
            await self.app(scope, receive, send_on)
        except BaseException as error:
            failure = error
            if self._settings.exceptions != "log" or not isinstance(error, Exception):
                raise
            if request.ended:
                request.write_late(error)
            elif request.status and not request.is_answered:
                # The client has to see that it does not have the whole of it.
                raise ResponseCutShort(request.request_id) from None
            elif not request.status:
                for message in _FAILURE:
                    await send_on({**message})
        finally:
            if not request.ended:
                whole = request.is_answered or (failure is not None and not request.status)
                _finish(request, scope, failure, complete=whole)
            request.close(failure)

    async def _handle_socket(
        self, request: Request, scope: Scope, receive: Receive, send: Send
    ) -> None:
        is_open = True

        async def receive_on() -> Message:
            nonlocal is_open
            message = await receive()
            if message["type"] == "websocket.disconnect":
                is_open = False
                request.close_code = request.close_code or message.get("code", 1005)
            return message

        async def send_on(message: Message) -> None:
            nonlocal is_open
            kind = message["type"]
            if kind == "websocket.send":
                request.sent_bytes += _size_of(message)
            elif kind == "websocket.accept":
                message = self._note_start(request, message, status=101)
            elif kind == "websocket.close":
                is_open = False
                if request.status:
                    request.close_code = message.get("code", 1000)
                else:  # Source: the server answers with 403 where nothing has been accepted.
                    request.status = 403
            elif kind == "websocket.http.response.start":
                is_open = False
                message = self._note_start(request, message)
            elif kind == "websocket.http.response.body":
                request.sent_bytes += len(message.get("body") or b"")
            await send(message)

        failure: BaseException | None = None
        try:
            await self.app(scope, receive_on, send_on)
        except BaseException as error:
            failure = error
            if self._settings.exceptions != "log" or not isinstance(error, Exception):
                raise
            _finish(request, scope, error)
            if is_open:
                with suppress(Exception):  # the other side may have gone, which is no second error
                    await send({"type": "websocket.close", "code": _INTERNAL_ERROR})
        finally:
            _finish(request, scope, failure)
            request.close(failure)

    def _begin(self, scope: Scope) -> Request:
        raw = scope["headers"]
        headers = dict(raw)
        has_several = len(headers) != len(raw)

        def header(name: str) -> str:
            key = name.encode()
            value = headers.get(key)
            if value is None or (has_several and sum(each[0] == key for each in raw) > 1):
                return ""
            return str(value, "latin-1")

        request = Request(self._settings, scope.get("method", "GET"), scope["path"], header)
        more = None
        if self._settings.bind is not None:
            more = self._settings.find_bound(lambda: _list_headers(raw))
        request.begin(header, more)
        agent = headers.get(b"user-agent")
        if agent is not None:
            request.agent = str(agent, "latin-1")
        scope[KEY] = request
        return request

    def _note_start(self, request: Request, message: Message, status: int = 0) -> Message:
        """Note the status, and return the message with the request's id among the headers."""
        try:
            request.status = status or message["status"]
            name = self._id_name
            headers = [each for each in message.get("headers", ()) if each[0].lower() != name]
            headers.append((name, request.request_id.encode()))
            return {**message, "headers": headers}
        except Exception as error:  # a request goes on whatever fails: the server will say so
            report_fault("response", error)
            return message


def _note_file(request: Request, scope: Scope, message: Message) -> None:
    """Note what is sent by the server itself, by extensions of ASGI."""
    kind = message["type"]
    if kind == "http.response.pathsend":
        with suppress(OSError):  # the server will say so
            request.sent_bytes += os.stat(message["path"]).st_size
        _end_response(request, scope)
    elif kind == "http.response.zerocopysend":
        request.sent_bytes += message.get("count") or 0
        if not message.get("more_body", False):
            _end_response(request, scope)


def _end_response(request: Request, scope: Scope) -> None:
    """Write the line of a response that is whole; that of a failure waits for its exception."""
    request.stop()
    if request.status < 500:
        _finish(request, scope)


def _finish(
    request: Request,
    scope: Scope,
    error: BaseException | None = None,
    *,
    complete: bool = True,
) -> None:
    if request.ended:
        return
    route = address = None
    try:
        client = scope.get("client")
        address = client[0] if client else None
        route = _find_route(scope)
    except Exception as fault:  # a request goes on whatever fails: the objects are a framework's
        report_fault("route", fault)
    request.finish(error, complete=complete, route=route, client=address)


def _find_route(scope: Scope) -> str | None:
    """Return the pattern of the path that the framework has chosen, where it says so.

    Source: Starlette 0.50 and FastAPI put their route into the scope, FastAPI what a router was
    included with as well, and Litestar ``path_template``.
    """
    route = scope.get("route")
    if route is None:
        template = scope.get("path_template")
        return template if isinstance(template, str) else None
    included = (scope.get("fastapi") or {}).get("effective_route_context")
    if included is not None and included.original_route is route:
        path = included.path_format
    elif hasattr(route, "routes"):  # something is mounted that has no routes of its own
        path = "/{path}"
    else:
        path = getattr(route, "path_format", None) or getattr(route, "path", None)
    # `root_path` is the place of a mounted application. Behind a proxy that takes it away from the
    # path, the pattern has it neither.
    root = scope.get("root_path") or ""
    is_below = root and scope["path"].startswith(root)
    return f"{root if is_below else ''}{path}" if isinstance(path, str) else None


def _list_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = str(name, "latin-1"), str(value, "latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _size_of(message: Message) -> int:
    text = message.get("text")
    if text:
        return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return len(message.get("bytes") or b"")
