"""The rules for provide-foundation 0.4, the older project that has the same import path.

Its loggers and most of its configuration have the same names here. What it is besides a logger (a
hub, retries, files, processes, a command line) has no counterpart.

Source: provide-foundation 0.4.10 on PyPI, the modules of `provide.foundation`.
"""

from __future__ import annotations

import ast

from provide.foundation._migrate.rules.calls import is_formatted, make_fields
from provide.foundation._migrate.rules.rule import (
    IMPORTS,
    Change,
    Edit,
    Rule,
    Use,
    Verdict,
    replace,
    spell_call,
)

_PACKAGE = "provide.foundation"
_METHODS = " ".join(
    f"{_PACKAGE}.Logger.{name}"
    for name in (
        "trace", "debug", "info", "warning", "warn", "error", "exception", "critical", "fatal"
    )
)  # fmt: skip
#: Names that an import need not have any more, because their calls are written in another way.
_REPLACED = frozenset(("get_hub", "clear_hub", "shutdown_foundation", "timed_block", "Hub"))
_SAME = frozenset(("logger", "get_logger", "LoggingConfig", "TelemetryConfig", "FoundationError"))
#: Parameters of the two classes that are not there any more.
_GONE = frozenset((
    "foundation_setup_log_level", "foundation_log_output", "rate_limit_enabled",
    "rate_limit_global", "rate_limit_global_capacity", "rate_limit_per_logger",
    "rate_limit_emit_warnings", "rate_limit_summary_interval", "rate_limit_max_queue_size",
    "rate_limit_max_memory_mb", "rate_limit_overflow_policy", "sanitization_enabled",
    "sanitization_mask_patterns", "sanitization_sanitize_dicts", "globally_disabled",
    "tracing_enabled", "metrics_enabled", "otlp_endpoint", "otlp_traces_endpoint", "otlp_headers",
    "otlp_protocol", "trace_sample_rate",
))  # fmt: skip
#: Folders of the older package that are not there any more.
_FOLDERS = (
    "archive", "cli", "concurrency", "console", "crypto", "eventsets", "file", "formatting", "hub",
    "integrations", "observability", "parsers", "platform", "process", "profiling", "resilience",
    "security", "serialization", "setup", "state", "streams", "telemetry", "testmode", "time",
    "tools", "tracer", "transport", "utils",
)  # fmt: skip


def take_known_names(use: Use) -> Change | None:
    """Return an import with the names that are still there, from where they are now."""
    node = use.node
    if not isinstance(node, ast.ImportFrom) or node.level or node not in use.source.tree.body:
        return None
    kept = []
    for alias in node.names:
        if alias.asname is not None or alias.name not in _SAME | _REPLACED:
            return None
        if alias.name in _SAME:
            kept.append(alias.name)
    start, end = use.source.span(node)
    return Change((Edit(start, end, IMPORTS),), frozenset(kept))


def set_up(use: Use) -> Change | None:
    """Return `setup_telemetry(...)` for `get_hub().initialize_foundation(...)`."""
    given = use.keywords()
    if given is None or len(use.call.args) > 1 or given.keys() - {"config", "force"}:
        return None
    config = use.call.args[0] if use.call.args else given.get("config")
    args = [] if config is None else [use.text(config)]
    return replace(use, use.node, spell_call("setup_telemetry", args, {}), "setup_telemetry")


def get_logger(use: Use) -> Change | None:
    """Return `get_logger(...)` for `get_hub().get_foundation_logger(...)`."""
    return replace(use, use.call.func, "get_logger", "get_logger")


def ask_level(use: Use) -> Change | None:
    """Return `is_enabled_for("DEBUG")` for `is_debug_enabled()`."""
    function = use.call.func
    if not isinstance(function, ast.Attribute) or use.call.args or use.call.keywords:
        return None
    level = function.attr.removeprefix("is_").removesuffix("_enabled").upper()
    return replace(use, use.node, f'{use.text(function.value)}.is_enabled_for("{level}")')


def time_block(use: Use) -> Change | None:
    """Return `log.timed(event, ...)` for `timed_block(log, event, ...)`."""
    given, args = use.keywords(), use.call.args
    if given is None or len(args) != 2 or given.keys() & {"layer_keys", "initial_kvs", "level"}:
        return None
    named = {name: use.text(node) for name, node in given.items()}
    if not isinstance(args[0], ast.Name | ast.Attribute | ast.Call):
        return None
    return replace(
        use, use.node, spell_call(f"{use.text(args[0])}.timed", [use.text(args[1])], named)
    )


def is_older(use: Use) -> bool:
    """Tell whether an import names a module that is there no more."""
    module = getattr(use.node, "module", None)
    if module is None:
        return False
    first = str(module).removeprefix(f"{_PACKAGE}.").partition(".")[0]
    return module != _PACKAGE and first in (*_FOLDERS, "logger")


def _has_gone(use: Use) -> bool:
    return any(each.arg in _GONE for each in use.call.keywords)


def _names(names: str) -> str:
    return " ".join(f"{_PACKAGE}.{name}" for name in names.split())


_LIBRARY = "provide-foundation"
RULES = (
    Rule(_LIBRARY, _names("get_hub clear_hub Hub"), Verdict.CHANGE,
         "there is no hub: `setup_telemetry(config)` or `configure(...)` sets up, and "
         "`get_logger(name)` gives loggers", kind="import", rewrite=take_known_names),
    Rule(_LIBRARY, _names("Hub.initialize_foundation"), Verdict.CHANGE,
         "`setup_telemetry(config)` takes its place; each call sets up anew, as `force=True` did",
         rewrite=set_up),
    Rule(_LIBRARY, _names("Hub.get_foundation_logger"), Verdict.CHANGE,
         "`get_logger(name)` takes its place", rewrite=get_logger),
    Rule(_LIBRARY, _names("Hub.clear"), Verdict.CHANGE,
         "`shutdown_telemetry()` takes its place, and `reset_for_testing()` in tests"),
    Rule(_LIBRARY, _names("Hub.*"), Verdict.NOTHING, "there is no hub and no registry"),
    Rule(_LIBRARY, _names("clear_hub"), Verdict.CHANGE,
         "`shutdown_telemetry()` takes its place, and `reset_for_testing()` in tests"),
    Rule(_LIBRARY, _names("shutdown_foundation"), Verdict.CHANGE,
         "`shutdown_telemetry()` takes its place, and is not awaited", kind="import",
         rewrite=take_known_names),
    Rule(_LIBRARY, _names("shutdown_foundation"), Verdict.CHANGE,
         "`shutdown_telemetry()` takes its place, and is not awaited"),
    Rule(_LIBRARY, _names("timed_block"), Verdict.CHANGE,
         "`log.timed(event, ...)` takes its place", kind="import", rewrite=take_known_names),
    Rule(_LIBRARY, _names("timed_block"), Verdict.CHANGE,
         "`log.timed(event, ...)` takes its place: one line at the end, with `duration_s`; what "
         "is known later is given to `add(...)` of the block", rewrite=time_block),
    Rule(_LIBRARY, _names("error_boundary resilient"), Verdict.CHANGE,
         "`log.catch(...)` logs an exception; what else it did has no counterpart", kind="import"),
    Rule(_LIBRARY, _names("show_event_matrix EventMapping EventSet FieldMapping"), Verdict.CHANGE,
         "emoji of your own are `custom_emoji_sets` of `LoggingConfig`, with foundation-emoji",
         kind="import"),
    Rule(_LIBRARY, _names("pout perr pin"), Verdict.NOTHING,
         "Foundation has no console of its own: `print`, or click's `echo`", kind="import"),
    Rule(_LIBRARY, _names(
        "retry circuit_breaker fallback AsyncCircuitBreaker SyncCircuitBreaker CircuitState "
        "BackoffStrategy FallbackChain RetryExecutor RetryPolicy TokenBucketRateLimiter CLIContext "
        "Registry RegistryEntry ComponentCategory get_component_registry check_optional_deps "
        "ConsoleFormatterStr LogLevelStr"), Verdict.NOTHING,
         "Foundation is a logger and no more: keep this elsewhere", kind="import"),
    Rule(_LIBRARY, _names("tracer tracer.*"), Verdict.CHANGE,
         "traces are OpenTelemetry's: foundation-otel puts their ids on lines", kind="import"),
    Rule(_LIBRARY, _names("testmode.* reset_foundation_for_testing"), Verdict.CHANGE,
         "`reset_for_testing()` takes its place, and the fixture `foundation_logs`", kind="import"),
    Rule(_LIBRARY, _names("logger get_logger LoggingConfig TelemetryConfig"), Verdict.CHANGE,
         "it is imported from `provide.foundation` itself", kind="import", when=is_older,
         rewrite=take_known_names),
    Rule(_LIBRARY, _names("is_debug_enabled is_trace_enabled FoundationLogger"), Verdict.CHANGE,
         '`is_enabled_for("DEBUG")` is a method of every logger, whose class is `Logger`',
         kind="import"),
    Rule(_LIBRARY, _names(" ".join(f"{name} {name}.*" for name in _FOLDERS)), Verdict.NOTHING,
         "there is no such module: Foundation is a logger and no more", kind="import"),
    Rule(_LIBRARY, f"{_PACKAGE}.*", Verdict.NOTHING,
         "there is no such module: Foundation is a logger and no more", kind="import",
         when=is_older),
    Rule(_LIBRARY, _names("LoggingConfig TelemetryConfig"), Verdict.CHANGE,
         "parameters have gone: `rate_limit_*` is `sampling={...}`, `sanitization_*` is "
         "`redact_patterns` (secret keys are masked anyway), `otlp_*` is `otlp=OtlpConfig(...)`, "
         "and there is no log of Foundation's own set-up", when=_has_gone),
    Rule(_LIBRARY, _names("LoggingConfig TelemetryConfig"), Verdict.WORKS,
         "the class has the same name and these parameters"),
    Rule(_LIBRARY, _names("Logger.is_debug_enabled Logger.is_trace_enabled"), Verdict.CHANGE,
         '`is_enabled_for("DEBUG")` takes its place', rewrite=ask_level),
    Rule(_LIBRARY, _names("get_logger"), Verdict.WORKS, "it is there under the same name"),
    Rule(_LIBRARY, _METHODS, Verdict.BETTER,
         "the event is another one in each line, so that nobody can count or find it: a constant "
         "event and fields can be searched", when=is_formatted, rewrite=make_fields),
    Rule(_LIBRARY, f"{_METHODS} " + _names("Logger.log"), Verdict.WORKS,
         "it is there under the same name"),
    Rule(_LIBRARY, _names("Logger.bind Logger.unbind Logger.try_unbind Logger.new"), Verdict.WORKS,
         "it is there under the same name"),
)  # fmt: skip
