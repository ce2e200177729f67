"""pytest's own `caplog`, report and live log: Foundation's lines are there, once each."""

from __future__ import annotations

import pytest

from installed_lanes import LANES
from pytest_process import run

pytest_plugins = ("pytester",)

BRIDGED = """
import structlog

@pytest.mark.parametrize("propagate", [False, True])
def test_caplog(caplog, tmp_path, propagate):
    reset_for_testing()
    lane = stats().lane
    log.info("before", n=1)
    set_up(tmp_path / "a.log", propagate=propagate)
    log.info("ours", n=2, token="s3cr3t")
    logging.getLogger("lib").warning("theirs")
    structlog.get_logger("s").error("structlog's")
    try:
        raise KeyError("k")
    except KeyError:
        log.exception("failed")
    assert [
        ("shop.orders", 20, "before"), ("shop.orders", 20, "ours"), ("lib", 30, "theirs"),
        ("s", 40, "structlog's"), ("shop.orders", 40, "failed"),
    ] == caplog.record_tuples
    assert (2, "***") == (caplog.records[1].n, caplog.records[1].token)
    assert "ERROR    shop.orders" in caplog.text and "KeyError: 'k'" in caplog.text
    written = (tmp_path / "a.log").read_text().splitlines()
    assert 4 == len(written)
    caplog.clear()
    log.info("again")
    assert ["again"] == caplog.messages
    reset_for_testing()

def test_levels(caplog, foundation_logs):
    log.debug("off")
    with caplog.at_level("DEBUG"):
        log.debug("on")
        with caplog.at_level(logging.ERROR, logger="shop"):
            log.warning("off")
            log.error("on")
        with caplog.at_level(25):
            log.info("off")
            log.warning("on")
    log.debug("off")
    caplog.set_level(5, logger="shop.orders")
    log.trace("on")
    assert {"on"} == set(caplog.messages) == {line["event"] for line in foundation_logs}
    assert 4 == len(caplog.messages) == len(foundation_logs)

def test_levels_are_back(caplog):
    log.debug("off")
    log.info("on")
    assert ["on"] == caplog.messages

def test_lane_is_back():
    setup_telemetry()
    assert LANE == stats().lane
    reset_for_testing()

def test_own_handlers_get_nothing(caplog, capsys):
    handler = logging.StreamHandler(sys.stdout)
    logging.getLogger("shop").addHandler(handler)
    log.warning("ours")
    logging.getLogger("shop").removeHandler(handler)
    assert ["ours"] == caplog.messages
    assert "" == capsys.readouterr().out

def test_patterns_are_masked(caplog):
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(redact_patterns=["email"])))
    log.info("sent", to="kim@example.com")
    with capture_logs():
        log.info("sent", to="kim@example.com")
    reset_for_testing()
    assert ["***", "***"] == [record.to for record in caplog.records]
"""


@pytest.mark.slow
@pytest.mark.parametrize("lane", LANES)
def test_caplog_has_each_line_once(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, lane: str
) -> None:
    """A test that asks for `caplog` has Foundation's lines there; levels follow, and come back."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    output = run(pytester, f"LANE = {lane!r}\n{BRIDGED}")
    assert "7 passed" in output, output
