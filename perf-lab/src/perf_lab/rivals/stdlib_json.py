"""The standard library's logging with python-json-logger's orjson formatter.

https://nhairs.github.io/python-json-logger/latest/quickstart/ (its orjson formatter is the fast
one), and logging's own optimisations as in `stdlib_text.py`. Bound and context fields are done as
https://docs.python.org/3/howto/logging-cookbook.html#adding-contextual-information-to-your-logging-output
does them: an adapter, and a filter that reads a context variable.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.orjson import OrjsonFormatter

from perf_lab.rivals.stdlib_text import close, get_logger, install
from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

__all__ = ["Adapter", "bind_context", "clear_context", "close", "get_logger", "open_output"]

_CONTEXT: ContextVar[dict[str, Any] | None] = ContextVar("context", default=None)


class Adapter(logging.LoggerAdapter):  # type: ignore[type-arg]
    """Add bound fields to each call; Python 3.13 does it with merge_extra=True."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> Any:
        """Merge the call's fields over the bound ones."""
        kwargs["extra"] = {**(self.extra or {}), **kwargs.get("extra", {})}
        return msg, kwargs


class ContextFilter(logging.Filter):
    """Put the context's fields on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Copy them."""
        fields = _CONTEXT.get()
        if fields:
            record.__dict__.update(fields)
        return True


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write JSON to `path`."""
    if options.processors or options.emoji:
        raise Unsupported("has no processors and no emoji")
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(OrjsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    install(handler, options.level)


def bind_context(fields: dict[str, Any]) -> None:
    """Bind fields to the context, and let the handler look for them."""
    _CONTEXT.set(fields)
    logging.getLogger().handlers[0].addFilter(ContextFilter())


def clear_context() -> None:
    """Forget them."""
    _CONTEXT.set(None)
