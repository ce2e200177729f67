"""Load for a web program: requests over real connections, each with an id of its own or none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from programs.program import Failure

#: Connections that are open at a time; each sends its next request on the same one.
CONNECTIONS = 8
#: Every so manieth request fails.
FAILING = 20
_LIMIT_S = 120.0


def plan_requests(count: int) -> dict[str, str]:
    """Return ids and paths: items, and now and then a failure."""
    return {
        f"load-{number:05}": f"/fail/{number}" if number % FAILING == 7 else f"/items/{number}"
        for number in range(count)
    }


def send_requests(port: int, requests: Mapping[str, str], broken: set[str] | None = None) -> None:
    """Send requests to 127.0.0.1, and see that each gets the answer that it asks for.

    Args:
        port: Where the server listens.
        requests: The id of each request, which goes into its header `X-Request-ID`, and its path.
        broken: Gets the ids of those whose connection breaks; `None`: none may.

    Raises:
        Failure: An answer is not what it should be.
    """
    asyncio.run(asyncio.wait_for(_send_all(port, requests, broken), _LIMIT_S))


async def _send_all(port: int, requests: Mapping[str, str], broken: set[str] | None) -> None:
    waiting = list(requests.items())
    waiting.reverse()
    await asyncio.gather(*(_send_each(port, waiting, broken) for _ in range(CONNECTIONS)))
    if broken is not None and len(broken) > len(requests) // 10:
        raise Failure(f"the connections of {len(broken)} requests broke")


async def _send_each(port: int, waiting: list[tuple[str, str]], broken: set[str] | None) -> None:
    """Send requests, and go on with the next one where a connection breaks and may."""
    while waiting:
        under_way: list[str] = []
        try:
            await _send_some(port, waiting, under_way)
        except (OSError, asyncio.IncompleteReadError):
            if broken is None:
                raise
            broken.update(under_way)


async def _send_some(port: int, waiting: list[tuple[str, str]], under_way: list[str]) -> None:
    reader = writer = None
    while waiting:
        request_id, path = waiting.pop()
        under_way[:] = [request_id]
        if writer is None or reader is None or writer.is_closing():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        # Servers close the connection of a request that failed, some of them without saying so.
        last = "Connection: close\r\n" if path.startswith("/fail") else ""
        writer.write(
            f"GET {path}?token=hunter2 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load\r\n"
            f"{last}X-Request-ID: {request_id}\r\n\r\n".encode()
        )
        status, stays = await _read_answer(reader)
        wanted = 500 if path.startswith("/fail") else 200
        if status != wanted:
            raise Failure(f"{path} was answered with {status}, not {wanted}")
        if last or not stays:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Return the status of one answer, and whether the connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rows = head.split("\r\n")
    parts = [row.partition(":") for row in rows]
    headers = {name.lower(): value.strip() for name, _, value in parts}
    stays = headers.get("connection", "").lower() != "close" and first.startswith("HTTP/1.1")
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int((await reader.readline()).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.read()
        stays = False
    return int(first.split()[1]), stays
