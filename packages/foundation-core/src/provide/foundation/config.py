"""The configuration's classes and the types of its choices, as programs import them."""

from __future__ import annotations

from provide.foundation._config.fields import (
    DeliveryMode,
    Formatter,
    Period,
    QueuePolicy,
    StandardStream,
)
from provide.foundation._config.groups import Console, Delivery, Limits, Redaction, Rotation
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.outputs import OutputConfig, RecordView
from provide.foundation._config.telemetry import TelemetryConfig

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
    "RecordView",
    "Redaction",
    "Rotation",
    "StandardStream",
    "TelemetryConfig",
]
