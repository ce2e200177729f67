"""One destination of lines, and what it may be."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from provide.foundation._config.attributes import field, frozen
from provide.foundation._config.fields import (
    DELIVERY_MODES,
    FORMATTERS,
    QUEUE_POLICIES,
    DeliveryMode,
    Formatter,
    QueuePolicy,
    check_choice,
    check_level,
    check_sequence,
    check_target,
)
from provide.foundation._config.section import Section, build
from provide.foundation.errors import ConfigurationError


class Stream(Protocol):
    """Be anything with a stream's `write`, of text or of bytes."""

    def write(self, data: Any, /) -> object:
        """Take one line."""


class RecordHandler(Protocol):
    """Be what `logging.Handler` is to an output; logging itself stays unimported."""

    def emit(self, record: Any, /) -> object:
        """Write one record."""

    def handle(self, record: Any, /) -> object:
        """Filter one record and emit it under the handler's lock."""


Target = str | os.PathLike[str] | Stream | RecordHandler | Callable[[bytes], object]


# attrs derives the type of an argument from its converter's, so each converter is a function of
# its own; and a converter is not told the field's name.
def _target(value: Target) -> str | Stream | RecordHandler | Callable[[bytes], object]:
    return cast("str | Stream", check_target(value, "outputs.target"))


def _output_level(value: str | int | None) -> str | None:
    return None if value is None else check_level(value, "outputs.level")


def _output_formatter(value: Formatter | None) -> Formatter | None:
    return None if value is None else check_choice(value, "outputs.formatter", FORMATTERS)


def _output_delivery(value: DeliveryMode | None) -> DeliveryMode | None:
    return None if value is None else check_choice(value, "outputs.delivery", DELIVERY_MODES)


def _output_queue_policy(value: QueuePolicy | None) -> QueuePolicy | None:
    return None if value is None else check_choice(value, "outputs.queue_policy", QUEUE_POLICIES)


@frozen(eq=False, repr=False)
class OutputConfig(Section):
    """Describe one entry of `LoggingConfig.outputs`.

    Args:
        target: A path (str or Path), ``"stderr"``, ``"stdout"``, a text or binary stream, a
            callable that takes bytes, or a `logging.Handler`. Required; no variable.
        level: The lowest level that this output writes, stored in upper case; it narrows what the
            loggers' own levels let through. Default None, all of that; no variable.
        formatter: ``json``, ``key_value``, ``compact`` or ``auto``. Default None, which means
            `LoggingConfig.console_formatter`; no variable.
        delivery: ``direct`` or ``background``, which a `logging.Handler` does not take. Default
            None, which means the mode of `LoggingConfig.delivery`; no variable.
        queue_policy: ``block``, ``drop_oldest`` or ``drop_newest``. Default None, which means
            that of `LoggingConfig.delivery`; no variable.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    target: str | Stream | RecordHandler | Callable[[bytes], object] = field(converter=_target)
    level: str | None = field(default=None, converter=_output_level)
    formatter: Formatter | None = field(default=None, converter=_output_formatter)
    delivery: DeliveryMode | None = field(default=None, converter=_output_delivery)
    queue_policy: QueuePolicy | None = field(default=None, converter=_output_queue_policy)


def read_outputs(
    value: Sequence[Target | OutputConfig | Mapping[str, object]],
) -> tuple[OutputConfig, ...]:
    """Return `LoggingConfig.outputs` in its stored form."""
    entries = check_sequence(value, "logging.outputs", "a list of outputs")
    return tuple(_read_output(entry, f"logging.outputs[{i}]") for i, entry in enumerate(entries))


def _read_output(entry: object, field: str) -> OutputConfig:
    if isinstance(entry, OutputConfig):
        return entry
    given = entry if isinstance(entry, Mapping) else {"target": entry}
    if "target" not in given:
        raise ConfigurationError(field, entry, "a mapping that has a target")
    try:
        return build(OutputConfig, given, "outputs")
    except ConfigurationError as error:
        # An OutputConfig does not know its place in the list.
        place = field + error.field.removeprefix("outputs")
        raise ConfigurationError(place, error.value, error.allowed) from None
