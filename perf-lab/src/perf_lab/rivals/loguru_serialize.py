"""loguru with `serialize=True`, its own JSON; otherwise as in `loguru_text.py`.

https://loguru.readthedocs.io/en/stable/api/logger.html#loguru._logger.Logger.add
"""

from __future__ import annotations

from perf_lab.rivals.loguru_text import add_sink, bind_context, clear_context, close, get_logger
from perf_lab.workloads.workload import Options

__all__ = ["bind_context", "clear_context", "close", "get_logger", "open_output"]


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write JSON to `path`."""
    add_sink(path, options, serialize=True)
