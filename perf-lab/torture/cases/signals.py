"""Promise 19: signal handlers that log, set levels, set up and raise."""

from __future__ import annotations
