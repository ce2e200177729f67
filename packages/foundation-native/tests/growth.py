"""Log so many calls in the native lane, and print by how many KiB the process has grown.

`python growth.py 10000000`: three lines and one that is off make four calls. With `emoji` behind
it lines have emoji too, which the lane remembers; with `values` they have objects of many kinds.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import gc
import os
import pathlib
import sys
import uuid
from typing import Any

from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    setup_telemetry,
    stats,
)

os.environ["FOUNDATION_LANE"] = "native"
marked = sys.argv[2:] == ["emoji"]
rich = sys.argv[2:] == ["values"]
logging = LoggingConfig(
    log_file=os.devnull,
    capture_stdlib=False,
    das_emoji_prefix_enabled=marked,
    logger_name_emoji_prefix_enabled=marked,
)
setup_telemetry(TelemetryConfig(logging=logging))
assert "native" == stats().lane
log = get_logger("app.part")
text, nested, odd = "grün\n" * 3, {"a": [1, {"b": (2, "x")}]}, object()


@dataclasses.dataclass
class Order:
    """Be a record."""

    number: uuid.UUID
    items: Any


key, total, error = uuid.UUID(int=1 << 100), decimal.Decimal("1.50"), ValueError("no")
moment = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
order = Order(key, [("Host", total), {moment, 1 << 70}, odd])
path = pathlib.PurePath("/srv/data")
watched = (text, nested, odd, log, key, total, error, moment, order, path, Order, uuid.UUID)


def work(calls: int) -> None:
    """Make calls of every kind."""
    for n in range(calls // 4):
        log.info("e", a=n, b=text, c=n / 7)
        log.bind(a=n, b="x").info("e", v=nested)
        log.debug("off", a=n)
        if marked:
            status = f"status {n % 3_000}"  # another object each time, and more than are kept
            log.info("job_done", domain="auth", status=status)
            log.info("job_done", domain="auth", status="success")
        log.info("e", u="日本", v=None, w=True)
        if rich:
            log.info("e", order=order, total=total, error=error, at=moment, path=path)
            log.bind(key=key).info("e", new=Order(uuid.UUID(int=n), {n, n + 1}))
        if n % 50 == 0:  # the rare ways out
            with bound_contextvars(r=n):
                log.info("e", v=odd)
            log.info("e", a="\ud800", password="x", timestamp=1)
            log.info("took %d", n)


def resident_kib() -> int:
    """Return how much memory the process has."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


work(80_000)
before = resident_kib()
references = [sys.getrefcount(each) for each in watched]
work(int(sys.argv[1]))
growth = resident_kib() - before
assert references == [sys.getrefcount(each) for each in watched]
print(growth)
if growth >= 512:
    sys.exit(f"grown by {growth} KiB")
