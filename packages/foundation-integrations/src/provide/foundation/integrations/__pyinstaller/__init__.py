"""Tell PyInstaller, which asks the entry point `pyinstaller40`, where the hooks are."""

from __future__ import annotations

from os.path import dirname


def get_hook_dirs() -> list[str]:
    """Return this folder."""
    return [dirname(__file__)]
