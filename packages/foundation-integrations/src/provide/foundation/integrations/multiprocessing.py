"""Set Foundation up in the processes that a program starts, and take the context along.

`WorkerSetup(config)` is the initializer of a pool, whatever starts its processes: fork, spawn or a
fork server. `with_context(function)` is a function that has the fields of here wherever it runs:
in `multiprocessing`, `concurrent.futures`, joblib, Dask and Ray.

Source: https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    OutputConfig,
    Redaction,
    TelemetryConfig,
    bind_contextvars,
    clear_contextvars,
    flush,
    get_contextvars,
    get_logger,
    setup_telemetry,
)
from provide.foundation.integrations.trace_context import (
    bind_trace,
    current_traceparent,
    parse_traceparent,
    restore_trace,
)

__all__ = ["WorkerSetup", "with_context"]

P = ParamSpec("P")
R = TypeVar("R")

_SECTIONS = (TelemetryConfig, LoggingConfig, OutputConfig, Redaction)


class WorkerSetup:
    """Set Foundation up in a process that a pool or a program has started.

    It is the ``initializer`` of a `multiprocessing.Pool` and of a `ProcessPoolExecutor`, and for a
    single process ``Process(target=WorkerSetup(config).run, args=(function, 1, 2))``.

    Args:
        config: What the processes are set up with, as a rule the parent's own; `None`: each reads
            its environment. Its files are shared: lines of several processes stay whole, and the
            files are rotated once.
        context: Whether the fields that are bound where this is made, and the trace, are bound in
            the processes as well. Default False.

    Raises:
        ConfigurationError: Something in the configuration belongs to this process, such as an open
            stream or a function that is no module's; the error names it.
    """

    def __init__(self, config: TelemetryConfig | None = None, *, context: bool = False) -> None:
        if config is not None:
            _check_portable(config)
        self._config = config
        self._context = _Context() if context else None

    def __call__(self) -> None:
        """Set up in the present process."""
        setup_telemetry(self._config)
        if self._context is not None:
            self._context.bind()

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Set up, and call a function, as the target of a `multiprocessing.Process`.

        An exception that nobody catches is a record, in place of the plain text that
        multiprocessing prints, and the process ends with 1 as it would have.
        """
        self()
        try:
            function(*args, **kwargs)
        except Exception as error:
            name = getattr(function, "__qualname__", repr(function))
            get_logger(__name__).critical("process_failed", function=name, exc_info=error)
            flush()
            sys.exit(1)


class with_context(Generic[P, R]):
    """Return a function that is called with the context fields and the trace of here.

    They are those of the moment when this is called, and hold for the length of each call, in
    whichever thread or process that is. It can be pickled if the function can. A field whose value
    cannot be is sent as a text.

    Args:
        function: Any function but a coroutine's.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        update_wrapper(self, function)
        self._function = function
        self._context = _Context()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function."""
        earlier = get_contextvars()
        restore = self._context.bind()
        try:
            return self._function(*args, **kwargs)
        finally:
            restore_trace(restore)
            clear_contextvars()
            if earlier:
                bind_contextvars(**earlier)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._function, self._context)


class _Context:
    """Hold the fields and the trace of the moment when it was made."""

    def __init__(self) -> None:
        self._fields = {name: _portable(value) for name, value in get_contextvars().items()}
        self._trace = current_traceparent()

    def bind(self) -> object:
        """Bind them, and return what `restore_trace` takes."""
        bind_contextvars(**self._fields)
        return bind_trace(parse_traceparent(self._trace or ""))


def _restore(function: Callable[..., Any], context: _Context) -> Any:
    made: Any = object.__new__(with_context)
    update_wrapper(made, function)
    made._function = function
    made._context = context
    return made


def _portable(value: Any) -> Any:
    return value if _can_travel(value) else str(value)


def _can_travel(value: object) -> bool:
    try:
        pickle.dumps(value)
    except Exception:  # the class is the user's, and so is the error
        return False
    return True


def _check_portable(config: TelemetryConfig) -> None:
    """Raise if a part of a configuration would not be the same in another process."""
    for number, output in enumerate(config.logging.outputs):
        target = output.target
        if not isinstance(target, str) and hasattr(target, "write"):
            # Some of them can be pickled, such as io.StringIO: the copy goes nowhere.
            place = f"logging.outputs[{number}].target"
            raise ConfigurationError(place, target, "a path, stdout or stderr, to be shared")
    found = _find_stuck(config, "")
    if found is not None:
        name, value = found
        allowed = "a value that can be pickled, such as a function of a module"
        raise ConfigurationError(name, value, allowed)


def _find_stuck(value: Any, name: str) -> tuple[str, Any] | None:
    """Return the innermost part that cannot be pickled, and its name."""
    if _can_travel(value):
        return None
    parts: list[tuple[str, Any]] = []
    if isinstance(value, _SECTIONS):
        dot = f"{name}." if name else ""
        parts = [(f"{dot}{field}", part) for field, part in value.__getstate__().items()]
    elif isinstance(value, Mapping):
        parts = [(f"{name}[{key!r}]", part) for key, part in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(f"{name}[{number}]", part) for number, part in enumerate(value)]
    for inner, part in parts:
        found = _find_stuck(part, inner)
        if found is not None:
            return found
    return name, value
