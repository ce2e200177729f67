"""Log the requests of any WSGI application: Flask, Django, Pyramid, Bottle and others.

No framework is needed. The fields of a request are cleared when the server closes the body, so
that the server's own lines about it have the request's id, and those of the next one have not.

Source: PEP 3333, https://peps.python.org/pep-3333/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Unpack

from provide.foundation.integrations._faults import ResponseCutShort, report_fault
from provide.foundation.integrations._request import KEY, Request
from provide.foundation.integrations._settings import RequestOptions, RequestSettings

__all__ = ["ROUTE", "RequestMiddleware"]

#: Where a framework that knows the pattern of a path puts it into the environ.
ROUTE = "provide.foundation.route"

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_FAILURE = "500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")]
_FAILURE_BODY = b"Internal Server Error"


class RequestMiddleware:
    """Give each request an id that all its lines have, and one line at its end.

    It is a WSGI application around another one: ``app = RequestMiddleware(app)``. Of two around
    one application, the outer one does the work. Threads and greenlets may call it as they like.
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

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request of the server."""
        if KEY in environ:
            return self.app(environ, start_response)
        try:
            request = self._begin(environ)
        except Exception as error:  # a request goes on whatever fails
            report_fault("begin", error)
            return self.app(environ, start_response)
        start = _Start(request, self._settings.request_id_header, start_response)
        try:
            body = self.app(environ, start)
        except BaseException as error:
            # The server's own line comes now: the context stays for it, until the next request.
            _finish(request, environ, error, complete=request.status == 0)
            request.close(error)
            if self._settings.exceptions != "log" or not isinstance(error, Exception):
                raise
            if start.has_written:
                # The client has to see that it does not have the whole of it.
                raise ResponseCutShort(request.request_id) from None
            start.fail(error)
            return [_FAILURE_BODY]
        request.returned = True
        kind = _SizedBody if hasattr(body, "__len__") else _Body
        return kind(body, request, environ, start, self._settings.exceptions == "log")

    def _begin(self, environ: Environ) -> Request:
        def header(name: str) -> str:
            # Servers join several of one name by a comma, which no id has.
            return str(environ.get(_key_of(name), ""))

        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if not path.isascii():  # bytes of UTF-8 as a text of Latin-1, says PEP 3333
            path = path.encode("latin-1", "replace").decode("utf-8", "replace")
        request = Request(self._settings, environ["REQUEST_METHOD"], path, header)
        more = None
        if self._settings.bind is not None:
            more = self._settings.find_bound(lambda: _list_headers(environ))
        request.begin(header, more)
        request.agent = environ.get("HTTP_USER_AGENT")
        environ[KEY] = request
        return request


class _Start:
    """Be the `start_response` of one request: note its status, and give its id to the client."""

    __slots__ = ("_header", "_request", "_start_response", "expected", "has_written")

    def __init__(self, request: Request, header: str, start_response: StartResponse) -> None:
        self._request = request
        self._header = header
        self._start_response = start_response
        #: The length that the response says it has; -1: it says none.
        self.expected = -1
        #: Whether a part has been given to the server.
        self.has_written = False

    def __call__(self, status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        try:
            headers = self._note(status, headers)
        except Exception as error:  # a request goes on whatever fails: the server will say so
            report_fault("response", error)
        write = self._start_response(status, headers, *rest)

        def write_counted(data: bytes) -> object:
            self._request.sent_bytes += len(data)
            self.has_written = True
            return write(data)

        return write_counted

    def fail(self, error: Exception) -> None:
        """Start the answer to a request that has failed.

        A server is told of the exception only where it has to be, after a first start: uWSGI
        prints it.
        """
        told = () if self._request.status == 0 else ((type(error), error, error.__traceback__),)
        self(*_FAILURE, *told)

    def _note(self, status: str, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        self._request.status = int(status[:3])
        self.expected = -1
        own, kept = self._header.lower(), []
        for each in headers:
            name = each[0].lower()
            if name != own:
                kept.append(each)
            if name == "content-length" and each[1].isdecimal():
                self.expected = int(each[1])
        return [*kept, (self._header, self._request.request_id)]


class _Body:
    """Pass the parts of a response on, and end the request with it."""

    def __init__(
        self,
        body: Iterable[bytes],
        request: Request,
        environ: Environ,
        start: _Start,
        logs_exceptions: bool,
    ) -> None:
        self._body = body
        self._parts: Iterator[bytes] | None = None
        self._request = request
        self._environ = environ
        self._start = start
        self._logs_exceptions = logs_exceptions
        self._failure: BaseException | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        request = self._request
        try:
            if self._parts is None:
                self._parts = iter(self._body)
            request.returned = False  # what it calls now is called within the request
            part = next(self._parts)
        except StopIteration:
            _finish(request, self._environ)
            raise
        except BaseException as error:
            self._failure = error
            _finish(request, self._environ, error, complete=request.status == 0)
            if not self._logs_exceptions or not isinstance(error, Exception):
                raise
            if self._start.has_written:
                raise ResponseCutShort(request.request_id) from None
            self._start.fail(error)
            self._parts = iter(())
            part = _FAILURE_BODY
        finally:
            request.returned = True
        request.sent_bytes += len(part)
        if part:
            self._start.has_written = True
            if request.sent_bytes >= self._start.expected >= 0:
                # Before the last part goes: the client may have it and ask for the line.
                request.stop()
                _finish(request, self._environ)
        return part

    def close(self) -> None:
        """End the request: its line is written, and its context cleared."""
        request = self._request
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        except BaseException as error:
            self._failure = error
            was_ended = request.ended
            _finish(request, self._environ, error)
            if not self._logs_exceptions or not isinstance(error, Exception):
                raise
            if was_ended:
                request.write_late(error)
        finally:
            _finish(request, self._environ, complete=False)
            request.close(self._failure)
            request.leave()


class _SizedBody(_Body):
    """Be a body whose number of parts is known: servers take the length from one of one part."""

    def __len__(self) -> int:
        return len(self._body)  # type: ignore[arg-type]


def _finish(
    request: Request,
    environ: Environ,
    error: BaseException | None = None,
    *,
    complete: bool = True,
) -> None:
    if not request.ended:
        request.finish(
            error,
            complete=complete,
            route=environ.get(ROUTE),
            client=environ.get("REMOTE_ADDR") or None,
        )


@cache
def _key_of(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")


def _list_headers(environ: Environ) -> dict[str, str]:
    headers = {
        key[5:].lower().replace("_", "-"): value
        for key, value in environ.items()
        if key.startswith("HTTP_") and isinstance(value, str)
    }
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if value := environ.get(key):
            headers[key.lower().replace("_", "-")] = value
    return headers
