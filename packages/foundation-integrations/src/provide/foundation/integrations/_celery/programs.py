"""What `celery worker` and `celery beat` print: records in its place.

Both print a banner as plain text, and a worker says on SIGTERM that it ends. And where another than
Celery configures logging, Celery does not redirect what tasks print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation import get_logger
from provide.foundation.integrations._prints import redirect_prints

if TYPE_CHECKING:
    from celery import Celery

_LOGGER = "celery.worker"
#: Celery's own name for what is printed.
_PRINTED = "celery.redirected"


def silence_worker(instance: Any, **_more: Any) -> None:
    """Keep a worker from printing its banner, and what it says within signal handlers."""
    instance.quiet = True
    from celery.apps import worker

    worker.safe_say = _say  # it writes to the descriptor, where no proxy is in the way


def _say(message: str, *_stream: Any) -> None:
    # The first of them is a record of its own: see `announce_shutdown`.
    if "shutdown (MainProcess)" not in message:
        get_logger(_LOGGER).warning(message.strip())


def announce_worker(instance: Any, **_more: Any) -> None:
    """Say in one record what the banner of a worker says."""
    app = instance.app
    pool = instance.pool_cls
    get_logger(_LOGGER).info(
        "worker_starting",
        worker=instance.hostname,
        broker=app.connection().as_uri(),  # with the password masked
        pool=(pool if isinstance(pool, str) else pool.__module__).rpartition(".")[2],
        concurrency=instance.concurrency,
        queues=sorted(app.amqp.queues),
        tasks=sum(not name.startswith("celery.") for name in app.tasks),
    )
    if instance.redirect_stdouts:
        redirect_prints(_PRINTED, instance.redirect_stdouts_level)


def announce_shutdown(sender: Any, sig: str, how: str, **_more: Any) -> None:
    """Say that a worker was asked to end."""
    get_logger(_LOGGER).info("worker_shutting_down", worker=sender, signal=sig, how=how)


def prepare_child(**_more: Any) -> None:
    """Redirect prints in a child that was spawned; one that was forked has that already."""
    from celery import current_app

    if current_app.conf.worker_redirect_stdouts:
        redirect_prints(_PRINTED, current_app.conf.worker_redirect_stdouts_level)


def silence_beat(app: Celery) -> None:
    """Keep `celery beat` from printing its banner.

    It prints before it sends any signal, so the class is made quiet: as a property, because
    importing it is for the processes that need it.
    """
    make = app.subclass_with_self

    def make_quiet(kind: Any, *args: Any, **kwargs: Any) -> Any:
        made = make(kind, *args, **kwargs)
        if kind != "celery.apps.beat:Beat":
            return made

        class QuietBeat(made):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **{**kwargs, "quiet": True})

        return QuietBeat

    app.subclass_with_self = make_quiet


def prepare_beat(sender: Any, **_more: Any) -> None:
    """Say in one record what the banner of the scheduler says, and redirect its prints."""
    scheduler = sender.scheduler_cls
    get_logger("celery.beat").info(
        "beat_starting",
        broker=sender.app.connection().as_uri(),
        scheduler=scheduler if isinstance(scheduler, str) else scheduler.__qualname__,
    )
    if sender.app.conf.worker_redirect_stdouts:
        redirect_prints(_PRINTED, sender.app.conf.worker_redirect_stdouts_level)
