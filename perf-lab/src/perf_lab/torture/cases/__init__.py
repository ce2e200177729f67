"""The cases, one file a theme; `load` reads them all, in the order of the promises."""

from __future__ import annotations

import importlib

_MODULES = ("values", "losses", "ends", "lines", "pipes", "locks", "strict", "keys", "injection",
            "rotation", "secrets", "telemetry", "guests", "supply", "entrances", "descriptors",
            "signals", "sharing", "readers", "memory", "takeover", "masking", "bounds", "exits",
            "permissions", "frozen")  # fmt: skip


def load() -> None:
    """Register every case."""
    for name in _MODULES:
        importlib.import_module(f"perf_lab.torture.cases.{name}")
