"""Messages of logging that are dicts, or made for a terminal: fields, and text without colours."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES

BEGIN = """
import logging, logging.handlers
from provide.foundation import *
log = logging.getLogger("lib")
setup_telemetry(TelemetryConfig(logging=LoggingConfig(omit_timestamp=True)))
"""


def run(code: str, lane: str = "fast", **environ: str) -> list[dict[str, Any]]:
    """Run code in an interpreter of its own, and return its lines without level and logger."""
    done = interpreters.run(
        [sys.executable, "-c", BEGIN + code],
        capture_output=True,
        text=True,
        env={**os.environ, "FOUNDATION_LANE": lane, **environ},
        timeout=60,
        check=True,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    return [{key: line[key] for key in list(line)[2:]} for line in lines]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_dict_becomes_fields(lane: str, delivery: str) -> None:
    """A dict as message is fields: masked, renamed where reserved, and extra wins."""
    lines = run(
        """
log.warning({"event": "paid", "cents": 7, "card": {"password": "p"}, "timestamp": 1, "a": 1},
            extra={"a": 2})
log.warning({"message": "text", "msg": 3})
log.warning({"cents": 7})
log.warning({1: 2, "stacklevel": 9, "event": {"x": 1}})
log.warning({"event": "%d %s"})
""",
        lane,
        PROVIDE_LOG_DELIVERY=delivery,
    )
    paid = {"cents": 7, "card": {"password": "***"}, "timestamp_": 1, "a": 2}
    assert [
        {"event": "paid", **paid},
        {"event": "text", "msg": 3},
        {"event": "", "cents": 7},
        {"event": "", "1": 2, "event_": {"x": 1}, "stacklevel_": 9},
        {"event": "%d %s"},
    ] == lines


def test_hostile_dict_is_written() -> None:
    """A dict whose class or values fail costs no line, and nothing is raised."""
    lines = run("""
class Failing(dict):
    def _fail(self, *_):
        raise RuntimeError
    keys = items = __getitem__ = __iter__ = get = pop = copy = _fail
class Unequal:
    def __eq__(self, other):
        raise RuntimeError
    def __repr__(self):
        return "unequal"
log.warning(Failing(event="one", a=1))
log.warning({"event": "two", "level": Unequal(), "logger": Unequal()})
""")
    assert [
        {"event": "one", "a": 1},
        {"event": "two", "level_": "unequal", "logger_": "unequal"},
    ] == lines


def test_dict_of_structlog_becomes_fields() -> None:
    """What structlog hands to logging for its ProcessorFormatter is a line like any other."""
    lines = run("""
import structlog
structlog.configure(
    processors=[
        structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)
structlog.get_logger("lib").warning("e", token="t", n=1)
""")
    assert [{"event": "e", "token": "***", "n": 1}] == [
        line for line in lines if not line["event"].startswith("structlog was")
    ]


@pytest.mark.parametrize("lane", LANES)
def test_colours_and_line_ends_leave_the_event(lane: str) -> None:
    """Control sequences and line ends behind the message go; all else is escaped as ever."""
    lines = run(
        r"""
log.warning("\x1b[31m\x1b[1mdevelopment server\x1b[0m\n")
log.warning('%s - - [%s] %s\n', "127.0.0.1", "now", '\x1b[36mGET / HTTP/1.1\x1b[0m 304 -')
log.warning("%s", "\x9b1mtext\r\n")
log.warning("%(a)s", {"a": "\x1b[4mlink\x1b[24m"})
log.warning("a\nb \x1b]0;title\x07")
log.warning("%s %r", "x", "\x1b[1m")
""",
        lane,
    )
    assert [
        "development server",
        "127.0.0.1 - - [now] GET / HTTP/1.1 304 -",
        "text",
        "link",
        "a\nb \x1b]0;title\x07",
        "x ''",
    ] == [line["event"] for line in lines]


@pytest.mark.parametrize("form", ["json", "key_value", "compact"])
def test_no_colour_in_any_format(form: str) -> None:
    """The sequences are gone in each format, escaped ones as well."""
    code = f"""
from provide.foundation import *
import logging
setup_telemetry(TelemetryConfig(logging=LoggingConfig(console_formatter={form!r})))
logging.getLogger("werkzeug").info("\\x1b[33mPress CTRL+C to quit\\x1b[0m\\n")
"""
    done = interpreters.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Press CTRL+C to quit" in done.stderr
    assert not any(mark in done.stderr for mark in ("[33m", "[0m", "\\n", "u001b"))
