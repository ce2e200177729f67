"""Foundation itself, in the configuration that its production preset gives.

`FOUNDATION_LANE=processor` in the environment selects the other lane.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import Any

from workloads import Options

from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    clear_contextvars,
    get_logger,
    setup_telemetry,
    shutdown_telemetry,
)

__all__ = ["bind_context", "clear_context", "close", "get_logger", "open_output"]


def add_host(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Be the processor of the user's."""
    event["host"] = "web-1"
    return event


def open_output(setup: str, path: str, options: Options) -> None:
    """Set Foundation up to write to `path` in the format that `setup` names."""
    formatter, _, bare = setup.partition(":")
    emoji = bool(options.emoji) and not bare
    setup_telemetry(
        TelemetryConfig(
            logging=LoggingConfig(
                default_level=options.level,
                console_formatter=formatter,
                log_file=os.path.abspath(path),
                das_emoji_prefix_enabled=emoji,
                logger_name_emoji_prefix_enabled=emoji,
                enabled_emoji_sets=None if options.emoji == "sets" else (),
                processors=[add_host] if options.processor else [],
            )
        )
    )


def bind_context(fields: dict[str, Any]) -> None:
    """Bind fields to the context."""
    bind_contextvars(**fields)


def clear_context() -> None:
    """Forget them."""
    clear_contextvars()


def close() -> None:
    """Flush."""
    shutdown_telemetry()
