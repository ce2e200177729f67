"""structlog: tuned to its limit, with its KeyValueRenderer, and as it comes.

https://www.structlog.org/en/stable/performance.html names all of it: a filtering bound logger made
by `make_filtering_bound_logger`, a `BytesLogger` fed by orjson, `cache_logger_on_first_use`, and a
local logger got by `bind()`. The fields are the ones that Foundation writes: UTC time, level,
logger name, context, exception. What orjson does not know is rendered as `orjson_default.py` says,
which costs nothing until then.
"""

from __future__ import annotations

from typing import Any

import orjson
import structlog

from perf_lab.rivals.library import Library
from perf_lab.rivals.orjson_default import OPTION, dumps_wide, render_other
from perf_lab.rivals.users_processors import PROCESSORS
from perf_lab.workloads.workload import Options

_LEVELS = {"DEBUG": 10, "INFO": 20}
_Parameter = structlog.processors.CallsiteParameter
#: What only some workloads need, which costs every line something.
_ASKED: dict[str, list[Any]] = {
    "stack": [structlog.processors.StackInfoRenderer()],
    "callsite": [
        structlog.processors.CallsiteParameterAdder(
            {_Parameter.PATHNAME, _Parameter.LINENO, _Parameter.FUNC_NAME}
        )
    ],
}


class Tuned(Library):
    """structlog tuned, JSON."""

    lacks = ()
    mode = "ab"
    contextvars = structlog.contextvars

    def render(self, options: Options) -> Any:
        """Return the last processor."""
        return structlog.processors.JSONRenderer(
            serializer=dumps_wide if options.asks == "wide" else orjson.dumps,
            default=render_other,
            option=OPTION,
        )

    def choose(self, file: Any, setup: str, options: Options) -> dict[str, Any]:
        """Return the configuration, but for the level."""
        return {
            "processors": [
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                *PROCESSORS[: options.processors],
                *_ASKED.get(options.asks, ()),
                structlog.processors.format_exc_info,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                self.render(options),
            ],
            "logger_factory": structlog.BytesLoggerFactory(file=file),
            "cache_logger_on_first_use": True,
        }

    def open(self, setup: str, path: str, options: Options) -> None:
        """Configure structlog to write to `path`."""
        encoding = None if "b" in self.mode else "utf-8"
        file = self.opened.enter_context(open(path, self.mode, encoding=encoding))  # noqa: SIM115
        structlog.reset_defaults()
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[options.level]),
            **self.choose(file, setup, options),
        )

    def get_logger(self, name: str) -> Any:
        """Return a local logger that carries its name."""
        return structlog.get_logger().bind(logger=name)


class KeyValue(Tuned):
    """structlog with its KeyValueRenderer, otherwise tuned as well.

    Text goes through `WriteLogger`, which that page's successor of PrintLogger is: one write and
    one flush a line, without print().
    """

    mode = "a"

    def render(self, _options: Options) -> Any:
        """Return the renderer of text."""
        return structlog.processors.KeyValueRenderer(
            key_order=["timestamp", "level", "logger", "event"]
        )

    def choose(self, file: Any, setup: str, options: Options) -> dict[str, Any]:
        """Return the configuration."""
        factory = structlog.WriteLoggerFactory(file=file)
        return {**super().choose(file, setup, options), "logger_factory": factory}


class Console(Tuned):
    """structlog as it comes: its default processors, written to a file instead of stdout.

    No configuration at all, so the console renderer. Only the level and the file are ours; the name
    is bound, as with the others. The set-up `colors` has the renderer's colours, as where stdout is
    a terminal. Source: https://www.structlog.org/en/stable/getting-started.html
    """

    mode = "a"

    def choose(self, file: Any, setup: str, options: Options) -> dict[str, Any]:
        """Return the defaults, with the processors of the user's in front."""
        processors: list[Any] = list(structlog.get_config()["processors"])
        if setup == "colors":
            processors[-1] = structlog.dev.ConsoleRenderer(colors=True)
        return {
            "processors": [*PROCESSORS[: options.processors], *processors],
            "logger_factory": structlog.PrintLoggerFactory(file=file),
        }
