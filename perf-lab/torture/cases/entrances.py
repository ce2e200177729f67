"""Promise 17: every way to a logger leads to one that writes."""

from __future__ import annotations
