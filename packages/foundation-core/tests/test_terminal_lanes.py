"""Lines at a terminal, with colours and without: every lane writes the same bytes."""

from __future__ import annotations

import importlib.util
import os
import re
import sys

import pytest

import interpreters

LANES = ["processor", "fast"]
if importlib.util.find_spec("provide.foundation.native") is not None:
    LANES.append("native")
    from provide.foundation.native import COMPILED
else:
    COMPILED = False
HAS_EMOJI = importlib.util.find_spec("provide.foundation.emoji") is not None

SCRIPT = """
import sys
from pathlib import Path
from provide.foundation import (
    Console, LoggingConfig, TelemetryConfig, bound_contextvars, get_logger, setup_telemetry, stats)

SHAPES = [
    ("said", {}), ("two words", dict(user_id=7, text="a b", quoted='q"q', equal="x=y", none=None)),
    ("numbers", dict(f=2.5, big=2**70, tiny=1e-9, huge=1e22, yes=True, no=False, nan=float("nan"))),
    ("a=b", dict(a=1)), ("", dict(a="")), ("ends with blanks  ", dict(a=1)), ("x" * 40, dict(a=1)),
    ("x" * 29 + " ", {}), ("Zürich 東京", dict(city="東京", plain="Zürich")),
    ("a\\tb\\x1b[31m", dict(t="\\x1b")),
    ("secret", dict(password="pw", nested={"token": 1, "n": [1, 2]})),
    ("reserved", dict(level="x", event=2, timestamp=3)), ("path", dict(p=Path("/srv"))),
    ("long", dict(t="t" * 3000)), ("dotted", {"a.b": 1, "a-b": 2, "a b": 3, "é": 4}),
    ("user_login", dict(domain="auth", action="login", status="success")),
    ("x" * 28, dict(domain="auth", action="login", status="success")),
    ("x" * 27 + "  ", dict(domain="auth", action="login", status="success")),
]

def log_all(log):
    for event, fields in SHAPES:
        log.info(event, **fields)

for formatter in ("compact", "key_value"):
    for colors in (True, False):
        for service in (None, "shop"):
            for das in {False, service is None}:
                setup_telemetry(TelemetryConfig(service_name=service, logging=LoggingConfig(
                    output="stdout", console_formatter=formatter, console=Console(colors=colors),
                    das_emoji_prefix_enabled=das and sys.argv[1] == "True", default_level="TRACE")))
                for name in ("a b", "", "東京"):
                    log = get_logger(name)
                    log.bind(huge=1 << 4720).info("bounded")  # the first that is bound
                    log_all(log)
                    log_all(log.bind(bound=1, status="error"))
                    log.bind().info("bare")
                    log.bind(a=1).info("once")
                    for level in ("trace", "debug", "error", "critical"):
                        getattr(log, level)("level", a=1)
                    with bound_contextvars(tenant="t 1"):
                        log_all(log)
                    try:
                        1 / 0
                    except ZeroDivisionError:
                        log.exception("failed", a=1)
                        log.error("failed", exc_info=True, stack_info=True)
                    log.info("stack", stack_info=True)
for colors in (True, False):
    for formatter in ("compact", "key_value"):
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(output="stdout", callsite=True,
            console_formatter=formatter, console=Console(colors=colors))))
        get_logger("app").info("e", n=1)
        get_logger("app").error("e", exc_info=ValueError("two words"), stack_info="Stack:\\n  a")
setup_telemetry(TelemetryConfig(logging=LoggingConfig(output="stdout")))
print("LANE", stats().lane)
"""


def written(lane: str) -> str:
    """Return what the script writes to a terminal in a lane, without times and line numbers."""
    ours, theirs = os.openpty()
    with interpreters.Popen(
        [sys.executable, "-c", SCRIPT, str(HAS_EMOJI)],
        stdout=theirs,
        env={**os.environ, "FOUNDATION_LANE": lane, "PYTHONIOENCODING": "utf-8"},
    ) as child:
        os.close(theirs)
        found = bytearray()
        try:
            while part := os.read(ours, 65536):
                found += part
        except OSError:  # the other end is closed, as Linux says it
            pass
        os.close(ours)
        assert 0 == child.wait()
    return re.sub(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}", "TIME", found.decode())


@pytest.fixture(scope="module")
def expected() -> str:
    """Return what the steps of the pipeline write."""
    return written("processor")


@pytest.mark.parametrize("lane", LANES[1:])
def test_lanes_agree_at_a_terminal(lane: str, expected: str) -> None:
    """Colours, alignment and emoji are the same bytes in every lane, and the lane is taken."""
    *lines, last = expected.splitlines()
    assert (600, "LANE processor") < (len(lines), last)
    *found, taken = written(lane).splitlines()
    assert lines == found
    assert f"LANE {lane if COMPILED else 'fast'}" == taken
