"""One destination of lines, and what it may be."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol, cast

from provide.foundation._config.attributes import field, frozen
from provide.foundation._config.section import Section, build
from provide.foundation._config.values.checks import (
    DELIVERY_MODES,
    EXCEPTION_FORMS,
    FORMATTERS,
    QUEUE_POLICIES,
    SCHEMAS,
    DeliveryMode,
    ExceptionForm,
    Formatter,
    QueuePolicy,
    Schema,
    check_choice,
    check_flag,
    check_integer,
    check_level,
    check_module_levels,
    check_seconds,
    check_sequence,
    check_target,
)
from provide.foundation._config.values.mappings import ModuleLevels
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import parse_level


class RecordView(tuple[int, str, str, Mapping[str, Any]]):
    """Show a filter one record; nothing of it can be changed."""

    __slots__ = ()

    #: A standard number, such as 30 for a warning.
    level = cast("int", property(itemgetter(0)))
    #: The logger's name.
    logger = cast("str", property(itemgetter(1)))
    #: The event.
    event = cast("str", property(itemgetter(2)))
    #: Bound, context and call fields, read-only, under the names that they have in the line.
    #: Secrets are masked; all other values are the caller's own objects.
    fields = cast("Mapping[str, Any]", property(itemgetter(3)))


# What a program does without: a protocol takes a tenth of a millisecond to make.
if TYPE_CHECKING:

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

    #: Returns something true for each record that is to be written.
    Filter = Callable[[RecordView], object]
    #: Takes a line, or several with `OutputConfig.batch`.
    Taker = Callable[[bytes], object] | Callable[[list[bytes]], object]
    Target = str | os.PathLike[str] | Stream | RecordHandler | Taker


# attrs derives the type of an argument from its converter's, so each converter is a function of
# its own; and a converter is not told the field's name.
def _target(value: Target) -> str | Stream | RecordHandler | Taker:
    return cast("str | Stream", check_target(value, "outputs.target"))


def _output_level(value: str | int | None) -> str | None:
    return None if value is None else check_level(value, "outputs.level")


def _max_level(value: str | int | None) -> str | None:
    if value is None:
        return None
    level = check_level(value, "outputs.max_level")
    if level == "OFF":
        allowed = 'a level from TRACE to CRITICAL; level="OFF" is what writes nothing'
        raise ConfigurationError("outputs.max_level", value, allowed)
    return level


def _module_levels(value: Mapping[str, str | int]) -> Mapping[str, str]:
    return check_module_levels(value, "outputs.module_levels")


def _filter(value: Filter | str | None) -> Filter | str | None:
    if (
        value is None
        or (isinstance(value, str) and value.strip())
        or (callable(value) and not isinstance(value, type) and not _is_coroutine(value))
    ):
        return value
    allowed = (
        "None, a function that takes a record and returns whether to write it, or the place of "
        'one such as "package.module:function"'
    )
    raise ConfigurationError("outputs.filter", value, allowed)


def _is_coroutine(value: object) -> bool:
    # inspect's CO_COROUTINE: what such a function returns is true whatever it would say.
    return bool(getattr(getattr(value, "__code__", None), "co_flags", 0) & 0x80)


def _colors(value: bool | None) -> bool | None:
    return None if value is None else check_flag(value, "outputs.colors")


def _output_formatter(value: Formatter | None) -> Formatter | None:
    return None if value is None else check_choice(value, "outputs.formatter", FORMATTERS)


def _output_exceptions(value: ExceptionForm | None) -> ExceptionForm | None:
    return None if value is None else check_choice(value, "outputs.exceptions", EXCEPTION_FORMS)


def _output_schema(value: Schema | None) -> Schema | None:
    return None if value is None else check_choice(value, "outputs.schema", SCHEMAS)


def _output_delivery(value: DeliveryMode | None) -> DeliveryMode | None:
    return None if value is None else check_choice(value, "outputs.delivery", DELIVERY_MODES)


def _output_queue_policy(value: QueuePolicy | None) -> QueuePolicy | None:
    return None if value is None else check_choice(value, "outputs.queue_policy", QUEUE_POLICIES)


def _batch(value: int | None) -> int | None:
    return None if value is None else check_integer(value, "outputs.batch", 1, None)


def _batch_bytes(value: int) -> int:
    return check_integer(value, "outputs.batch_bytes", 1, None)


def _batch_age_s(value: float) -> float:
    age_s = check_seconds(value, "outputs.batch_age_s")
    if not age_s:
        raise ConfigurationError("outputs.batch_age_s", value, "a number of seconds above 0")
    return age_s


def _batch_attempts(value: int) -> int:
    return check_integer(value, "outputs.batch_attempts", 1, None)


def _batch_retry_s(value: float) -> float:
    return check_seconds(value, "outputs.batch_retry_s")


def _takes_lines(target: object) -> bool:
    """Say whether lines are handed to a target by a call of it."""
    others = ("write", "handle")
    return callable(target) and not any(hasattr(target, name) for name in others)


@frozen(eq=False, repr=False)
class OutputConfig(Section):
    """Describe one entry of `LoggingConfig.outputs`.

    Args:
        target: A path (str or Path), ``"stderr"``, ``"stdout"``, a text or binary stream, a
            callable that takes bytes, or a list of them with `batch`, or a `logging.Handler`.
            Required; no variable.
        level: The lowest level that this output writes, stored in upper case; it narrows what the
            loggers' own levels let through. ``OFF`` writes nothing but what `module_levels` allow;
            the target is opened all the same. Default None, all of that; no variable.
        max_level: The highest level that it writes, itself included. Default None, which means
            critical; no variable.
        module_levels: Another lowest level for each dotted prefix of logger names, in place of
            `level`; the longest prefix wins. Default none; no variable.
        filter: A function that is given a `RecordView` and returns whether to write it, or where
            one is: ``"package.module:function"``, looked up at set-up. Where it raises, the line
            is written. Default None; no variable.
        colors: Whether colours are written, as `Console.colors`, for this output alone. Default
            None, which means `Console.colors`; no variable.
        formatter: ``json``, ``key_value``, ``compact`` or ``auto``. Default None, which means
            `LoggingConfig.console_formatter`; no variable.
        schema: Whose names and forms lines in JSON have, as `LoggingConfig.schema`; not beside
            another `formatter` than ``json`` and ``auto``. Default None, which means
            `LoggingConfig.schema` with its `keys`; no variable.
        delivery: ``direct`` or ``background``, which a `logging.Handler` does not take. Default
            None, which means the mode of `LoggingConfig.delivery`; no variable.
        queue_policy: ``block``, ``drop_oldest`` or ``drop_newest``. Default None, which means
            that of `LoggingConfig.delivery`, and ``drop_oldest`` with `batch`; no variable.
        batch: For a callable only: how many lines it gets at once at most, as a list of bytes, in a
            thread of the output's own. Default `None`: one line a call; no variable.
        batch_age_s: How many seconds a line waits at most for others of its batch, more than 0 and
            up to 3,600. Default 1.0; no variable.
        batch_bytes: How many bytes the lines of a batch have at most; a longer line is a batch of
            its own. Default 1,048,576 (1 MiB); no variable.
        batch_attempts: How many times a batch is tried that the callable raises for, 1 or more.
            Default 6; no variable.
        batch_retry_s: How many seconds after the first attempt the last one begins at the latest, 0
            to 3,600; a callable that does not return for so long is reported. Default 30.0; no
            variable.
        exceptions: How its lines in JSON have an exception: ``object``, ``text`` or ``both``.
            Default None, which means `LoggingConfig.exceptions`; no variable.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    target: str | Stream | RecordHandler | Taker = field(converter=_target)
    level: str | None = field(default=None, converter=_output_level)
    max_level: str | None = field(default=None, converter=_max_level, kw_only=True)
    module_levels: Mapping[str, str] = field(
        default=ModuleLevels({}), converter=_module_levels, kw_only=True
    )
    filter: Filter | str | None = field(default=None, converter=_filter, kw_only=True)
    colors: bool | None = field(default=None, converter=_colors, kw_only=True)
    formatter: Formatter | None = field(default=None, converter=_output_formatter)
    schema: Schema | None = field(default=None, converter=_output_schema, kw_only=True)
    delivery: DeliveryMode | None = field(default=None, converter=_output_delivery)
    queue_policy: QueuePolicy | None = field(default=None, converter=_output_queue_policy)
    batch: int | None = field(default=None, converter=_batch, kw_only=True)
    batch_age_s: float = field(default=1.0, converter=_batch_age_s, kw_only=True)
    batch_bytes: int = field(default=1024 * 1024, converter=_batch_bytes, kw_only=True)
    batch_attempts: int = field(default=6, converter=_batch_attempts, kw_only=True)
    batch_retry_s: float = field(default=30.0, converter=_batch_retry_s, kw_only=True)
    exceptions: ExceptionForm | None = field(
        default=None, converter=_output_exceptions, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        self._check_levels()
        if self.schema is not None and self.formatter not in (None, "json", "auto"):
            allowed = f"None beside the formatter {self.formatter}: schemas are for json"
            raise ConfigurationError("outputs.schema", self.schema, allowed)
        if self.batch is None:
            return
        if not _takes_lines(self.target):
            allowed = "None, or a target that is a callable"
            raise ConfigurationError("outputs.batch", self.batch, allowed)
        if self.delivery == "direct":
            allowed = "background or None: a batch is sent by a thread"
            raise ConfigurationError("outputs.delivery", self.delivery, allowed)

    def _check_levels(self) -> None:
        if None in (self.level, self.max_level) or self.level == "OFF":
            return
        lowest, highest = parse_level(self.level), parse_level(self.max_level)
        if highest < lowest:
            allowed = f"{self.level}, which is its level, or a higher one"
            raise ConfigurationError("outputs.max_level", self.max_level, allowed)


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
