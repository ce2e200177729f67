"""Who renders JSON with orjson in the call itself: the hand-rolled floor, and BqLog's caller.

The floor is one write of one orjson object, with a raw time and no check of anything: no level
names, no escaping, no fallback, no counters, no context, and `time_ns` for a time. What a
structured logger costs above this is what its features cost.
"""

from __future__ import annotations

import os
import time
from time import time_ns
from typing import Any

from orjson import OPT_APPEND_NEWLINE, dumps

from perf_lab.rivals.library import Library
from perf_lab.rivals.orjson_default import OPTION, render_other
from perf_lab.workloads.workload import Options

_fd = -1
_OPTIONS = OPT_APPEND_NEWLINE | OPTION


class HandRolled:
    """Write `info` lines under one name."""

    __slots__ = ("bound", "name")

    def __init__(self, name: str, bound: dict[str, Any] | None = None) -> None:
        self.name = name
        self.bound = bound

    def bind(self, **fields: Any) -> BoundHandRolled:
        """Return one that adds fields to each line."""
        return BoundHandRolled(self.name, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Write one line."""
        line = {
            "timestamp": time_ns(), "level": "info", "logger": self.name, "event": event, **fields,
        }  # fmt: skip
        os.write(_fd, dumps(line, render_other, _OPTIONS))

    def debug(self, event: str, **fields: Any) -> None:
        """Do nothing: the cheapest call that Python has."""


class BoundHandRolled(HandRolled):
    """Write `info` lines with bound fields."""

    __slots__ = ()

    def info(self, event: str, **fields: Any) -> None:
        """Write one line."""
        line = {
            "timestamp": time_ns(), "level": "info", "logger": self.name, "event": event,
            **(self.bound or {}), **fields,
        }  # fmt: skip
        os.write(_fd, dumps(line, render_other, _OPTIONS))


class Floor(Library):
    """The floor."""

    lacks = ("processors", "emoji", "asks")

    def __init__(self) -> None:
        super().__init__()
        self.loggers: dict[str, HandRolled] = {}

    def open(self, setup: str, path: str, options: Options) -> None:
        """Open the file."""
        global _fd
        _fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.opened.callback(os.close, _fd)

    def get_logger(self, name: str) -> HandRolled:
        """Return the object of a name."""
        return self.loggers.setdefault(name, HandRolled(name))


_log: Any = None
_CONFIG = """
appenders_config.File.type=text_file
appenders_config.File.file_name={path}
appenders_config.File.base_dir_type=0
appenders_config.File.time_zone=utc
appenders_config.File.levels=[info,warning,error,fatal]
log.thread_mode=sync
"""


class Caller:
    """Render a line, and log it as a message."""

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


class Bqlog(Library):
    """BqLog, which logs messages: the caller renders JSON with orjson, and that is counted.

    Its `sync` mode writes in the caller's thread. It chooses the name of its file, with the day in
    it, so a link of that name leads to ours. A second log of a process was 15 times as slow as the
    first, so there is one for each path. Source: https://github.com/Tencent/BqLog
    """

    lacks = ("processors", "emoji", "asks")
    imports = "bq.log"
    outputs = ("file",)

    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, Any] = {}

    def open(self, setup: str, path: str, options: Options) -> None:
        """Write messages to `path`."""
        global _log
        if path not in self.logs:
            name = os.path.abspath(path)
            os.symlink(name, f"{name}_{time.strftime('%Y%m%d', time.gmtime())}_1.log")
            config = _CONFIG.format(path=name)
            self.logs[path] = self.library.log.create_log(os.path.basename(name), config)
        _log = self.logs[path]
        self.opened.callback(_log.force_flush)  # the file stays open

    def get_logger(self, name: str) -> Caller:
        """Return the object of a name."""
        return Caller(name, {})
