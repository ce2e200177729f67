"""Promise 21: readers that stall, or come in bursts."""

from __future__ import annotations
