"""Libraries with handlers: logging of the standard library, what plugs into it or is like it.

https://docs.python.org/3/howto/logging.html#optimization: what a line does not show is not
collected (caller, thread, process, task); arguments go into the message with %.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

from perf_lab.rivals.library import Library, point_stderr
from perf_lab.workloads.workload import Options

_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
_CONTEXT: ContextVar[dict[str, Any] | None] = ContextVar("context", default=None)


def collect_less() -> None:
    """Have logging collect nothing that a line does not show."""
    logging._srcfile = None
    logging.logThreads = False
    logging.logProcesses = False
    logging.logMultiprocessing = False
    if hasattr(logging, "logAsyncioTasks"):
        logging.logAsyncioTasks = False


class Adapter(logging.LoggerAdapter):  # type: ignore[type-arg]
    """Add bound fields to each call; Python 3.13 does it with merge_extra=True.

    Source: https://docs.python.org/3/howto/logging-cookbook.html#adding-contextual-information-to-your-logging-output
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> Any:
        """Merge the call's fields over the bound ones."""
        kwargs["extra"] = {**(self.extra or {}), **kwargs.get("extra", {})}
        return msg, kwargs


class ContextFilter(logging.Filter):
    """Put the context's fields on every record, as the same page does."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Copy them."""
        fields = _CONTEXT.get()
        if fields:
            record.__dict__.update(fields)
        return True


class PeopleFormatter(logging.Formatter):
    """Show the extra fields too, which logging's own text leaves out."""

    known = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, the fields at its end."""
        fields = [f"{k}={v}" for k, v in record.__dict__.items() if k not in self.known]
        return " ".join([super().format(record), *fields])


class Text(Library):
    """logging, text."""

    imports = "logging"

    def make_handler(self, path: str) -> Any:
        """Return the handler that the root logger gets."""
        handler = self.library.FileHandler(path, encoding="utf-8")
        handler.setFormatter(self.library.Formatter(_LINE))
        return handler

    def open(self, setup: str, path: str, options: Options) -> None:
        """Make a handler the only one of the root logger."""
        collect_less()
        handler = self.make_handler(path)
        self.opened.callback(handler.close)
        root = self.library.getLogger()
        root.handlers[:] = [handler]
        root.setLevel(getattr(self.library, options.level))

    def get_logger(self, name: str) -> Any:
        """Return the logger of a name."""
        return self.library.getLogger(name)


class Json(Text):
    """logging with python-json-logger's orjson formatter, which its page calls the fast one.

    Source: https://nhairs.github.io/python-json-logger/latest/quickstart/
    """

    Adapter = Adapter

    def make_handler(self, path: str) -> Any:
        """Return a handler that writes JSON."""
        from pythonjsonlogger.orjson import OrjsonFormatter

        handler = super().make_handler(path)
        handler.setFormatter(OrjsonFormatter(_LINE))
        return handler

    def bind_context(self, fields: dict[str, Any]) -> None:
        """Bind fields to the context, and let the handler look for them."""
        _CONTEXT.set(fields)
        logging.getLogger().handlers[0].addFilter(ContextFilter())

    def clear_context(self) -> None:
        """Forget them."""
        _CONTEXT.set(None)


class Both(Json):
    """logging with two handlers: text for people on stderr, and JSON to a file.

    Source: https://docs.python.org/3/howto/logging-cookbook.html#multiple-handlers-and-formatters
    """

    outputs = ("both",)

    def open(self, setup: str, path: str, options: Options) -> None:
        """Write JSON to `path`, and text to stderr."""
        point_stderr(f"{path}.console")
        super().open(setup, path, options)
        people = logging.StreamHandler()
        people.setFormatter(PeopleFormatter(_LINE))
        logging.getLogger().addHandler(people)


class Rich(Text):
    """rich.logging, as its page sets it up, without what it says costs time; no line wraps.

    Source: https://rich.readthedocs.io/en/stable/logging.html
    """

    def make_handler(self, path: str) -> Any:
        """Return rich's handler."""
        from rich.console import Console
        from rich.logging import RichHandler

        file = self.opened.enter_context(open(path, "a", encoding="utf-8"))  # noqa: SIM115
        console = Console(file=file, width=400)
        return RichHandler(console=console, show_path=False, rich_tracebacks=False, markup=False)


class Picologging(Text):
    """picologging: logging's interface in C++, a drop-in replacement, set up as logging is.

    Source: https://microsoft.github.io/picologging/
    """

    imports = "picologging"


class Logbook(Library):
    """logbook: its compiled speedups, one handler for the application, a short format string.

    Source: https://logbook.readthedocs.io/en/stable/performance.html
    """

    imports = "logbook"
    form = (
        "{record.time:%Y-%m-%dT%H:%M:%S.%f} {record.level_name} {record.channel} {record.message}"
    )

    def open(self, setup: str, path: str, options: Options) -> None:
        """Write text to `path`."""
        handler = self.library.FileHandler(path, level=options.level, format_string=self.form)
        handler.push_application()
        self.opened.callback(handler.close)
        self.opened.callback(handler.pop_application)

    def get_logger(self, name: str) -> Any:
        """Return a logger; logbook decides by the handler's level unless the logger has its own."""
        return self.library.Logger(name, level=self.library.INFO)
