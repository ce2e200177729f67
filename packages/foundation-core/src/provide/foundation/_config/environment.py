"""The environment variables that feed configuration fields.

`VARIABLES` is the whole list. Every value is checked while it still carries its variable's name,
so that an error names what the operator has set and not a field of Python.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from provide.foundation._config.fields import (
    CLOCKS,
    DELIVERY_MODES,
    EXCEPTION_FORMS,
    FORMATTERS,
    LONGEST_PERIOD_S,
    QUEUE_POLICIES,
    SCHEMAS,
    SMALLEST_FILE_BYTES,
    STREAMS,
    TIMESTAMP_FORMS,
    check_choice,
    check_integer,
    check_level,
    check_names,
    check_names_of_members,
    check_path,
    check_period,
    check_static_fields,
    check_text,
    read_patterns,
)
from provide.foundation._config.values.mappings import StaticFields, read_pairs, split_commas
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import LEVEL_NAMES

RESOURCE = "OTEL_RESOURCE_ATTRIBUTES"
TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")
#: Names that other programs read too: a value that is none of ours (a level ``notice``, ``NOTSET``
#: or ``15``, or ``OFF``, which would silence a service that nobody meant) is passed over, and said.
GENERIC = frozenset(
    {
        *("LOG_LEVEL", "OTEL_SERVICE_NAME", RESOURCE, "K_SERVICE", "K_REVISION"),
        *("DD_SERVICE", "DD_VERSION", "DD_ENV"),
    }
)
#: What a variable says that is set and says nothing of a field.
_NOTHING = object()
NUMBERS = {str(number): number for number in LEVEL_NAMES}


def read_level(text: str, variable: str) -> str:
    """Return a level given by its name or its number."""
    level = check_level(NUMBERS.get(text.strip(), text), variable)
    if level == "OFF" and variable in GENERIC:
        raise ConfigurationError(variable, text, "a level; PROVIDE_LOG_LEVEL takes OFF as well")
    return level


def read_keys(text: str, variable: str) -> Mapping[str, str]:
    """Return the names of ``event=message,level=severity``."""
    return check_names_of_members(read_pairs(text, variable, "event=message"), variable)


def read_one_of(words: Sequence[str]) -> Callable[[str, str], str]:
    """Return what reads one of some words, in any case."""
    return lambda text, variable: check_choice(text, variable, words)


def read_flag(text: str, variable: str) -> bool:
    """Return what 1, true, yes, on or 0, false, no, off says, in any case."""
    word = text.strip().lower()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    raise ConfigurationError(variable, text, "1, true, yes, on or 0, false, no, off")


def read_fold_frames(text: str, variable: str) -> bool | tuple[str, ...]:
    """Return what a flag says, or prefixes given with commas between them."""
    is_flag = text.strip().lower() in TRUE_WORDS + FALSE_WORDS
    return read_flag(text, variable) if is_flag else read_names(text, variable)


def read_integer(lowest: int, highest: int | None = None) -> Callable[[str, str], int]:
    """Return what reads an integer in a range."""
    return lambda text, variable: check_integer(_read_integer(text), variable, lowest, highest)


read_age = read_integer(1, LONGEST_PERIOD_S)
read_rotate_max_bytes = read_integer(SMALLEST_FILE_BYTES)


def read_period(text: str, variable: str) -> str | int:
    """Return a word such as ``daily``, or a number of seconds."""
    return check_period(_read_integer(text), variable)


def _read_integer(text: str) -> int | str:
    # Not int() alone: of digits without end it makes an error of its own kind, and of "٣" a 3.
    word = text.strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) < 20 else text


def read_names(text: str, variable: str) -> tuple[str, ...]:
    """Return names given with commas between them."""
    return check_names(split_commas(text), variable)


def read_extensions(text: str, variable: str) -> tuple[str, ...]:
    """Return names given with commas between them; ``none`` is none."""
    return () if text.strip().lower() == "none" else read_names(text, variable)


def read_module_levels(text: str, variable: str) -> dict[str, str]:
    """Return the levels of ``app.db=DEBUG,app.http:WARNING``; the last of two equal names wins."""
    levels = {}
    for entry in split_commas(text):
        module, sign, level = entry.replace(":", "=", 1).partition("=")
        if not sign or not module.strip():
            allowed = "entries such as app.db=DEBUG,app.http:WARNING"
            raise ConfigurationError(variable, text, allowed)
        levels[module.strip()] = read_level(level, variable)
    return levels


def read_colors(_text: str, variable: str) -> bool:
    """Return whether the variable's mere presence asks for colours.

    Source: https://no-color.org and https://force-color.org, where no value means the opposite.
    """
    return variable != "NO_COLOR"


def read_static_fields(text: str, variable: str) -> StaticFields:
    """Return the fields of ``team=shop,region=eu``, whose values are texts."""
    return check_static_fields(read_pairs(text, variable, "team=shop,region=eu"), variable)


def read_sampling(text: str, variable: str) -> Mapping[str, object]:
    """Return the rules of ``app.http=100/100/1,app.db=50/1``, or of an object in JSON."""
    from provide.foundation._config.values.rules import read_rules  # few have the variable

    return read_rules(text, variable)


def read_attribute(*names: str) -> Callable[[str, str], object]:
    """Return what reads a text as it is, or the first of some attributes of a resource."""

    def read(text: str, variable: str) -> object:
        if variable != RESOURCE:
            return check_text(text, variable)
        from provide.foundation._process.resource import read_resource  # few have the variable

        given, _ = read_resource(text)
        return next((given[name] for name in names if given.get(name, "").strip()), _NOTHING)

    return read


#: Section ("" for the outermost, else a dotted name), field, the variables that feed it (the first
#: that is set wins), and what turns their text into the field's value.
VARIABLES: tuple[tuple[str, str, tuple[str, ...], Callable[[str, str], object]], ...] = (
    (
        "",
        "service_name",
        ("PROVIDE_SERVICE_NAME", "OTEL_SERVICE_NAME", RESOURCE, "DD_SERVICE", "K_SERVICE"),
        read_attribute("service.name"),
    ),
    (
        "",
        "service_version",
        ("PROVIDE_SERVICE_VERSION", RESOURCE, "DD_VERSION", "K_REVISION"),
        read_attribute("service.version"),
    ),
    (
        "",
        "environment",
        ("PROVIDE_ENVIRONMENT", RESOURCE, "DD_ENV"),
        read_attribute("deployment.environment.name", "deployment.environment"),
    ),
    ("logging", "default_level", ("PROVIDE_LOG_LEVEL", "LOG_LEVEL"), read_level),
    ("logging", "console_formatter", ("PROVIDE_LOG_CONSOLE_FORMATTER",), read_one_of(FORMATTERS)),
    ("logging", "schema", ("PROVIDE_LOG_SCHEMA",), read_one_of(SCHEMAS)),
    ("logging", "keys", ("PROVIDE_LOG_KEYS",), read_keys),
    ("logging", "timestamp", ("PROVIDE_LOG_TIMESTAMP",), read_one_of(TIMESTAMP_FORMS)),
    ("logging", "module_levels", ("PROVIDE_LOG_MODULE_LEVELS",), read_module_levels),
    ("logging", "sampling", ("PROVIDE_LOG_SAMPLING",), read_sampling),
    ("logging", "omit_timestamp", ("PROVIDE_LOG_OMIT_TIMESTAMP",), read_flag),
    ("logging", "log_file", ("PROVIDE_LOG_FILE",), check_path),
    ("logging.rotation", "max_bytes", ("PROVIDE_LOG_ROTATE_MAX_BYTES",), read_rotate_max_bytes),
    ("logging.rotation", "when", ("PROVIDE_LOG_ROTATE_WHEN",), read_period),
    ("logging.rotation", "backup_count", ("PROVIDE_LOG_BACKUP_COUNT",), read_integer(1)),
    ("logging.rotation", "max_age_s", ("PROVIDE_LOG_BACKUP_MAX_AGE_S",), read_age),
    ("logging.rotation", "compress", ("PROVIDE_LOG_BACKUP_COMPRESS",), read_flag),
    ("logging", "output", ("PROVIDE_LOG_OUTPUT",), read_one_of(STREAMS)),
    ("logging.delivery", "write_holds_gil", ("PROVIDE_LOG_WRITE_HOLDS_GIL",), read_flag),
    ("logging.delivery", "mode", ("PROVIDE_LOG_DELIVERY",), read_one_of(DELIVERY_MODES)),
    (
        "logging.delivery",
        "queue_policy",
        ("PROVIDE_LOG_QUEUE_POLICY",),
        read_one_of(QUEUE_POLICIES),
    ),
    ("logging", "das_emoji_prefix_enabled", ("PROVIDE_LOG_DAS_EMOJI_ENABLED",), read_flag),
    (
        "logging",
        "logger_name_emoji_prefix_enabled",
        ("PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED",),
        read_flag,
    ),
    ("logging", "enabled_emoji_sets", ("PROVIDE_LOG_ENABLED_EMOJI_SETS",), read_names),
    ("logging", "capture_structlog", ("PROVIDE_LOG_CAPTURE_STRUCTLOG",), read_flag),
    ("logging", "capture_uncaught", ("PROVIDE_LOG_CAPTURE_UNCAUGHT",), read_flag),
    ("logging", "fields", ("PROVIDE_LOG_FIELDS",), read_static_fields),
    ("logging", "process", ("PROVIDE_LOG_PROCESS",), read_flag),
    ("logging", "host", ("PROVIDE_LOG_HOST",), read_flag),
    ("logging", "thread", ("PROVIDE_LOG_THREAD",), read_flag),
    ("logging", "task", ("PROVIDE_LOG_TASK",), read_flag),
    ("logging", "propagate", ("PROVIDE_LOG_PROPAGATE",), read_flag),
    ("logging", "exceptions", ("PROVIDE_LOG_EXCEPTIONS",), read_one_of(EXCEPTION_FORMS)),
    ("logging", "journal", ("PROVIDE_LOG_JOURNAL",), read_flag),
    ("logging", "fold_frames", ("PROVIDE_LOG_FOLD_FRAMES",), read_fold_frames),
    ("logging", "redact_patterns", ("PROVIDE_LOG_REDACT_PATTERNS",), read_patterns),
    ("logging", "extensions", ("PROVIDE_LOG_EXTENSIONS",), read_extensions),
    ("logging.console", "time", ("PROVIDE_LOG_CONSOLE_TIME",), read_one_of(CLOCKS)),
    ("logging.console", "colors", ("NO_COLOR", "FORCE_COLOR"), read_colors),
)

#: What `report_at_set_up` was given and no set-up has reported yet.
_UNREPORTED: list[str] = []


def read_variables(
    environ: Mapping[str, str] | None = None,
) -> tuple[dict[str, object], list[ConfigurationError], list[str]]:
    """Read every variable that is set; an empty one counts as not set.

    Args:
        environ: The variables, or None for `os.environ`.

    Returns:
        The good values as a mapping for `TelemetryConfig.from_mapping`, one error for each bad
        variable of our own, and a text for each other bad one, which is to be reported at set-up.
    """
    given = os.environ if environ is None else environ
    values: dict[str, object] = {}
    errors, passed_over = list[ConfigurationError](), list[str]()
    for section, field, variables, read in VARIABLES:
        for variable in variables:
            text = given.get(variable)
            if not text:
                continue
            try:
                value = read(text, variable)
                if value is _NOTHING:
                    continue
                _find_section(values, section)[field] = value
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
    return values, errors, passed_over


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
