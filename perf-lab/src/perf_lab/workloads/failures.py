"""What the exception workloads raise; imports nothing.

The deep one passes through functions of their own names, as a request does: a traceback folds the
same frame again and again into one line, and it marks the part of a line that failed.
"""

from __future__ import annotations


def fail() -> None:
    """Raise what the exception workload logs."""
    raise ValueError("out of stock")


def handle_request(user: str = "alice") -> str:
    """Raise the same ten calls below, with a cause: 12 frames with the loop's and its own."""
    return "200 " + check_session(user)


def check_session(user: str) -> str:
    """Be the second frame."""
    cart = load_cart(user, limit=10)
    return cart


def load_cart(user: str, limit: int) -> str:
    """Be the third frame."""
    return ", ".join(price_items([user] * limit))


def price_items(items: list[str]) -> list[str]:
    """Be the fourth frame."""
    return [f"{item}: {price_item(item)}" for item in items]


def price_item(sku: str) -> float:
    """Be the sixth frame, or the fifth where a list is made without one."""
    return 1.19 * reserve_stock(sku, quantity=2)


def reserve_stock(sku: str, quantity: int) -> float:
    """Be the next frame."""
    return find_shelf(sku) * quantity


def find_shelf(sku: str) -> float:
    """Be the next frame."""
    price = query_stock(f"shelf/{sku}")
    return price


def query_stock(key: str) -> float:
    """Be the next frame."""
    return float(run_query(key)[0])


def run_query(key: str) -> list[str]:
    """Be the next frame."""
    return read_row(key.encode()).split(",")


def read_row(key: bytes) -> str:
    """Raise, from a cause of its own."""
    rows: dict[bytes, str] = {}
    try:
        return rows[key]
    except KeyError as cause:
        raise ValueError("out of stock") from cause
