"""The mark of tests that only POSIX can run, with what Windows lacks for each of them."""

from __future__ import annotations

import sys

import pytest


def posix_only(lacking: str) -> pytest.MarkDecorator:
    """Skip a test on Windows.

    Args:
        lacking: What Windows has not, or has in another way.
    """
    return pytest.mark.skipif(sys.platform == "win32", reason=f"Windows: {lacking}")


def is_wine() -> bool:
    """Say whether this Windows is Wine, whose kernel does not append by one step."""
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


#: Several processes that append to one file.
atomic_appends = pytest.mark.skipif(
    is_wine(), reason="Wine: an append is a seek and a write, as no Windows does it"
)
