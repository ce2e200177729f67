"""The warehouse: a library that has never heard of Foundation; imports stdlib `logging` only.

It logs as most libraries do, with a module-level logger, %-style arguments and `extra`. What it
says inside a request must come out with that request's id all the same.
"""

from __future__ import annotations

import asyncio
import logging
import time
import zlib

log = logging.getLogger("inventory")

#: How long the warehouse takes to answer, in seconds: long enough for requests to overlap.
LATENCY_S = 0.002


class UnknownSku(LookupError):
    """Say that the warehouse has no such article."""


class WarehouseDown(RuntimeError):
    """Say that the warehouse did not answer."""


def _stock_of(sku: str) -> int:
    return zlib.crc32(sku.encode()) % 90 + 10


async def read_stock(sku: str, *, known: bool = True) -> int:
    """Return how many pieces of an article there are.

    Args:
        sku: The article.
        known: Whether the warehouse has it.

    Raises:
        UnknownSku: It has not.
    """
    await asyncio.sleep(LATENCY_S)
    if not known:
        log.warning("no such article", extra={"sku": sku})
        raise UnknownSku(sku)
    log.debug("stock read", extra={"sku": sku, "pieces": _stock_of(sku)})
    return _stock_of(sku)


def count_stock(sku: str) -> int:
    """Count an article, and block the thread while counting."""
    time.sleep(LATENCY_S)
    log.info("stock counted", extra={"sku": sku, "pieces": _stock_of(sku)})
    return _stock_of(sku)


async def reserve(sku: str, pieces: int) -> None:
    """Put some pieces of an article aside."""
    await asyncio.sleep(LATENCY_S)
    log.info("%d pieces reserved", pieces, extra={"sku": sku})


def restock(sku: str) -> None:
    """Order new pieces of an article, and block the thread meanwhile."""
    time.sleep(LATENCY_S)
    log.debug("stock renewed", extra={"sku": sku})


async def ship(sku: str) -> None:
    """Send an article by a warehouse that does not answer.

    Raises:
        WarehouseDown: Always, with the cause.
    """
    await asyncio.sleep(LATENCY_S)
    log.debug("calling the warehouse", extra={"sku": sku})
    try:
        _call_warehouse()
    except ConnectionRefusedError as error:
        raise WarehouseDown(f"{sku} cannot be shipped") from error


def _call_warehouse() -> None:
    raise ConnectionRefusedError(111, "Connection refused")
