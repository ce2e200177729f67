"""The configuration's classes, under the name by which programs import them."""

from __future__ import annotations

from provide.foundation._config.logging import LoggingConfig, OutputConfig, TelemetryConfig

__all__ = ["LoggingConfig", "OutputConfig", "TelemetryConfig"]
