"""Log so many calls in one lane, and print by how many KiB the process has grown.

`python growth.py 10000000`: three lines and one that is off make four calls. With `emoji` behind
it lines have emoji too, which the lane remembers. With `rich` each call is a line, of objects of
many kinds, and the number of allocated blocks must stay as well. The lane is the native one, unless
FOUNDATION_LANE names another.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
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

lane = os.environ.setdefault("FOUNDATION_LANE", "native")
marked = sys.argv[2:] == ["emoji"]
rich = sys.argv[2:] == ["rich"]
logging = LoggingConfig(
    log_file=os.devnull,
    capture_stdlib=False,
    das_emoji_prefix_enabled=marked,
    logger_name_emoji_prefix_enabled=marked,
)
setup_telemetry(TelemetryConfig(logging=logging))
assert lane == stats().lane
log = get_logger("app.part")
text, nested, odd = "grün\n" * 3, {"a": [1, {"b": (2, "x")}]}, object()


@dataclasses.dataclass
class Order:
    """Be a record."""

    number: uuid.UUID
    items: Any


class State(enum.Enum):
    """Be an enum."""

    PAID = "paid"


key, total, error = uuid.UUID(int=1 << 100), decimal.Decimal("1.50"), ValueError("no")
moment = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
order = Order(key, [("Host", total), {moment, 1 << 70}, odd])
path = pathlib.PurePath("/srv/data")
watched = (text, nested, odd, log, key, total, error, moment, order, path, Order, State.PAID)


def work(calls: int) -> None:
    """Make calls of every kind."""
    if rich:
        return write_rich(calls)
    for n in range(calls // 4):
        log.info("e", a=n, b=text, c=n / 7)
        log.bind(a=n, b="x").info("e", v=nested)
        log.debug("off", a=n)
        if marked:
            status = f"status {n % 3_000}"  # another object each time, and more than are kept
            log.info("job_done", domain="auth", status=status)
            log.info("job_done", domain="auth", status="success")
        log.info("e", u="日本", v=None, w=True)
        if n % 50 == 0:  # the rare ways out
            with bound_contextvars(r=n):
                log.info("e", v=odd)
            log.info("e", a="\ud800", password="x", timestamp=1)
            log.info("took %d", n)


def write_rich(lines: int) -> None:
    """Write lines of rich values, each of them counted."""
    for n in range(lines // 10):
        log.info("e", order=order, total=total, state=State.PAID, at=moment)
        log.bind(key=key).info("e", new=Order(uuid.UUID(int=n), {n, n + 1}))
        log.info("e", id=uuid.UUID(int=n), total=decimal.Decimal(n).scaleb(-2), path=path)
        log.info("e", at=moment.replace(microsecond=n % 1_000_000), took=moment - moment)
        log.info("e", items=[{"sku": f"A-{n}", "price": total, "many": n}, (1, n)], who=nested)
        log.info("e", password="x", headers={"Cookie": "x", "Host": f"h{n}"}, n=n)
        log.info("e", timestamp=n, level="x", service=key)
        log.info("took %d ms", n, error=error, raw=b"ab", ratio=float("nan"), big=n << 70)
        with bound_contextvars(request=key, n=n):
            log.info("e", n=-n, state=State.PAID)
        if n % 100:
            event = f"event {n}" if n % 3 else ValueError(n)
            log.info(event, values=[n, n / 7, text])
        else:
            try:
                raise ValueError(n)
            except ValueError:
                if n % 200:
                    log.error("failed", exc_info=True, stack_info=True)
                else:
                    log.exception("failed", odd=odd, order=order)


def resident_kib() -> int:
    """Return how much memory the process has."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def lines_written() -> int:
    """Return how many lines have been written; none may have been dropped."""
    counts = stats().outputs[os.devnull]
    assert not sum(counts.dropped.values())
    return sum(counts.written.values())


work(80_000)
before, written, blocks = resident_kib(), lines_written(), sys.getallocatedblocks()
references = [sys.getrefcount(each) for each in watched]
work(int(sys.argv[1]))
growth = resident_kib() - before
assert references == [sys.getrefcount(each) for each in watched]
print(growth)
if rich:
    assert int(sys.argv[1]) == lines_written() - written
    blocks = sys.getallocatedblocks() - blocks
    print(f"{sys.argv[1]} lines, {blocks} blocks more, left: {dict(stats().fallbacks)}")
    if blocks >= 1000:
        sys.exit(f"{blocks} blocks more")
if growth >= 512:
    sys.exit(f"grown by {growth} KiB")
