"""rich.logging: the standard library's logging with rich's handler.

https://rich.readthedocs.io/en/stable/logging.html: as its page sets it up, with what it says
costs time left out (rich tracebacks, the path column); wide enough that no line wraps.
"""

from __future__ import annotations

from typing import IO

from rich.console import Console
from rich.logging import RichHandler

from perf_lab.rivals import stdlib_text
from perf_lab.rivals.stdlib_text import bind_context, clear_context, get_logger, install
from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

__all__ = ["bind_context", "clear_context", "close", "get_logger", "open_output"]

_file: IO[str] | None = None


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write rich's text to `path`."""
    global _file
    if options.processors or options.emoji:
        raise Unsupported("has no processors and no emoji")
    close()
    _file = open(path, "a", encoding="utf-8")  # noqa: SIM115 - the rival keeps it
    console = Console(file=_file, width=400)
    handler = RichHandler(console=console, show_path=False, rich_tracebacks=False, markup=False)
    install(handler, options.level)


def close() -> None:
    """Flush and close the file."""
    stdlib_text.close()
    if _file is not None and not _file.closed:
        _file.close()
