"""What the compiled lane writes is byte for byte what core's renderers make of the fields.

The tests of foundation-native look at single values so; `lanes.py` compares whole calls, in all
lanes.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Any

from fuzz.feed import CANARY
from fuzz.rich import RichFeed
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation._record.record import Record
from provide.foundation._record.redaction import is_secret
from provide.foundation._record.values import DEFAULT_LIMITS
from provide.foundation._render.json import render_json
from provide.foundation._render.logfmt import render_key_value
from provide.foundation.config import Formatter

_TIMESTAMP = re.compile(rb'"timestamp":"[^"]*",|timestamp=\S* ')


class Pen:
    """Be the compiled lane, set up to write to a file in memory."""

    def __init__(self, formatter: Formatter) -> None:
        self.render = render_json if formatter == "json" else render_key_value
        self.fd = os.memfd_create("fuzz")
        reset_for_testing()
        logging = LoggingConfig(
            log_file=f"/proc/self/fd/{self.fd}", console_formatter=formatter, capture_stdlib=False
        )
        setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
        self.log = get_logger("app")
        self.log.info("e")
        assert stats().lane == "native"

    def write(self, where: int, **fields: Any) -> bytes:
        """Return the line of a call, without its time: fields of its own, bound, or around it."""
        os.ftruncate(self.fd, 0)
        if where == 0:
            self.log.info("e", **fields)
        elif where == 1:
            self.log.bind(**fields).info("e")
        else:
            with bound_contextvars(**fields):
                self.log.info("e")
        return _TIMESTAMP.sub(b"", os.pread(self.fd, 64 << 20, 0), count=1)

    def expect(self, **fields: Any) -> bytes:
        """Return what core's renderer makes of them."""
        record = Record(20, "app", "e", fields, constants={"service": "shop"})
        return self.render(record, DEFAULT_LIMITS, is_secret)


def compare(data: bytes, pen: Pen) -> None:
    """Write what the bytes say by both, and see that the lines are the same."""
    feed = RichFeed(data)
    where = feed.byte() % 3
    fields = {"value": feed.value(), "other": feed.value(), "n": 1}
    expected = pen.expect(**fields)
    written = pen.write(where, **fields)
    again = pen.write(where, **fields)
    assert expected == written, (expected, written)
    assert expected == again, (expected, again)
    assert CANARY.encode() not in expected, expected


@contextlib.contextmanager
def make_pen(formatter: Formatter) -> Iterator[Pen]:
    """Yield the compiled lane, and leave nothing set up."""
    os.environ["FOUNDATION_LANE"] = "native"
    pen = Pen(formatter)
    try:
        yield pen
    finally:
        reset_for_testing()
        os.close(pen.fd)
        del os.environ["FOUNDATION_LANE"]
