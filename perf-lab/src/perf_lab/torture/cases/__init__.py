"""The cases, one file a theme."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import them all."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
