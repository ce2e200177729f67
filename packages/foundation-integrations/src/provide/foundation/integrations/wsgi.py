"""Log the requests of any WSGI application: Flask, Django, Pyramid, Bottle and others.

No framework is needed. The fields of a request are cleared when the server closes the body, so
that the server's own lines about it have the request's id, and those of the next one have not.

Source: PEP 3333, https://peps.python.org/pep-3333/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Unpack

from provide.foundation.integrations._request import KEY, Request
from provide.foundation.integrations._settings import RequestOptions, RequestSettings

__all__ = ["ROUTE", "RequestMiddleware"]

#: Where a framework that knows the pattern of a path puts it into the environ.
ROUTE = "provide.foundation.route"

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class RequestMiddleware:
    """Give each request an id that all its lines have, and one line at its end.

    It is a WSGI application around another one: ``app = RequestMiddleware(app)``. Of two around
    one application, the outer one does the work. Threads and greenlets may call it as they like.

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
        request = self._begin(environ)
        id_header = (self._settings.request_id_header, request.request_id)
        length: list[int] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            request.status = int(status[:3])
            name = id_header[0].lower()
            kept = [each for each in headers if each[0].lower() != name]
            lengths = [value for key, value in headers if key.lower() == "content-length"]
            if lengths and lengths[0].isdecimal():
                length[:] = [int(lengths[0])]
            write = start_response(status, [*kept, id_header], *rest)

            def write_counted(data: bytes) -> object:
                request.sent_bytes += len(data)
                return write(data)

            return write_counted

        try:
            body = self.app(environ, start)
        except BaseException as error:
            # The server's own line comes now: the context stays for it, until the next request.
            _finish(request, environ, error)
            request.close(error)
            if self._settings.exceptions == "log" and isinstance(error, Exception):
                content = [("Content-Type", "text/plain; charset=utf-8"), id_header]
                if request.status == 0:
                    start_response("500 Internal Server Error", content)
                    return [b"Internal Server Error"]
            raise
        return _Body(body, request, environ, length)

    def _begin(self, environ: Environ) -> Request:
        def header(name: str) -> str:
            return str(environ.get("HTTP_" + name.upper().replace("-", "_"), ""))

        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        # Bytes of UTF-8 as a text of Latin-1, says PEP 3333.
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")
        request = Request(self._settings, environ["REQUEST_METHOD"], path, header)
        environ[KEY] = request
        bind = self._settings.bind
        more = bind(_list_headers(environ)) if bind is not None else None
        request.begin(header, more)
        request.agent = environ.get("HTTP_USER_AGENT")
        return request


class _Body:
    """Pass the parts of a response on, and end the request with it.

    Args:
        body: What the application has returned.
        request: The request.
        environ: Its environ.
        length: Gets the length that the application has announced, before its first part.
    """

    def __init__(
        self, body: Iterable[bytes], request: Request, environ: Environ, length: list[int]
    ) -> None:
        self._body = body
        self._parts: Iterator[bytes] | None = None
        self._request = request
        self._environ = environ
        self._length = length
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._parts is None:
                self._parts = iter(self._body)
            part = next(self._parts)
        except StopIteration:
            self._complete = True
            raise
        except BaseException as error:
            _finish(self._request, self._environ, error)
            raise
        self._request.sent_bytes += len(part)
        if self._length and self._request.sent_bytes >= self._length[0]:
            # Before the last part goes: the client may have it and ask for the line.
            _finish(self._request, self._environ)
        return part

    def __len__(self) -> int:
        # Servers take the length of a body of one part from it.
        return len(self._body)  # type: ignore[arg-type]

    def close(self) -> None:
        """End the request: its line is written, and its context cleared."""
        failure: BaseException | None = None
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        except BaseException as error:
            failure = error
            _finish(self._request, self._environ, error)
            raise
        finally:
            _finish(self._request, self._environ, complete=self._complete)
            self._request.close(failure)
            self._request.leave()


def _finish(
    request: Request,
    environ: Environ,
    error: BaseException | None = None,
    *,
    complete: bool = True,
) -> None:
    request.finish(
        error,
        complete=complete,
        route=environ.get(ROUTE),
        client=environ.get("REMOTE_ADDR") or None,
    )


def _list_headers(environ: Environ) -> dict[str, str]:
    return {
        key[5:].lower().replace("_", "-"): value
        for key, value in environ.items()
        if key.startswith("HTTP_") and isinstance(value, str)
    }
