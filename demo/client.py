"""The client: sends the planned requests with httpx, many at a time; imports traffic only."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from demo.traffic import Request

#: How long one request may take, in seconds.
REQUEST_TIMEOUT_S = 20.0
#: Between the first requests of two clients, in seconds: the first lines can be read one by one.
RAMP_S = 0.02


@dataclass
class Answers:
    """Hold what the service answered.

    Args:
        statuses: How many answers had each status; None counts requests without an answer.
        wrong: One sentence for each request that was not answered as planned.
        seconds: From the first request to the last answer.
    """

    statuses: Counter[int | None] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def sent(self) -> int:
        """Return how many requests were sent."""
        return self.statuses.total()


async def send_traffic(
    requests: Sequence[Request], address: str, *, in_flight: int, timeout_s: float, token: str
) -> Answers:
    """Send every request over connections that stay open, and return the answers.

    Args:
        requests: What to send, in this order.
        address: The service's root, such as ``http://127.0.0.1:8000``.
        in_flight: How many requests are under way at once.
        timeout_s: After this many seconds the rest is given up.
        token: What those requests have that may ask for their debug lines.
    """
    answers = Answers()
    queue = iter(requests)
    started = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s), asyncio.TaskGroup() as group:
            for number in range(in_flight):
                group.create_task(_send_from(queue, address, answers, number * RAMP_S, token))
    except TimeoutError:
        answers.wrong.append(f"given up after {timeout_s:g} seconds")
    answers.seconds = time.perf_counter() - started
    return answers


async def _send_from(
    queue: Iterator[Request], address: str, answers: Answers, delay_s: float, token: str
) -> None:
    await asyncio.sleep(delay_s)
    # One client and one connection each: a pool of 50 spends more time on itself than on requests.
    # No proxy and no certificates of the environment: they have no business with loopback.
    async with httpx.AsyncClient(
        base_url=address, timeout=REQUEST_TIMEOUT_S, trust_env=False, verify=False
    ) as client:
        for request in queue:
            await _send(request, client, answers, token)


async def _send(request: Request, client: httpx.AsyncClient, answers: Answers, token: str) -> None:
    headers = {"X-Request-ID": request.request_id, "User-Agent": request.client}
    if request.asks:
        headers["X-Log-Level"] = "debug"
        headers["X-Log-Token"] = token if request.is_allowed else f"not {token}"
    try:
        response = await client.request(request.kind.method, request.path, headers=headers)
    except httpx.HTTPError as error:
        answers.statuses[None] += 1
        answers.wrong.append(f"{request.request_id}: {type(error).__name__} {error}")
        return
    answers.statuses[response.status_code] += 1
    if response.status_code != request.kind.status:
        planned = request.kind.status
        answers.wrong.append(
            f"{request.request_id}: answered {response.status_code} instead of {planned}"
        )
    elif response.headers.get("x-request-id") != request.request_id:
        answers.wrong.append(f"{request.request_id}: answered to another id")
