"""What a middleware is told: checked once, when the application is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, TypedDict
from zlib import crc32

from provide.foundation import ConfigurationError, buffered, get_logger
from provide.foundation.integrations._faults import report_fault

#: What an id may be: it goes into lines, headers and searches as it is.
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=@~-]{0,127}", re.ASCII)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_SOMETHING = re.compile(r".+", re.DOTALL)
_PLAIN_TOKEN = re.compile(r"[!-~]+", re.ASCII)

Skip = Collection[str] | Callable[[str], bool]


class RequestOptions(TypedDict, total=False):
    """The arguments of `RequestSettings`, as a middleware takes them."""

    logger: str
    event: str
    request_id_header: str
    trust_request_id: bool
    skip: Skip
    sample: float
    buffer: bool | Mapping[str, Any]
    override_token: str | None
    exceptions: Literal["raise", "log"]
    bind: Callable[[Mapping[str, str]], Mapping[str, Any]] | None


class RequestSettings:
    """Hold how requests are logged.

    Args:
        logger: The name of the logger that writes the line of each request.
        event: That line's event.
        request_id_header: The header that brings a request's id, and takes it back to the client.
        trust_request_id: Whether an id from outside is taken at all. One that is longer than 128
            characters, or has others than letters, digits and ``._:/+=@~-``, never is; nor is one
            of several.
        skip: Paths, or a function of a path, whose requests get no line unless they fail.
        sample: The share of requests with a line, from 0 to 1; those that fail always have one.
        buffer: Whether debug lines of a request are kept, and written only if it fails; a mapping
            has the arguments of `provide.foundation.buffered`.
        override_token: Who sends it as ``X-Log-Token`` chooses the level of a request by
            ``X-Log-Level``; `None`: nobody does.
        exceptions: ``"raise"`` leaves the exception of a request to the server, which logs it;
            ``"log"`` writes it on the request's line and answers with status 500 itself, for
            servers that print it as plain text. Where the response has begun, the server gets a
            `provide.foundation.integrations.ResponseCutShort` instead, and breaks it off.
        bind: ``(headers) -> fields``: what else is bound to all lines of a request. The names of
            the headers are in lower case. If it fails, the request goes on without.

    Raises:
        ConfigurationError: A value is not valid.
    """

    def __init__(
        self,
        *,
        logger: str = "http.server",
        event: str = "request_finished",
        request_id_header: str = "X-Request-ID",
        trust_request_id: bool = True,
        skip: Skip = (),
        sample: float = 1.0,
        buffer: bool | Mapping[str, Any] = False,
        override_token: str | None = None,
        exceptions: Literal["raise", "log"] = "raise",
        bind: Callable[[Mapping[str, str]], Mapping[str, Any]] | None = None,
    ) -> None:
        self.logger = _check_text(logger, "logger", _SOMETHING, "a text")
        self.event = _check_text(event, "event", _SOMETHING, "a text")
        #: The logger itself, which follows each set-up.
        self.log = get_logger(self.logger)
        self.request_id_header = _check_text(
            request_id_header, "request_id_header", _HEADER_NAME, "the name of an HTTP header"
        )
        #: As ASGI has it, and `header` of `Request` is asked for.
        self.id_key = self.request_id_header.lower()
        self.trust_request_id = bool(trust_request_id)
        self._skips = _make_skip(skip)
        if not _is_share(sample):
            raise ConfigurationError("sample", sample, "a number from 0 to 1")
        self.sample = float(sample)
        if not isinstance(buffer, bool | Mapping):
            raise ConfigurationError("buffer", buffer, "a bool, or arguments of buffered()")
        options = {} if isinstance(buffer, bool) else dict(buffer)
        try:
            buffered(**options)
        except TypeError:
            raise ConfigurationError("buffer", options, "arguments of buffered()") from None
        self.buffer: Mapping[str, Any] | None = options if buffer is not False else None
        if override_token is not None and not _PLAIN_TOKEN.fullmatch(override_token):
            # Not the value itself: half a secret is one, too.
            allowed = "a text of visible ASCII characters, without blanks"
            raise ConfigurationError("override_token", type(override_token), allowed)
        self.override_token = override_token
        if exceptions not in ("raise", "log"):
            raise ConfigurationError("exceptions", exceptions, '"raise" or "log"')
        self.exceptions = exceptions
        if bind is not None and not callable(bind):
            raise ConfigurationError("bind", bind, "a function of the headers")
        self.bind = bind
        #: Whether a request has blocks around it.
        self.has_blocks = self.buffer is not None or override_token is not None

    def wants(self, path: str, request_id: str) -> bool:
        """Say whether a request that has not failed gets a line; one in doubt does."""
        return is_wanted(self._skips, self.sample, path, request_id)

    def find_bound(self, headers: Callable[[], Mapping[str, str]]) -> Mapping[str, Any]:
        """Return what `bind` has to say about a request; nothing if it fails.

        Args:
            headers: Gives all headers, their names in lower case.
        """
        if self.bind is None:
            return {}
        try:
            return _accept(**self.bind(headers()))
        except Exception as error:  # a request goes on whatever fails: it is the user's
            report_fault("bind", error)
            return {}


def is_wanted(skips: Callable[[str], bool] | None, share: float, name: str, known_by: str) -> bool:
    """Say whether a request or task without a failure gets a line; where `skip` fails, it does.

    Args:
        skips: The application's function, or None.
        share: How many of all get one, from 0 to 1.
        name: What `skips` is asked about.
        known_by: An id that decides about the share, so that all who see it decide alike.
    """
    try:
        if skips is not None and skips(name):
            return False
    except Exception as error:  # the function is the user's: its failure must cost no line
        report_fault("skip", error)
        return True
    return share >= 1 or crc32(known_by.encode("utf-8", "replace")) < int(share * 0x1_0000_0000)


def is_request_id(text: str) -> bool:
    """Say whether a text may be a request's id."""
    return len(text) <= 128 and _REQUEST_ID.fullmatch(text) is not None


def _accept(**fields: Any) -> dict[str, Any]:
    return fields


def _make_skip(skip: Skip) -> Callable[[str], bool] | None:
    if callable(skip):
        return skip
    if isinstance(skip, str) or not all(isinstance(path, str) for path in skip):
        raise ConfigurationError("skip", skip, "a list of paths, or a function")
    return frozenset(skip).__contains__ if skip else None


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _check_text(value: object, field: str, pattern: re.Pattern[str], allowed: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ConfigurationError(field, value, allowed)
    return value
