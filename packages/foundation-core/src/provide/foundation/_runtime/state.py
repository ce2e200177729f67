"""The only state of a set-up: what the latest one made, and who may change it.

Changes take turns, and one that a signal handler asks for in the midst of another waits for its
end. An interrupt in the midst of the last steps ends none of them: they are walked again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._process.locks import Turns
from provide.foundation.levels import INFO, TABLE, Levels

if TYPE_CHECKING:
    from logging import Handler

    from provide.foundation._config.telemetry import TelemetryConfig
    from provide.foundation._control.expiry import Ends, TemporaryLevels
    from provide.foundation._control.signals import SignalHandler
    from provide.foundation._control.watch import FileWatch
    from provide.foundation._logger.state import LoggerState
    from provide.foundation._output.output import Output
    from provide.foundation._pipeline.pipeline import Pipeline
    from provide.foundation._process.import_watch import ImportWatch
    from provide.foundation.extension import Extension


def _nobody() -> None:
    """Stand in for what `setup.py` will name."""


class State:
    """Hold what the latest set-up made."""

    def __init__(self) -> None:
        #: What the first line of a program calls, and the end of the interpreter; `setup.py` says.
        self.starter: Callable[[], None] = _nobody
        self.at_exit: Callable[[], None] = _nobody
        self.config: TelemetryConfig | None = None
        #: Whether the configuration came by `setup_telemetry`.
        self.explicit = False
        self.pipeline: Pipeline | None = None
        #: While lines are captured: what captures them, what is configured behind it, the levels
        #: that come back at the end, and when those of them end that hold for a time.
        self.capture: Pipeline | None = None
        self.behind: Pipeline | None = None
        self.levels: Levels = (INFO, {})
        self.ends: Ends = {}
        #: A handler of `logging` that gets every line besides, whatever is set up: a test runner's.
        self.listener: Handler | None = None
        self.extensions: list[Extension] = []
        self.supersede_lane: Callable[[], None] | None = None
        #: The last steps of a change, as long as they have not been walked to their end.
        self.last_steps: Callable[[], None] | None = None
        #: Outputs of older pipelines that are still to be closed.
        self.leaving: list[Output] = []
        #: What writes the lines of this thread in the midst of its own start or set-up.
        self.understudy: Pipeline | None = None
        self.termination: SignalHandler | None = None
        #: Levels that hold for a time, and the file that is followed, once there were any.
        self.temporary: TemporaryLevels | None = None
        self.file_watch: FileWatch | None = None
        #: Decides about lines that come by another library's API, once there are blocks that say
        #: how much is logged: `take` of `_scopes/gate.py`.
        self.take_foreign: Callable[[int, LoggerState, Callable[[Pipeline], None]], bool] | None = (
            None
        )
        # Tells the fast lane of structlog's context variables.
        self.watch: ImportWatch | None = None


STATE = State()


def _say_failed_change(error: Exception) -> None:
    COUNTERS.fault("setup")
    DIAGNOSTICS.report("setup", "a change from a signal handler has failed", {"error": str(error)})


TURNS = Turns(_say_failed_change)


def change(
    work: Callable[..., None], *arguments: Any, subject: object = None, timeout_s: float = -1
) -> None:
    """Change the set-up in a turn of its own; what an interrupt left undone comes first.

    Args:
        work: Makes the change.
        arguments: What it is called with.
        subject: As `Turns.make` takes it.
        timeout_s: How long other threads' changes are awaited; -1: however long they take. Then
            nothing is changed.
    """

    def walk() -> None:
        _finish_steps()
        try:
            work(*arguments)
        finally:
            _finish_steps()

    TURNS.make(walk, subject, timeout_s)


def take_last_steps(steps: Callable[[], None]) -> None:
    """Walk steps that must not be ended half-way; walking some of them twice has to do no harm."""
    STATE.last_steps = steps
    _finish_steps()


def _finish_steps() -> None:
    if STATE.last_steps is not None:
        STATE.last_steps()
        STATE.last_steps = None


def configured() -> Pipeline | None:
    """Return the pipeline of the latest set-up, whether or not its lines are captured."""
    return STATE.pipeline if STATE.capture is None else STATE.behind


def levels_now() -> Levels:
    """Return the default level and the levels of modules."""
    return TABLE.default, TABLE.modules
