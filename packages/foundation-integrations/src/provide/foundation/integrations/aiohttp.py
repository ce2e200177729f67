"""Log the requests of aiohttp's server: `install(app)`, and an `AccessLogger`.

aiohttp has a task for each request. Its id is on the lines of handlers, on the server's own "Error
handling request", and on the line that the access logger writes at the end.

Source: aiohttp 3.14, `aiohttp/web_protocol.py` and `aiohttp/abc.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from provide.foundation.integrations._faults import ResponseCutShort, report_fault
from provide.foundation.integrations._frameworks import need
from provide.foundation.integrations._request import Request
from provide.foundation.integrations._settings import RequestOptions, RequestSettings

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

__all__ = ["AccessLogger", "install"]

need("aiohttp", "3.11", __name__)

from aiohttp import web  # noqa: E402
from aiohttp.abc import AbstractAccessLogger  # noqa: E402

_DEFAULT = RequestSettings()


class _State:
    """Hold what is known of one request between the middleware and the access logger."""

    __slots__ = ("failure", "header", "request")

    def __init__(self, request: Request, header: str) -> None:
        self.request = request
        #: The name of the header with the id.
        self.header = header
        self.failure: BaseException | None = None


#: Where that stands. Newer versions of aiohttp warn of keys that are texts.
_KEY: Any = getattr(web, "RequestKey", lambda name, kind: name)("provide.foundation", _State)


class AccessLogger(AbstractAccessLogger):
    """Write the one line of each request: ``web.run_app(app, access_log_class=AccessLogger)``.

    The line says what `provide.foundation.integrations.asgi.RequestMiddleware` does, under the
    settings of `install`, when the last part of the response has gone. Of a request that aiohttp
    cannot read, it says the status. The format and the logger of aiohttp have no part in it.
    """

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line of one request."""
        try:
            state: _State | None = request.get(_KEY)
            if state is None:
                found = Request(_DEFAULT, request.method, request.path, lambda name: "")
                found.begin(lambda name: "")
                state = _State(found, "")
            _finish(state, request, response)
        except Exception as error:  # a request goes on whatever fails
            report_fault("line", error)


def install(app: web.Application, **settings: Unpack[RequestOptions]) -> None:
    """Give each request of an application an id that all its lines have, and one line at its end.

    It stands before the middlewares that the application has. Requests of its sub-applications are
    logged with it. A server without our `AccessLogger` gets the line when the handler has returned.
    Of two applications within each other that have it, the outer one does the work.

    Args:
        app: The application; it is not frozen yet.
        **settings: The arguments of `provide.foundation.integrations.RequestSettings`.

    Raises:
        ConfigurationError: A setting is not valid.
        RuntimeError: The application is running.
    """
    chosen = RequestSettings(**settings)
    app.middlewares.insert(0, _make_middleware(chosen))
    app.on_response_prepare.append(_note_response)


def _make_middleware(settings: RequestSettings) -> Middleware:
    @web.middleware
    async def log_request(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _KEY in request:
            return await handler(request)
        try:
            state = _begin(settings, request)
        except Exception as error:  # a request goes on whatever fails
            report_fault("begin", error)
            return await handler(request)
        logged = state.request
        response: web.StreamResponse | None = None
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            response = answer
            raise
        except BaseException as error:
            state.failure = error
            if settings.exceptions != "log" or not isinstance(error, Exception):
                raise
            if logged.status:  # the client has to see that it does not have the whole of it
                raise ResponseCutShort(logged.request_id) from None
            response = web.Response(status=500, text="Internal Server Error")
        finally:
            # The access logger hears nothing of a response that breaks off, or of a cancelled task.
            is_cut = response is None and logged.status > 0
            is_cancelled = not isinstance(state.failure, Exception | None)
            if is_cut or is_cancelled or not isinstance(_access_logger_of(request), AccessLogger):
                _finish(state, request, response)
            logged.close(state.failure)
        return response

    return log_request


def _begin(settings: RequestSettings, incoming: web.Request) -> _State:
    headers = incoming.headers

    def header(name: str) -> str:
        values = headers.getall(name, [])
        return values[0] if len(values) == 1 else ""

    request = Request(settings, incoming.method, incoming.path, header)
    more = None
    if settings.bind is not None:
        more = settings.find_bound(
            lambda: {name.lower(): ", ".join(headers.getall(name)) for name in headers}
        )
    request.begin(header, more)
    request.agent = headers.get("User-Agent")
    state = incoming[_KEY] = _State(request, settings.request_id_header)
    return state


async def _note_response(incoming: web.Request, response: web.StreamResponse) -> None:
    """Give the id to the client with the head of the response."""
    state: _State | None = incoming.get(_KEY)
    if state is not None:
        state.request.status = response.status
        response.headers[state.header] = state.request.request_id


def _finish(state: _State, incoming: web.BaseRequest, response: web.StreamResponse | None) -> None:
    request, failure = state.request, state.failure
    if request.ended:
        return
    route = None
    if isinstance(incoming, web.Request):
        resource = incoming.match_info.route.resource
        route = resource.canonical if resource is not None else None
    if response is not None:
        request.status = response.status
        request.sent_bytes = _size_of(response)
    elif request.status:
        request.sent_bytes = -1
    # Once it has begun, nothing but its end makes it whole.
    whole = response is not None or not request.status
    request.finish(failure, complete=whole, route=route, client=incoming.remote)


def _size_of(response: web.StreamResponse) -> int:
    """Return the bytes of a body; -1 for a stream of unknown length.

    What aiohttp itself counts has the head and the frames of chunks in it.
    """
    body = response.body if isinstance(response, web.Response) else None
    if isinstance(body, bytes | bytearray):
        return len(body)
    length = response.content_length
    return length if length is not None else 0 if isinstance(response, web.Response) else -1


def _access_logger_of(incoming: web.Request) -> object:
    return getattr(incoming.protocol, "access_logger", None)
