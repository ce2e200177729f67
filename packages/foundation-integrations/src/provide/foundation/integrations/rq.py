"""Log the jobs of RQ: `rq worker --worker-class provide.foundation.integrations.rq.Worker`.

Each job has its id and function on all of its lines, those of the worker about it too, the id of
the request that has sent it through this module's `Queue`, and one line at its end.

Source: RQ's workers, https://python-rq.org/docs/workers/#custom-worker-classes
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from provide.foundation import bound_contextvars, flush, setup_telemetry
from provide.foundation.integrations._event import CURRENT
from provide.foundation.integrations._frameworks import need
from provide.foundation.integrations._prints import end_prints, redirect_prints
from provide.foundation.integrations._task import Task, pack_context, write_line
from provide.foundation.integrations._task_settings import TaskSettings

if TYPE_CHECKING:
    from rq.job import Job

need("rq", "2.0", __name__)

import rq  # noqa: E402 - not before it is known to be there

__all__ = ["Queue", "SimpleWorker", "Worker"]

_SYSTEM = "rq"
#: The key of a job's `meta` that has what travels with it.
_META = "foundation"


class Queue(rq.Queue):
    """Be RQ's queue, and send the ids of the present context with each job.

    A subclass may have other `settings`.
    """

    settings: ClassVar[TaskSettings] = TaskSettings()

    def create_job(self, *args: Any, **kwargs: Any) -> Job:
        """Make a job, with the ids in its `meta`."""
        job: Job = super().create_job(*args, **kwargs)
        packed = pack_context(self.settings)
        if packed:
            # Nothing is saved yet: that is for whoever enqueues it.
            job.meta = {_META: packed, **job.meta}
        return job


class _Logged:
    """Bind the ids of a job where it runs, and write its line; a mixin of workers.

    A worker sets Foundation up by the environment, if nobody else has configured `logging` before
    it is made.
    """

    settings: ClassVar[TaskSettings] = TaskSettings()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not logging.getLogger().handlers:
            setup_telemetry()
        super().__init__(*args, **kwargs)
        # `import rq.worker` is the name of a function's module in 1.x, and of a package since.
        logger = logging.getLogger("rq.worker")
        if _is_wanted not in logger.filters:
            logger.addFilter(_is_wanted)
        self._error: BaseException | None = None

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Begin to work, and to redirect what jobs print."""
        cast("Any", super()).bootstrap(*args, **kwargs)
        redirect_prints("rq.redirected", logging.INFO)

    def execute_job(self, job: Job, queue: Any) -> None:
        """Run a job, in a process of its own where the worker has those."""
        with bound_contextvars(task_id=job.id, task_name=_name_of(job)):
            cast("Any", super()).execute_job(job, queue)

    def perform_job(self, job: Job, *args: Any, **kwargs: Any) -> bool:
        """Run a job in this process, and write its line."""
        self._error = None
        task = Task(self.settings, _SYSTEM, job.id, _name_of(job), job.origin)
        retries = getattr(job, "number_of_retries", None) or 0
        travelled = job.meta.get(_META)
        task.begin(travelled if isinstance(travelled, Mapping) else {})
        try:
            done = bool(cast("Any", super()).perform_job(job, *args, **kwargs))
            end_prints()
            status = str(getattr(job.get_status(refresh=False), "value", ""))
            if status in ("queued", "scheduled"):
                task.finish("RETRY", self._error, expected=True, retries=retries)
            elif done:
                task.finish("SUCCESS", retries=retries)
            else:
                task.finish("FAILURE", self._error, failed=True, retries=retries)
            return done
        finally:
            task.leave()
            if getattr(self, "is_horse", False):
                flush()  # its process is about to end without any exit handler

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Note the exception of a job for its line, and hand it on."""
        self._error = exc_info[1] if len(exc_info) > 1 else None
        cast("Any", super()).handle_exception(job, *exc_info)

    def handle_work_horse_killed(
        self, job: Job, retpid: int | None, ret_val: int | None, rusage: Any
    ) -> None:
        """Write the line of a job whose process was killed."""
        number = os.WTERMSIG(ret_val) if ret_val is not None and os.WIFSIGNALED(ret_val) else None
        how = {"signal": number, "wait_status": ret_val}
        self._write_end(job, "FAILURE", how, level="error")
        cast("Any", super()).handle_work_horse_killed(job, retpid, ret_val, rusage)

    def monitor_work_horse(self, job: Job, *args: Any, **kwargs: Any) -> None:
        """Wait for the process of a job; write the line of one that was stopped on request."""
        cast("Any", super()).monitor_work_horse(job, *args, **kwargs)
        if str(getattr(job.get_status(refresh=False), "value", "")) == "stopped":
            self._write_end(job, "REVOKED", {}, level="warning")

    def _write_end(self, job: Job, state: str, more: dict[str, Any], *, level: str) -> None:
        travelled = job.meta.get(_META)
        ids = travelled if isinstance(travelled, Mapping) else {}
        fields = {
            **{name: ids.get(name) for name in self.settings.carry},
            "messaging.system": _SYSTEM,
            "queue": job.origin,
            **more,
        }
        # Nobody could say what has raised: there is no exception, only an end.
        write_line(self.settings, state, fields, level=level)


class Worker(_Logged, rq.Worker):
    """Be RQ's worker, which has a process for each job, and log the jobs.

    A subclass may have other `settings`, and its module another set-up.
    """


class SimpleWorker(_Logged, rq.SimpleWorker):
    """Be RQ's worker that runs jobs in its own process, and log the jobs."""


def _name_of(job: Job) -> str:
    try:
        return str(job.func_name)
    except Exception:  # its data may be anything; RQ says so itself when it runs
        return "?"


def _is_wanted(record: logging.LogRecord) -> bool:
    """Leave out the record of a failure: the line of the job has the exception."""
    says = isinstance(record.msg, str) and "exception raised while executing" in record.msg
    return not (says and isinstance(CURRENT.get(), Task))
