"""The end of a request of Django: its line, and bodies that come in parts.

Source: Django 6.1, `StreamingHttpResponse` in `django/http/response.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextvars import copy_context
from typing import Any

from provide.foundation.integrations._request import Request


class DjangoRequest(Request):
    """Tell a request that this middleware has begun from one of another one."""


def finish(
    own: DjangoRequest | None,
    request: Any,
    error: BaseException | None = None,
    *,
    complete: bool = True,
) -> None:
    """Write the line of a request, and end its blocks."""
    if own is not None:
        address = request.META.get("REMOTE_ADDR") or None
        own.finish(error, complete=complete, route=route_of(request), client=address)
        own.close(error)


def route_of(request: Any) -> str | None:
    """Return the pattern of the path as Django has it: without a slash in front of it."""
    route = getattr(getattr(request, "resolver_match", None), "route", None)
    return route if isinstance(route, str) else None


class Parts:
    """Pass the parts of a body on, and finish the request behind the last one.

    It is no generator: the `close` of one that has not begun does nothing.
    """

    def __init__(self, own: DjangoRequest, request: Any, parts: Any) -> None:
        self._own = own
        self._request = request
        self._parts: Iterator[bytes] = iter(parts)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._own.returned = False  # what it calls now is called within the request
        try:
            part = next(self._parts)
        except StopIteration:
            finish(self._own, self._request)
            raise
        except BaseException as error:
            finish(self._own, self._request, error)
            raise
        finally:
            self._own.returned = True
        self._own.sent_bytes += len(part)
        return part

    def close(self) -> None:
        """Finish a request whose body was not taken to its end; Django calls this."""
        finish(self._own, self._request, complete=False)


class AsyncParts:
    """Pass the parts of a body on that come from a coroutine."""

    def __init__(self, own: DjangoRequest, request: Any, parts: Any) -> None:
        self._own = own
        self._request = request
        self._parts: AsyncIterator[bytes] = aiter(parts)
        self._context = copy_context()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self._own.returned = False
        try:
            part = await anext(self._parts)
        except StopAsyncIteration:
            finish(self._own, self._request)
            raise
        except BaseException as error:
            finish(self._own, self._request, error)
            raise
        finally:
            self._own.returned = True
        self._own.sent_bytes += len(part)
        return part

    def close(self) -> None:
        """Finish a request whose body was not taken to its end; Django calls this elsewhere."""
        self._context.run(finish, self._own, self._request, complete=False)
