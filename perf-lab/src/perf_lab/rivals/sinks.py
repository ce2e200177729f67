"""Libraries with one logger and sinks: loguru, and the compiled ones that are like it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any

from perf_lab.rivals.library import Library, point_stderr
from perf_lab.workloads.workload import Options


class Sinks(Library):
    """A library whose one logger has sinks."""

    @property
    def logger(self) -> Any:
        """Return the one logger."""
        return self.library.logger

    def close(self) -> None:
        """Write out what is buffered, and close the file."""
        self.flush()
        self.logger.remove()


class Loguru(Sinks):
    """loguru, as its recipes on speed and security say: `backtrace` and `diagnose` off, no colours.

    A sink that is a path is loguru's own buffered file. The set-up `serialize` is its own JSON.
    Source: https://loguru.readthedocs.io/en/stable/resources/recipes.html
    """

    imports = "loguru"
    form = "{time:YYYY-MM-DDTHH:mm:ss.SSSSSS!UTC} {level} {name} {message} {extra}"

    def __init__(self) -> None:
        super().__init__()
        self.bound = ExitStack()

    def open(self, setup: str, path: str, options: Options) -> None:
        """Make `path` the only sink."""
        self.logger.add(
            path, format=self.form, level=options.level, serialize=setup == "serialize",
            colorize=False, backtrace=False, diagnose=False, enqueue=False,
        )  # fmt: skip

    def get_logger(self, _name: str) -> Any:
        """Return the one logger, which names lines by their module."""
        return self.logger

    def bind_context(self, fields: dict[str, Any]) -> None:
        """Bind fields to the context."""
        self.bound.enter_context(self.logger.contextualize(**fields))

    def clear_context(self) -> None:
        """Forget them."""
        self.bound.close()


class Logust(Loguru):
    """logust with `serialize=True`, its own JSON; with a terminal, or text and JSON, as well.

    Its README: sinks by `logger.add`, and `collect` leaves out what a line does not show. It
    buffers what goes to files, and `complete` writes it out. Its text shows the fields that its
    format names.
    Source: https://github.com/yamaaaaaa31/logust
    """

    imports = "logust"
    lacks = ("processors", "emoji", "asks")

    def open(self, setup: str, path: str, options: Options) -> None:
        """Write JSON to `path`, or text to a terminal there, or text to stderr and JSON to it."""
        plain = self.library.CollectOptions(caller=False, thread=False, process=False)
        if options.output in ("terminal", "both"):
            terminal = options.output == "terminal"
            point_stderr(path if terminal else f"{path}.console")
            shown = [f"{name}={{extra[{name}]}}" for name in options.fields]
            form = " ".join(["{time} | {level} | {message}", *shown])
            self.logger.add(sys.stderr, format=form, level="INFO", colorize=terminal, collect=plain)
        if options.output != "terminal":
            self.logger.add(path, serialize=True, level=options.level, collect=plain)

    def flush(self) -> None:
        """Write out what is buffered."""
        self.logger.complete()


class Caller:
    """Bind a call's fields, and log."""

    def __init__(self, bound: Any) -> None:
        self.bound = bound

    def bind(self, **fields: Any) -> Caller:
        """Return one that adds fields to each line."""
        return Caller(self.bound.bind(**fields))

    def info(self, event: str, **fields: Any) -> None:
        """Write one line."""
        self.bound.bind(**fields).info(event)

    def debug(self, event: str, **fields: Any) -> None:
        """Pass what is below the level on: the library looks at it."""
        self.bound.debug(event, **fields)


class Logly(Sinks):
    """logly with `serialize=True`, its own JSON.

    A field that the message does not name is kept only if it is bound, so each call binds its own;
    the values become texts. Source: https://muhammad-fiaz.github.io/logly/
    """

    imports = "logly"
    lacks = ("processors", "emoji", "asks")
    outputs = ("null", "file", "terminal")

    def open(self, setup: str, path: str, options: Options) -> None:
        """Write JSON to `path`."""
        self.logger.add(path, serialize=True, level=options.level, backtrace=False)

    def get_logger(self, _name: str) -> Caller:
        """Return what binds to the one logger."""
        return Caller(self.logger)

    def flush(self) -> None:
        """Write out what is buffered."""
        self.logger.complete()
