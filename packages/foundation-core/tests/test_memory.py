"""What memray sees of the hot path: nothing of a line stays, and lines in number need no memory."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)

# memray has no wheels for Windows.
pytest.importorskip("pytest_memray")


@pytest.fixture(params=["json", "key_value"])
def log(request: pytest.FixtureRequest) -> Iterator[Logger]:
    """Give a logger of the fast lane, caches warm, that writes to /dev/null."""
    reset_for_testing()
    logging = LoggingConfig(
        log_file=os.devnull, console_formatter=request.param, capture_stdlib=False
    )
    setup_telemetry(TelemetryConfig(logging=logging))
    found = get_logger("app.part").bind(region="eu-west")
    write_lines(found, 300)
    yield found
    reset_for_testing()


def write_lines(log: Logger, count: int) -> None:
    """Write lines as a service does: with context, and some of a logger bound for a request."""
    for number in range(count):
        if number % 10 == 0:
            with bound_contextvars(request_id=number):
                log.bind(user=number).info("request_done", path="/orders", seconds=0.25)
        log.info("request_done", n=number, path="/orders", seconds=0.25)


# Of each place that allocates. `dict(...)` never takes a dict from CPython's list of free ones but
# leaves up to 80 there, 5 KB, and their keys, 8 KB, when something has emptied it before.
@pytest.mark.limit_leaks("10 KB")
def test_nothing_of_a_line_stays(log: Logger) -> None:
    """No place that a line goes through keeps memory of it: a byte a line would be 20 KB."""
    write_lines(log, 20_000)


# An arena of Python's allocator is 1 MiB, and may be taken within any test.
@pytest.mark.limit_memory("2 MB")
def test_many_lines_need_no_memory(log: Logger) -> None:
    """100,000 lines never hold 2 MB together: an object a line would be more."""
    write_lines(log, 100_000)
