"""What each kind of configuration value may be.

Every check takes a value and the name to blame, and returns the value in its stored form: an
upper-case level, a lower-case formatter, a tuple; or it raises `ConfigurationError`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar, get_args

from provide.foundation._config.values.mappings import ModuleLevels, StaticFields, Texts
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import level_name, parse_level

# A type checker knows the words, so that a wrong one shows in the editor; the constants hold the
# same words for the check at run time, which takes them in any case.
Formatter = Literal["json", "key_value", "compact", "auto"]
StandardStream = Literal["stderr", "stdout"]
DeliveryMode = Literal["direct", "background"]
QueuePolicy = Literal["block", "drop_oldest", "drop_newest"]
ExceptionForm = Literal["object", "text", "both"]
Schema = Literal["foundation", "otel", "ecs", "gcp", "datadog", "logstash"]
TimestampForm = Literal["iso", "epoch_s", "epoch_ms", "epoch_ns"]
Period = Literal["hourly", "daily", "weekly", "monthly"]

FORMATTERS: tuple[Formatter, ...] = get_args(Formatter)
STREAMS: tuple[StandardStream, ...] = get_args(StandardStream)
DELIVERY_MODES: tuple[DeliveryMode, ...] = get_args(DeliveryMode)
QUEUE_POLICIES: tuple[QueuePolicy, ...] = get_args(QueuePolicy)
EXCEPTION_FORMS: tuple[ExceptionForm, ...] = get_args(ExceptionForm)
PERIODS: tuple[Period, ...] = get_args(Period)
SCHEMAS: tuple[Schema, ...] = get_args(Schema)
TIMESTAMP_FORMS: tuple[TimestampForm, ...] = get_args(TimestampForm)
#: The members of a line that may have another name; back ends rely on those of a trace.
MEMBERS = (
    *("timestamp", "level", "logger", "event", "service", "service_version", "environment"),
    *("host", "pid", "emoji", "thread", "task", "exception", "stack_trace", "stack", "callsite"),
)
LONGEST_TIMEOUT_S = 3600.0
#: A file that is set aside with every few lines would cost more than the lines.
SMALLEST_FILE_BYTES = 1024
#: Of the name of a member, or of a field that every line has.
LONGEST_NAME = 128
#: The names that no such field may have: members of a line, and parameters of a log call.
NOT_STATIC = frozenset(
    {
        *("timestamp", "level", "logger", "event", "service", "service_version", "environment"),
        *("emoji", "trace_id", "span_id", "trace_flags", "exception", "stack", "callsite"),
        *("exc_info", "stack_info", "stacklevel"),
    }
)
#: A hundred years; beyond some thousands of them a calendar ends.
LONGEST_PERIOD_S = 3_155_760_000

_Word = TypeVar("_Word", bound=str)


def check_level(value: object, field: str) -> str:
    """Return the upper-case name of a level given as a name in any case or as a number."""
    return level_name(parse_level(value, field))


def check_choice(value: object, field: str, choices: Sequence[_Word]) -> _Word:
    """Return the one of some lower-case words that was given, in whatever case."""
    if isinstance(value, str):
        word = value.strip().lower()
        for choice in choices:
            if choice == word:
                return choice
    raise ConfigurationError(field, value, " | ".join(choices))


def check_flag(value: object, field: str) -> bool:
    """Return True or False; nothing else counts as either."""
    if isinstance(value, bool):
        return value
    raise ConfigurationError(field, value, "True or False")


def check_integer(value: object, field: str, lowest: int, highest: int | None) -> int:
    """Return an integer in a range whose two ends are allowed; None is no upper end."""
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and lowest <= value
        and (highest is None or value <= highest)
    ):
        return value
    span = f"of {lowest} or more" if highest is None else f"from {lowest} to {highest}"
    raise ConfigurationError(field, value, f"an integer {span}")


def check_seconds(
    value: object, field: str, lowest: float = 0, highest: float = LONGEST_TIMEOUT_S
) -> float:
    """Return a time in seconds in a range whose two ends are allowed."""
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and lowest <= value <= highest  # NaN is not, nor is an integer that float() cannot take
    ):
        return float(value)
    raise ConfigurationError(field, value, f"a number of seconds from {lowest} to {highest:.0f}")


def check_period(value: object, field: str) -> Period | int:
    """Return a word of `PERIODS` in lower case, or a number of seconds."""
    if isinstance(value, str) and value.strip().lower() in PERIODS:
        return check_choice(value, field, PERIODS)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_PERIOD_S:
        return value
    allowed = f"{' | '.join(PERIODS)} or an integer from 1 to {LONGEST_PERIOD_S}, in seconds"
    raise ConfigurationError(field, value, allowed)


def check_text(value: object, field: str) -> str:
    """Return a string that has something in it."""
    if isinstance(value, str) and value.strip():
        return value
    raise ConfigurationError(field, value, "a string that is not empty")


def check_path(value: object, field: str) -> str:
    """Return the path of a file as a string; whether it can be opened shows at set-up."""
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if isinstance(path, str) and path and "\0" not in path:
        return path
    raise ConfigurationError(field, value, "the path of a file, as a string or a Path")


def check_target(value: object, field: str) -> object:
    """Return the target of an output: a path or stream name as a string, else the object given."""
    if isinstance(value, str) and value.strip().lower() in STREAMS:
        return value.strip().lower()
    if isinstance(value, str | os.PathLike):
        return check_path(value, field)
    # A class is a slip (`StreamHandler` for `StreamHandler()`), though it may be called.
    if not isinstance(value, type) and (
        callable(value) or callable(getattr(value, "write", None)) or _is_handler(value)
    ):
        return value
    allowed = "a path, stderr, stdout, a stream, a callable that takes bytes or a logging.Handler"
    raise ConfigurationError(field, value, allowed)


def _is_handler(value: object) -> bool:
    # Nobody holds a handler before logging has been imported, and we do not import it to ask.
    logging = sys.modules.get("logging")
    return logging is not None and isinstance(value, logging.Handler)


def check_sequence(value: object, field: str, allowed: str) -> tuple[object, ...]:
    """Return the items of a list or tuple; a string is not taken for its letters."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview):
        return tuple(value)
    raise ConfigurationError(field, value, allowed)


def check_names(value: object, field: str) -> tuple[str, ...]:
    """Return a list or tuple of names, none of them empty, as a tuple."""
    allowed = "a list of strings that are not empty"
    names = check_sequence(value, field, allowed)
    # A name of "-" and "_" alone would match every key, as redaction leaves those two out.
    if all(isinstance(name, str) and name.strip(" -_") for name in names):
        return names  # type: ignore[return-value]  # all() narrows no element type
    raise ConfigurationError(field, value, allowed)


def check_callables(value: object, field: str) -> tuple[Callable[..., object], ...]:
    """Return a list or tuple of callables as a tuple."""
    allowed = "a list of callables (logger, method_name, event_dict) -> event_dict"
    steps = check_sequence(value, field, allowed)
    if all(callable(step) and not isinstance(step, type) for step in steps):
        return steps  # type: ignore[return-value]  # all() narrows no element type
    raise ConfigurationError(field, value, allowed)


def check_module_levels(value: object, field: str) -> ModuleLevels:
    """Return an immutable mapping of dotted module names to upper-case level names."""
    if not isinstance(value, Mapping):
        raise ConfigurationError(field, value, "a mapping of module names to levels")
    levels = {}
    for module, level in value.items():
        if not isinstance(module, str) or not module.strip():
            raise ConfigurationError(field, module, "module names such as app.db as keys")
        if isinstance(level, Mapping):
            # TOML reads `app.db = "DEBUG"` as a table in a table.
            hint = f'a level; in TOML a dotted name stands in quotes, "{module}.name" = "DEBUG"'
            raise ConfigurationError(f"{field}[{module!r}]", level, hint)
        levels[module.strip()] = check_level(level, f"{field}[{module!r}]")
    return ModuleLevels(levels)


def check_static_fields(value: object, field: str) -> StaticFields:
    """Return an immutable mapping of names that every format takes as they are to any values."""
    if not isinstance(value, Mapping):
        raise ConfigurationError(field, type(value), "a mapping of names to values")
    for name in value:
        if (
            not isinstance(name, str)
            or not name
            or len(name) > LONGEST_NAME
            or not name.isprintable()
            or any(each in ' ="\\\ufffd' for each in name)
        ):
            allowed = (
                f"names of up to {LONGEST_NAME} printable characters but space, =, \\ and quote"
            )
            raise ConfigurationError(field, name, allowed)
        if name in NOT_STATIC:
            allowed = (
                f"other names than {', '.join(sorted(NOT_STATIC))}: lines have those themselves"
            )
            raise ConfigurationError(f"{field}[{name!r}]", value[name], allowed)
    return StaticFields({str.__str__(name): each for name, each in value.items()})


def check_names_of_members(value: object, field: str) -> Texts:
    """Return an immutable mapping of members of a line to the names that they get."""
    if not isinstance(value, Mapping):
        raise ConfigurationError(field, value, "a mapping of members of a line to other names")
    names: dict[str, str] = {}
    for member, name in value.items():
        if member not in MEMBERS:
            allowed = f"{', '.join(MEMBERS)}{suggest_key(member, MEMBERS, ())}"
            raise ConfigurationError(field, member, allowed)
        if (
            not isinstance(name, str)
            or not 0 < len(name.strip()) == len(name) <= LONGEST_NAME
            or not name.isprintable()
        ):
            allowed = f"a text of 1 to {LONGEST_NAME} printable characters"
            raise ConfigurationError(f"{field}[{member!r}]", name, allowed)
        if name in names.values():
            allowed = "a name of its own for each member"
            raise ConfigurationError(f"{field}[{member!r}]", name, allowed)
        names[str(member)] = str(name)
    return Texts(names)


def check_keys(
    values: object, prefix: str, known: Iterable[str], elsewhere: Iterable[str] = ()
) -> dict[str, object]:
    """Return a mapping as a dict once every key is known; else suggest the nearest key.

    Args:
        values: What should be a mapping of field names to values.
        prefix: The dotted name of the section, or "" for the outermost one.
        known: The names of the section's fields.
        elsewhere: Dotted names of other sections' fields, for the suggestion.
    """
    if not isinstance(values, Mapping):
        raise ConfigurationError(prefix or "configuration", values, "a mapping of fields to values")
    known = tuple(known)
    for key, value in values.items():
        if key not in known:
            field = f"{prefix}.{key}" if prefix else str(key)
            allowed = f"{', '.join(known)}{suggest_key(key, known, elsewhere)}"
            raise ConfigurationError(field, value, allowed)
    return {str(key): value for key, value in values.items()}


def suggest_key(key: object, known: Iterable[str], elsewhere: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the field whose name comes nearest, or ""."""
    # Imported here: it pulls in re, and only a mistyped key needs it.
    import difflib

    places = {name.rpartition(".")[2]: name for name in (*elsewhere, *known)}
    nearest = difflib.get_close_matches(str(key), places, n=1)
    return f"; did you mean {places[nearest[0]]!r}?" if nearest else ""


def check_patterns(value: object, field: str) -> tuple[Any, ...]:
    """Return names of built-in patterns in lower case, and regular expressions compiled."""
    if value == ():
        return ()
    from provide.foundation._config.values import patterns  # for those who ask

    return patterns.check_patterns(value, field)


def check_censor(value: Any, field: str) -> str | Callable[[Any], object] | None:
    """Return a text that is not empty, a function, or None."""
    if value is None:
        return None
    from provide.foundation._config.values import patterns

    return patterns.check_censor(value, field)


def read_patterns(text: str, variable: str) -> tuple[Any, ...]:
    """Return names of built-in patterns given with commas between them."""
    from provide.foundation._config.values import patterns

    return patterns.read_patterns(text, variable)
