"""The environment variables that feed configuration fields.

`VARIABLES` is the whole list. Every value is checked while it still carries its variable's name,
so that an error names what the operator has set and not a field of Python.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from provide.foundation._config import texts as read
from provide.foundation._config.texts import GENERIC, NOTHING, RESOURCE
from provide.foundation._config.values.checks import (
    DELIVERY_MODES,
    EXCEPTION_FORMS,
    FORMATTERS,
    QUEUE_POLICIES,
    SCHEMAS,
    STREAMS,
    TIMESTAMP_FORMS,
    check_path,
    read_patterns,
)
from provide.foundation._config.values.people import (
    CLOCKS,
    CONTEXT_FORMS,
    PLACES,
    THEMES,
    TRACEBACK_FORMS,
    read_columns,
)
from provide.foundation.errors import ConfigurationError

#: Section ("" for the outermost, else a dotted name), field, the variables that feed it (the first
#: that is set wins), and what turns their text into the field's value.
VARIABLES: tuple[tuple[str, str, tuple[str, ...], Callable[[str, str], object]], ...] = (
    (
        "",
        "service_name",
        ("PROVIDE_SERVICE_NAME", "OTEL_SERVICE_NAME", RESOURCE, "DD_SERVICE", "K_SERVICE"),
        read.attribute("service.name"),
    ),
    (
        "",
        "service_version",
        ("PROVIDE_SERVICE_VERSION", RESOURCE, "DD_VERSION", "K_REVISION"),
        read.attribute("service.version"),
    ),
    (
        "",
        "environment",
        ("PROVIDE_ENVIRONMENT", RESOURCE, "DD_ENV"),
        read.attribute("deployment.environment.name", "deployment.environment"),
    ),
    ("logging", "default_level", ("PROVIDE_LOG_LEVEL", "LOG_LEVEL"), read.level),
    ("logging", "console_formatter", ("PROVIDE_LOG_CONSOLE_FORMATTER",), read.one_of(FORMATTERS)),
    ("logging", "schema", ("PROVIDE_LOG_SCHEMA",), read.one_of(SCHEMAS)),
    ("logging", "keys", ("PROVIDE_LOG_KEYS",), read.keys),
    ("logging", "timestamp", ("PROVIDE_LOG_TIMESTAMP",), read.one_of(TIMESTAMP_FORMS)),
    ("logging", "module_levels", ("PROVIDE_LOG_MODULE_LEVELS",), read.module_levels),
    ("logging", "sampling", ("PROVIDE_LOG_SAMPLING",), read.sampling),
    ("logging", "omit_timestamp", ("PROVIDE_LOG_OMIT_TIMESTAMP",), read.flag),
    ("logging", "log_file", ("PROVIDE_LOG_FILE",), check_path),
    ("logging.rotation", "max_bytes", ("PROVIDE_LOG_ROTATE_MAX_BYTES",), read.rotate_max_bytes),
    ("logging.rotation", "when", ("PROVIDE_LOG_ROTATE_WHEN",), read.period),
    ("logging.rotation", "backup_count", ("PROVIDE_LOG_BACKUP_COUNT",), read.integer(1)),
    ("logging.rotation", "max_age_s", ("PROVIDE_LOG_BACKUP_MAX_AGE_S",), read.age),
    ("logging.rotation", "compress", ("PROVIDE_LOG_BACKUP_COMPRESS",), read.flag),
    ("logging", "output", ("PROVIDE_LOG_OUTPUT",), read.one_of(STREAMS)),
    ("logging", "capture_stdlib", ("PROVIDE_LOG_CAPTURE_STDLIB",), read.flag),
    ("logging", "access_fields", ("PROVIDE_LOG_ACCESS_FIELDS",), read.flag),
    ("logging", "recapture_stdlib", ("PROVIDE_LOG_RECAPTURE_STDLIB",), read.flag),
    (
        "logging",
        "override_stdlib_levels",
        ("PROVIDE_LOG_OVERRIDE_STDLIB_LEVELS",),
        read.flag,
    ),
    ("logging", "callsite", ("PROVIDE_LOG_CALLSITE",), read.flag),
    ("logging.limits", "max_depth", ("PROVIDE_LOG_MAX_DEPTH",), read.integer(1, 200)),
    ("logging.limits", "max_items", ("PROVIDE_LOG_MAX_ITEMS",), read.integer(1)),
    ("logging.limits", "max_string_chars", ("PROVIDE_LOG_MAX_STRING_CHARS",), read.integer(1)),
    ("logging.limits", "max_line_bytes", ("PROVIDE_LOG_MAX_LINE_BYTES",), read.integer(256)),
    ("logging.delivery", "queue_lines", ("PROVIDE_LOG_QUEUE_LINES",), read.integer(1)),
    ("logging.delivery", "queue_bytes", ("PROVIDE_LOG_QUEUE_BYTES",), read.integer(1)),
    ("logging.delivery", "write_timeout_s", ("PROVIDE_LOG_WRITE_TIMEOUT_S",), read.seconds),
    ("logging.delivery", "drain_timeout_s", ("PROVIDE_LOG_DRAIN_TIMEOUT_S",), read.seconds),
    ("logging.delivery", "drain_on_sigterm", ("PROVIDE_LOG_DRAIN_ON_SIGTERM",), read.flag),
    ("logging.delivery", "write_holds_gil", ("PROVIDE_LOG_WRITE_HOLDS_GIL",), read.flag),
    ("logging.delivery", "mode", ("PROVIDE_LOG_DELIVERY",), read.one_of(DELIVERY_MODES)),
    (
        "logging.delivery",
        "queue_policy",
        ("PROVIDE_LOG_QUEUE_POLICY",),
        read.one_of(QUEUE_POLICIES),
    ),
    ("logging", "das_emoji_prefix_enabled", ("PROVIDE_LOG_DAS_EMOJI_ENABLED",), read.flag),
    (
        "logging",
        "logger_name_emoji_prefix_enabled",
        ("PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED",),
        read.flag,
    ),
    ("logging", "enabled_emoji_sets", ("PROVIDE_LOG_ENABLED_EMOJI_SETS",), read.names),
    ("logging", "capture_structlog", ("PROVIDE_LOG_CAPTURE_STRUCTLOG",), read.flag),
    ("logging", "capture_uncaught", ("PROVIDE_LOG_CAPTURE_UNCAUGHT",), read.flag),
    ("logging", "live", ("PROVIDE_LOG_LIVE",), read.flag),
    ("logging", "fields", ("PROVIDE_LOG_FIELDS",), read.static_fields),
    ("logging", "process", ("PROVIDE_LOG_PROCESS",), read.flag),
    ("logging", "host", ("PROVIDE_LOG_HOST",), read.flag),
    ("logging", "thread", ("PROVIDE_LOG_THREAD",), read.flag),
    ("logging", "task", ("PROVIDE_LOG_TASK",), read.flag),
    ("logging", "propagate", ("PROVIDE_LOG_PROPAGATE",), read.flag),
    ("logging", "exceptions", ("PROVIDE_LOG_EXCEPTIONS",), read.one_of(EXCEPTION_FORMS)),
    ("logging", "journal", ("PROVIDE_LOG_JOURNAL",), read.flag),
    ("logging", "fold_frames", ("PROVIDE_LOG_FOLD_FRAMES",), read.fold_frames),
    ("logging", "redact_keys", ("PROVIDE_LOG_REDACT_KEYS",), read.names),
    ("logging", "redact_except", ("PROVIDE_LOG_REDACT_EXCEPT",), read.names),
    ("logging", "censor", ("PROVIDE_LOG_CENSOR",), read.censor),
    ("logging", "redact_patterns", ("PROVIDE_LOG_REDACT_PATTERNS",), read_patterns),
    ("logging", "extensions", ("PROVIDE_LOG_EXTENSIONS",), read.extensions),
    ("logging.console", "time", ("PROVIDE_LOG_CONSOLE_TIME",), read.one_of(CLOCKS)),
    ("logging.console", "width", ("PROVIDE_LOG_CONSOLE_WIDTH",), read.integer(40, 1000)),
    ("logging.console", "context", ("PROVIDE_LOG_CONSOLE_CONTEXT",), read.one_of(CONTEXT_FORMS)),
    (
        "logging.console",
        "tracebacks",
        ("PROVIDE_LOG_CONSOLE_TRACEBACKS",),
        read.one_of(TRACEBACK_FORMS),
    ),
    ("logging.console", "links", ("PROVIDE_LOG_CONSOLE_LINKS",), read.flag),
    ("logging.console", "locals", ("PROVIDE_LOG_CONSOLE_LOCALS",), read.flag),
    ("logging.console", "theme", ("PROVIDE_LOG_CONSOLE_THEME",), read.one_of(THEMES)),
    ("logging.console", "columns", ("PROVIDE_LOG_CONSOLE_COLUMNS",), read_columns),
    ("logging.console", "captured", ("PROVIDE_LOG_CONSOLE_CAPTURED",), read.one_of(PLACES)),
    (
        "logging.console",
        "colors",
        ("PROVIDE_LOG_CONSOLE_COLORS", "NO_COLOR", "FORCE_COLOR"),
        read.colors,
    ),
)

#: What `report_at_set_up` was given and no set-up has reported yet.
_UNREPORTED: list[str] = []


class Variables:
    """Hold what the environment says.

    Args:
        values: The good values, as a mapping for `TelemetryConfig.from_mapping`.
        sources: The variable that each comes from, by the field's dotted name.
        errors: One for each bad variable of our own.
        passed_over: A text for each other bad one, which is to be reported at set-up.
    """

    __slots__ = ("errors", "passed_over", "sources", "values")

    def __init__(
        self,
        values: dict[str, object],
        sources: dict[str, str],
        errors: list[ConfigurationError],
        passed_over: list[str],
    ) -> None:
        self.values, self.sources = values, sources
        self.errors, self.passed_over = errors, passed_over


def read_variables(
    environ: Mapping[str, str] | None = None,
) -> Variables:
    """Read every variable that is set; an empty one counts as not set.

    Args:
        environ: The variables, or None for `os.environ`.
    """
    given = os.environ if environ is None else environ
    values: dict[str, object] = {}
    errors, passed_over = list[ConfigurationError](), list[str]()
    sources: dict[str, str] = {}
    for section, field, variables, reader in VARIABLES:
        for variable in variables:
            text = given.get(variable)
            if not text:
                continue
            try:
                value = reader(text, variable)
                if value is NOTHING:
                    continue
                _find_section(values, section)[field] = value
                sources[f"{section}.{field}" if section else field] = variable
            except ConfigurationError as error:
                if variable in GENERIC:
                    passed_over.append(f"{error}; using the default")
                else:
                    errors.append(error)
            break
    if resource := given.get(RESOURCE):
        from provide.foundation._process.resource import read_resource

        allowed = "pairs such as service.version=1.2,deployment.environment.name=prod"
        for entry in read_resource(resource)[1]:
            passed_over.append(f"{ConfigurationError(RESOURCE, entry, allowed)}; using the rest")
    return Variables(values, sources, errors, passed_over)


def _find_section(values: dict[str, object], section: str) -> dict[str, object]:
    inner = values
    for name in section.split(".") if section else ():
        inner = inner.setdefault(name, {})  # type: ignore[assignment]  # sections are dicts
    return inner


def report_at_set_up(problems: Iterable[str]) -> None:
    """Keep problems for the next set-up, which has an output to report them on."""
    _UNREPORTED.extend(problems)


def take_unreported() -> list[str]:
    """Return what no set-up has reported yet, each problem once, and forget it."""
    problems = list(dict.fromkeys(_UNREPORTED))
    _UNREPORTED.clear()
    return problems
