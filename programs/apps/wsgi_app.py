"""The application that every web framework here has, without a framework."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from provide.foundation import get_logger, setup_telemetry
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.wsgi import RequestMiddleware

setup_telemetry()
log = get_logger("shop")
stock = logging.getLogger("inventory")


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Write two lines, and a field of the request's own line; or raise."""
    _, kind, *rest = environ["PATH_INFO"].split("/")
    if kind == "fail":
        raise RuntimeError(f"failure {rest[0]}")
    if kind == "items":
        log.info("item_shown", item=int(rest[0]))
        stock.info("stock read", extra={"item": int(rest[0])})
        add_event_fields(item=int(rest[0]))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


#: uWSGI prints a traceback as plain rows: the middleware answers for it.
application = RequestMiddleware(answer, skip=["/health"], exceptions="log")
