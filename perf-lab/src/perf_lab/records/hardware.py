"""Reads what a machine is made of, from the kernel's own files; standard library only.

What a system does not tell is None, never a guess.
"""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

_ROOT = Path("/")


def cpu_model(root: Path = _ROOT) -> str:
    """Return the processor's own name where the system tells it."""
    found = _first_match(root / "proc/cpuinfo", r"^model name\s*:\s*(.+)$")
    return found or platform.processor() or platform.machine()


def memory_gb(root: Path = _ROOT) -> float | None:
    """Return the memory that the kernel has to give, in GB of 10^9 bytes."""
    found = _first_match(root / "proc/meminfo", r"^MemTotal:\s*(\d+) kB$")
    return round(int(found) * 1024 / 1e9, 1) if found else None


def system(root: Path = _ROOT) -> str:
    """Return the distribution and its version, or the operating system."""
    found = _first_match(root / "etc/os-release", r'^PRETTY_NAME="?([^"\n]+)"?$')
    return found or f"{platform.system()} {platform.release()}"


def storage(path: Path, root: Path = _ROOT) -> str | None:
    """Return what a path is stored on: "NVMe SSD", "SSD", "disk", or None if it is not a disk's.

    Args:
        path: An existing file or folder.
        root: The root of the file system that /sys is read from.
    """
    device = os.stat(path).st_dev
    node = root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
    if not node.exists():
        return None
    place = node.resolve()
    if "nvme" in place.name:
        return "NVMe SSD"
    # A partition has no queue: that is the disk's.
    for folder in (place, place.parent):
        rotates = _first_match(folder / "queue/rotational", r"^([01])$")
        if rotates is not None:
            return "disk" if rotates == "1" else "SSD"
    return None


def governor(root: Path = _ROOT) -> str | None:
    """Return the frequency governors in use, joined; None where a CPU's speed is not ours to set.

    A virtual machine has none: its host sets the speed.
    """
    files = root.glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")
    names = {name for file in files if (name := _first_match(file, r"^(\S+)$"))}
    return ", ".join(sorted(names)) or None


def _first_match(file: Path, pattern: str) -> str | None:
    try:
        found = re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found[1].strip() if found else None
