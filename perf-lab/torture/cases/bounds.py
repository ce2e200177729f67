"""Promise 25: bounded time and memory, whatever the fields are."""

from __future__ import annotations
