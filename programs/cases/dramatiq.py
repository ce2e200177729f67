"""dramatiq's workers: processes, and threads in each."""

from __future__ import annotations

import sys
from typing import Any

from programs.cases.celery import TASKS
from programs.program import Program
from programs.tasks import work

_COMMAND = (sys.executable, "-m", "provide.foundation.integrations.dramatiq", "dramatiq_app")


def _workers(*command: str) -> Any:
    return work(command, app="dramatiq_app", ready="is ready for action", retries=True)


PROGRAMS = [
    Program(
        "dramatiq, 2 processes, 4 threads",
        "dramatiq",
        _workers(*_COMMAND, "--processes", "2", "--threads", "4"),
        requests=1000,
        **TASKS,
    ),
    Program(
        "dramatiq, spawned",
        "dramatiq",
        _workers(*_COMMAND, "--processes", "1", "--threads", "2", "--use-spawn"),
        requests=200,
        **TASKS,
    ),
    Program(
        "dramatiq, its own command",
        "dramatiq",
        _workers("dramatiq", "dramatiq_app", "--processes", "1", "--threads", "4"),
        requests=200,
        allowed_plain={"[dramatiq.MainProcess]": "it imports nothing of the program"},
        **TASKS,
    ),
]
