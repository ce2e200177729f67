"""One request, from its headers to the one line at its end; ASGI and WSGI share it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from contextvars import Token
from time import perf_counter
from typing import Any
from urllib.parse import quote

from provide.foundation import (
    ConfigurationError,
    bind_contextvars,
    buffered,
    clear_contextvars,
    get_contextvars,
    level_override,
)
from provide.foundation.integrations._event import CURRENT, Event
from provide.foundation.integrations._faults import report_fault
from provide.foundation.integrations._line import cut_text, free_names, name_class
from provide.foundation.integrations._settings import RequestSettings, is_request_id
from provide.foundation.integrations.trace_context import (
    bind_trace,
    parse_cloud_trace,
    parse_traceparent,
    restore_trace,
)

#: Where a middleware finds that another one around it has begun the request.
KEY = "provide.foundation.request"
#: What a path may have as it is, besides letters, digits, and ``_.-~`` (RFC 3986, pchar).
_IN_PATHS = "/:@!$&'()*+,;="


class Request(Event):
    """Bind one request's context, and write its line.

    Args:
        settings: How.
        method: Its method.
        path: Its path, without the query.
        header: ``(name) -> value``, the name in lower case; "" where there is none, or several.
    """

    __slots__ = (
        "_around",
        "_earlier_trace",
        "_outer",
        "_settings",
        "_started",
        "_stopped",
        "_token",
        "agent",
        "close_code",
        "method",
        "path",
        "request_id",
        "returned",
        "route",
        "sent_bytes",
        "status",
    )

    def __init__(
        self, settings: RequestSettings, method: str, path: str, header: Callable[[str], str]
    ) -> None:
        self.base = {}
        self.fields = {}
        self.ended = False
        #: Whether the application's function has returned, or raised.
        self.returned = False
        self.method = method
        self.path = path
        self.agent: str | None = None
        #: The pattern of the path, where a framework says it here.
        self.route: str | None = None
        self.status = 0
        #: The bytes of the body; -1: nobody knows.
        self.sent_bytes = 0
        #: Why a WebSocket was closed.
        self.close_code: int | None = None
        given = header(settings.id_key) if settings.trust_request_id else ""
        #: The id from outside, or a new one of 32 hexadecimal digits.
        self.request_id = given if given and is_request_id(given) else os.urandom(16).hex()
        self._settings = settings
        self._around: ExitStack | None = None
        self._outer: Event | None = None
        self._earlier_trace: object = None
        self._token: Token[Event | None] | None = None
        self._started = perf_counter()
        #: When the last part of the response went; 0.0: it has not.
        self._stopped = 0.0

    def begin(self, header: Callable[[str], str], more: Mapping[str, Any] | None = None) -> None:
        """Bind the id and the trace in the present context.

        They stay bound when the request is over, as servers log after that. The next request of
        the same task or thread begins from what was bound before this one.

        Args:
            header: As for the class.
            more: Further fields to bind.
        """
        earlier = CURRENT.get()
        base = get_contextvars() if earlier is None else self._come_after(earlier)
        self.base = base
        self._token = CURRENT.set(self)
        if base or more:
            fields = {**base, "request_id": self.request_id, **(more or {})}
            fields["request_id"] = self.request_id
            bind_contextvars(**fields)
        else:
            bind_contextvars(request_id=self.request_id)
        trace = parse_traceparent(header("traceparent"))
        self._earlier_trace = bind_trace(
            trace or parse_cloud_trace(header("x-cloud-trace-context"))
        )
        if self._settings.has_blocks:
            self._open_blocks(header)

    def _come_after(self, earlier: Event) -> dict[str, Any]:
        """Undo what an earlier request has left, or stand within it; return the fields before."""
        is_over = earlier.ended
        if isinstance(earlier, Request) and (earlier.is_answered or earlier.returned):
            is_over = not earlier.runs_here()
        if not is_over:  # a request within a request, as tests and gateways make them
            self._outer = earlier
            return get_contextvars()
        if isinstance(earlier, Request):
            restore_trace(earlier._earlier_trace)
        clear_contextvars()
        return earlier.base

    @property
    def is_answered(self) -> bool:
        """Say whether the last part of the response has gone."""
        return self.ended or self._stopped > 0

    def runs_here(self) -> bool:
        """Say whether the application's function has not returned, and is of this very context.

        Servers start the next request of a connection from within the last `send` of the one
        before, in a copy of its context. Requests of background work are in the context itself.
        """
        token = self._token
        if self.returned or token is None:
            return False
        try:
            CURRENT.reset(token)
        except ValueError:  # it was made in another context
            return False
        self._token = CURRENT.set(self)  # each can be used once
        return True

    def _open_blocks(self, header: Callable[[str], str]) -> None:
        settings = self._settings
        self._around = ExitStack()
        if settings.buffer is not None:
            self._around.enter_context(buffered(**settings.buffer))
        token, level = settings.override_token, header("x-log-level")
        if token is None or not level:
            return
        from hmac import compare_digest  # 2 ms, for those who have a token

        if compare_digest(header("x-log-token").encode("utf-8", "replace"), token.encode()):
            with suppress(ConfigurationError):  # there is no such level
                self._around.enter_context(level_override(level))

    def stop(self) -> None:
        """Note that the last part of the response goes now; the line may be written later."""
        if not self._stopped:
            self._stopped = perf_counter()

    def finish(
        self,
        error: BaseException | None = None,
        *,
        complete: bool = True,
        route: str | None = None,
        client: str | None = None,
    ) -> None:
        """Write the request's line, unless it has been written; never raise an `Exception`.

        Args:
            error: What the application has raised.
            complete: Whether the application has said all that it has to say.
            route: The pattern of the path.
            client: The client's address.
        """
        if self.ended:
            return
        self.ended = True
        try:
            # A task that is cancelled has not failed: its client has gone.
            failure = error if isinstance(error, Exception) else None
            failed = failure is not None or self.status >= 500
            if failed or self._settings.wants(self.path, self.request_id):
                is_whole = complete and error is failure
                self._write_line(failure, failed, is_whole, self.route or route, client)
        except Exception as fault:  # a request goes on whatever fails
            report_fault("line", fault)

    def _write_line(
        self,
        failure: Exception | None,
        failed: bool,
        is_whole: bool,
        route: str | None,
        client: str | None,
    ) -> None:
        settings = self._settings
        line = free_names(self.fields) if self.fields else {}
        line["http.request.method"] = cut_text(self.method)
        # As the client has sent it, and as servers' access lines have it: percent-encoded.
        line["url.path"] = cut_text(quote(self.path, _IN_PATHS, errors="replace"))
        if route is not None:
            line["http.route"] = route
        if status := self.status or (500 if failure is not None else 0):
            line["http.response.status_code"] = status
        line["duration_ms"] = round(((self._stopped or perf_counter()) - self._started) * 1000, 2)
        if self.sent_bytes >= 0:
            line["http.response.body.size"] = self.sent_bytes if self.method != "HEAD" else 0
        if not is_whole:
            line["http.response.incomplete"] = True
        if self.close_code is not None:
            line["websocket.close_code"] = self.close_code
        if client is not None:
            line["client.address"] = client
        if self.agent is not None:
            line["user_agent.original"] = cut_text(self.agent)
        if not failed:
            if settings.sample < 1:
                line["sample"] = settings.sample
            settings.log.info(settings.event, **line)
            return
        if failure is not None:
            if settings.exceptions == "log":
                line["exc_info"] = failure
            else:
                line["error.type"] = name_class(type(failure))
        settings.log.error(settings.event, **line)

    def write_late(self, failure: Exception) -> None:
        """Write what has failed after the request's line: work in the background, mostly."""
        self._settings.log.error("work_after_response_failed", exc_info=failure)

    def close(self, error: BaseException | None = None) -> None:
        """End the blocks of `buffer` and `override_token`; work after the response was in them.

        Args:
            error: What the application has raised.
        """
        self.returned = True
        self._token = None  # it holds the context, which holds this
        around, self._around = self._around, None
        if around is not None:
            # A task that is cancelled has not failed.
            if not isinstance(error, Exception | SystemExit | KeyboardInterrupt):
                error = None
            try:
                around.__exit__(type(error) if error else None, error, None)
            except Exception as fault:  # a request goes on whatever fails
                report_fault("blocks", fault)
        if self._outer is not None:
            self.leave()

    def leave(self) -> None:
        """Bind what was bound before the request, if it is the one of this task or thread."""
        current = CURRENT.get()
        while current is not self:
            # A request within this one may have been left open.
            current = current._outer if isinstance(current, Request) else None
            if current is None:
                return
        restore_trace(self._earlier_trace)
        clear_contextvars()
        if self.base:
            bind_contextvars(**self.base)
        CURRENT.set(self._outer)
