"""Invocations of a function: their id, their line, their exception, and the flush at the end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import ConfigurationError, get_contextvars, get_logger
from provide.foundation.integrations import add_event_fields
from provide.foundation.integrations.aws_lambda import log_invocations
from provide.foundation.testing import capture_logs


class Context:
    """Say what the platform says of an invocation."""

    aws_request_id = "r-1"
    function_name = "shop"
    function_version = "7"
    memory_limit_in_mb = "128"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that are left."""
        return 900


def test_line_has_what_is_known_of_the_invocation() -> None:
    """Lines within have the id; the last one has the function, and what was added."""

    @log_invocations
    def handle(event: Any, context: Any) -> str:
        get_logger("shop").info("order_read")
        add_event_fields(customer="kim")
        return str(event)

    with capture_logs() as lines:
        assert "7" == handle(7, Context())

    within, last = lines
    assert ("order_read", "r-1") == (within["event"], within["request_id"])
    assert "invocation_finished" == last["event"]
    assert ("r-1", "kim") == (last["request_id"], last["customer"])
    assert ("shop", "7") == (last["faas.name"], last["faas.version"])
    assert (128 * 1024 * 1024, 900) == (last["faas.max_memory"], last["remaining_ms"])
    assert {} == get_contextvars()


@pytest.mark.parametrize(
    "error", [ValueError("refused"), SystemExit(3)], ids=lambda each: type(each).__name__
)
def test_exception_is_on_the_line_and_goes_on(error: BaseException) -> None:
    """What the handler raises fails the invocation, and stands on its line."""

    @log_invocations(event="done")
    def handle(event: Any, context: Any) -> None:
        raise error

    with capture_logs() as lines, pytest.raises(type(error)):
        handle({}, Context())

    [line] = lines
    assert ("done", "error") == (line["event"], line["level"])
    assert type(error).__qualname__ == line["error.type"]
    assert type(error).__qualname__ == line["exception"]["type"]
    assert {} == get_contextvars()


def test_exception_is_left_to_the_runtime() -> None:
    """With `exceptions="raise"` the line has the type alone."""

    @log_invocations(exceptions="raise")
    def handle(event: Any, context: Any) -> None:
        raise ValueError("refused")

    with capture_logs() as lines, pytest.raises(ValueError, match="refused"):
        handle({}, Context())

    assert ["ValueError"] == [line["error.type"] for line in lines]
    assert "exception" not in lines[0]


def test_handler_without_a_context_works() -> None:
    """A test of the application may call its handler with no context at all."""

    @log_invocations
    def handle(event: Any, context: Any) -> int:
        return 3

    with capture_logs() as lines:
        assert 3 == handle({}, None)

    assert {"faas.name", "remaining_ms"}.isdisjoint(lines[0])


@pytest.mark.parametrize(
    "options", [{"exceptions": "print"}, {"flush_timeout_s": -1}], ids=lambda each: next(iter(each))
)
def test_bad_option_is_refused(options: dict[str, Any]) -> None:
    """A value that is not valid is an error when the function is loaded."""
    with pytest.raises(ConfigurationError):
        log_invocations(**options)


def test_queue_is_empty_when_the_answer_goes_out(tmp_path: Path) -> None:
    """In background delivery, lines are in the file before the platform may freeze the process."""
    code = """
import os
from provide.foundation import Delivery, LoggingConfig, TelemetryConfig, get_logger
from provide.foundation import setup_telemetry
from provide.foundation.integrations.aws_lambda import log_invocations

setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    log_file="shop.log", delivery=Delivery(mode="background"))))

@log_invocations
def handle(event, context):
    for number in range(500):
        get_logger("shop").info("order_read", number=number)

for _ in range(2):
    handle({}, None)
    print(open("shop.log").read().count("\\n"), flush=True)
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert ["501", "1002"] == done.stdout.split(), done.stderr
    rows = [json.loads(row) for row in (tmp_path / "shop.log").read_text().splitlines()]
    ended = [row["faas.coldstart"] for row in rows if row["event"] == "invocation_finished"]
    assert [True, False] == ended
