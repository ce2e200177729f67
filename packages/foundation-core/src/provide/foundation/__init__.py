"""Structured logging at the speed of the hardware: `from provide.foundation import logger`.

The public names are loaded when they are first asked for, so that a program pays for what it
uses. This is the only `__init__.py` of the `provide.foundation` namespace above the extensions'
leaves; `extend_path` lets those be installed elsewhere.
"""

from __future__ import annotations

from os.path import isdir, join
from pkgutil import extend_path
from typing import TYPE_CHECKING, Any

from provide.foundation._version import __version__

if TYPE_CHECKING:
    from provide.foundation._config.export import MetricsConfig, OtlpConfig
    from provide.foundation._diagnostics.snapshot import OutputStats, QueueStats, Stats
    from provide.foundation._diagnostics.stats import stats
    from provide.foundation._explain.status import describe
    from provide.foundation._logger.logger import Logger, catch, get_logger, logger
    from provide.foundation._record.lazy import lazy
    from provide.foundation._redaction.censor import censor_hash
    from provide.foundation._runtime.configure import configure
    from provide.foundation._runtime.levels import set_level
    from provide.foundation._runtime.setup import (
        flush,
        reset_for_testing,
        setup_telemetry,
        shutdown_telemetry,
    )
    from provide.foundation._scopes.blocks import buffered, level_override
    from provide.foundation._servers.logging_config import LOGGING_CONFIG, logging_handler
    from provide.foundation.config import (
        Console,
        Delivery,
        Limits,
        LoggingConfig,
        OutputConfig,
        RateLimit,
        Redaction,
        Rotation,
        Sample,
        TelemetryConfig,
    )
    from provide.foundation.context import (
        bind_contextvars,
        bound_contextvars,
        clear_contextvars,
        get_contextvars,
        unbind_contextvars,
    )
    from provide.foundation.errors import ConfigurationError, FoundationError
    from provide.foundation.levels import CRITICAL, DEBUG, ERROR, INFO, TRACE, WARNING

__path__ = extend_path(__path__, __name__)

#: Whether this process is a command that ends soon: `_encoder` asks.
_is_brief = False

# The older PyPI project provide-foundation owns the same import path; `hub` is a package of its.
for _folder in __path__:
    if isdir(join(_folder, "hub")):
        raise ImportError(
            f"foundation-core and provide-foundation cannot be installed together, and {_folder} "
            "holds the latter: uninstall both, then install the one that you want"
        )

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "INFO",
    "LOGGING_CONFIG",
    "TRACE",
    "WARNING",
    "ConfigurationError",
    "Console",
    "Delivery",
    "FoundationError",
    "Limits",
    "Logger",
    "LoggingConfig",
    "MetricsConfig",
    "OtlpConfig",
    "OutputConfig",
    "OutputStats",
    "QueueStats",
    "RateLimit",
    "Redaction",
    "Rotation",
    "Sample",
    "Stats",
    "TelemetryConfig",
    "__version__",
    "bind_contextvars",
    "bound_contextvars",
    "buffered",
    "catch",
    "censor_hash",
    "clear_contextvars",
    "configure",
    "describe",
    "flush",
    "get_contextvars",
    "get_logger",
    "lazy",
    "level_override",
    "logger",
    "logging_handler",
    "reset_for_testing",
    "set_level",
    "setup_telemetry",
    "shutdown_telemetry",
    "stats",
    "unbind_contextvars",
]

# Where each public name lives.
_HOMES = {
    "Console": "config",
    "Delivery": "config",
    "Limits": "config",
    "LoggingConfig": "config",
    "MetricsConfig": "_config.export",
    "OtlpConfig": "_config.export",
    "OutputConfig": "config",
    "RateLimit": "_config.values.rules",
    "Redaction": "config",
    "Rotation": "config",
    "Sample": "_config.values.rules",
    "TelemetryConfig": "config",
    "bind_contextvars": "context",
    "bound_contextvars": "context",
    "clear_contextvars": "context",
    "get_contextvars": "context",
    "unbind_contextvars": "context",
    "ConfigurationError": "errors",
    "FoundationError": "errors",
    "OutputStats": "_diagnostics.snapshot",
    "QueueStats": "_diagnostics.snapshot",
    "Stats": "_diagnostics.snapshot",
    "stats": "_diagnostics.stats",
    "CRITICAL": "levels",
    "DEBUG": "levels",
    "ERROR": "levels",
    "INFO": "levels",
    "TRACE": "levels",
    "WARNING": "levels",
    "catch": "_logger.logger",
    "Logger": "_logger.logger",
    "get_logger": "_logger.logger",
    "logger": "_logger.logger",
    "LOGGING_CONFIG": "_servers.logging_config",
    "logging_handler": "_servers.logging_config",
    "lazy": "_record.lazy",
    "censor_hash": "_redaction.censor",
    "describe": "_explain.status",
    "configure": "_runtime.configure",
    "flush": "_runtime.setup",
    "reset_for_testing": "_runtime.setup",
    "set_level": "_runtime.levels",
    "setup_telemetry": "_runtime.setup",
    "shutdown_telemetry": "_runtime.setup",
    "buffered": "_scopes.blocks",
    "level_override": "_scopes.blocks",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # the interpreter has loaded it already

    if home in ("_logger.logger", "_runtime.levels"):
        import_module(f"{__name__}._runtime.setup")  # a logger needs what starts it
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
