"""A run of a shop's lines, for pictures of the console: `python -m demo.console_run`.

It has what services log at a terminal: requests with a context, a statement, nested values, long
texts, secrets, names that are not ASCII, exceptions with a cause, groups, and forged lines.
"""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

_STATEMENT = """SELECT o.id, o.total
  FROM orders o
  JOIN customers c ON c.id = o.customer_id
 WHERE c.tier = 'gold'"""
_ORDER = {
    "id": 1042,
    "customer": {"name": "Ana Ünal", "tier": "gold"},
    "items": [
        {"sku": "TEA-01", "qty": 2, "price": 4.5},
        {"sku": "CUP-77", "qty": 1, "price": 12.0},
    ],
    "ship": {"street": "1 Rue de l'Église", "city": "Paris"},
}
_ADDRESS = "https://shop.example.com/api/v1/orders/1042/confirm?step=" + "abcdefghij" * 12


class PaymentError(Exception):
    """Say that a payment has failed."""


def parse_reply(reply: str) -> object:
    """Return what a payment terminal has sent."""
    return json.loads(reply)


def charge(order: int) -> None:
    """Charge a card."""
    try:
        parse_reply("{'approved': true}")
    except ValueError as error:
        raise PaymentError(f"terminal sent an unreadable reply for order {order}") from error


def check_out() -> None:
    """Charge a card in a thread."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(charge, 1042).result()


def price_of(basket: dict[str, int], sku: str) -> int:
    """Return the price of an article in a basket."""
    return basket[sku]


def log_run(
    get_logger: Callable[[str], Any], bound: Callable[..., AbstractContextManager[object]]
) -> None:
    """Log the run.

    Args:
        get_logger: Returns a logger by its name; its methods take an event and fields.
        bound: Binds context fields, as long as a block lasts.
    """
    web, pool = get_logger("shop.web"), get_logger("shop.db.pool")
    card = get_logger("shop.payments.gateway.adapters")
    pool.debug("connection_opened", host="db-1.internal", port=5432, took_ms=1.73)
    web.info("service_started", port=8080, workers=4, version="2.14.0", debug=False, reload=None)
    with bound(request_id="9f1c2d3e4a5b6c7d", user_id=7, tenant="acme-eu"):
        web.info("request_started", method="GET", path="/basket")
        web.info("request_finished", method="GET", path="/basket", status=200, duration_ms=12.7)
        web.info("request_finished", method="POST", path="/orders", status=404, duration_ms=3.1)
        web.warning(
            "request_finished", method="POST", path="/orders", status=500, duration_ms=2040.0
        )
    pool.warning("slow_query", seconds=1.25, sql=_STATEMENT)
    web.info("order_received", order=_ORDER)
    web.info("callback_registered", url=_ADDRESS)
    web.warning(
        "the nightly stock reconciliation between the warehouse system and the shop found"
        " differences that it could not settle by itself, so a person has to look at the list"
        " before the next delivery leaves at 06:00",
        differences=12,
    )
    numbers = {f"metric_{number:02}": number * 1.5 for number in range(30)}
    web.info("metrics", **numbers)
    card.info("card_stored", card_number="4111111111111111", password="x", api_key="k")
    web.info("greeting", name="山田太郎", city="東京都", note="日本語のログ")
    web.info("search", text="\x1b[31mred\r\nINFO forged\u202e")
    try:
        check_out()
    except PaymentError:
        card.exception("payment_failed", order_id=1042, attempt=3)
    requests = ("1b7e40aa92cd3f10", 12), ("c04f8e6d5b21a973", 31)
    for number, (request, user) in enumerate(requests, 1):
        with bound(request_id=request, user_id=user, tenant="acme-us"):
            web.info("request_started", method="GET", path=f"/articles/{number}")
            pool.debug("connection_lent", host="db-1.internal", waited_ms=0.2)
            web.info(
                "request_finished", method="GET", path="/articles", status=200, duration_ms=8.1
            )
            try:
                price_of({"TEA-01": 450, "CUP-77": 1200}, "POT-03")
            except KeyError:
                web.exception("request_failed", method="POST", path="/basket", status=500)
    get_logger("shop.jobs").info(
        "job_finished", job="reprice", articles=1250, changed=31, took_s=4.2
    )
    try:
        raise ExceptionGroup(
            "2 of 3 notifications failed",
            [ConnectionRefusedError(111, "Connection refused"), TimeoutError("no answer in 5 s")],
        )
    except ExceptionGroup:
        get_logger("shop.mail").exception("notify_failed", order_id=1042)


def main() -> None:
    """Log the run with Foundation."""
    # Here, so that others can log the run without it.
    from provide.foundation import TelemetryConfig, bound_contextvars, get_logger, setup_telemetry

    setup_telemetry(TelemetryConfig.from_env(defaults=TelemetryConfig.development()))
    log_run(get_logger, bound_contextvars)


if __name__ == "__main__":
    main()
