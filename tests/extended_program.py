"""A folder with a program in it, and an extension that is installed there."""

from __future__ import annotations

from pathlib import Path


def fill_folder(folder: Path, program: str, name: str, extension: str) -> None:
    """Write a program, and an extension as an installed distribution beside it.

    Args:
        folder: Where; a program that runs there finds the distribution.
        program: The source of ``program.py``.
        name: The extension's module, and its distribution.
        extension: The source of the module, which has a `make_extension`.
    """
    (folder / "program.py").write_text(program, "utf-8")
    (folder / f"{name}.py").write_text(extension, "utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(
        f"[provide.foundation.extensions]\n{name} = {name}:make_extension\n", "utf-8"
    )
