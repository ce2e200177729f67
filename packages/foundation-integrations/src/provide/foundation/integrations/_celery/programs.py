"""What `celery worker` and `celery beat` print: records in its place.

Both print a banner as plain text, and a worker says on SIGTERM that it ends. And where another than
Celery configures logging, Celery does not redirect what tasks print.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from provide.foundation import get_logger

if TYPE_CHECKING:
    from celery import Celery

_LOGGER = "celery.worker"


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
        redirect_prints(instance.redirect_stdouts_level)


def announce_shutdown(sender: Any, sig: str, how: str, **_more: Any) -> None:
    """Say that a worker was asked to end."""
    get_logger(_LOGGER).info("worker_shutting_down", worker=sender, signal=sig, how=how)


def prepare_child(**_more: Any) -> None:
    """Redirect prints in a child that was spawned; one that was forked has that already."""
    from celery import current_app

    if current_app.conf.worker_redirect_stdouts:
        redirect_prints(current_app.conf.worker_redirect_stdouts_level)


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
        redirect_prints(sender.app.conf.worker_redirect_stdouts_level)


class _Partial(threading.local):
    """What a thread has printed since its last end of line."""

    text = ""


def redirect_prints(level: int | str | None) -> None:
    """Write what is printed to stdout and stderr as lines, one for each that ends."""
    from celery.utils.log import get_logger as get_celery_logger

    kind = _printed_class()
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), kind):
            setattr(sys, name, kind(get_celery_logger("celery.redirected"), level))


def end_prints() -> None:
    """Write what the present thread has printed without an end of line."""
    for stream in (sys.stdout, sys.stderr):
        end = getattr(stream, "end_line", None)
        if end is not None:
            end()


_made: Any = None


def _printed_class() -> Any:
    """Return the class of the streams: one of Celery's own, which core knows when it sees it."""
    global _made
    if _made is None:
        from celery.utils.log import LoggingProxy

        class Printed(LoggingProxy):  # type: ignore[misc]
            """Be a stream of text that becomes lines; `print("a", "b")` writes four times."""

            encoding = "utf-8"
            errors = "backslashreplace"

            def __init__(self, logger: Any, loglevel: Any = None) -> None:
                super().__init__(logger, loglevel)
                self._partial = _Partial()

            def write(self, data: Any) -> int:
                text = data if isinstance(data, str) else data.decode("utf-8", "replace")
                *whole, self._partial.text = (self._partial.text + text).split("\n")
                for line in whole:
                    if line.strip():
                        super().write(line)
                return len(text)

            def end_line(self) -> None:
                text, self._partial.text = self._partial.text, ""
                if text.strip():
                    super().write(text)

        _made = Printed
    return _made
