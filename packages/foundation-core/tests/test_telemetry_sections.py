"""The sections for metrics and OTLP: what they take, what they refuse, what they hide."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import pytest

from provide.foundation._config.export import MetricsConfig, OtlpConfig
from provide.foundation.config import TelemetryConfig
from provide.foundation.errors import ConfigurationError

WRONG: list[tuple[Any, str, Any]] = [
    (MetricsConfig, "enabled", 1),
    (MetricsConfig, "exporters", ["zipkin"]),
    (MetricsConfig, "exporters", "otlp"),
    (MetricsConfig, "prometheus_port", 70_000),
    (MetricsConfig, "prometheus_registry", 1),
    (MetricsConfig, "export_interval_s", 0),
    (MetricsConfig, "port", 1),
    (OtlpConfig, "logs", "yes"),
    (OtlpConfig, "protocol", "http"),
    (OtlpConfig, "endpoint", "collector:4317"),
    (OtlpConfig, "headers", {"a": 1}),
    (OtlpConfig, "queue_size", 0),
    (OtlpConfig, "timeout_s", float("nan")),
    (OtlpConfig, "level", "loud"),
]


@pytest.mark.parametrize(
    ("kind", "name", "value"), WRONG, ids=[f"{name}={value}" for _, name, value in WRONG]
)
def test_wrong_values_are_refused(kind: Any, name: str, value: Any) -> None:
    """A value that is not allowed is an error that names its field."""
    with pytest.raises(ConfigurationError) as caught:
        kind(**{name: value})

    assert f"{kind.SECTION}.{name}" == caught.value.field


def test_sections_come_from_a_mapping() -> None:
    """A mapping describes both sections, in stored form."""
    config = TelemetryConfig.from_mapping(
        {
            "metrics": {"exporters": ["OTLP"], "prometheus_port": 0},
            "otlp": {"logs": True, "level": "warning", "protocol": "GRPC"},
        }
    )

    expected = TelemetryConfig(
        metrics=MetricsConfig(exporters=("otlp",), prometheus_port=0),
        otlp=OtlpConfig(logs=True, level="WARNING", protocol="grpc"),
    )
    assert expected == config


def test_a_field_of_another_section_is_suggested() -> None:
    """A field that is given one level too high is named with its section."""
    with pytest.raises(ConfigurationError, match=r"did you mean 'metrics\.prometheus_port'"):
        TelemetryConfig.from_mapping({"prometheus_port": 1})


def test_headers_are_not_shown() -> None:
    """The values of headers stand in nothing that is printed of a configuration."""
    config = OtlpConfig(headers={"authorization": "Bearer s3cret"})

    assert "s3cret" not in repr(config)
    assert config == pickle.loads(pickle.dumps(config))
    assert {"authorization": "Bearer s3cret"} == dict(config.headers or {})


def test_sections_load_only_when_named() -> None:
    """A program that configures neither metrics nor OTLP does not pay for their classes."""
    script = (
        "import sys\n"
        "from provide.foundation import TelemetryConfig\n"
        "TelemetryConfig.from_mapping({'logging': {'default_level': 'DEBUG'}})\n"
        "raise SystemExit('provide.foundation._config.export' in sys.modules)"
    )

    assert 0 == subprocess.run([sys.executable, "-I", "-c", script], check=False).returncode
