"""What `import` and the first line cost, in fresh processes; imports nothing of this folder.

The cost is processor time of the whole process, user and system, less that of an interpreter that
does nothing: the wall clock of a busy machine would measure its other processes. Bytecode is
compiled, as it is on a server: the variables that forbid it are taken away, and a first run of
each program fills a cache of our own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from statistics import mean, median
from typing import Any

from perf_lab.places import read_table

#: What each program runs; "bare" is what is taken off.
PROGRAMS: dict[str, str] = read_table("bench/startup.toml")


def measure_startup(rounds: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Return each program's milliseconds above the bare interpreter's: of each round, and of all.

    A program whose library is not there is left out.
    """
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
            environment.pop(name, None)
        times: dict[str, list[float]] = {
            name: [] for name, program in PROGRAMS.items() if _run(program, environment)
        }
        for number in range(rounds):
            progress(f"import and first line, round {number + 1} of {rounds}")
            for name, values in times.items():
                values.append(_run(PROGRAMS[name], environment))
    bare = median(times.pop("bare"))
    return {
        name: {"median_ms": median(values) - bare, "mean_ms": mean(values) - bare,
               "rounds": [each - bare for each in values]}
        for name, values in times.items()
    }  # fmt: skip


def _run(program: str, environment: dict[str, str]) -> float:
    """Return the processor milliseconds of one program, 0 if it failed."""
    with open(os.devnull, "r+b") as null:
        actions = [(os.POSIX_SPAWN_DUP2, null.fileno(), number) for number in (0, 1, 2)]
        pid = os.posix_spawn(
            sys.executable, [sys.executable, "-c", program], environment, file_actions=actions
        )
        _, status, usage = os.wait4(pid, 0)
    return 0.0 if status else (usage.ru_utime + usage.ru_stime) * 1000
