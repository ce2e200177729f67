"""Promise 22: allocations that fail."""

from __future__ import annotations
