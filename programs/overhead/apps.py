"""The applications that are compared; each logs one line a request, and two with `line`.

`OVERHEAD` in the environment chooses. All of them are the same plain ASGI application under the
same server, so that what differs is the middleware and the logger.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def make_application(info: Callable[..., object]) -> Application:
    """Return an application that logs a line for each request and answers 200."""

    async def application(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        info("item_shown", item=7, path=scope["path"])
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    return application


def foundation(*, middleware: bool, line: bool) -> Application:
    """Return the application with Foundation's logger."""
    from provide.foundation import get_logger, setup_telemetry
    from provide.foundation.integrations.asgi import RequestMiddleware

    setup_telemetry()
    application = make_application(get_logger("shop").info)
    if not middleware:
        return application
    skip: Any = () if line else (lambda _path: True)
    return RequestMiddleware(application, skip=skip)


def structlog(*, middleware: bool, line: bool) -> Application:
    """Return it with structlog tuned as its documentation says, and asgi-correlation-id.

    Source: structlog's page "Performance"; asgi-correlation-id's README has the processor.
    """
    import sys

    import orjson
    import structlog as library
    from asgi_correlation_id import CorrelationIdMiddleware, correlation_id

    def add_id(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Any:
        if request_id := correlation_id.get():
            event["request_id"] = request_id
        return event

    library.configure(
        cache_logger_on_first_use=True,
        wrapper_class=library.make_filtering_bound_logger(20),
        processors=[
            library.contextvars.merge_contextvars,
            add_id,
            library.processors.add_log_level,
            library.processors.format_exc_info,
            library.processors.TimeStamper(fmt="iso", utc=True),
            library.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=library.BytesLoggerFactory(sys.stdout.buffer),
    )
    log = library.get_logger()
    application = make_application(log.info)
    if not middleware:
        return application
    if line:
        application = _write_line(application, log.info)
    return CorrelationIdMiddleware(application, header_name="X-Request-ID")


def _write_line(inner: Application, info: Callable[..., object]) -> Application:
    """Return what services write by hand: one line at the end of a request."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        started, status, size = time.perf_counter(), 0, 0

        async def send_on(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        await inner(scope, receive, send_on)
        headers = dict(scope["headers"])
        line: dict[str, Any] = {
            "http.request.method": scope["method"],
            "url.path": scope["path"],
            "http.response.status_code": status,
            "duration_ms": round((time.perf_counter() - started) * 1000, 2),
            "http.response.body.size": size,
            "client.address": scope["client"][0],
            "user_agent.original": headers.get(b"user-agent", b"").decode("latin-1"),
        }
        info("request_finished", **line)

    return application


VARIANTS: dict[str, Callable[[], Application]] = {
    "foundation": lambda: foundation(middleware=False, line=False),
    "foundation-id": lambda: foundation(middleware=True, line=False),
    "foundation-line": lambda: foundation(middleware=True, line=True),
    "structlog": lambda: structlog(middleware=False, line=False),
    "structlog-id": lambda: structlog(middleware=True, line=False),
    "structlog-line": lambda: structlog(middleware=True, line=True),
}

app = VARIANTS[os.environ["OVERHEAD"]]() if "OVERHEAD" in os.environ else None
