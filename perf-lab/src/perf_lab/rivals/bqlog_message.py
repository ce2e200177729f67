"""BqLog, which logs messages: the caller renders JSON with orjson, and that is counted.

Its `sync` mode writes in the caller's thread. It chooses the name of its file, with the day in it,
so a link of that name leads to ours. A second log of a process was 15 times as slow as the first,
so there is one for each path. https://github.com/Tencent/BqLog
"""

from __future__ import annotations

import os
import time
from typing import Any

from bq.log import log  # type: ignore[import-untyped]
from orjson import dumps

from perf_lab.rivals.orjson_default import OPTION, render_other
from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

_CONFIG = """
appenders_config.File.type=text_file
appenders_config.File.file_name={path}
appenders_config.File.base_dir_type=0
appenders_config.File.time_zone=utc
appenders_config.File.levels=[info,warning,error,fatal]
log.thread_mode=sync
"""
_log: Any = None
_logs: dict[str, Any] = {}


class Caller:
    """Render a line, and log it."""

    def __init__(self, name: str, bound: dict[str, Any]) -> None:
        self.name = name
        self.bound = bound

    def bind(self, **fields: Any) -> Caller:
        """Return one that adds fields to each line."""
        return Caller(self.name, {**self.bound, **fields})

    def info(self, event: str, **fields: Any) -> None:
        """Write one line."""
        line = {"level": "info", "logger": self.name, "event": event, **self.bound, **fields}
        _log.info("{}", dumps(line, render_other, OPTION).decode())


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write messages to `path`."""
    global _log
    if options.processors or options.emoji or options.asks or options.output != "file":
        raise Unsupported("is measured with real files only")
    if path not in _logs:
        name = os.path.abspath(path)
        os.symlink(name, f"{name}_{time.strftime('%Y%m%d', time.gmtime())}_1.log")
        _logs[path] = log.create_log(os.path.basename(name), _CONFIG.format(path=name))
    _log = _logs[path]


def get_logger(name: str) -> Caller:
    """Return the object of a name."""
    return Caller(name, {})


def bind_context(_fields: dict[str, Any]) -> None:
    """Refuse."""
    raise Unsupported("has no context")


def clear_context() -> None:
    """Do nothing."""


def close() -> None:
    """Write out what is left; the file stays open."""
    if _log is not None:
        _log.force_flush()
