"""Rows in every lane: the processor lane searches in its lines, the others know what they wrote."""

from __future__ import annotations

import re
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("a terminal as POSIX has it", allow_module_level=True)

from installed_lanes import LANES
from screens import run_at

SCRIPT = """
import random
from provide.foundation import *

chance = random.Random(20261130)
KEYS = ["status", "status_code", "http_status", "http.status", "itemstatus", "xstatus", "seconds",
    "x.seconds", "mseconds", "xseconds", "elapsed_s", "wait_ms", "ms", "s", "user", "a b", "url",
    "path", "name_é", "k" * 30, "password", "id"]
VALUES = [200, 404, 503, 600, 7, 20, 2000, -200, 0.5, 1.0, 0.99999, 999.9, 1000.0, 12345.6, 1e9,
    1e-7, 2**40, "200", "1.2.3", "1.5", "..", "0001.5", "0.9999999999999999999", "9" * 30, True,
    None, "***", "true", "alice", "Zürich", "Łódź", "Ελλάδα", "Москва", "東京", "e\\u0301", "a b c",
    "x" * 50, "x" * 70, "x" * 300, "a\\nb", "a\\\\b", "", "x=1", '"', {"a": 1}, [1, 2],
    ["x" * 30] * 3,
    "[x]", "{y}", "{" + "y" * 70, "http://x.example/a?b=1", "https://x.example/", "http://", "a:b",
    "see http://x.example/ and https://y.example/", "xhttps://a", "ahttp://http://b", "://",
    "https://x.example/" + "a" * 60, "[https://x.example]"]
EVENTS = ["done", "two words", "x" * 90, "é", "東京", "status=200", "http://x.example/", "a_s", "",
    "[x] y", "request_finished"]
NAMES = ["", "app.db", "shop.payments.gateway.adapters", "a.very_long_name_of_a_module", "東京.駅",
    "http://x.example"]
LEVELS = ["trace", "debug", "info", "info", "info", "warning", "error", "critical"]

def fields(most):
    return {chance.choice(KEYS): chance.choice(VALUES) for _ in range(chance.randint(0, most))}

for width, context, service, callsite in [
    (80, "fold", None, False), (100, "full", "shop", False), (110, "fold", None, True),
    (120, "fold", None, False), (200, "full", "shop", True), (None, "fold", None, False),
    *((width, "fold", None, False) for width in range(70, 130, 9)),
]:
    setup_telemetry(TelemetryConfig(service_name=service, logging=LoggingConfig(
        default_level="TRACE", output="stdout", callsite=callsite,
        console=Console(time="utc", width=width, context=context))))
    for _ in range(8):
        log = get_logger(chance.choice(NAMES))
        if chance.random() < 0.3:
            log = log.bind(**fields(2))
        clear_contextvars()
        if chance.random() < 0.6:
            bind_contextvars(**fields(3))
        for number in range(6):  # each column is the last one of a row at times
            short = {chance.choice("abcde") * chance.randint(1, 9): number for _ in range(12)}
            log.info("short", **short)
        for _ in range(3):
            own = fields(chance.choice([0, 2, 6]))
            getattr(log, chance.choice(LEVELS))(chance.choice(EVENTS), **own)
"""


@pytest.fixture(scope="module")
def expected() -> str:
    """Return what the processor lane shows."""
    return shown("processor")


def shown(lane: str) -> str:
    """Return what a lane shows at terminals of several widths, without times."""
    text = run_at([sys.executable, "-c", SCRIPT], 160, FOUNDATION_LANE=lane)
    return re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", text)


@pytest.mark.parametrize("lane", [each for each in LANES if each != "processor"])
def test_lanes_make_the_same_rows(lane: str, expected: str) -> None:
    """Whatever the fields, the context and the width, rows are the same bytes in every lane."""
    rows = expected.splitlines()
    assert 1_000 < len(rows)
    assert rows == shown(lane).splitlines()
