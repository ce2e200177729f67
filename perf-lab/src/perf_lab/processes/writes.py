"""How often a library writes: the system calls behind a thousand lines; imports call_syntax only.

A library that writes less often than it is called keeps lines in its process, where a crash loses
them. It is faster for it, and the table of the benchmark says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from perf_lab.workloads.call_syntax import Unsupported

LINES = 1_000
#: How long a library's own threads have for what they still hold.
_SETTLE_S = 0.05


def count_writes(loop: Callable[[int], None], n: int) -> dict[str, Any]:
    """Return the system calls that write what n iterations log.

    Raises:
        Unsupported: The system does not count them; Linux does.
    """
    before = _written()
    loop(n)
    time.sleep(_SETTLE_S)
    return {"writes": _written() - before}


def _written() -> int:
    try:
        found = Path("/proc/self/io").read_text()
    except OSError as error:
        raise Unsupported("the system counts no writes") from error
    return int(found.partition("syscw: ")[2].split()[0])


def show_writes(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table, whoever writes least often first."""
    found = {name: row["writes"] for name, row in rows.items() if "writes" in row}
    lines = [f"WRITES: system calls that write {LINES:,} lines to a file; fewer is buffering"]
    lines += [f"{name:<34} {found[name]:>6,}" for name in sorted(found, key=lambda n: found[n])]
    return "\n".join(lines)
