"""Rows in every lane: the processor lane searches in its lines, the others know what they wrote."""

from __future__ import annotations

import re
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("a terminal as POSIX has it", allow_module_level=True)

from installed_lanes import LANES
from screens import run_at

SCRIPT = r"""
import random
from provide.foundation import *

chance = random.Random(20261130)
KEYS = ["status", "status_code", "http_status", "http.status", "itemstatus", "xstatus", "seconds",
    "x.seconds", "mseconds", "xseconds", "elapsed_s", "wait_ms", "ms", "s", "user", "a b", "url",
    "path", "name_é", "k" * 30, "password", "id"]
VALUES = [200, 404, 503, 600, 7, 20, 2000, -200, 0.5, 1.0, 0.99999, 999.9, 1000.0, 12345.6, 1e9,
    1e-7, 2**40, "200", "1.2.3", "1.5", "..", "0001.5", "0.9999999999999999999", "9" * 30, True,
    None, "***", "true", "alice", "Zürich", "Łódź", "Ελλάδα", "Москва", "東京", "e\u0301", "a b c",
    "x" * 50, "x" * 70, "x" * 300, "a\nb", "a\\b", "", "x=1", '"', {"a": 1}, [1, 2],
    ["x" * 30] * 3,
    "[x]", "{y}", "{" + "y" * 70, "http://x.example/a?b=1", "https://x.example/", "http://", "a:b",
    "see http://x.example/ and https://y.example/", "xhttps://a", "ahttp://http://b", "://",
    "https://x.example/" + "a" * 60, "[https://x.example]"]
EVENTS = ["done", "two words", "x" * 90, "é", "東京", "status=200", "http://x.example/", "a_s", "",
    "[x] y", "request_finished"]
NAMES = ["", "app.db", "shop.payments.gateway.adapters", "a.very_long_name_of_a_module", "東京.駅",
    "http://x.example"]
LEVELS = ["trace", "debug", "info", "info", "info", "warning", "error", "critical"]

WORDS = ["a", "SELECT o.id", "x" * 40, "y" * 90, "é", "東京", "\u03a2", "\x00", "\x1b[1m", "\x7f",
    "\x85", "\u2028", "\u202e", "\r", "\t", "\b\f", '"', "\\\\", "\\\\n", "\n", "\n\n", "a\nb\n",
    " ", "=", "http://x.example/a", "status", "{", "[1]", "…", "\U0001f511", "", ","]
NUMBERS = [0, -1, 2**40, 2**64, -0.0, 0.1, 0.30000000000000004, 1e16, 1e-5, 0.0001, 123456789.5,
    1e300, float("nan"), True, None, 1.0, -2.50]

def text():
    return "".join(chance.choice(WORDS) for _ in range(chance.randint(1, 6)))

def nested(depth=3):
    kind = chance.randint(0, 3 if depth else 1)
    size = chance.choice([0, 1, 2, 3, 5, 11, 12, 13, 14])
    if kind == 0:
        return chance.choice(NUMBERS)
    if kind == 1:
        return text()
    if kind == 2:
        return [nested(depth - 1) for _ in range(size)]
    return {chance.choice([text(), "status", "key"]): nested(depth - 1) for _ in range(size)}

TEXTS = ["[" + "1," * 40 + "1]", "[" + "1.50," * 20 + "1]", "[" + "[-0]," * 20 + "1]",
    "[" + "01," * 30 + "1]", "[" + "NaN," * 20 + "1]", "[" + "{}," * 30 + "{}]",
    "[" + "9" * 70 + ",1]", "[" + "1e5," * 20 + "1]", "[" + "1," * 40 + "]",
    "{" + "1:2," * 20 + "}", "[" + "[" * 70 + "]" * 71, "\n" * 5, "a\n" * 3, "a\n" * 20,
    "é\nü\n" + "ß" * 200, "a\n" + "\\" * 9 + "\nb"]

MEMBERS = ["id", "name", "a%s", "x y", "password", "cookie", 'a"b', "items"]
SCALARS = ["x", "two words", 'a"b', "\x7f", "a\nb", "é", "a},{b", "http://x.example/", "w" * 64,
    "w" * 65, 7, -1, 2**64, 2**63, 0.5, -0.0, 1e16, 1e-5, 9.9e15, float("inf"), True, None]

def small(depth=2):
    kind, size = chance.randint(0, 4 if depth else 1), chance.randint(0, 5)
    if kind < 2:
        return chance.choice(SCALARS if chance.random() < 0.3 else SCALARS[:2] + SCALARS[10:12])
    if kind == 2:
        return [small(depth - 1) for _ in range(size)]
    if kind == 3:
        return chance.choice([["cookie", "x"], [["cookie", "x"]], [["a", 1]], ("cookie", "x")])
    return {chance.choice(MEMBERS): small(depth - 1) for _ in range(size)}

def value():
    return chance.choice([chance.choice(VALUES), chance.choice(TEXTS), nested(), text(),
        {"items": small(), "name": small()}, [small() for _ in range(4)]])

def fields(most):
    return {chance.choice(KEYS): value() for _ in range(chance.randint(0, most))}

for width, context, service, callsite in [
    (80, "fold", None, False), (100, "full", "shop", False), (110, "fold", None, True),
    (120, "fold", None, False), (200, "full", "shop", True), (None, "fold", None, False),
    *((width, "fold", None, False) for width in range(40, 200, 9)),
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
        try:
            raise ValueError(text())
        except ValueError:
            log.error("failed", exc_info=True, stack_info=chance.random() < 0.3, **fields(2))
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
