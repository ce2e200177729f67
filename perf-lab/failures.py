"""What the exception workloads raise; imports nothing.

The deep one passes through functions of their own names, as a request does: a traceback shows the
same frame again and again in one line, which would be another, cheaper text.
"""

from __future__ import annotations


def fail() -> None:
    """Raise what the exception workload logs."""
    raise ValueError("out of stock")


def handle_request() -> None:
    """Raise the same ten calls below, with a cause: 12 frames with the loop's and its own."""
    check_session()


def check_session() -> None:
    """Be the second frame."""
    load_cart()


def load_cart() -> None:
    """Be the third frame."""
    price_items()


def price_items() -> None:
    """Be the fourth frame."""
    price_item("A-1")


def price_item(sku: str) -> None:
    """Be the fifth frame."""
    reserve_stock(sku, 2)


def reserve_stock(sku: str, quantity: int) -> None:
    """Be the sixth frame."""
    find_shelf(sku, quantity)


def find_shelf(sku: str, quantity: int) -> None:
    """Be the seventh frame."""
    query_stock(f"{sku}/{quantity}")


def query_stock(key: str) -> None:
    """Be the eighth frame."""
    run_query(key)


def run_query(key: str) -> None:
    """Be the ninth frame."""
    read_row(key)


def read_row(key: str) -> None:
    """Be the tenth frame."""
    parse_row(key)


def parse_row(key: str) -> None:
    """Raise, from a cause of its own."""
    try:
        raise KeyError(key)
    except KeyError as cause:
        raise ValueError("out of stock") from cause
