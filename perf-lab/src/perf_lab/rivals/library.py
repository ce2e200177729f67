"""What an adapter of a library does; one that can do more overrides what refuses it here."""

from __future__ import annotations

import importlib
import os
from contextlib import ExitStack
from typing import Any

from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options


class Library:
    """Set a library up, and make its loggers.

    Attributes:
        imports: The module that is imported as `library` when an adapter is made.
        lacks: The options of a workload that the library has not, or is not measured with.
        outputs: Where it can write to.
        contextvars: What binds and clears fields of the context; None: it has no such fields, or
            is not measured with them.
        Adapter: Only for the syntax ``extra``: makes a logger with bound fields.
    """

    imports = ""
    lacks: tuple[str, ...] = ("processors", "emoji")
    outputs: tuple[str, ...] = ("null", "file", "terminal", "both")
    contextvars: Any = None
    Adapter: Any = None

    def __init__(self) -> None:
        self.library: Any = importlib.import_module(self.imports) if self.imports else None
        #: What is to be done to let go of the path.
        self.opened = ExitStack()

    def open_output(self, setup: str, path: str, options: Options) -> None:
        """Set the library up, anew, to append to a path.

        Raises:
            Unsupported: It has no such feature.
        """
        for name in self.lacks:
            if getattr(options, name):
                raise Unsupported(f"is not measured with {name}")
        if options.output not in self.outputs:
            raise Unsupported(f"is measured with {' and '.join(self.outputs)} only")
        self.close()
        self.open(setup, path, options)

    def open(self, setup: str, path: str, options: Options) -> None:
        """Set the library up to append to a path."""
        raise NotImplementedError

    def get_logger(self, name: str) -> Any:
        """Return a logger of a name, made as the library's docs make one."""
        raise NotImplementedError

    def bind_context(self, fields: dict[str, Any]) -> None:
        """Bind fields to the context."""
        if self.contextvars is None:
            raise Unsupported("has no context fields, or is not measured with them")
        self.contextvars.bind_contextvars(**fields)

    def clear_context(self) -> None:
        """Forget the fields of the context."""
        if self.contextvars is not None:
            self.contextvars.clear_contextvars()

    def flush(self) -> None:
        """Write out what is buffered: a round ends with it."""

    def close(self) -> None:
        """Flush, and let go of the path."""
        self.opened.close()


def point_stderr(path: str) -> None:
    """Let stderr append to a file, or write to a terminal."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY)
    os.dup2(fd, 2)
    os.close(fd)
