"""picologging, text: logging's interface in C++.

https://microsoft.github.io/picologging/: a drop-in replacement, so it is set up as stdlib is.
"""

from __future__ import annotations

from typing import Any

import picologging

from perf_lab.workloads.call_syntax import Unsupported
from perf_lab.workloads.workload import Options

_handler: Any = None


def open_output(_setup: str, path: str, options: Options) -> None:
    """Write text to `path`."""
    global _handler
    if options.processors or options.emoji:
        raise Unsupported("has no processors and no emoji")
    close()
    _handler = picologging.FileHandler(path, encoding="utf-8")
    _handler.setFormatter(picologging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = picologging.getLogger()
    root.handlers[:] = [_handler]
    root.setLevel(getattr(picologging, options.level))


def get_logger(name: str) -> Any:
    """Return the logger of a name."""
    return picologging.getLogger(name)


def bind_context(_fields: dict[str, Any]) -> None:
    """Refuse."""
    raise Unsupported("has no context fields")


def clear_context() -> None:
    """Do nothing."""


def close() -> None:
    """Flush and close the file."""
    global _handler
    if _handler is not None:
        _handler.close()
        _handler = None
