"""Importing changes nothing: a library that imports a logging library changes nothing global."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import threading
import warnings
from typing import Any

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import manner
from perf_lab.torture.libraries import LIBRARIES


def _world() -> dict[str, Any]:
    """Return what a guest must leave as it is."""
    structlog = sys.modules.get("structlog")
    return {
        "handlers of logging": [repr(handler) for handler in logging.getLogger().handlers],
        "level of logging": logging.getLogger().level,
        "classes of logging": repr((logging.getLoggerClass(), logging.getLogRecordFactory())),
        "level names": repr(sorted(logging._nameToLevel.items())),
        "warning filters": repr(warnings.filters),
        "showwarning": repr(warnings.showwarning),
        "excepthook": repr(sys.excepthook),
        "threading.excepthook": repr(threading.excepthook),
        "unraisablehook": repr(sys.unraisablehook),
        "displayhook": repr(sys.displayhook),
        "streams": repr([id(sys.stdout), id(sys.stderr)]),
        "signal handlers": repr([signal.getsignal(n) for n in (2, 1, 15, 10, 12)]),
        "threads": [thread.name for thread in threading.enumerate()],
        "environment": repr(sorted(os.environ.items())),
        "structlog's configuration": bool(structlog and structlog.is_configured()),
        "recursion limit": sys.getrecursionlimit(),
    }


def _unchanged(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    changed = performance.facts["changed"]
    if changed:
        return f"changes {changed[0]}"
    return "writes" if performance.data or performance.aside else KEPT


@case(15, _unchanged, output="none", quick=True)
def imported(stage: Stage) -> None:
    """Importing it changes nothing, and writes nothing."""
    before = _world()
    importlib.import_module(LIBRARIES[sys.argv[1]].module)
    after = _world()
    stage.facts["changed"] = [key for key in before if before[key] != after[key]]


@case(15, _unchanged, output="none")
def logger_made(stage: Stage) -> None:
    """Making a logger, binding fields and calling it below its level changes nothing."""
    name = sys.argv[1]
    before = _world()
    module: Any = importlib.import_module(LIBRARIES[name].module)
    if name == "loguru":
        module.logger.bind(a=1)
    elif name == "logging":
        logging.getLogger("app").debug("off")
    elif name == "logbook":
        module.Logger("app")
    elif name == "picologging":
        module.getLogger("app").debug("off")
    else:
        log = module.get_logger("app").bind(a=1)
        if name == "foundation":
            log.trace("off")
    after = _world()
    stage.facts["changed"] = [key for key in before if before[key] != after[key]]
