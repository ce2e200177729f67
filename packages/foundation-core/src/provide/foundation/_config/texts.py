"""What turns the text of an environment variable into the value of a field.

Each function is given the text and the variable's name, so that its error names what the operator
has set and not a field of Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from provide.foundation._config.values.checks import (
    LONGEST_PERIOD_S,
    SMALLEST_FILE_BYTES,
    check_censor,
    check_choice,
    check_integer,
    check_level,
    check_names,
    check_names_of_members,
    check_period,
    check_seconds,
    check_static_fields,
    check_text,
)
from provide.foundation._config.values.mappings import (
    StaticFields,
    is_number,
    read_pairs,
    split_commas,
)
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
NOTHING = object()
NUMBERS = {str(number): number for number in LEVEL_NAMES}


def level(text: str, variable: str) -> str:
    """Return a level given by its name or its number."""
    name = check_level(NUMBERS.get(text.strip(), text), variable)
    if name == "OFF" and variable in GENERIC:
        raise ConfigurationError(variable, text, "a level; PROVIDE_LOG_LEVEL takes OFF as well")
    return name


def keys(text: str, variable: str) -> Mapping[str, str]:
    """Return the names of ``event=message,level=severity``."""
    return check_names_of_members(read_pairs(text, variable, "event=message"), variable)


def one_of(words: Sequence[str]) -> Callable[[str, str], str]:
    """Return what reads one of some words, in any case."""
    return lambda text, variable: check_choice(text, variable, words)


def flag(text: str, variable: str) -> bool:
    """Return what 1, true, yes, on or 0, false, no, off says, in any case."""
    word = text.strip().lower()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    raise ConfigurationError(variable, text, "1, true, yes, on or 0, false, no, off")


def fold_frames(text: str, variable: str) -> bool | tuple[str, ...]:
    """Return what a flag says, or prefixes given with commas between them."""
    is_flag = text.strip().lower() in TRUE_WORDS + FALSE_WORDS
    return flag(text, variable) if is_flag else names(text, variable)


def integer(lowest: int, highest: int | None = None) -> Callable[[str, str], int]:
    """Return what reads an integer in a range."""
    return lambda text, variable: check_integer(_read_integer(text), variable, lowest, highest)


age = integer(1, LONGEST_PERIOD_S)
rotate_max_bytes = integer(SMALLEST_FILE_BYTES)


def period(text: str, variable: str) -> str | int:
    """Return a word such as ``daily``, or a number of seconds."""
    return check_period(_read_integer(text), variable)


def _read_integer(text: str) -> int | str:
    word = text.strip()
    return int(word) if is_number(word) and word.isdigit() else text


def censor(text: str, variable: str) -> object:
    """Return a text that stands for a secret."""
    return check_censor(text, variable)


def seconds(text: str, variable: str) -> float:
    """Return a time in seconds, such as ``0.5``."""
    word = text.strip()
    return check_seconds(float(word) if is_number(word) else text, variable)


def names(text: str, variable: str) -> tuple[str, ...]:
    """Return names given with commas between them."""
    return check_names(split_commas(text), variable)


def extensions(text: str, variable: str) -> tuple[str, ...]:
    """Return names given with commas between them; ``none`` is none."""
    return () if text.strip().lower() == "none" else names(text, variable)


def module_levels(text: str, variable: str) -> dict[str, str]:
    """Return the levels of ``app.db=DEBUG,app.http:WARNING``; the last of two equal names wins."""
    levels = {}
    for entry in split_commas(text):
        module, sign, word = entry.replace(":", "=", 1).partition("=")
        if not sign or not module.strip():
            allowed = "entries such as app.db=DEBUG,app.http:WARNING"
            raise ConfigurationError(variable, text, allowed)
        levels[module.strip()] = level(word, variable)
    return levels


def colors(text: str, variable: str) -> bool:
    """Return whether colours are asked for: by our own flag, or by the mere presence of another's.

    Source: https://no-color.org and https://force-color.org, where no value means the opposite.
    """
    if variable in ("NO_COLOR", "FORCE_COLOR"):
        return variable == "FORCE_COLOR"
    return flag(text, variable)


def static_fields(text: str, variable: str) -> StaticFields:
    """Return the fields of ``team=shop,region=eu``, whose values are texts."""
    return check_static_fields(read_pairs(text, variable, "team=shop,region=eu"), variable)


def sampling(text: str, variable: str) -> Mapping[str, object]:
    """Return the rules of ``app.http=100/100/1,app.db=50/1``, or of an object in JSON."""
    from provide.foundation._config.values.rules import read_rules  # few have the variable

    return read_rules(text, variable)


def attribute(*names: str) -> Callable[[str, str], object]:
    """Return what reads a text as it is, or the first of some attributes of a resource."""

    def read(text: str, variable: str) -> object:
        if variable != RESOURCE:
            return check_text(text, variable)
        from provide.foundation._process.resource import read_resource  # few have the variable

        given, _ = read_resource(text)
        return next((given[name] for name in names if given.get(name, "").strip()), NOTHING)

    return read
