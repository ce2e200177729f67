"""What `LoggingConfig` makes of the values that it is given, a function for each field.

attrs derives the type of an argument from its converter's, so each converter is a function of its
own; and a converter is not told the field's name. Each raises `ConfigurationError` for a value that
is not allowed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from provide.foundation._config.console import Console
from provide.foundation._config.groups import (
    Delivery,
    Limits,
    Redaction,
    Rotation,
)
from provide.foundation._config.section import read_group
from provide.foundation._config.values.checks import (
    DELIVERY_MODES,
    EXCEPTION_FORMS,
    FORMATTERS,
    SCHEMAS,
    STREAMS,
    TIMESTAMP_FORMS,
    DeliveryMode,
    ExceptionForm,
    Formatter,
    Schema,
    StandardStream,
    TimestampForm,
    check_callables,
    check_censor,
    check_choice,
    check_level,
    check_module_levels,
    check_names,
    check_names_of_members,
    check_path,
    check_patterns,
    check_sequence,
    check_static_fields,
)
from provide.foundation._config.values.mappings import Texts
from provide.foundation.errors import ConfigurationError

#: The rules of a configuration without sampling.
NO_RULES: Mapping[str, Any] = Texts({})
#: structlog's signature of a processor.
Processor = Callable[
    [Any, str, MutableMapping[str, Any]],
    Mapping[str, Any] | str | bytes | bytearray | tuple[Any, ...],
]


def default_level(value: str | int) -> str:
    """Return the lowest level."""
    return check_level(value, "logging.default_level")


def console_formatter(value: Formatter) -> Formatter:
    """Return the format."""
    return check_choice(value, "logging.console_formatter", FORMATTERS)


def schema(value: Schema) -> Schema:
    """Return the schema of JSON lines."""
    return check_choice(value, "logging.schema", SCHEMAS)


def keys(value: Mapping[str, str]) -> Mapping[str, str]:
    """Return other names for members of a line."""
    return check_names_of_members(value, "logging.keys")


def timestamp(value: TimestampForm) -> TimestampForm:
    """Return the form of the time in JSON."""
    return check_choice(value, "logging.timestamp", TIMESTAMP_FORMS)


def enabled_emoji_sets(value: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the names of the active emoji sets."""
    return None if value is None else check_names(value, "logging.enabled_emoji_sets")


def custom_emoji_sets(value: Sequence[object]) -> tuple[object, ...]:
    """Return own emoji sets."""
    return check_sequence(value, "logging.custom_emoji_sets", "a list of emoji sets")


def module_levels(value: Mapping[str, str | int]) -> Mapping[str, str]:
    """Return a level for each prefix."""
    return check_module_levels(value, "logging.module_levels")


def fields(value: Mapping[str, object]) -> Mapping[str, object]:
    """Return the fields that every line has."""
    return check_static_fields(value, "logging.fields")


def sampling(value: Mapping[str, object]) -> Mapping[str, Any]:
    """Return a rule for each prefix of the names of loggers."""
    if not isinstance(value, Mapping):
        allowed = "a mapping of names of loggers to Sample or RateLimit"
        raise ConfigurationError("logging.sampling", value, allowed)
    if not value:
        return NO_RULES
    from provide.foundation._config.values.rules import make_rules  # for those who ask

    return make_rules(value, "logging.sampling")


def log_file(value: str | os.PathLike[str] | None) -> str | None:
    """Return a path."""
    return None if value is None else check_path(value, "logging.log_file")


def output(value: StandardStream | None) -> StandardStream | None:
    """Return the name of a standard stream."""
    return None if value is None else check_choice(value, "logging.output", STREAMS)


def processors(value: Sequence[Processor]) -> tuple[Processor, ...]:
    """Return the processors."""
    return check_callables(value, "logging.processors")  # type: ignore[return-value]


def exceptions(value: ExceptionForm) -> ExceptionForm:
    """Return how lines in JSON have an exception."""
    return check_choice(value, "logging.exceptions", EXCEPTION_FORMS)


def fold_frames(value: bool | Sequence[str]) -> bool | tuple[str, ...]:
    """Return whether frames of libraries are folded, or of which ones."""
    if isinstance(value, bool):
        return value
    try:
        return check_names(value, "logging.fold_frames")
    except ConfigurationError as error:
        allowed = "True, False or a list of prefixes of modules or paths"
        raise ConfigurationError(error.field, value, allowed) from None


def extensions(value: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the names of distributions."""
    return None if value is None else check_names(value, "logging.extensions")


def redact_keys(value: Sequence[str]) -> tuple[str, ...]:
    """Return endings of secret keys."""
    return check_names(value, "logging.redact_keys")


def redact_except(value: Sequence[str]) -> tuple[str, ...]:
    """Return keys that are not secret."""
    return check_names(value, "logging.redact_except")


def redact_patterns(value: Sequence[object]) -> tuple[Any, ...]:
    """Return names of patterns, and compiled expressions."""
    return check_patterns(value, "logging.redact_patterns")


def censor(value: str | Callable[[Any], object] | None) -> str | Callable[[Any], object] | None:
    """Return what stands for a secret."""
    return check_censor(value, "logging.censor")


def rotation(value: Rotation | Mapping[str, object]) -> Rotation:
    """Return when a log file is set aside."""
    return read_group(Rotation, value, "logging.rotation")


def limits(value: Limits | Mapping[str, object]) -> Limits:
    """Return what a line may hold."""
    return read_group(Limits, value, "logging.limits")


def redaction(value: Redaction | Mapping[str, object]) -> Redaction:
    """Return which keys are secret."""
    return read_group(Redaction, value, "logging.redaction")


def console(value: Console | Mapping[str, object]) -> Console:
    """Return how lines look that people read."""
    return read_group(Console, value, "logging.console")


def delivery(value: DeliveryMode | Delivery | Mapping[str, object]) -> Delivery:
    """Return who writes a line, and when."""
    if isinstance(value, Mapping | Delivery):
        return read_group(Delivery, value, "logging.delivery")
    return Delivery(check_choice(value, "logging.delivery", DELIVERY_MODES))
