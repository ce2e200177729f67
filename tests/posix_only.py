"""The marks of tests that Windows or Wine cannot run, with what it lacks for each of them."""

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


def not_on_wine(lacking: str) -> pytest.MarkDecorator:
    """Skip a test under Wine, which Windows itself is to pass.

    Args:
        lacking: What Wine has not, or has in another way than Windows.
    """
    return pytest.mark.skipif(is_wine(), reason=f"Wine: {lacking}")


#: Several processes that append to one file.
atomic_appends = not_on_wine("an append is a seek and a write, as no Windows does it")
#: A name that is gone at once, although somebody has the file open.
deleted_at_once = not_on_wine("a deleted file keeps its name while it is open")
