"""Set up, shut down, flush, reset: the public functions that change what writes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from provide.foundation._config.environment import take_unreported
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._logger.methods import STAYING
from provide.foundation._logger.starting import set_starter, set_understudy
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.files.inode import identify
from provide.foundation._output.handlers.sink import HandlerSink
from provide.foundation._output.standard import StandardSink
from provide.foundation._process.forks import notice_fork
from provide.foundation._runtime.apply import apply
from provide.foundation._runtime.foreign import call_plainly, emit_foreign, refuse_foreign
from provide.foundation._runtime.levels import adopt, end_temporary, forget_temporary, refuse
from provide.foundation._runtime.openers.places import idle_extensions
from provide.foundation._runtime.startup import start, write_meanwhile
from provide.foundation._runtime.state import STATE, change, configured, take_last_steps
from provide.foundation._runtime.swap import close_leaving, say_left_out, unstart
from provide.foundation.context import clear_contextvars
from provide.foundation.extension import flush_extensions, load_extensions, stop_extensions
from provide.foundation.levels import INFO, TABLE

if TYPE_CHECKING:
    from provide.foundation._config.values.sources import Source
    from provide.foundation._control.watch import FileWatch

#: Reasons that the user's own code has: such lines are counted and nothing is lost.
_WANTED_DROPS = {"buffered", "drop_event", "filtered", "sampled", "rate_limited", "repeated"}
#: Seconds that a flush may take where no configuration says it.
_FLUSH_TIMEOUT_S = 5.0


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
    change(set_up, chosen, subject="set-up")


def set_up(config: TelemetryConfig, watch: FileWatch | None = None) -> None:
    """Set up, within a turn.

    Args:
        config: The configuration.
        watch: What has read its file again, and goes on following it.
    """
    handle_sigterm = _prepare_sigterm(config.logging)
    if watch is None and config.source is not None:
        watch = _prepare_watch(config, config.source)
    extensions, failures = load_extensions(config, idle=idle_extensions(config.logging))
    try:
        apply(config, extensions, failures)
    except BaseException:
        if STATE.extensions is not extensions:  # else an interrupt came after the change
            stop_extensions(extensions)
        raise
    handle_sigterm()
    _follow(watch)
    forget_temporary()
    STATE.explicit = True
    # A child that is forked while a call loads a module waits for that one's lock for ever.
    import provide.foundation._pipeline.stack  # noqa: F401
    from provide.foundation._bridges import stdlib
    from provide.foundation._bridges import structlog as structlog_bridge  # an explicit set-up only
    from provide.foundation._bridges.frameworks.access_lines import make_mask, make_readers

    current = configured()
    outputs = [each.sink.destination for each in (current.outputs if current else ())]
    around = None
    if config.logging.propagate or STATE.listener is not None:
        from provide.foundation._output.handlers import outward  # loaded with the output

        around = outward.taking_in
    if config.logging.capture_structlog:
        structlog_bridge.attach(None if current is None else current.policy.is_secret)
    else:
        structlog_bridge.detach()
    if config.logging.capture_stdlib:
        mask, wanted = None, config.logging.redaction
        patterns = (*config.logging.redact_patterns, *wanted.patterns)
        if current is not None and wanted.access_queries and "url_query" not in patterns:
            mask = make_mask(current.policy.is_secret, current.policy.hide)
        stdlib.attach(
            emit_foreign,
            call_plainly,
            refuse_foreign,
            [sink.handler for sink in outputs if isinstance(sink, HandlerSink)],
            _identities([sink.path for sink in outputs if isinstance(sink, FileSink)]),
            around,
            make_readers(mask, as_fields=config.logging.access_fields),
            again=config.logging.recapture_stdlib,
            own_levels=config.logging.override_stdlib_levels,
        )
    else:
        stdlib.detach()
    if config.logging.capture_uncaught:
        from provide.foundation._bridges import uncaught  # for those who ask

        uncaught.attach(
            emit_foreign,
            call_plainly,
            refuse_foreign,
            on_console=any(isinstance(sink, StandardSink) for sink in outputs),
            loops=not config.logging.capture_stdlib,
            around=around,
        )
    else:
        _detach("uncaught")


def shutdown_telemetry() -> None:
    """Flush every output and give back what set-up changed in `logging` and structlog.

    Queued lines are written first, for up to `Delivery.drain_timeout_s` for each output; the
    rest counts as dropped. It may be called any number of times, from any thread. Lines
    logged after it are still written, each in its own call.
    """
    notice_fork()
    change(shut_down)


def shut_down() -> None:
    if STATE.pipeline is None:
        return
    _detach("stdlib", "structlog", "uncaught")
    _leave_sigterm()
    _follow(None)
    end_temporary()
    if STATE.watch is not None:
        STATE.watch.stop()
    say_left_out(STATE.pipeline, STATE.behind)
    close_leaving()
    stop_extensions(STATE.extensions)
    for each in (STATE.pipeline, STATE.behind):
        for output in () if each is None else each.outputs:
            output.sink.stop()
    _say_losses()


def _detach(*bridges: str) -> None:
    for name in bridges:
        module = sys.modules.get(f"provide.foundation._bridges.{name}")
        if module is not None:
            module.detach()


def flush(timeout_s: float | None = None) -> bool:
    """Wait until every line that has been accepted is written, or counted as dropped.

    That is: with the kernel, for each output and its queue in background delivery, and with the
    collector, for OTLP. Nothing is shut down. It is for what no exit handler sees: `os.execv`,
    `os._exit`, a process that is about to be frozen or killed.

    Args:
        timeout_s: Seconds that it may take in all, 0 or more. Default None, which means
            `Delivery.drain_timeout_s`.

    Returns:
        Whether all of it was done in time. False, too, where a line waits for a call of this very
        thread: in a signal handler that has interrupted a log call and logged itself, in a
        function or stream that is an output and logs.

    Any thread may call it, a signal handler too: it waits for no lock beyond that time. Lines that
    other threads log meanwhile are not waited for. The `flush` of a `logging.Handler` that is an
    output is called, and takes the time that it takes.
    """
    notice_fork()
    current, config = STATE.pipeline, STATE.config
    if timeout_s is None:
        timeout_s = _FLUSH_TIMEOUT_S if config is None else config.logging.delivery.drain_timeout_s
    deadline = monotonic() + timeout_s
    done = True
    say_left_out(current)
    for output in current.outputs if current is not None else ():
        done = output.sink.drain(deadline) and done
    return flush_extensions(STATE.extensions, deadline) and done


def _prepare_sigterm(logging: LoggingConfig) -> Callable[[], None]:
    """Return what does about SIGTERM what the configuration says."""
    if not logging.delivery.drain_on_sigterm:
        return _leave_sigterm
    from provide.foundation._control import signals  # few ask for it

    STATE.termination = signals.prepare_termination(STATE.termination, _drain_outputs)
    return STATE.termination.install


def _leave_sigterm() -> None:
    if STATE.termination is not None:
        STATE.termination.remove()


def _prepare_watch(config: TelemetryConfig, source: Source) -> FileWatch:
    from provide.foundation._control.watch import FileWatch  # for those who ask

    watch = FileWatch(config, source, partial(adopt, set_up), refuse)
    watch.check()
    return watch


def _follow(watch: FileWatch | None) -> None:
    older = STATE.file_watch
    if older is not watch:
        if older is not None:
            older.stop()
        STATE.file_watch = watch
        if watch is not None:
            try:
                watch.start()
            except RuntimeError as error:  # the set-up has been made, and stays
                COUNTERS.fault("watch")
                DIAGNOSTICS.report_once("watch", "a file is not followed", {"error": str(error)})


def _drain_outputs(for_good: bool) -> None:
    # Without the lock, which the thread that it has interrupted may hold.
    current, config = STATE.pipeline, STATE.config
    say_left_out(current)
    for output in current.outputs if current is not None else ():
        (output.sink.stop if for_good else output.sink.flush)()
    if for_good and config is not None:
        seconds = config.logging.delivery.drain_timeout_s
        if not flush_extensions(STATE.extensions, monotonic() + seconds):
            DIAGNOSTICS.report_once("sigterm", "not all was exported", {"drain_timeout_s": seconds})


def reset_for_testing() -> None:
    """Forget the set-up, levels, context and counts: as if nothing had been logged yet."""
    change(_reset)


def _reset() -> None:
    shut_down()
    take_last_steps(_forget_all)
    close_leaving(release=True)


def _forget_all() -> None:
    STAYING.clear()
    unstart()
    TABLE.replace(INFO, {})
    STATE.levels = INFO, {}
    clear_contextvars()
    COUNTERS.clear()
    DIAGNOSTICS.forget()
    take_unreported()


def _identities(paths: list[str]) -> list[tuple[int, int]]:
    """Return device and number of the files at these paths."""
    found = []
    for path in paths:
        with suppress(OSError):  # it has been moved meanwhile
            found.append(identify(path))
    return found


def _say_losses() -> None:
    lost = {}
    COUNTERS.settle()
    for name, counts in COUNTERS.outputs.copy().items():
        dropped = {k: n for k, n in counts.dropped.items() if k not in _WANTED_DROPS}
        if dropped:
            lost[name] = dropped
    if lost:
        DIAGNOSTICS.report_once("losses", "lines were dropped in this process", {"dropped": lost})


STATE.starter, STATE.at_exit = start, shutdown_telemetry
set_starter(start)
set_understudy(write_meanwhile)
