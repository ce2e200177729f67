"""Log the requests of any ASGI application: FastAPI, Starlette, Litestar, Django, Quart and others.

No framework is needed. The fields of a request stay bound in its task, so that the server's
own lines about it, its access line and the traceback of its failure, have the request's id as well.

Source: ASGI 3.0, https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Unpack

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


class RequestMiddleware:
    """Give each request an id that all its lines have, and one line at its end.

    It is a plain ASGI application around another one: ``app = RequestMiddleware(app)``, or
    ``app.add_middleware(RequestMiddleware)`` in Starlette and FastAPI. Of two around one
    application, the outer one does the work. It may be called from any task and event loop.

    Args:
        app: The application.
        **settings: The arguments of `provide.foundation.integrations.RequestSettings`.

    Raises:
        ConfigurationError: A setting is not valid.
    """

    def __init__(self, app: Application, **settings: Unpack[RequestOptions]) -> None:
        self.app = app
        self._settings = RequestSettings(**settings)
        self._id_header = self._settings.request_id_header.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection event of the server."""
        if scope["type"] == "http" and KEY not in scope:
            await self._handle(scope, receive, send)
        elif scope["type"] == "websocket" and KEY not in scope:
            await self._handle_socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._begin(scope, scope["method"])
        id_header = (self._id_header, request.request_id.encode())

        async def send_on(message: Message) -> None:
            kind = message["type"]
            if kind == "http.response.start":
                request.status = message["status"]
                headers = [each for each in message.get("headers", ()) if each[0] != id_header[0]]
                message = {**message, "headers": [*headers, id_header]}
            elif kind == "http.response.body":
                request.sent_bytes += len(message.get("body", b""))
                if not message.get("more_body", False):
                    # Before the last part goes: the client may have it and ask for the line.
                    _finish(request, scope)
            await send(message)

        failure: BaseException | None = None
        try:
            await self.app(scope, receive, send_on)
        except BaseException as error:
            failure = error
            _finish(request, scope, error)
            answers = self._settings.exceptions == "log" and request.status == 0
            if not answers or not isinstance(error, Exception):
                raise
            for message in _FAILURE:
                await send_on({**message})
        finally:
            _finish(request, scope, complete=False)
            request.close(failure)

    async def _handle_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._begin(scope, "GET")

        async def send_on(message: Message) -> None:
            if message["type"] == "websocket.accept":
                request.status = 101
            elif message["type"] == "websocket.send":
                request.sent_bytes += len(message.get("bytes") or message.get("text") or "")
            await send(message)

        failure: BaseException | None = None
        try:
            await self.app(scope, receive, send_on)
        except BaseException as error:
            failure = error
            _finish(request, scope, error)
            raise
        finally:
            _finish(request, scope)
            request.close(failure)

    def _begin(self, scope: Scope, method: str) -> Request:
        headers = dict(scope["headers"])

        def header(name: str) -> str:
            value = headers.get(name.encode())
            return value.decode("latin-1") if value is not None else ""

        request = Request(self._settings, method, scope["path"], header)
        scope[KEY] = request
        bind = self._settings.bind
        more = None
        if bind is not None:
            more = bind({k.decode("latin-1"): v.decode("latin-1") for k, v in headers.items()})
        request.begin(header, more)
        agent = headers.get(b"user-agent")
        if agent is not None:
            request.agent = agent.decode("latin-1")
        return request


def _finish(
    request: Request,
    scope: Scope,
    error: BaseException | None = None,
    *,
    complete: bool = True,
) -> None:
    if not request.ended:
        client = scope.get("client")
        address = client[0] if client else None
        request.finish(error, complete=complete, route=_route_of(scope), client=address)


def _route_of(scope: Scope) -> str | None:
    """Return the pattern of the path that the framework has chosen, where it says so.

    Source: FastAPI puts its route into the scope, Litestar ``path_template``.
    """
    path = getattr(scope.get("route"), "path", None) or scope.get("path_template")
    return path if isinstance(path, str) else None
