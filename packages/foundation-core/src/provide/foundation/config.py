"""The configuration's classes, under the name by which programs import them."""

from __future__ import annotations

from provide.foundation._config.groups import Console, Delivery, Limits, Redaction, Rotation
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.outputs import OutputConfig
from provide.foundation._config.telemetry import TelemetryConfig

__all__ = [
    "Console",
    "Delivery",
    "Limits",
    "LoggingConfig",
    "OutputConfig",
    "Redaction",
    "Rotation",
    "TelemetryConfig",
]
