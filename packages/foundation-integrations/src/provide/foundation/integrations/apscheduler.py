"""Log the jobs of APScheduler 3: `install(scheduler)` beside `setup_telemetry()`.

Each run of a job has the job's id and name on all of its lines, and one line at its end; a run that
was missed has that line as well. Threads, event loops and pools of processes are covered.

Source: APScheduler's executors, https://apscheduler.readthedocs.io/en/3.x/extending.html
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any, Unpack

from provide.foundation.integrations._frameworks import need
from provide.foundation.integrations._task import Task, write_line
from provide.foundation.integrations._task_settings import TaskOptions, TaskSettings

need("apscheduler", "3.10", __name__)

from apscheduler.events import EVENT_EXECUTOR_ADDED  # noqa: E402 - not before it is there
from apscheduler.executors.pool import ProcessPoolExecutor  # noqa: E402
from apscheduler.job import Job  # noqa: E402

__all__ = ["install"]

_SYSTEM = "apscheduler"
#: How the records begin that a run's line says as well.
_SAID = ('Job "%s" executed', 'Job "%s" raised')
_MISSED = 'Run time of job "%s" was missed'


def install(scheduler: Any, **settings: Unpack[TaskOptions]) -> None:
    """Log the jobs that a scheduler runs.

    It is called once, before or after the scheduler starts; a second call does nothing. A job that
    is run in a pool of processes needs settings that can be pickled.

    Args:
        scheduler: Any scheduler of APScheduler 3.
        **settings: The arguments of `provide.foundation.integrations.TaskSettings`; nothing
            travels with a job, so `carry` has no effect.

    Raises:
        ConfigurationError: A setting is not valid.
    """
    checked = TaskSettings(**settings)
    if getattr(scheduler, "_foundation", None) is not None:
        return
    scheduler._foundation = checked
    watch_records("apscheduler.scheduler", checked)

    def take(_event: Any = None) -> None:
        for alias, executor in tuple(scheduler._executors.items()):
            _take_executor(executor, alias, checked)

    scheduler.add_listener(take, EVENT_EXECUTOR_ADDED)
    # The listener hears of an executor in the scheduler's own time; its first job may be earlier.
    add = scheduler.add_executor

    @wraps(add)
    def add_executor(*args: Any, **kwargs: Any) -> Any:
        added = add(*args, **kwargs)
        take()
        return added

    scheduler.add_executor = add_executor
    take()


def _take_executor(executor: Any, alias: str, settings: TaskSettings) -> None:
    if getattr(executor, "_foundation", None) is not None:
        return
    executor._foundation = settings
    watch_records(f"apscheduler.executors.{alias}", settings)
    if isinstance(executor, ProcessPoolExecutor):
        # The job is pickled on its way, so the function is replaced where it arrives.
        executor._pool = _Pool(executor._pool, settings, alias)
        return
    submit = executor._do_submit_job

    def submit_logged(job: Any, run_times: Any) -> Any:
        return submit(_copy_job(job, settings, alias), run_times)

    executor._do_submit_job = submit_logged


class _Pool:
    """Hand all on to a pool of processes, and have it run jobs by `run_in_process`."""

    def __init__(self, pool: Any, settings: TaskSettings, alias: str) -> None:
        self._pool = pool
        self._settings = settings
        self._alias = alias

    def submit(self, run: Callable[..., Any], job: Any, *args: Any) -> Any:
        return self._pool.submit(run_in_process, self._settings, self._alias, run, job, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


def run_in_process(
    settings: TaskSettings, alias: str, run: Callable[..., Any], job: Any, *args: Any
) -> Any:
    """Run a job in a process of a pool, with its ids bound and a line at its end."""
    watch_records(f"apscheduler.executors.{alias}", settings)
    return run(_copy_job(job, settings, alias), *args)


def _copy_job(job: Any, settings: TaskSettings, alias: str) -> Any:
    """Return a job that is the same but for its function, which logs what it does."""
    made = object.__new__(Job)
    for name in Job.__slots__:
        if not name.startswith("__") and hasattr(job, name):
            object.__setattr__(made, name, getattr(job, name))
    object.__setattr__(made, "func", _log_runs(job.func, job, settings, alias))
    return made


def _log_runs(
    function: Callable[..., Any], job: Any, settings: TaskSettings, alias: str
) -> Callable[..., Any]:
    def begin() -> Task:
        task = Task(settings, _SYSTEM, str(job.id), str(job.name), alias)
        task.begin({})
        return task

    inner = function
    while isinstance(inner, partial):
        inner = inner.func
    if iscoroutinefunction(inner):

        async def run_coroutine(*args: Any, **kwargs: Any) -> Any:
            task = begin()
            try:
                awaited: Awaitable[Any] = function(*args, **kwargs)
                returned = await awaited
            except BaseException as error:
                task.finish("FAILURE", error)
                raise
            else:
                task.finish("SUCCESS")
                return returned
            finally:
                task.leave()

        return run_coroutine

    def run(*args: Any, **kwargs: Any) -> Any:
        task = begin()
        try:
            returned = function(*args, **kwargs)
        except BaseException as error:
            task.finish("FAILURE", error)
            raise
        else:
            task.finish("SUCCESS")
            return returned
        finally:
            task.leave()

    return run


class _RecordFilter(logging.Filter):
    """Leave out the records that a run's line says as well, and name the job of the others."""

    def __init__(self, settings: TaskSettings) -> None:
        super().__init__()
        self._settings = settings

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record stays."""
        args, message = record.args, record.msg
        job = args[0] if isinstance(args, tuple) and args else None
        if not isinstance(job, Job) or not isinstance(message, str):
            return True
        if message.startswith(_SAID):
            return False
        fields = {"task_id": str(job.id), "task_name": str(job.name)}
        if message.startswith(_MISSED):
            late = args[1] if isinstance(args, tuple) and len(args) > 1 else None
            seconds = getattr(late, "total_seconds", lambda: None)()
            more = {**fields, "messaging.system": _SYSTEM, "late_s": seconds}
            write_line(self._settings, "MISSED", more, level="warning")
            return False
        for name, value in fields.items():
            record.__dict__.setdefault(name, value)
        return True


def watch_records(name: str, settings: TaskSettings) -> None:
    """Filter the records of one of APScheduler's loggers, once."""
    logger = logging.getLogger(name)
    if not any(isinstance(each, _RecordFilter) for each in logger.filters):
        logger.addFilter(_RecordFilter(settings))
