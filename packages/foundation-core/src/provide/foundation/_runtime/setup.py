"""Set up, shut down, reset: the only global state of Foundation.

A set-up makes everything first (outputs, pipeline, lane) and changes nothing until all of it is
there; then the lane's methods replace the older ones on `Logger`, and the older lane sends on
whatever still reaches it. So a second set-up loses no line, and one that fails changes nothing.

Changes take turns, and one that a signal handler asks for in the midst of another waits for its
end. An interrupt in the midst of the last steps ends none of them: they are walked again.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from provide.foundation._config.defaults import lenient_config
from provide.foundation._config.logging import LoggingConfig, TelemetryConfig
from provide.foundation._diagnostics.reports import NOTICES
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._lanes.choice import lane_class, say_if_missing
from provide.foundation._lanes.json import SHORT_CHARS, FastLane
from provide.foundation._logger.logger import (
    Logger,
    MadeFor,
    install,
    set_starter,
    set_understudy,
    uninstall,
)
from provide.foundation._output.inode import identify
from provide.foundation._output.output import HandlerSink, Output
from provide.foundation._output.sink import FileSink, StandardSink
from provide.foundation._pipeline import pipeline
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process.forks import notice_fork, renew_after_fork
from provide.foundation._process.import_watch import ImportWatch
from provide.foundation._process.interrupts import let_through
from provide.foundation._process.locks import Turns
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._record.values import Limits
from provide.foundation._runtime.build import (
    bare_output,
    is_terminal,
    open_outputs,
    wants_emoji,
)
from provide.foundation.context import CONTEXT_MODULE, clear_contextvars
from provide.foundation.errors import ConfigurationError
from provide.foundation.extension import (
    Extension,
    flush_extensions,
    load_extensions,
    set_forgetter,
    stop_extensions,
)
from provide.foundation.levels import INFO, TABLE, TRACE, parse_level

if TYPE_CHECKING:
    from provide.foundation._output.background import BackgroundSink
    from provide.foundation._runtime.termination import Termination

#: Returns the level methods where a level is the lowest that any logger writes.
_MethodsAt = Callable[[int], Mapping[int, pipeline.LevelMethod | MadeFor]]

#: Reasons that the user's own code has: such lines are counted and nothing is lost.
_WANTED_DROPS = frozenset({"drop_event", "filtered"})
#: How long a fork waits for a set-up of another thread.
_LONGEST_WAIT_S = 1.0
#: Seconds that a flush may take where no configuration says it.
_FLUSH_TIMEOUT_S = 5.0


class _State:
    """Hold what the latest set-up made."""

    def __init__(self) -> None:
        self.hooked = False
        self.config: TelemetryConfig | None = None
        #: Whether the configuration came by `setup_telemetry`.
        self.explicit = False
        self.pipeline: Pipeline | None = None
        #: While lines are captured: what captures them, what is configured behind it, and the
        #: levels that come back at the end.
        self.capture: Pipeline | None = None
        self.behind: Pipeline | None = None
        self.levels = (INFO, dict[str, int]())
        self.extensions: list[Extension] = []
        self.retire_lane: Callable[[], None] | None = None
        #: The last steps of a change, as long as they have not been walked to their end.
        self.last_steps: Callable[[], None] | None = None
        #: Outputs of older pipelines that are still to be closed.
        self.leaving: list[Output] = []
        #: What writes the lines of this thread in the midst of its own start or set-up.
        self.understudy: Pipeline | None = None
        self.termination: Termination | None = None
        # Tells the fast lane of structlog's context variables.
        self.watch: ImportWatch | None = None


_STATE = _State()


def _say_failed_change(error: Exception) -> None:
    COUNTERS.fault("setup")
    NOTICES.say("setup", "a change from a signal handler has failed", {"error": str(error)})


_TURNS = Turns(_say_failed_change)


def change(work: Callable[..., None], *arguments: Any, subject: object = None) -> None:
    """Change the set-up in a turn of its own; what an interrupt left undone comes first."""

    def walk() -> None:
        _finish_steps()
        try:
            work(*arguments)
        finally:
            _finish_steps()

    _TURNS.make(walk, subject)


def _take_last_steps(steps: Callable[[], None]) -> None:
    """Walk steps that must not be ended half-way; walking some of them twice has to do no harm."""
    _STATE.last_steps = steps
    _finish_steps()


def _finish_steps() -> None:
    if _STATE.last_steps is not None:
        _STATE.last_steps()
        _STATE.last_steps = None


def setup_telemetry(config: TelemetryConfig | None = None) -> None:
    """Set Foundation up, or set it up anew: the later configuration replaces the earlier one.

    Every logger that exists, bound ones included, writes by the new configuration from its next
    call on; lines that are being written go where they were going. `logging` and `warnings` are
    routed through the same outputs unless `capture_stdlib` is off, structlog unless
    `capture_structlog` is.

    Args:
        config: The configuration; None reads the environment (`TelemetryConfig.from_env`).

    Raises:
        ConfigurationError: A value is not valid or a log file cannot be opened; then nothing has
            changed.

    Any thread may call it, and a signal handler: one that interrupts another change of the set-up
    takes its turn behind that, and what it raises there is said on stderr.
    """
    notice_fork()
    chosen = TelemetryConfig.from_env() if config is None else config
    change(_set_up, chosen, subject="set-up")


def _set_up(config: TelemetryConfig) -> None:
    handle_sigterm = _prepare_sigterm(config.logging)
    extensions, failures = load_extensions(config)
    try:
        _apply(config, extensions, failures)
    except BaseException:
        if _STATE.extensions is not extensions:  # else an interrupt came after the change
            stop_extensions(extensions)
        raise
    handle_sigterm()
    _STATE.explicit = True
    from provide.foundation._bridges import stdlib
    from provide.foundation._bridges import structlog as structlog_bridge  # an explicit set-up only

    if config.logging.capture_structlog:
        current = _configured()
        structlog_bridge.attach(None if current is None else current.policy.is_secret)
    else:
        structlog_bridge.detach()
    if config.logging.capture_stdlib:
        current = _configured()
        outputs = [each.sink.destination for each in (current.outputs if current else ())]
        stdlib.attach(
            emit_foreign,
            refuse_foreign,
            [sink.handler for sink in outputs if isinstance(sink, HandlerSink)],
            _identities([sink.path for sink in outputs if isinstance(sink, FileSink)]),
        )
    else:
        stdlib.detach()


def shutdown_telemetry() -> None:
    """Flush every output and give back what set-up changed in `logging` and structlog.

    Queued lines are written first, for up to `LoggingConfig.drain_timeout_s` for each output; what
    is left then counts as dropped. It may be called any number of times, from any thread. Lines
    logged after it are still written, each in its own call.
    """
    notice_fork()
    change(_shut_down)


def _shut_down() -> None:
    if _STATE.pipeline is None:
        return
    for name in ("stdlib", "structlog"):
        module = sys.modules.get(f"provide.foundation._bridges.{name}")
        if module is not None:
            module.detach()
    _leave_sigterm()
    if _STATE.watch is not None:
        _STATE.watch.stop()
    _close_leaving()
    stop_extensions(_STATE.extensions)
    for each in (_STATE.pipeline, _STATE.behind):
        for output in () if each is None else each.outputs:
            output.sink.stop()
    _say_losses()


def flush(timeout_s: float | None = None) -> bool:
    """Wait until every line that has been accepted is written, or counted as dropped.

    That is: with the kernel, for each output and its queue in background delivery, and with the
    collector, for OTLP. Nothing is shut down. It is for what no exit handler sees: `os.execv`,
    `os._exit`, a process that is about to be frozen or killed.

    Args:
        timeout_s: Seconds that it may take in all, 0 or more. Default None, which means
            `LoggingConfig.drain_timeout_s`.

    Returns:
        Whether all of it was done in time. False, too, where a line waits for a call of this very
        thread: in a signal handler that has interrupted a log call and logged itself, in a
        function or stream that is an output and logs.

    Any thread may call it, a signal handler too: it waits for no lock beyond that time. Lines that
    other threads log meanwhile are not waited for. The `flush` of a `logging.Handler` that is an
    output is called, and takes the time that it takes.
    """
    notice_fork()
    current, config = _STATE.pipeline, _STATE.config
    if timeout_s is None:
        timeout_s = _FLUSH_TIMEOUT_S if config is None else config.logging.drain_timeout_s
    deadline = monotonic() + timeout_s
    done = True
    for output in current.outputs if current is not None else ():
        done = output.sink.drain(deadline) and done
    return flush_extensions(_STATE.extensions, deadline) and done


def _prepare_sigterm(logging: LoggingConfig) -> Callable[[], None]:
    """Return what does about SIGTERM what the configuration says."""
    if not logging.drain_on_sigterm:
        return _leave_sigterm
    from provide.foundation._runtime.termination import Termination, is_possible  # few ask for it

    if not is_possible():
        allowed = "False where the set-up does not run in the main thread"
        raise ConfigurationError("logging.drain_on_sigterm", True, allowed)
    if _STATE.termination is None:
        _STATE.termination = Termination(_drain_outputs)
    return _STATE.termination.install


def _leave_sigterm() -> None:
    if _STATE.termination is not None:
        _STATE.termination.remove()


def _drain_outputs(for_good: bool) -> None:
    # Without the lock, which the thread that it has interrupted may hold.
    current = _STATE.pipeline
    for output in current.outputs if current is not None else ():
        if for_good:
            output.sink.stop()
        else:
            output.sink.flush()


def reset_for_testing() -> None:
    """Forget the set-up, levels, context and counts: as if nothing had been logged yet."""
    change(_reset)


def _reset() -> None:
    _shut_down()
    _take_last_steps(_forget_all)
    _close_leaving()


def _forget_all() -> None:
    _unstart()
    TABLE.replace(INFO, {})
    _STATE.levels = INFO, {}
    clear_contextvars()
    COUNTERS.clear()
    NOTICES.forget()


def _unstart() -> None:
    """Go back to a process in which nothing is set up; a capture goes on."""
    if _STATE.capture is not None:
        _put_behind(None)
    else:
        set_starter(start)
        TABLE.follow(lambda lowest: uninstall())
        _hand_over(None, None)
    _STATE.config, _STATE.explicit, _STATE.extensions = None, False, []


def set_level(level: int | str, logger: str | Logger | None = None) -> None:
    """Change a level at once, for every logger that exists or will exist, bound ones included.

    Args:
        level: A name in any case, or a standard number.
        logger: A dotted name whose loggers and sub-loggers change; None changes the default
            level and leaves module levels alone.

    Raises:
        ConfigurationError: There is no such level.
    """
    number = parse_level(level, "level")
    start()
    name = logger.name if isinstance(logger, Logger) else logger
    change(_set_level, number, name, subject=("level", name))


def _set_level(number: int, name: str | None) -> None:
    TABLE.set(number, name)
    _follow_levels()


def _follow_levels() -> None:
    stdlib = sys.modules.get("provide.foundation._bridges.stdlib")
    if stdlib is not None:
        stdlib.follow_levels()


def start() -> None:
    """Start with what the environment says, for the first line of a program that sets up nothing.

    A bad variable is said once on stderr and its default is used; nothing global is changed.
    """
    notice_fork()
    if not _TURNS.is_mine():  # else something that start-up or set-up calls has logged
        change(_start)


def _start() -> None:
    if _STATE.pipeline is not None:
        set_starter(None)
        return
    try:
        _start_from_environment()
    except Exception as error:  # a log call never raises: the first line must come out all the same
        let_through()
        COUNTERS.fault("start")
        _install(Pipeline([bare_output()], policy=KeyPolicy()), None)
        NOTICES.say_once("start", "start-up failed", {"error": str(error)})


def _write_meanwhile(
    logger: Logger, level: int, event: object, args: tuple[Any, ...], fields: dict[str, Any]
) -> None:
    """Write a line that comes out of the start or set-up of its own thread, before there is any."""
    if logger._site._threshold <= level:
        if _STATE.understudy is None:
            _STATE.understudy = Pipeline([bare_output()], policy=KeyPolicy())
        _STATE.understudy.emit(logger, level, event, args, fields)


def _start_from_environment() -> None:
    config, problems = lenient_config()
    extensions: list[Extension] = []
    failures: dict[str, str] = {}
    if _extensions_matter(config.logging):
        extensions, failures = load_extensions(config, strict=False)
    try:
        _apply(config, extensions, failures)
    except ConfigurationError as error:  # a log file that cannot be opened
        problems.append(f"{error}; using stderr")
        import attrs  # config has it already; named only here

        _apply(
            attrs.evolve(config, logging=attrs.evolve(config.logging, log_file=None)),
            extensions,
            failures,
        )
    for problem in problems:
        NOTICES.say_once(problem, "bad configuration", {"problem": problem})


def _extensions_matter(logging: LoggingConfig) -> bool:
    # Reading entry points costs as much as importing structlog.
    if wants_emoji(logging) or any(name.startswith("OTEL_") for name in os.environ):
        return True
    stream = getattr(sys, logging.output or "stderr")
    return logging.log_file is None and is_terminal(stream)


def emit_foreign(
    level: int,
    name: str,
    event: object,
    fields: dict[str, Any],
    *,
    args: tuple[Any, ...] = (),
    seconds: float | None = None,
    callsite: dict[str, Any] | None = None,
) -> None:
    """Take a line that was logged through another library's API.

    Args:
        level: A number of `levels.LEVELS`.
        name: The logger's name.
        event: The event.
        fields: The fields, `exc_info` and `stack_info` among them.
        args: What is put into the event with %.
        seconds: When it was logged; None means now.
        callsite: Where it was logged.
    """
    # A set-up that stops an extension waits for a thread of it, which may be logging here: once
    # there is a pipeline, nothing waits for the set-up's lock.
    if _STATE.pipeline is None:
        start()
    current = _STATE.pipeline
    site = TABLE.site(name)
    if site._threshold > level:
        return
    if current is None:  # this thread's set-up is not that far yet
        _write_meanwhile(site, level, event, args, fields)
        return
    try:
        wanted = callsite if current.callsite else None
        current.write(level, site, event, args, fields, seconds=seconds, callsite=wanted)
    except Exception as error:  # a log call never raises; the loss is counted
        current.drop_or_raise(level, error)


def refuse_foreign(level: int, name: str, reason: str) -> None:
    """Count a line of another library's API that is not to be written, and would have been.

    Args:
        level: A number of `levels.LEVELS`.
        name: The logger's name.
        reason: Why.
    """
    current = _STATE.pipeline
    if current is not None and TABLE.site(name)._threshold <= level:
        current.drop(level, reason)


def _configured() -> Pipeline | None:
    """Return the pipeline of the latest set-up, whether or not its lines are captured."""
    return _STATE.pipeline if _STATE.capture is None else _STATE.behind


def _identities(paths: list[str]) -> list[tuple[int, int]]:
    """Return device and number of the files at these paths."""
    found = []
    for path in paths:
        with suppress(OSError):  # it has been moved meanwhile
            found.append(identify(path))
    return found


def swap_pipeline(replacement: Pipeline) -> Callable[[], None]:
    """Put another pipeline in place, for tests; return what puts the configured one back.

    One at a time. A set-up, or a reset, in between is put behind it, and so is what comes back. So
    are the levels: those that hold now, or that such a set-up brings.
    """
    start()

    def swap() -> None:
        if _STATE.pipeline is None:
            _start()
        _take_last_steps(put_in_place)

    def put_in_place() -> None:
        if _STATE.capture is not replacement:  # else these steps are being walked again
            _STATE.behind, _STATE.levels = _STATE.pipeline, levels_now()
            _STATE.capture = replacement
        _install_methods(_always(pipeline.level_methods(replacement)))
        COUNTERS.lane = "processor"
        # Methods that somebody has kept find the replacement too.
        _hand_over(replacement, None, closes=False)

    def restore() -> None:
        if _STATE.capture is not replacement:
            return
        if _STATE.behind is None:
            _take_last_steps(leave_nothing)
        else:
            _install(_STATE.behind, _fast_sink(_STATE.behind), end_capture, uncovers=True)
        _close_leaving()
        _follow_levels()

    def end_capture() -> None:
        _STATE.capture = _STATE.behind = None
        TABLE.replace(*_STATE.levels)

    def leave_nothing() -> None:
        end_capture()
        _unstart()

    change(swap)
    return lambda: change(restore)


def _put_behind(fresh: Pipeline | None) -> None:
    """Make a pipeline the one that is in place once the capture ends."""
    older = _STATE.behind
    if older is not fresh:  # else these steps are being walked again
        leaving = _STATE.leaving if older is None else [*_STATE.leaving, *older.outputs]
        _STATE.behind, _STATE.leaving = fresh, leaving
    if fresh is not None:
        fresh.retired = True
        NOTICES.writer = _notice_writer(fresh)


def levels_now() -> tuple[int, dict[str, int]]:
    """Return the default level and the levels of modules."""
    return TABLE.default, TABLE.modules


def put_levels_back(levels: tuple[int, dict[str, int]]) -> None:
    """Let levels hold again that `levels_now` has returned."""

    def put() -> None:
        TABLE.replace(*levels)
        _follow_levels()

    change(put)


def set_up_now() -> object:
    """Return what tells the present set-up from every other."""
    return _STATE.config


def keep_set_up() -> Callable[[], None]:
    """Return what brings the present configuration and levels back, whatever a test does."""
    start()  # else the first capture would be what has changed
    config, explicit, levels = _STATE.config, _STATE.explicit, levels_now()

    def forget() -> None:
        _shut_down()
        _take_last_steps(_unstart)
        _close_leaving()

    def restore() -> None:
        if _STATE.config is not config or _STATE.explicit is not explicit:
            if explicit:
                setup_telemetry(config)
            else:
                change(forget)
        put_levels_back(levels)

    return restore


def _apply(
    config: TelemetryConfig, extensions: list[Extension], failures: Mapping[str, str]
) -> None:
    logging = config.logging
    policy = KeyPolicy(logging.redact_keys, redact_defaults=logging.redact_defaults)
    limits = Limits(
        logging.max_depth,
        logging.max_items,
        logging.max_string_chars,
        line=logging.max_line_bytes,
    )
    modules = {name: parse_level(level) for name, level in logging.module_levels.items()}
    default = parse_level(logging.default_level)
    outputs = open_outputs(logging, limits, policy)
    fresh = Pipeline(
        outputs,
        policy=policy,
        service=config.service_name,
        processors=logging.processors,
        limits=limits,
        max_line_bytes=logging.max_line_bytes,
        timestamps=not logging.omit_timestamp,
        callsite=logging.callsite,
        markers=[e.marker for e in extensions if e.marker is not None],
        marker_fields=_marker_fields(extensions),
        fragments=[e.fragment for e in extensions if e.fragment is not None],
        taps=[e.tap for e in extensions if e.tap is not None],
    )

    def note() -> None:
        TABLE.replace(default, modules)
        _STATE.levels = default, modules
        _STATE.config, _STATE.extensions = config, extensions

    try:
        stop_extensions(_STATE.extensions)
        _install(fresh, _fast_sink(fresh), note)
    finally:
        if _configured() is not fresh and _STATE.last_steps is None:  # it was interrupted
            _STATE.leaving += outputs
    _close_leaving()
    if wants_emoji(logging) and not any(each.marker for each in extensions):
        NOTICES.say_once(
            "emoji",
            "emoji are switched on, but no package provides them",
            _explain_absence("foundation-emoji", logging),
        )
    if _wants_otel(config) and all(each.name != "foundation-otel" for each in extensions):
        NOTICES.say_once(
            "otel",
            "metrics or OTLP are switched on, but no package provides them",
            _explain_absence("foundation-otel", logging),
        )
    say_if_missing()
    # Said only now: before, stderr had no format.
    NOTICES.say_waiting()
    for name, error in failures.items():
        NOTICES.say_once(
            f"extension:{name}",
            "extension could not be loaded",
            {"extension": name, "error": error},
        )


def _marker_fields(extensions: list[Extension]) -> frozenset[str] | None:
    """Return the names of all fields that markers look at; None if one of them does not say."""
    known = [each.marker_fields for each in extensions if each.marker is not None]
    return None if None in known else frozenset[str]().union(*filter(None, known))


def _explain_absence(distribution: str, logging: LoggingConfig) -> dict[str, str]:
    from provide.foundation._entry_points import explain_absence  # few programs have a reason to

    return explain_absence(distribution, logging.extensions)


def _wants_otel(config: TelemetryConfig) -> bool:
    """Say whether something is switched on, in so many words, that foundation-otel provides."""
    return (config.metrics is not None and config.metrics.wants_export) or (
        config.otlp is not None and bool(config.otlp.logs)
    )


def _install(
    fresh: Pipeline,
    sink: FileSink | StandardSink | BackgroundSink | None,
    note: Callable[[], None] = lambda: None,
    *,
    uncovers: bool = False,
) -> None:
    """Let every logger write by a pipeline.

    Args:
        fresh: The pipeline.
        sink: What the fast lane writes to, where it may.
        note: Comes first among the steps that no interrupt can end.
        uncovers: Whether a capture ends with it; else a capture goes on, and it waits.
    """
    if _STATE.capture is not None and not uncovers:

        def wait() -> None:
            note()
            _put_behind(fresh)

        _take_last_steps(wait)
        return
    retire: Callable[[], None] | None = None
    forget: Callable[[], None] | None = None
    methods_at: _MethodsAt = _always(pipeline.level_methods(fresh))
    bind: MadeFor | None = None
    lane: FastLane | None = None
    chosen = None if sink is None else lane_class(fresh.outputs[0])
    if sink is not None and chosen is not None:
        lane = chosen(fresh, sink)
        retire, forget = lane.retire, lane.forget_markers
        if fresh.processors:  # they run first, in the processor lane; what they leave goes here
            lane.emit, fresh.writers = fresh.finish, lane.methods
        else:
            methods_at, bind = lane.level_methods, lane.bind
    for output in fresh.outputs:
        destination = output.sink.destination
        if isinstance(destination, FileSink | StandardSink):
            destination.writer.recovery_record = _recovery_record(fresh, output)
    writer = _notice_writer(fresh)

    def take_over() -> None:
        note()
        # Before its methods are there: a call in between would send itself on to itself.
        fresh.retired = False
        COUNTERS.lane = "processor" if chosen is None or fresh.processors else chosen.NAME
        if lane is not None:
            _watch_structlog(lane)
        set_forgetter(forget)
        _install_methods(methods_at, bind)
        _hand_over(fresh, retire)
        set_starter(None)
        NOTICES.writer = writer
        if not _STATE.hooked:
            _STATE.hooked = True
            atexit.register(shutdown_telemetry)

    _take_last_steps(take_over)


def _install_methods(methods_at: _MethodsAt, bind: MadeFor | None = None) -> None:
    """Install level methods, now and again whenever the lowest level changes that is written."""
    TABLE.follow(lambda lowest: install(methods_at(lowest), bind))


def _always(methods: Mapping[int, pipeline.LevelMethod]) -> _MethodsAt:
    return lambda lowest: methods


def _watch_structlog(lane: FastLane) -> None:
    if _STATE.watch is not None:
        _STATE.watch.stop()
    if CONTEXT_MODULE not in sys.modules:
        _STATE.watch = ImportWatch(CONTEXT_MODULE, lambda module: lane.find_structlog())
        _STATE.watch.start()
    lane.find_structlog()  # it may have been imported a moment ago


def _hand_over(
    fresh: Pipeline | None, retire: Callable[[], None] | None, *, closes: bool = True
) -> None:
    """Retire the present pipeline, none of whose methods is installed any more."""
    older = _STATE.pipeline
    if older is fresh:  # these steps are being walked again
        return
    if _STATE.retire_lane is not None:
        _STATE.retire_lane()
    if older is not None:
        older.retired = True
    leaving = [*_STATE.leaving, *older.outputs] if older is not None and closes else _STATE.leaving
    # No call stands between these three: an interrupt finds all of them done, or none.
    _STATE.pipeline, _STATE.retire_lane, _STATE.leaving = fresh, retire, leaving


def _close_leaving() -> None:
    """Close what no pipeline uses any more; an interrupt leaves the rest to the next change."""
    while _STATE.leaving:
        _STATE.leaving[0].sink.close()
        _STATE.leaving = _STATE.leaving[1:]


def _fast_sink(fresh: Pipeline) -> FileSink | StandardSink | BackgroundSink | None:
    """Return the one sink that the fast lane can write to, or None where it does not apply."""
    if len(fresh.outputs) != 1:
        return None
    (output,) = fresh.outputs
    if (
        output.level > TRACE
        or fresh.callsite
        or not fresh.timestamps
        or fresh.limits.string < SHORT_CHARS
    ):
        return None
    if output.sink.destination is not output.sink:  # whatever it is: a call only hands lines over
        return cast("BackgroundSink", output.sink)
    return output.sink if isinstance(output.sink, FileSink | StandardSink) else None


def _notice_writer(current: Pipeline) -> Callable[[int, str, Any], None]:
    """Return what writes a notice to stderr, in the format of the output that is stderr."""
    for output in current.outputs:
        destination = output.sink.destination
        if isinstance(destination, StandardSink) and destination.name == "stderr":
            chosen = output
            break
    else:
        chosen = bare_output()
    return lambda level, event, fields: current.notice(level, event, fields, chosen)


def _recovery_record(current: Pipeline, output: Output) -> Callable[[int], bytes]:
    return lambda lost: current.recovery_record(output, lost)


def _say_losses() -> None:
    lost = {}
    COUNTERS.settle()
    for name, counts in tuple(COUNTERS.outputs.items()):
        dropped = {k: n for k, n in counts.dropped.items() if k not in _WANTED_DROPS}
        if dropped:
            lost[name] = dropped
    if lost:
        NOTICES.say_once("losses", "lines were dropped in this process", {"dropped": lost})


def _await_change() -> None:
    # A start-up imports, and a child that is forked in the midst of an import can never do the
    # same one: the lock of the module stays with a thread that it does not have. The wait has an
    # end, for the case that the start-up waits for this thread.
    _TURNS.begin(_LONGEST_WAIT_S)


def _renew_locks() -> None:
    TABLE.renew_lock()
    _TURNS.renew()


set_starter(start)
set_understudy(_write_meanwhile)
if hasattr(os, "register_at_fork"):  # before the first line: a fork may come in the midst of it
    os.register_at_fork(before=_await_change, after_in_parent=_TURNS.end)
    renew_after_fork(_renew_locks)
