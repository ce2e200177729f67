"""What a result depends on: CPU, memory, system, Python, versions, date, commit.

Facts are read from the kernel's own files; what a system does not tell is None, never a guess.
Imports `documented` and the standard library, since processes of rivals import it too.

Libraries that are compared must run on the same CPU: on the virtual machine where this was found,
one of two was slower by 40% for minutes, and who ran on which decided the ratio. Pinned to one,
ratios of the same code against itself fell from 0.7-1.3 to 0.97-1.02.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perf_lab.places import LAB, ROOT
from perf_lab.records.documented import find_differences

_PACKAGES = (
    "foundation-core", "foundation-emoji", "foundation-otel", "structlog", "orjson", "attrs",
    "loguru", "picologging", "logbook", "rich", "python-json-logger",
)  # fmt: skip
_SYSTEM = Path("/")
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
    system = f"{platform.system()} {platform.release()}"
    release: dict[str, str] = {}
    with suppress(OSError):
        release = platform.freedesktop_os_release()
    machine = {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
        "storage": storage(LAB),
        "governor": governor(),
        "system": release.get("PRETTY_NAME", system),
        "kernel": system,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: _version(name) for name in _PACKAGES},
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }
    return {**machine, "differs": find_differences(machine)}


def cpu_model(root: Path = _SYSTEM) -> str:
    """Return the processor's own name where the system tells it."""
    found = _search(root / "proc/cpuinfo", r"^model name\s*:\s*(.+)$")
    return found or platform.processor() or platform.machine()


def memory_gb(root: Path = _SYSTEM) -> float | None:
    """Return the memory that the kernel has to give, in GB of 10^9 bytes."""
    found = _search(root / "proc/meminfo", r"^MemTotal:\s*(\d+) kB$")
    return round(int(found) * 1024 / 1e9, 1) if found else None


def storage(path: Path, root: Path = _SYSTEM) -> str | None:
    """Return what a path is stored on: "NVMe SSD", "SSD", "disk", or None if it is not a disk's.

    Args:
        path: An existing file or folder.
        root: The root of the file system that /sys is read from.
    """
    device = os.stat(path).st_dev
    place = (root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    if "nvme" in place.name:
        return "NVMe SSD"
    # A partition has no queue: that is the disk's.
    rotates = [_search(each / "queue/rotational", r"^([01])$") for each in (place, place.parent)]
    return next(({"0": "SSD", "1": "disk"}[each] for each in rotates if each), None)


def governor(root: Path = _SYSTEM) -> str | None:
    """Return the frequency governors in use, joined; None where a CPU's speed is not ours to set.

    A virtual machine has none: its host sets the speed.
    """
    files = root.glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")
    names = {name for file in files if (name := _search(file, r"^(\S+)$"))}
    return ", ".join(sorted(names)) or None


def commit() -> str:
    """Return the commit that was measured, marked if the tree differs from it."""
    try:
        name = _git("rev-parse", "--short=12", "HEAD")
        return name + (" + changes" if _git("status", "--porcelain", "packages") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    # A look at the tree writes nothing: a run that is cut off would leave git's lock behind.
    command = ["git", "--no-optional-locks", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _search(file: Path, pattern: str) -> str | None:
    with suppress(OSError):
        if found := re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE):
            return found[1].strip()
    return None
