"""From a configuration to what writes: outputs and pipeline first, then the swap, then reports.

Everything is made first and nothing changes until all of it is there: a set-up that fails changes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from provide.foundation._config.environment import take_unreported
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._output.output import Output
from provide.foundation._pipeline.pipeline import Pipeline, StackTrace
from provide.foundation._record.constants import gather_constants, key_policy, value_limits
from provide.foundation._record.redaction import KeyPolicy
from provide.foundation._runtime.build import NO_LAYOUTS, MakeSink, make_sink, open_outputs
from provide.foundation._runtime.choice import report_if_missing
from provide.foundation._runtime.lanes import fast_sinks
from provide.foundation._runtime.openers.places import wants_emoji
from provide.foundation._runtime.state import STATE, configured
from provide.foundation._runtime.swap import close_leaving, install_pipeline
from provide.foundation.extension import Extension, TraceFields, stop_extensions
from provide.foundation.levels import TABLE, TRACE, parse_levels

if TYPE_CHECKING:
    from provide.foundation._output.handlers.outward import Prepare
    from provide.foundation._pipeline.stack_traces.folding import FrameFolder
    from provide.foundation._record.values import Limits
    from provide.foundation._redaction.redactor import Redactor
    from provide.foundation._render.layouts import Layouts


def make_pipeline(
    config: TelemetryConfig, extensions: list[Extension], make: MakeSink = make_sink
) -> Pipeline:
    """Return the pipeline of a configuration, its outputs open.

    Args:
        config: The configuration.
        extensions: What the installed extensions add.
        make: Makes each sink, as `open_outputs` takes it.

    Raises:
        ConfigurationError: A file cannot be opened, or something does not go together.
    """
    logging = config.logging
    limits, redactor = value_limits(logging), _make_redactor(logging)
    constants = gather_constants(config, redactor)
    layouts = _read_layouts(logging, constants)
    names = set(constants) | {name for each in layouts.values() for name in each.reserved}
    policy = key_policy(logging, names, None if redactor is None else redactor.censor)
    hiding = None
    if redactor is None:
        outputs = open_outputs(logging, limits, policy, layouts, make)
    else:
        # Only those load it who use it.
        from provide.foundation._redaction.hiding import Hiding

        hiding = Hiding(redactor, policy, limits)
        # Records that come to them have nothing left to hide, and have been cut.
        open_policy = KeyPolicy(redact_defaults=False, names=names)
        loosened = redactor.loosened(limits)
        outputs = open_outputs(logging, loosened, open_policy, layouts, make)
    stack_trace, folder = _exceptions(outputs, logging.fold_frames)
    prefixes = [e.emoji_prefix for e in extensions if e.emoji_prefix is not None]
    for output in outputs if prefixes else ():
        screen = getattr(output.sink.destination, "screen", None)
        if screen is not None and output.shows_emoji:
            screen.use_gutter()
    return Pipeline(
        outputs,
        policy=policy,
        constants=constants,
        processors=logging.processors,
        limits=limits,
        max_line_bytes=logging.limits.max_line_bytes,
        timestamps=not logging.omit_timestamp,
        callsite=logging.callsite,
        emoji_prefixes=prefixes,
        emoji_fields=_emoji_fields(extensions),
        trace_fields=_trace_fields(extensions, logging),
        exporters=[e.exporter for e in extensions if e.exporter is not None],
        stack_trace=stack_trace,
        fold=folder,
        hiding=hiding,
    )


def apply(
    config: TelemetryConfig, extensions: list[Extension], failures: Mapping[str, str]
) -> None:
    logging = config.logging
    levels = parse_levels(logging.default_level, logging.module_levels)
    fresh = make_pipeline(config, extensions)
    if not logging.propagate:  # else the listener gets lines by way of `logging`
        add_listener(fresh)
    if logging.sampling:
        from provide.foundation._sampling.gate import Sampling  # for those who ask

        fresh.sampling = Sampling(fresh, logging.sampling)

    def note() -> None:
        TABLE.replace(*levels)
        STATE.levels = levels
        STATE.config, STATE.extensions = config, extensions

    try:
        stop_extensions(STATE.extensions)
        install_pipeline(fresh, fast_sinks(fresh), note)
    finally:
        if configured() is not fresh and STATE.last_steps is None:  # it was interrupted
            STATE.leaving += fresh.outputs
    close_leaving()
    if wants_emoji(logging) and not any(each.emoji_prefix for each in extensions):
        DIAGNOSTICS.report_once(
            "emoji",
            "emoji are switched on, but no package provides them",
            _explain_absence("foundation-emoji", logging),
        )
    if _wants_otel(config) and all(each.name != "foundation-otel" for each in extensions):
        DIAGNOSTICS.report_once(
            "otel",
            "metrics or OTLP are switched on, but no package provides them",
            _explain_absence("foundation-otel", logging),
        )
    report_if_missing()
    # Said only now: before, stderr had no format.
    for problem in take_unreported():
        DIAGNOSTICS.report_once(problem, "bad configuration", {"problem": problem})
    for name, error in failures.items():
        DIAGNOSTICS.report_once(
            f"extension:{name}",
            "extension could not be loaded",
            {"extension": name, "error": error},
        )


def add_listener(pipeline: Pipeline, prepare: Prepare | None = None) -> None:
    """Give a pipeline the output of the one who listens besides, if there is one.

    Args:
        pipeline: The pipeline.
        prepare: Makes each record fit to be seen.
    """
    if STATE.listener is None:
        return
    from provide.foundation._output.handlers.outward import OutwardSink  # for those who ask

    rules: tuple[Limits, Callable[[str], bool]] = pipeline.limits, pipeline.policy.is_secret
    if pipeline.hiding is not None:  # records that come here have nothing left to hide
        rules = pipeline.hiding.exported
    sink = OutwardSink(*rules, STATE.listener, prepare)
    output = Output(sink, TRACE, lambda record: b"", "listener", shows_emoji=False)
    pipeline.outputs = (*pipeline.outputs, output)


def _make_redactor(logging: LoggingConfig) -> Redactor | None:
    if not logging.hides_more:
        return None
    from provide.foundation._redaction.choice import make_redactor  # for those who ask

    return make_redactor(logging)


def _read_layouts(logging: LoggingConfig, constants: Mapping[str, object]) -> Layouts:
    schemas = {logging.schema, *(entry.schema or "foundation" for entry in logging.outputs)}
    if schemas == {"foundation"} and logging.timestamp == "iso" and not logging.keys:
        return NO_LAYOUTS
    from provide.foundation._render.layouts import make_layouts  # for those who ask

    return make_layouts(logging, constants)


def _exceptions(
    outputs: Sequence[Output], folded: bool | tuple[str, ...]
) -> tuple[StackTrace | None, FrameFolder | None]:
    """Return what makes the text of an exception, and what folds its frames, if they are wanted."""
    folder = None
    if folded:  # only those load it who use it; so below
        from provide.foundation._pipeline.stack_traces.folding import FrameFolder

        folder = FrameFolder(folded if isinstance(folded, tuple) else ())
    if all(each.exceptions == "object" for each in outputs):
        return None, folder
    from provide.foundation._pipeline.stack_traces.text import format_stack_trace

    return partial(format_stack_trace, folder=folder), folder


def _emoji_fields(extensions: list[Extension]) -> frozenset[str] | None:
    """Return the names of all fields that emoji depend on; None if an extension does not say."""
    known = [each.emoji_fields for each in extensions if each.emoji_prefix is not None]
    return None if None in known else frozenset[str]().union(*filter(None, known))


def _trace_fields(extensions: list[Extension], logging: LoggingConfig) -> list[TraceFields]:
    """Return what gives trace fields: extensions, and what names the caller."""
    given = [each.trace_fields for each in extensions if each.trace_fields is not None]
    if not (logging.thread or logging.task):
        return given
    from provide.foundation._pipeline.caller import add_caller  # for those who ask

    return add_caller(given, thread=logging.thread, task=logging.task)


def _explain_absence(distribution: str, logging: LoggingConfig) -> dict[str, str]:
    from provide.foundation._entry_points import explain_absence  # few programs have a reason to

    return explain_absence(distribution, logging.extensions)


def _wants_otel(config: TelemetryConfig) -> bool:
    """Say whether something is switched on, in so many words, that foundation-otel provides."""
    return (config.metrics is not None and config.metrics.wants_export) or (
        config.otlp is not None and bool(config.otlp.logs)
    )
