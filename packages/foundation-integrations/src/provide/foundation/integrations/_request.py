"""One request, from its headers to the one line at its end; ASGI and WSGI share it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from hmac import compare_digest
from time import perf_counter
from typing import Any
from zlib import crc32

from provide.foundation import (
    ConfigurationError,
    Logger,
    bind_contextvars,
    buffered,
    clear_contextvars,
    get_contextvars,
    get_logger,
    level_override,
)
from provide.foundation.integrations._event import CURRENT, Event
from provide.foundation.integrations._settings import RequestSettings, is_request_id
from provide.foundation.integrations.trace_context import (
    bind_trace,
    parse_traceparent,
    restore_trace,
)

#: Where a middleware finds that another one around it has begun the request.
KEY = "provide.foundation.request"
#: Longer texts from outside are cut: a line need not hold what a client makes up.
_LONGEST_TEXT = 1024


class Request(Event):
    """Bind one request's context, and write its line.

    Args:
        settings: How.
        header: ``(name) -> value``, the name in lower case; "" where there is none.
    """

    __slots__ = (
        "_around",
        "_earlier_trace",
        "_log",
        "_outer",
        "_settings",
        "_started",
        "agent",
        "method",
        "path",
        "request_id",
        "sent_bytes",
        "status",
    )

    def __init__(
        self, settings: RequestSettings, method: str, path: str, header: Callable[[str], str]
    ) -> None:
        super().__init__()
        self._settings = settings
        self.method = method
        self.path = path
        self.agent: str | None = None
        self.status = 0
        self.sent_bytes = 0
        given = header(settings.request_id_header.lower()) if settings.trust_request_id else ""
        #: The id from outside, or a new one of 32 hexadecimal digits.
        self.request_id = given if given and is_request_id(given) else os.urandom(16).hex()
        self._around: ExitStack | None = None
        self._log: Logger = get_logger(settings.logger)
        self._started = 0.0
        self._outer: Event | None = None
        self._earlier_trace: object = None

    def begin(self, header: Callable[[str], str], more: Mapping[str, Any] | None = None) -> None:
        """Bind the id and the trace in the present context.

        They stay bound when the request is over, as servers log after that. The next request of
        the same task or thread begins from what was bound before this one.

        Args:
            header: As for the class.
            more: Further fields to bind.
        """
        earlier = CURRENT.get()
        if earlier is None:
            self.base = get_contextvars()
        elif earlier.ended:
            self.base = earlier.base
            if isinstance(earlier, Request):
                restore_trace(earlier._earlier_trace)
            clear_contextvars()
        else:  # a request within a request, as tests and gateways make them
            self.base = get_contextvars()
            self._outer = earlier
        CURRENT.set(self)
        bind_contextvars(**{**self.base, "request_id": self.request_id, **(more or {})})
        self._earlier_trace = bind_trace(parse_traceparent(header("traceparent")))
        self._started = perf_counter()
        if self._settings.buffer is not None or self._settings.override_token is not None:
            self._open_blocks(header)

    def _open_blocks(self, header: Callable[[str], str]) -> None:
        settings = self._settings
        self._around = ExitStack()
        if settings.buffer is not None:
            self._around.enter_context(buffered(**settings.buffer))
        token, level = settings.override_token, header("x-log-level")
        if token is None or not level:
            return
        if compare_digest(header("x-log-token").encode("utf-8", "replace"), token.encode()):
            with suppress(ConfigurationError):  # there is no such level
                self._around.enter_context(level_override(level))

    def finish(
        self,
        error: BaseException | None = None,
        *,
        complete: bool = True,
        route: str | None = None,
        client: str | None = None,
    ) -> None:
        """Write the request's line, unless it has been written.

        Args:
            error: What the application has raised.
            complete: Whether the application has said all that it has to say.
            route: The pattern of the path.
            client: The client's address.
        """
        if self.ended:
            return
        try:
            # A task that is cancelled has not failed: its client has gone.
            failure = error if isinstance(error, Exception) else None
            status = self.status or (500 if failure is not None else None)
            failed = failure is not None or (status or 0) >= 500
            if failed or self._is_wanted():
                line = {
                    **self.fields,
                    "http.request.method": self.method,
                    "url.path": _cut(self.path),
                    "http.route": route,
                    "http.response.status_code": status,
                    "duration_ms": round((perf_counter() - self._started) * 1000, 2),
                    "http.response.body.size": self.sent_bytes,
                    "http.response.incomplete": None if complete and error is failure else True,
                    "client.address": client,
                    "user_agent.original": _cut(self.agent) if self.agent is not None else None,
                }
                self._write_line(line, failure, failed=failed)
        finally:
            self.ended = True

    def _write_line(self, line: dict[str, Any], failure: Exception | None, *, failed: bool) -> None:
        settings = self._settings
        if settings.sample < 1 and not failed:
            line["sample"] = settings.sample
        if failure is not None:
            line["error.type"] = type(failure).__qualname__
            if settings.exceptions == "log":
                line["exc_info"] = failure
        write = self._log.error if failed else self._log.info
        write(settings.event, **{name: value for name, value in line.items() if value is not None})

    def _is_wanted(self) -> bool:
        settings = self._settings
        if settings.skips is not None and settings.skips(self.path):
            return False
        # By the id, so that all services that see it decide alike.
        share = settings.sample
        return share >= 1 or crc32(self.request_id.encode()) < int(share * 0x1_0000_0000)

    def close(self, error: BaseException | None = None) -> None:
        """End the blocks of `buffer` and `override_token`; work after the response was in them.

        Args:
            error: What the application has raised.
        """
        around, self._around = self._around, None
        if around is not None:
            around.__exit__(type(error) if error else None, error, None)
        if self._outer is not None:
            self.leave()

    def leave(self) -> None:
        """Bind what was bound before the request, in its own task or thread."""
        restore_trace(self._earlier_trace)
        clear_contextvars()
        if self.base:
            bind_contextvars(**self.base)
        CURRENT.set(self._outer)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."
