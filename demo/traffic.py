"""The requests that the demo sends, and the lines that each of them must leave; imports nothing.

Every request has a number of its own. Its id goes to the service in a header and reaches the lines
through the context; its article and its client's name hold the same number and reach the lines as
arguments of the calls. So each line says twice whose it is, and the check can compare.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

#: What every line names as its service.
SERVICE_NAME = "shop"

#: One request in so many asks for its debug lines, and one in so many does so in vain: numbers that
#: have no divisor in common with the length of MIX, so that it is requests of all kinds.
DEBUG_EVERY, VAIN_EVERY = 11, 7
#: The variable in which the service finds the token of those who may ask.
TOKEN_VARIABLE = "DEMO_LOG_TOKEN"

#: Begins the id of each request that changes a level.
SWITCH_ID = "switch-"

#: Logger, level and event of one line.
Signature = tuple[str, str, str]


@dataclass(frozen=True)
class Kind:
    """Describe a kind of request.

    Args:
        method: The HTTP method.
        path: The path, with ``{sku}`` where the article stands.
        status: What the service must answer.
        lines: The lines that it must leave, besides those that every request leaves; those at
            DEBUG only where somebody needs them.
    """

    method: str
    path: str
    status: int
    lines: tuple[Signature, ...] = ()


KINDS = {
    # An async handler, which calls the library.
    "item": Kind(
        "GET",
        "/items/{sku}",
        200,
        (("inventory", "debug", "stock read"), ("shop.items", "info", "item shown")),
    ),
    # A sync handler: FastAPI runs it in a thread pool.
    "count": Kind(
        "GET",
        "/items/{sku}/count",
        200,
        (("inventory", "info", "stock counted"), ("shop.items", "info", "count shown")),
    ),
    # Two background tasks, one async and one in the thread pool, after the answer is sent.
    "order": Kind(
        "POST",
        "/orders/{sku}",
        202,
        (
            ("inventory", "info", "2 pieces reserved"),
            ("shop.orders", "info", "order accepted"),
            ("shop.orders", "info", "receipt sent"),
            ("inventory", "debug", "stock renewed"),
        ),
    ),
    # A handler that raises; the exception comes with its cause.
    "shipment": Kind(
        "POST",
        "/shipments/{sku}",
        500,
        (
            ("inventory", "debug", "calling the warehouse"),
            ("shop.orders", "error", "request failed"),
        ),
    ),
    # A 404 by a handler's decision, and one because there is no route.
    "gone": Kind("GET", "/items/{sku}/old", 404, (("inventory", "warning", "no such article"),)),
    "lost": Kind("GET", "/nowhere/{sku}", 404),
}

# Which kinds follow one another, over and over: all of them among the first requests.
MIX = (
    *("order", "item", "shipment", "gone", "count", "item", "lost", "item", "order", "item"),
    *("count", "item", "order", "item", "shipment", "item", "count", "gone", "item", "order"),
)

#: Lines that belong to no request, besides uvicorn's own.
START_AND_STOP: tuple[Signature, ...] = (
    ("shop", "info", "service started"),
    ("shop", "info", "service stopped"),
)


@dataclass(frozen=True)
class Request:
    """Hold one request of the demo."""

    number: int
    kind: Kind

    @cached_property
    def request_id(self) -> str:
        """Return the id that the client gives it."""
        return f"req-{self.number:04}"

    @cached_property
    def client(self) -> str:
        """Return the name by which the client calls itself."""
        return f"client-{self.number:04}"

    @cached_property
    def path(self) -> str:
        """Return the path, with the article that only this request asks for."""
        return self.kind.path.format(sku=f"sku-{self.number:04}")

    @property
    def asks(self) -> bool:
        """Say whether it has a header that asks for its debug lines."""
        return self.is_allowed or self.number % VAIN_EVERY == 0

    @property
    def is_allowed(self) -> bool:
        """Say whether it has the token, without which nobody is given any."""
        return self.number % DEBUG_EVERY == 0

    @property
    def shows_debug(self) -> bool:
        """Say whether its debug lines must be in the file: it may ask for them, or it fails."""
        return self.is_allowed or any(level == "error" for _, level, _ in self.kind.lines)

    @property
    def dropped_lines(self) -> int:
        """Return how many of its lines nobody needs."""
        return 0 if self.shows_debug else sum(level == "debug" for _, level, _ in self.kind.lines)

    @property
    def debug_lines(self) -> Counter[Signature]:
        """Return the lines at DEBUG, whether or not somebody needs them."""
        return Counter(line for line in self.kind.lines if line[1] == "debug")

    @property
    def expected_lines(self) -> Counter[Signature]:
        """Return how often each line must be in the file."""
        shown = [line for line in self.kind.lines if line[1] != "debug" or self.shows_debug]
        access = f"http_request {self.kind.method} {self.path} {self.kind.status}"
        level = "error" if self.kind.status >= 500 else "info"
        finished = ("shop.http", level, "request_finished")
        return Counter((*shown, finished, ("uvicorn.access", "info", access)))


def plan_traffic(count: int) -> list[Request]:
    """Return the requests of one run, numbered from 1."""
    return [Request(number + 1, KINDS[MIX[number % len(MIX)]]) for number in range(count)]
