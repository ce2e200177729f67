"""Lines in Sentry: as events with their exception, as breadcrumbs, and as Sentry's own logs.

`sentry_sdk.init(integrations=[FoundationIntegration()])` takes the place of Sentry's integration of
`logging`: records that Foundation takes over reach Sentry as lines, with their secrets masked, and
none of them twice.

May import: the standard library, sentry_sdk and the public names of `provide.foundation`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from provide.foundation import CRITICAL, DEBUG, get_contextvars, get_logger
from provide.foundation.extension import DIAGNOSTICS, LEVEL_NAMES, LEVELS, parse_level
from provide.foundation.integrations._additions import Additions
from provide.foundation.integrations._frameworks import need

need("sentry-sdk", "2.44", __name__, module="sentry_sdk")

import sentry_sdk  # noqa: E402 - the check comes first
import sentry_sdk.logger  # noqa: E402
from sentry_sdk.integrations import logging as sentry_logging  # noqa: E402
from sentry_sdk.integrations.atexit import default_callback  # noqa: E402
from sentry_sdk.scope import add_global_event_processor  # noqa: E402
from sentry_sdk.utils import event_from_exception  # noqa: E402

if TYPE_CHECKING:
    from sentry_sdk._types import Breadcrumb, Event, Hint, LogLevelStr

__all__ = ["FoundationIntegration"]

_NEVER = max(LEVELS) + 1  # above all levels
#: Where an exception holds that Sentry has it. Its own `__dict__`: most built-in exceptions take no
#: weak reference, and an `id` may belong to another one later.
_SEEN = "_foundation_in_sentry"
_UNCAUGHT_LOGGER = "py.uncaught"
#: Values that an attribute of a log may have; any other one is text there.
_ATTRIBUTES = (bool, int, float, str)
_LOCAL = threading.local()


class FoundationIntegration(sentry_logging.LoggingIntegration):
    """Give Sentry the lines of Foundation.

    Import this module before `setup_telemetry` is called. Sentry may be initialised before or after
    that. An exception counts once, whoever sees it first: a line or another integration. No call
    waits for the network, as Sentry sends in a thread of its own.

    Args:
        level: The lowest level of breadcrumbs; `None`: no breadcrumbs.
        event_level: The lowest level of events; `None`: no events.
        sentry_logs_level: The lowest level of Sentry's logs, which ``enable_logs=True`` of
            `sentry_sdk.init` switches on; `None`: no logs.
        tags: Fields that become tags of an event, to be searched for.
        capture_stdlib: Whether Sentry takes the records of `logging` by itself: only for
            ``LoggingConfig(capture_stdlib=False)``, else they come twice.

    Raises:
        ConfigurationError: There is no such level.
    """

    identifier = "logging"
    _takes_records = False

    def __init__(
        self,
        level: str | int | None = "info",
        event_level: str | int | None = "error",
        sentry_logs_level: str | int | None = "info",
        *,
        tags: tuple[str, ...] = ("request_id",),
        capture_stdlib: bool = False,
    ) -> None:
        given = (level, event_level, sentry_logs_level)
        levels = [_NEVER if each is None else parse_level(each, "level") for each in given]
        self.breadcrumb_level, self.event_level, self.logs_level = levels
        self.tags = tags
        self._is_met = False
        FoundationIntegration._takes_records = capture_stdlib
        kept = [each if capture_stdlib and each < _NEVER else None for each in levels]
        super().__init__(level=kept[0], event_level=kept[1], sentry_logs_level=kept[2])
        _EXPORTER.lowest = min(levels)

    @staticmethod
    def setup_once() -> None:
        """See to it that each exception counts once; Sentry calls this."""
        if FoundationIntegration._takes_records:
            sentry_logging.LoggingIntegration.setup_once()
        add_global_event_processor(_process_event)


class _Exporter:
    """Take each line as soon as it has been written."""

    #: The lowest level that Sentry gets anything of.
    lowest = _NEVER

    def export_line(self, level: int, line: bytes) -> None:
        """Take the line of a fast lane: it has no exception, and is read only if it is needed."""
        if level < self.lowest:
            return
        integration = _find_integration()
        if integration is not None:
            fields = json.loads(line)
            logger, event = fields["logger"], fields["event"]
            for name in Additions.members:
                fields.pop(name, None)
            self._take(integration, level, logger, event, fields, None)

    def __call__(
        self,
        level: int,
        seconds: float,
        logger: str,
        event: str,
        fields: Mapping[str, Any],
        members: bytes,
        details: Mapping[str, Any] | None,
    ) -> None:
        """Take any other line."""
        if level < self.lowest:
            return
        integration = _find_integration()
        if integration is not None:
            self._take(integration, level, logger, event, fields, details)

    def _take(
        self,
        integration: FoundationIntegration,
        level: int,
        logger: str,
        event: str,
        fields: Mapping[str, Any],
        details: Mapping[str, Any] | None,
    ) -> None:
        if getattr(_LOCAL, "busy", False):  # Sentry itself logs, or a hook of the user's there
            return
        _LOCAL.busy = True
        try:
            ignored = getattr(sentry_logging, "_IGNORED_LOGGERS", ())
            if logger not in ignored:
                if level >= integration.event_level:
                    _capture_event(integration, level, logger, event, fields, details)
                if level >= integration.breadcrumb_level:
                    _add_breadcrumb(level, logger, event, fields)
            kept_out = getattr(sentry_logging, "_IGNORED_LOGGERS_SENTRY_LOGS", ignored)
            if level >= integration.logs_level and logger not in kept_out:
                _capture_log(level, logger, event, fields, details)
        finally:
            _LOCAL.busy = False


def flush_sentry(timeout_s: float) -> bool:
    """Wait until Sentry has sent what it has, and say whether it has; `flush` calls this.

    Args:
        timeout_s: Seconds that it may take.
    """
    client = sentry_sdk.get_client()
    if not client.is_active():
        return True
    # Its locks have no time limit, and a signal handler may have interrupted who holds one.
    waiting = threading.Thread(target=client.flush, args=(timeout_s,), daemon=True)
    deadline = monotonic() + timeout_s
    waiting.start()
    waiting.join(timeout_s)
    return not waiting.is_alive() and monotonic() < deadline


_EXPORTER = _Exporter()
Additions.exporter = _EXPORTER
Additions.flush = flush_sentry
if Additions.asked:
    DIAGNOSTICS.report_once(
        "sentry", "Sentry gets lines from the next set-up on: import its integration before that",
        {"module": __name__},
    )  # fmt: skip


def _find_integration() -> FoundationIntegration | None:
    """Return the integration of the present client, if it has one and is active."""
    client = sentry_sdk.get_client()
    found = client.integrations.get("logging") if client.is_active() else None
    if not isinstance(found, FoundationIntegration):
        return None
    if not found._is_met:
        found._is_met = True
        at_exit: Any = client.integrations.get("atexit")
        if at_exit is not None and at_exit.callback is default_callback:
            at_exit.callback = _say_pending
    return found


def _say_pending(pending: int, timeout_s: float) -> None:
    """Say at the exit what Sentry still has to send, as a line: Sentry prints a text."""
    get_logger("sentry_sdk").info("sending pending events", pending=pending, timeout_s=timeout_s)


def _capture_event(
    integration: FoundationIntegration,
    level: int,
    logger: str,
    text: str,
    fields: Mapping[str, Any],
    details: Mapping[str, Any] | None,
) -> None:
    exc_info = details.get("exc_info") if details else None
    if exc_info and exc_info[1] is not None:
        if _is_seen(exc_info[1]):
            return
        event, hint = event_from_exception(
            exc_info,
            client_options=sentry_sdk.get_client().options,
            mechanism={"type": "foundation", "handled": logger != _UNCAUGHT_LOGGER},
        )
    elif "http.request.method" in fields:
        return  # it sums a request up: its exception is an event of its own
    else:
        event, hint = {}, {}
    event["level"] = _name_level(level)
    event["logger"] = logger
    event["logentry"] = {"message": text, "formatted": text, "params": []}
    event["contexts"] = {"fields": dict(fields)} if fields else {}
    event["tags"] = {name: str(fields[name]) for name in integration.tags if name in fields}
    sentry_sdk.capture_event(event, hint=hint)


def _add_breadcrumb(level: int, logger: str, text: str, fields: Mapping[str, Any]) -> None:
    crumb: Breadcrumb = {
        "type": "log",
        "level": _name_level(level),
        "category": logger,
        "message": text,
        "data": dict(fields),
    }
    sentry_sdk.add_breadcrumb(crumb)


def _capture_log(
    level: int,
    logger: str,
    text: str,
    fields: Mapping[str, Any],
    details: Mapping[str, Any] | None,
) -> None:
    options = sentry_sdk.get_client().options
    if not (options.get("enable_logs") or options.get("_experiments", {}).get("enable_logs")):
        return
    attributes = {
        name: value if isinstance(value, _ATTRIBUTES) else _as_text(value)
        for name, value in fields.items()
        if value is not None
    }
    attributes["logger.name"] = logger
    attributes["sentry.origin"] = "auto.log.foundation"
    exception = details.get("exception") if details else None
    if isinstance(exception, Mapping):
        attributes["exception.type"] = str(exception.get("type"))
        attributes["exception.message"] = str(exception.get("message"))
    name = "fatal" if level >= CRITICAL else LEVEL_NAMES[level]
    # Without other arguments the text is no template: braces in it stay.
    getattr(sentry_sdk.logger, name)(text, attributes=attributes)


def _name_level(level: int) -> LogLevelStr:
    if level >= CRITICAL:
        return "fatal"
    return cast("LogLevelStr", "debug" if level <= DEBUG else LEVEL_NAMES[level])


def _as_text(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def _process_event(event: Event, hint: Hint) -> Event | None:
    """Drop an exception that Sentry has already; give the others the tags of their request."""
    integration = _find_integration()
    if integration is None:
        return event
    exc_info = hint.get("exc_info")
    error = exc_info[1] if exc_info else None
    if error is not None and event.get("type") != "transaction":
        if _is_seen(error):
            return None
        error.__dict__[_SEEN] = True
    context = get_contextvars()
    tags = event.get("tags")
    missing = {name: str(context[name]) for name in integration.tags if name in context}
    if missing and (tags is None or isinstance(tags, dict)):
        event["tags"] = {**missing, **(tags or {})}
    return event


def _is_seen(error: BaseException) -> bool:
    return _SEEN in error.__dict__
