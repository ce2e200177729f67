"""Log the tasks of a dramatiq broker: `install(broker)` beside `setup_telemetry()`.

Each message has its id and the actor's name on all of its lines, the id of the request that has
sent it, and one line at its end. `python -m provide.foundation.integrations.dramatiq` stands for
the command `dramatiq`, whose main process would write plain text.

Source: dramatiq's middleware, https://dramatiq.io/reference.html#middleware
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from provide.foundation import flush, setup_telemetry
from provide.foundation.integrations._event import CURRENT
from provide.foundation.integrations._frameworks import need
from provide.foundation.integrations._prints import end_prints, redirect_prints
from provide.foundation.integrations._task import Task, pack_context
from provide.foundation.integrations._task_settings import TaskOptions, TaskSettings

if TYPE_CHECKING:
    from dramatiq import Broker, Message, MessageProxy

need("dramatiq", "1.17", __name__)

from dramatiq import Middleware  # noqa: E402 - not before it is known to be there

__all__ = ["TaskMiddleware", "install"]

_SYSTEM = "dramatiq"
#: The option of a message that has what travels with it.
_OPTION = "foundation"
#: The logger that says of each attempt that it has failed, with the traceback.
_WORKER = "dramatiq.worker.WorkerThread"


def install(broker: Broker, **settings: Unpack[TaskOptions]) -> None:
    """Log the tasks of a broker, in its workers and where they are sent from.

    It is called once, before or after the actors are declared, in the module that makes the broker.
    A second call does nothing.

    Args:
        broker: The broker.
        **settings: The arguments of `provide.foundation.integrations.TaskSettings`.

    Raises:
        ConfigurationError: A setting is not valid.
    """
    middleware = TaskMiddleware(**settings)
    if any(isinstance(each, TaskMiddleware) for each in broker.middleware):
        return
    # The first one begins before all others and ends after them: it is then known whether the
    # message is retried, and their lines have the ids.
    first = type(broker.middleware[0]) if broker.middleware else None
    broker.add_middleware(middleware, before=first)


class TaskMiddleware(Middleware):
    """Give each message an id that all its lines have, and one line at its end.

    `install` puts it in front of all other middleware, which is where it belongs. Worker threads
    may call it at the same time.

    Args:
        **settings: The arguments of `provide.foundation.integrations.TaskSettings`.

    Raises:
        ConfigurationError: A setting is not valid.
    """

    def __init__(self, **settings: Unpack[TaskOptions]) -> None:
        self._settings = TaskSettings(**settings)

    def after_process_boot(self, broker: Broker) -> None:
        """Redirect what a worker process prints, which it would send on as plain text."""
        if not logging.getLogger().handlers:
            setup_telemetry()
        redirect_prints("dramatiq.redirected", logging.INFO)

    def before_worker_boot(self, broker: Broker, worker: Any) -> None:
        """Filter the records that say what the line of a task says."""
        logger = logging.getLogger(_WORKER)
        if _is_wanted not in logger.filters:
            logger.addFilter(_is_wanted)

    def after_worker_shutdown(self, broker: Broker, worker: Any) -> None:
        """Write what is queued: worker processes may be killed when they take too long to end."""
        flush()

    def before_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:
        """Send the ids on; a message that is enqueued again keeps those that it has."""
        if _OPTION not in message.options:
            packed = pack_context(self._settings)
            if packed:
                message.options[_OPTION] = packed

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Bind what the lines of the message have."""
        travelled = message.options.get(_OPTION)
        task = Task(
            self._settings, _SYSTEM, message.message_id, message.actor_name, message.queue_name
        )
        task.retries = message.options.get("retries", 0)
        task.begin(travelled if isinstance(travelled, Mapping) else {})

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Write the message's line."""
        task = _task_of(message)
        if task is None:
            return
        more: dict[str, Any] = {"retries": task.retries}
        try:
            end_prints()
            if exception is None:
                task.finish("SUCCESS", **more)
            elif message.options.get("retries", 0) > task.retries and not message.failed:
                task.finish("RETRY", exception, expected=True, **more)
            else:
                throws = message.options.get("throws") or _actor_option(broker, message, "throws")
                expected = isinstance(exception, throws or ())
                task.finish("FAILURE", exception, expected=expected, **more)
        finally:
            task.leave()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Write the line of a message that another middleware has refused."""
        task = _task_of(message)
        if task is not None:
            try:
                task.finish("SKIPPED", retries=task.retries)
            finally:
                task.leave()


def _task_of(message: MessageProxy) -> Task | None:
    task = CURRENT.get()
    return task if isinstance(task, Task) and task.task_id == message.message_id else None


def _actor_option(broker: Broker, message: MessageProxy, name: str) -> Any:
    try:
        return broker.get_actor(message.actor_name).options.get(name)
    except LookupError:  # there is no such actor, which is why it has failed
        return None


def _is_wanted(record: logging.LogRecord) -> bool:
    """Leave out the record of a failure: the line of the task has the exception."""
    says = isinstance(record.msg, str) and record.msg.startswith("Failed to process message")
    return not (says and isinstance(CURRENT.get(), Task))


def main() -> int:
    """Run the command `dramatiq` with `logging` set up by the environment in its main process."""
    from dramatiq import cli

    setup_telemetry()
    sys.argv[0] = "dramatiq"
    return int(cli.main() or 0)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    sys.exit(main())
