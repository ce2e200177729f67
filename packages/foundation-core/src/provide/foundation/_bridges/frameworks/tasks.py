"""Lines of Celery's workers about tasks, whose `extra` has a dict that was made for the message."""

from __future__ import annotations

import logging
from typing import Any

from provide.foundation._bridges.frameworks.http_fields import read_duration
from provide.foundation._bridges.frameworks.records import Reading


def read_celery(_record: logging.LogRecord, extra: dict[str, Any]) -> Reading | None:
    """Read id and name of the task, and how long it ran.

    The rest of the dict goes. Its `traceback` is the text of the record's exception, `exc` and
    `return_value` stand in the message, and `args` and `kwargs` are the `repr` of a task's
    arguments, in which no key tells a secret.

    Sources: celery/app/trace.py, `info` and TraceInfo._log_error; celery/worker/strategy.py, 5.7.
    """
    data = extra.get("data")
    if type(data) is not dict or type(data.get("id")) is not str:
        return None
    known = {
        "task_id": data["id"],
        "task_name": data.get("name"),
        "task_eta": data.get("eta"),
        "duration_ms": read_duration(data.get("runtime"), 1000),
    }
    return Reading({k: v for k, v in known.items() if v is not None}, ("data",))
