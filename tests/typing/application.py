"""A user's module: checked by mypy and pyright, never run.

Every line must check under strict settings without a cast or an ignore, and `assert_type` holds
the types that a user's own code builds on.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, assert_type

from provide.foundation import (
    WARNING,
    ConfigurationError,
    Delivery,
    LoggingConfig,
    OutputConfig,
    Rotation,
    TelemetryConfig,
    bind_contextvars,
    bound_contextvars,
    buffered,
    catch,
    clear_contextvars,
    configure,
    flush,
    get_logger,
    level_override,
    logger,
    set_level,
    setup_telemetry,
    shutdown_telemetry,
    stats,
    unbind_contextvars,
)


def set_up() -> None:
    """Set up from code, from the environment and from a preset, and in one call."""
    config = TelemetryConfig(
        service_name="shop",
        logging=LoggingConfig(
            default_level="INFO",
            console_formatter="json",
            module_levels={"shop.db": "WARNING"},
            log_file=Path("app.log"),
            rotation=Rotation(max_bytes=1_000_000, when="daily"),
            delivery=Delivery("background", queue_policy="drop_oldest"),
        ),
    )
    try:
        setup_telemetry(config)
    except ConfigurationError as error:
        print(error)
    setup_telemetry()
    setup_telemetry(TelemetryConfig.from_env())
    setup_telemetry(TelemetryConfig.production())
    configure()
    configure(level="DEBUG", format="json", output=Path("app.log"), service_name="shop")
    configure(
        level=10,
        output=["stderr", OutputConfig("app.log", formatter="compact"), sys.stdout],
        delivery="background",
        module_levels={"shop.db": "DEBUG"},
    )
    assert_type(config.logging.delivery, Delivery)
    set_level("DEBUG")
    set_level("WARNING", logger="shop.db")
    assert_type(flush(), bool)
    assert_type(flush(timeout_s=2.5), bool)
    shutdown_telemetry()


def log_lines() -> None:
    """Log with fields of any type, positional arguments, and bound context."""
    log = get_logger("shop.checkout")
    log.info("order_placed", order_id=7, total=19.99, items=["a", "b"])
    log.warning("slow: %d ms", 120, event="kept")
    bound = log.bind(request_id="r-1").unbind("request_id").try_unbind("user").new(user=7)
    bound.error("failed", exc_info=True)
    if log.is_enabled_for("DEBUG") and log.isEnabledFor(10):
        log.log("INFO", "by_name", level_of=log.get_effective_level())
    try:
        raise ValueError
    except ValueError as error:
        log.exception("caught")
        log.error("caught", exc_info=error)


async def log_from_a_task() -> None:
    """Log from a coroutine."""
    await logger.ainfo("started", task="t")
    with bound_contextvars(request_id="r-2"):
        await logger.aexception("failed")


@bound_contextvars(component="worker")
def work(count: int) -> str:
    """Keep its own signature under the decorator."""
    bind_contextvars(step=1)
    unbind_contextvars("step")
    clear_contextvars()
    return str(count)


assert_type(work(3), str)


@buffered("DEBUG", flush_at="WARNING", max_lines=100)
async def serve(count: int) -> str:
    """Keep its debug lines until it fails."""
    with level_override("DEBUG"), buffered() as block:
        block.flush()
    return str(count)


assert_type(asyncio.run(serve(3)), str)


@catch
def divide(by: int) -> float:
    """Keep its own signature under this decorator, too."""
    return 1 / by


@get_logger("shop").catch(exceptions=(OSError, ValueError), level="WARNING")
async def fetch(url: str) -> bytes:
    """Be a coroutine still."""
    return url.encode()


@logger.catch(reraise=False, default="none")
def find(key: int) -> int:
    """Return the default where an exception would leave."""
    return 7 // key


@catch(reraise=False)
async def find_later(key: int) -> int:
    """Do the same later."""
    return 7 // key


class Basket:
    """Have decorated methods."""

    @logger.timed("basket.total", over_s=0.5)
    def total(self, tax: float) -> float:
        """Keep its own signature under `timed`."""
        with logger.timed("rows", basket=self) as timing:
            timing.add(rows=3)
        with catch(on_error=print):
            return 1.19 * tax

    @catch(reraise=False)
    def count(self, more: int) -> int:
        """Return nothing where an exception would leave."""
        with catch(reraise=False):
            return more // 0
        return 0


async def use_decorated() -> None:
    """See what the decorators have left of the types."""
    assert_type(divide(by=3), float)
    assert_type(await fetch("u"), bytes)
    assert_type(find(key=0), int | str)
    assert_type(await find_later(0), int | None)
    assert_type(Basket().total(0.2), float)
    assert_type(Basket().count(more=1), int | None)


def watch() -> None:
    """Read the counters, and change a level by its number."""
    found = stats()
    assert_type(found.lane, str | None)
    for name, output in found.outputs.items():
        assert_type(output.queue.lines, int)
        print(name, output.dropped.get("enospc", 0), output.bytes, output.last_error)
    assert_type(found.as_dict()["lane"], Any)
    set_level(WARNING)
