"""The configuration's classes and the types of its choices, as programs import them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation._config.console import Console
from provide.foundation._config.groups import Delivery, Limits, Redaction, Rotation
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.outputs import OutputConfig, RecordView
from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation._config.values.checks import (
    DeliveryMode,
    Formatter,
    Period,
    QueuePolicy,
    StandardStream,
)

if TYPE_CHECKING:
    from provide.foundation._config.values.rules import RateLimit, Sample

__all__ = [
    "Console",
    "Delivery",
    "DeliveryMode",
    "Formatter",
    "Limits",
    "LoggingConfig",
    "OutputConfig",
    "Period",
    "QueuePolicy",
    "RateLimit",
    "RecordView",
    "Redaction",
    "Rotation",
    "Sample",
    "StandardStream",
    "TelemetryConfig",
]


def __getattr__(name: str) -> Any:
    if name not in ("RateLimit", "Sample"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from provide.foundation._config.values import rules  # few programs have any

    return getattr(rules, name)
