"""Files that are set aside by size or by time; most programs leave that to others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provide.foundation._config.logging import LoggingConfig
from provide.foundation._output.files.policy import Rotation, can_be_set_aside
from provide.foundation._output.files.rotating import RotatingSink
from provide.foundation.errors import ConfigurationError


def open_rotating(
    make: Callable[..., Any], path: str, logging: LoggingConfig, field: str, timeout_s: float
) -> Any:
    """Open a file that is rotated.

    Args:
        make: Makes the sink.
        path: The file.
        logging: The configuration.
        field: Where it names the file.
        timeout_s: Seconds to finish a write that would block.

    Raises:
        ConfigurationError: What stands at the path cannot be set aside.
    """
    wanted = logging.rotation
    if not can_be_set_aside(path):
        allowed = "the path of a regular file, where files are rotated, and not of a descriptor"
        raise ConfigurationError(field, path, allowed)
    rotation = Rotation(
        max_bytes=wanted.max_bytes,
        when=wanted.when,
        backup_count=wanted.backup_count,
        max_age_s=wanted.max_age_s,
        compress=wanted.compress,
    )
    return make(RotatingSink, path, rotation, timeout_s)
