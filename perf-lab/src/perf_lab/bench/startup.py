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

_STRUCTLOG = """
import sys, orjson, structlog
structlog.configure(
    processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(serializer=orjson.dumps)],
    wrapper_class=structlog.make_filtering_bound_logger(20),
    logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
    cache_logger_on_first_use=True)
structlog.get_logger().info("started", port=8080)
"""

#: What each program runs; "bare" is what is taken off.
PROGRAMS = {
    "bare": "pass",
    "orjson": "import orjson",
    "orjson-attrs": "import orjson, attrs",
    "foundation": "from provide.foundation import logger\nlogger.info('started', port=8080)",
    # As where foundation-native is not installed.
    "foundation-fast": "import os\nos.environ['FOUNDATION_LANE'] = 'fast'\n"
    "from provide.foundation import logger\nlogger.info('started', port=8080)",
    "structlog-tuned": _STRUCTLOG,
    "structlog-default": "import structlog\nstructlog.get_logger().info('started', port=8080)",
    "stdlib-text": "import logging\nlogging.basicConfig(level=20)\nlogging.info('started')",
    "loguru-text": "from loguru import logger\nlogger.info('started')",
}


def measure_startup(rounds: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Return each program's milliseconds above the bare interpreter's: of each round, and of all.

    A program whose library is not there is left out. Only systems with `os.wait4` can tell.
    """
    if not hasattr(os, "wait4"):
        return {}
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
            environment.pop(name, None)
        times: dict[str, list[float]] = {
            name: [] for name, program in PROGRAMS.items() if _run(program, environment) is not None
        }
        for number in range(rounds):
            progress(f"import and first line, round {number + 1} of {rounds}")
            for name, values in times.items():
                elapsed = _run(PROGRAMS[name], environment)
                values.append(elapsed if elapsed is not None else float("nan"))
    bare = median(times.pop("bare"))
    return {
        name: {"median_ms": median(values) - bare, "mean_ms": mean(values) - bare,
               "rounds": [each - bare for each in values]}
        for name, values in times.items()
    }  # fmt: skip


def _run(program: str, environment: dict[str, str]) -> float | None:
    """Return the processor milliseconds of one program, None if it failed."""
    with open(os.devnull, "r+b") as null:
        actions = [(os.POSIX_SPAWN_DUP2, null.fileno(), number) for number in (0, 1, 2)]
        pid = os.posix_spawn(
            sys.executable, [sys.executable, "-c", program], environment, file_actions=actions
        )
        _, status, usage = os.wait4(pid, 0)
    if status != 0:
        return None
    return (usage.ru_utime + usage.ru_stime) * 1000
