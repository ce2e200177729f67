"""What a result depends on: CPU, memory, system, Python, versions, date, commit.

Imports `hardware` and `documented`, and the standard library.

Libraries that are compared must run on the same CPU: on the virtual machine where this was found,
one of two was slower by 40% for minutes, and who ran on which decided the ratio. Pinned to one,
ratios of the same code against itself fell from 0.7-1.3 to 0.97-1.02.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perf_lab.places import LAB, ROOT
from perf_lab.records.documented import find_differences
from perf_lab.records.hardware import cpu_model, governor, memory_gb, storage, system

_PACKAGES = (
    "foundation-core", "foundation-emoji", "foundation-otel", "structlog", "orjson", "attrs",
    "loguru", "picologging", "logbook", "rich", "python-json-logger",
)  # fmt: skip

_CPUS = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()


def keep_to_cpus(*, one: bool) -> None:
    """Keep this process to one CPU, or let it use all that it was started with; Linux only."""
    if _CPUS:
        # The last: the first one often serves the interrupts of the system.
        os.sched_setaffinity(0, {max(_CPUS)} if one else _CPUS)


def describe_machine() -> dict[str, Any]:
    """Return everything that a figure has to be read with.

    "differs" says in words how this machine is not the documented one; it is empty only there.
    """
    machine = {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
        "storage": storage(LAB),
        "governor": governor(),
        "system": system(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: _version(name) for name in _PACKAGES},
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }
    return {**machine, "differs": find_differences(machine)}


def commit() -> str:
    """Return the commit that was measured, marked if the tree differs from it."""
    try:
        name = _git(ROOT, "rev-parse", "--short=12", "HEAD")
        return name + (" + changes" if _git(ROOT, "status", "--porcelain", "packages") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(folder: Path, *arguments: str) -> str:
    # A look at the tree writes nothing: a run that is cut off would leave git's lock behind.
    command = ["git", "--no-optional-locks", *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
