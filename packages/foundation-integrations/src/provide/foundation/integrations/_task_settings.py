"""What the module of a task queue is told: checked once, when it is installed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypedDict

from provide.foundation import ConfigurationError
from provide.foundation.integrations._settings import (
    _SOMETHING,
    Skip,
    _check_text,
    _is_share,
    _make_skip,
)


class TaskOptions(TypedDict, total=False):
    """The arguments of `TaskSettings`, as the modules of task queues take them."""

    logger: str
    event: str
    skip: Skip
    sample: float
    carry: Collection[str]
    bind: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None


class TaskSettings:
    """Hold how tasks are logged.

    Args:
        logger: The name of the logger that writes the line of each task.
        event: That line's event.
        skip: Names of tasks, or a function of a name, that get no line unless they fail.
        sample: The share of tasks with a line, from 0 to 1; those that fail always have one.
        carry: The context fields that travel with a task from where it is sent to where it runs,
            if they are bound and are texts that may be an id. The trace always travels.
        bind: ``(what travelled) -> fields``: what else is bound to all lines of a task.

    Raises:
        ConfigurationError: A value is not valid.
    """

    def __init__(
        self,
        *,
        logger: str = "tasks",
        event: str = "task_finished",
        skip: Skip = (),
        sample: float = 1.0,
        carry: Collection[str] = ("request_id",),
        bind: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> None:
        self.logger = _check_text(logger, "logger", _SOMETHING, "a text")
        self.event = _check_text(event, "event", _SOMETHING, "a text")
        self.skips = _make_skip(skip)
        if not _is_share(sample):
            raise ConfigurationError("sample", sample, "a number from 0 to 1")
        self.sample = float(sample)
        if isinstance(carry, str) or not all(isinstance(name, str) for name in carry):
            raise ConfigurationError("carry", carry, "a list of the names of context fields")
        self.carry = tuple(carry)
        if bind is not None and not callable(bind):
            raise ConfigurationError("bind", bind, "a function of what travelled")
        self.bind = bind
