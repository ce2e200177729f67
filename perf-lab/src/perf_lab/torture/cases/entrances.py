"""Any logger writes: every way to a logger leads to one that writes."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import subprocess
import sys
import threading
from typing import Any
from unittest import mock

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, manner

_OURS = ("foundation",)
#: Those whose `info` is a method of a logger.
_WITH_LOGGERS = ("foundation", "structlog-orjson", "structlog", "loguru")


def _each_writes(performance: Performance) -> str:
    found = manner(performance)
    silent: list[str] = performance.facts.get("silent", [])
    return found or (f"silent: {silent[0]}" if silent else KEPT)


def _wrote(program: str, *arguments: str) -> bool:
    """Say whether a process of its own wrote the line that it logged, with nothing set up."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, timeout=30)
    return done.returncode == 0 and b"beg-x0-" in done.stderr and b"end-x0-" in done.stderr


_LINE = "log.error('beg-x0-', end='end-x0-')"


@case(17, _each_writes, output="none", only=_OURS, quick=True)
def unpickled(stage: Stage) -> None:
    """A process that has its logger by unpickling alone."""
    from provide.foundation import get_logger

    log = get_logger("worker")
    program = f"import pickle, sys; log = pickle.loads(bytes.fromhex(sys.argv[1])); {_LINE}"
    ways = {"named": log, "bound": log.bind(a=1)}
    stage.facts["silent"] = [
        name for name, each in ways.items() if not _wrote(program, pickle.dumps(each).hex())
    ]


@case(17, _each_writes, output="none", only=_OURS)
def inner_module(stage: Stage) -> None:
    """A logger imported from the module that it lives in."""
    ways = (
        "from provide.foundation._logger.logger import logger as log",
        "from provide.foundation._logger.logger import get_logger; log = get_logger('a')",
        "from provide.foundation._logger.logger import logger; log = logger.bind(a=1)",
        "import provide.foundation._pipeline.pipeline as p; "
        "import provide.foundation._logger.logger as m; log = m.logger",
    )
    stage.facts["silent"] = [way for way in ways if not _wrote(f"{way}; {_LINE}")]


def _work(log: Any, path: str) -> None:
    import os

    from provide.foundation import stats

    log.error("worked")
    counts = stats().outputs.values()
    number = sum(sum(each.written.values()) for each in counts)
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {number}\n")


@case(17, _each_writes, output="none", only=_OURS, limit_s=20)
def spawned_workers(stage: Stage) -> None:
    """Workers of multiprocessing, started by spawn and by a fork server."""
    from provide.foundation import get_logger

    told = stage.folder / "told"
    for kind in ("spawn", "forkserver"):
        context: Any = multiprocessing.get_context(kind)
        workers = [
            context.Process(target=_work, args=(get_logger(kind).bind(a=1), str(told)))
            for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    numbers = [line.split()[1] for line in told.read_text(encoding="utf-8").splitlines()]
    stage.facts["silent"] = [] if numbers == ["1"] * 4 else [f"workers counted {numbers}"]


@case(17, every_line, only=_WITH_LOGGERS)
def copied(stage: Stage) -> None:
    """A deep copy of an object that holds a logger to which a lock is bound."""
    log = stage.log.info.__self__.bind(lock=threading.Lock())  # type: ignore[attr-defined]

    def copy_and_log(event: str, **fields: Any) -> None:
        copy.deepcopy([{"log": log}])[0]["log"].info(event, **fields)

    for _ in range(3):
        stage._attempt(copy_and_log, f"beg-{(name := stage.take())}-", end=f"end-{name}-")


@case(17, every_line, only=_WITH_LOGGERS)
def patched(stage: Stage) -> None:
    """A logger whose method a test has patched, and given back."""
    log = stage.log.info.__self__  # type: ignore[attr-defined]
    for each in (log, log.bind(a=1)):
        seen: list[str] = []

        def patch_and_log(each: Any = each, seen: list[str] = seen) -> None:
            with mock.patch.object(each, "info", lambda event, **_: seen.append(event)):
                each.info("patched")
                each.bind(b=2)

        stage._attempt(patch_and_log)
        name = stage.take()
        stage._attempt(each.info, f"beg-{name}-", end=f"end-{name}-")
        if seen != ["patched"]:
            stage.raised["not patched"] += 1


@case(1, _each_writes, output="none", only=_OURS)
def foreign_level(stage: Stage) -> None:
    """A LOG_LEVEL that another program means, at set-up."""
    program = (
        "import os, sys; os.environ['LOG_LEVEL'] = sys.argv[1]; "
        "from provide.foundation import logger as log, setup_telemetry; setup_telemetry()"
    )
    words = ("notice", "verbose", "NOTSET", "OFF", "15")
    stage.facts["silent"] = [w for w in words if not _wrote(f"{program}; {_LINE}", w)]
