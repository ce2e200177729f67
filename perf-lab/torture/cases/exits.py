"""Promise 26: a process ends."""

from __future__ import annotations
