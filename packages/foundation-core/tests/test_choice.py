"""What is said of a lane that the environment asks for and that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lane_process import own_records
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)

CONFIG = TelemetryConfig(logging=LoggingConfig(output="stderr", capture_stdlib=False))


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Begin and end with nothing set up."""
    reset_for_testing()
    yield
    reset_for_testing()


@pytest.mark.parametrize(
    ("value", "said"), [("fats", ["fats"]), ("fast", []), ("processor", []), ("", [])]
)
def test_unknown_lane_is_said_once(
    value: str, said: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A word that names no lane is said, once, with those that there are."""
    monkeypatch.setenv("FOUNDATION_LANE", value)
    for _ in range(2):
        setup_telemetry(CONFIG)
        get_logger("t").info("written")

    data = capfd.readouterr().err.encode()
    records = own_records(data, "FOUNDATION_LANE names no lane, so the fastest one writes")
    assert (said, 2) == ([record["value"] for record in records], data.count(b"written"))
    assert all(["native", "fast", "processor"] == record["allowed"] for record in records)
