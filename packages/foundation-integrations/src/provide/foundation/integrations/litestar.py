"""Log what Litestar and its requests do: `FoundationLoggingConfig`, and `install(app)`.

Source: Litestar 2.25, `litestar/logging/config.py`, `litestar/app.py` and the middleware of its
exceptions.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal, Unpack, cast

from provide.foundation import Logger, get_logger, set_level
from provide.foundation.integrations._frameworks import need
from provide.foundation.integrations._settings import RequestOptions
from provide.foundation.integrations.asgi import RequestMiddleware

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.types import Scope
    from litestar.types.callable_types import ExceptionLoggingHandler, GetLogger

__all__ = ["FoundationLoggingConfig", "install"]

need("litestar", "2.18", __name__)

from litestar.logging.config import BaseLoggingConfig  # noqa: E402


class FoundationLoggingConfig(BaseLoggingConfig):
    """Have Litestar take Foundation's loggers: ``Litestar(..., logging_config=...)``.

    ``app.logger`` and ``request.logger`` are Foundation's then, and an exception that no handler
    has expected is one line at ERROR with its traceback. Answers of status 400 to 499 that are
    raised, such as `NotFoundException`, are none. No handler of `logging` is set.

    Args:
        log_exceptions: Whether exceptions are logged: ``"always"``, ``"never"``, or only in
            ``"debug"`` mode. Default: ``"always"``.
        disable_stack_trace: Statuses and classes of exceptions that are not logged.
    """

    __slots__ = ("disable_stack_trace",)

    def __init__(
        self,
        *,
        log_exceptions: Literal["always", "debug", "never"] = "always",
        disable_stack_trace: set[int | type[Exception]] | None = None,
    ) -> None:
        self.log_exceptions = log_exceptions
        self.disable_stack_trace = disable_stack_trace or set()
        self.traceback_line_limit = -1
        self.exception_logging_handler = cast("ExceptionLoggingHandler", _log_exception)

    def configure(self) -> GetLogger:
        """Return the function that gives a logger for a name."""
        return cast("GetLogger", get_logger)

    @staticmethod
    def set_level(logger: Any, level: int) -> None:
        """Set the level of a logger: Litestar does so where ``app.debug`` is set."""
        set_level(level, logger)


def install(app: Litestar, **settings: Unpack[RequestOptions]) -> None:
    """Give each request of an application an id that all its lines have, and one line at its end.

    It stands around all of Litestar's own middleware, so that requests without a route have a line
    as well. A second call for the same application changes nothing.

    Args:
        app: The application.
        **settings: The arguments of `provide.foundation.integrations.RequestSettings`.

    Raises:
        ConfigurationError: A setting is not valid.

    Call it before the application answers requests, from one thread.
    """
    handler: Any = app.asgi_handler
    if not isinstance(handler, RequestMiddleware):
        app.asgi_handler = cast(Any, RequestMiddleware(handler, **settings))


def _log_exception(logger: Logger, scope: Scope, _traceback: list[str]) -> None:
    """Write the exception that Litestar is handling, unless it is an answer to the client."""
    error = sys.exception()
    if 400 <= getattr(error, "status_code", 500) < 500:
        return
    logger.error("uncaught_exception", connection_type=str(scope["type"]), exc_info=error)
