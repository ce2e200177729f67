"""provide-foundation 0.4.10, the older project of our import path, in its own interpreter.

Its README sets it up by the environment: `PROVIDE_LOG_LEVEL=INFO`, without which it drops every
line and looks fast, and the JSON formatter. It follows stderr, so stderr is pointed at the path,
as a container does. Its emoji are on or off by the environment too, for the whole process.
"""

from __future__ import annotations

import os
from typing import Any

import structlog

import provide.foundation
from perf_lab.rivals.library import Library, point_stderr
from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options


class ProvideFoundation(Library):
    """The older project."""

    lacks = ("processors",)
    contextvars = structlog.contextvars
    get_logger: Any = staticmethod(provide.foundation.get_logger)

    def open(self, setup: str, path: str, options: Options) -> None:
        """Point stderr at `path`."""
        if options.emoji and os.environ["PROVIDE_LOG_DAS_EMOJI_ENABLED"] != "true":
            raise Unsupported("has its emoji off")
        point_stderr(os.devnull)
        self.get_logger("warm-up").info("its own first lines go where stderr went before")
        point_stderr(path)
        self.opened.callback(point_stderr, os.devnull)
