"""The immutable configuration and its presets.

A configuration is checked when it is made, so whoever holds one holds a valid one. Making it opens
no file and touches no stream: what only the system can tell shows at set-up. A new field is one
line in its class and one in the class's docstring; a new section is a class, a field of
`TelemetryConfig` and an entry in `SECTIONS` and `_section_class`. Over 300 lines, because each
class documents all its fields and their variables in one place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, cast

import attrs

from provide.foundation._config.checks import (
    DELIVERIES,
    FORMATTERS,
    LONGEST_PERIOD_S,
    QUEUE_POLICIES,
    SMALLEST_FILE_BYTES,
    STREAMS,
    ModuleLevels,
    check_callables,
    check_choice,
    check_keys,
    check_level,
    check_module_levels,
    check_names,
    check_path,
    check_period,
    check_seconds,
    check_sequence,
    check_target,
    check_text,
)
from provide.foundation._config.environment import read_variables
from provide.foundation._config.section import (
    be_flag,
    be_flag_or_none,
    be_integer,
    be_integer_or_none,
    build,
    field_names,
    refuse_unknown,
)
from provide.foundation._diagnostics.reports import NOTICES
from provide.foundation.errors import ConfigurationError

if TYPE_CHECKING:
    from provide.foundation._config.export import MetricsConfig, OtlpConfig

#: structlog's signature of a processor.
Processor = Callable[
    [Any, str, MutableMapping[str, Any]],
    Mapping[str, Any] | str | bytes | bytearray | tuple[Any, ...],
]


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


def _output_formatter(value: str | None) -> str | None:
    return None if value is None else check_choice(value, "outputs.formatter", FORMATTERS)


def _output_delivery(value: str | None) -> str | None:
    return None if value is None else check_choice(value, "outputs.delivery", DELIVERIES)


def _output_queue_policy(value: str | None) -> str | None:
    return None if value is None else check_choice(value, "outputs.queue_policy", QUEUE_POLICIES)


@refuse_unknown
@attrs.frozen
class OutputConfig:
    """Describe one entry of `LoggingConfig.outputs`.

    Args:
        target: A path (str or Path), ``"stderr"``, ``"stdout"``, a text or binary stream, a
            callable that takes bytes, or a `logging.Handler`. Required; no variable.
        level: The lowest level that this output writes, stored in upper case; it narrows what the
            loggers' own levels let through. Default None, all of that; no variable.
        formatter: ``json``, ``key_value``, ``compact`` or ``auto``. Default None, which means
            `LoggingConfig.console_formatter`; no variable.
        delivery: ``direct`` or ``background``, which a `logging.Handler` does not take. Default
            None, which means `LoggingConfig.delivery`; no variable.
        queue_policy: ``block``, ``drop_oldest`` or ``drop_newest``. Default None, which means
            `LoggingConfig.queue_policy`; no variable.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    target: str | Stream | RecordHandler | Callable[[bytes], object] = attrs.field(
        converter=_target
    )
    level: str | None = attrs.field(default=None, converter=_output_level)
    formatter: str | None = attrs.field(default=None, converter=_output_formatter)
    delivery: str | None = attrs.field(default=None, converter=_output_delivery)
    queue_policy: str | None = attrs.field(default=None, converter=_output_queue_policy)


def _default_level(value: str | int) -> str:
    return check_level(value, "logging.default_level")


def _console_formatter(value: str) -> str:
    return check_choice(value, "logging.console_formatter", FORMATTERS)


def _enabled_emoji_sets(value: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if value is None else check_names(value, "logging.enabled_emoji_sets")


def _custom_emoji_sets(value: Sequence[object]) -> tuple[object, ...]:
    return check_sequence(value, "logging.custom_emoji_sets", "a list of emoji sets")


def _module_levels(value: Mapping[str, str | int]) -> Mapping[str, str]:
    return check_module_levels(value, "logging.module_levels")


def _log_file(value: str | os.PathLike[str] | None) -> str | None:
    return None if value is None else check_path(value, "logging.log_file")


def _rotate_when(value: str | int | None) -> str | int | None:
    return None if value is None else check_period(value, "logging.rotate_when")


def _output(value: str | None) -> str | None:
    return None if value is None else check_choice(value, "logging.output", STREAMS)


def _outputs(
    value: Sequence[Target | OutputConfig | Mapping[str, object]],
) -> tuple[OutputConfig, ...]:
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


def _processors(value: Sequence[Processor]) -> tuple[Processor, ...]:
    return check_callables(value, "logging.processors")  # type: ignore[return-value]


def _extensions(value: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if value is None else check_names(value, "logging.extensions")


def _redact_keys(value: Sequence[str]) -> tuple[str, ...]:
    return check_names(value, "logging.redact_keys")


def _write_timeout_s(value: float) -> float:
    return check_seconds(value, "logging.write_timeout_s")


def _delivery(value: str) -> str:
    return check_choice(value, "logging.delivery", DELIVERIES)


def _queue_policy(value: str) -> str:
    return check_choice(value, "logging.queue_policy", QUEUE_POLICIES)


def _drain_timeout_s(value: float) -> float:
    return check_seconds(value, "logging.drain_timeout_s")


@refuse_unknown
@attrs.frozen(kw_only=True)
class LoggingConfig:
    """Hold how lines are chosen, rendered and written.

    Lists are taken where tuples are stored. A field with no variable named is set in code or in a
    file only.

    Args:
        default_level: The lowest level written where `module_levels` says nothing else: trace,
            debug, info, warning, error or critical in any case, 5 to 50, or off; stored in upper
            case. Default ``"INFO"``; PROVIDE_LOG_LEVEL, else LOG_LEVEL.
        console_formatter: ``json``, ``key_value``, ``compact``, or ``auto``: key_value on a
            terminal and json elsewhere. Default ``"auto"``; PROVIDE_LOG_CONSOLE_FORMATTER.
        das_emoji_prefix_enabled: Whether lines get the emoji of domain, action and status.
            Default None, which means: where foundation-emoji is installed and the output is a
            terminal; PROVIDE_LOG_DAS_EMOJI_ENABLED.
        logger_name_emoji_prefix_enabled: The same for the emoji of the logger's name. Default
            None; PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED.
        enabled_emoji_sets: The emoji sets that are active. Default None, all of them; an empty
            list is none. PROVIDE_LOG_ENABLED_EMOJI_SETS, such as ``http,database``.
        custom_emoji_sets: Own emoji sets, which are active whatever `enabled_emoji_sets` says: each
            a `provide.foundation.emoji.EmojiSet` or a mapping of its fields. Only foundation-emoji
            looks into them. Default none; no variable.
        omit_timestamp: Whether lines come without a timestamp. Default False;
            PROVIDE_LOG_OMIT_TIMESTAMP.
        module_levels: A level for each dotted prefix of logger names, the longest prefix wins.
            Default none; PROVIDE_LOG_MODULE_LEVELS, such as ``app.db=DEBUG,app.http:WARNING``.
        log_file: A path to write to instead of `output`. Default None; PROVIDE_LOG_FILE.
        rotate_max_bytes: The size from which a file is set aside and a new one begun, 1,024 or
            more; of `log_file` and of each path in `outputs`. Default None, any size;
            PROVIDE_LOG_ROTATE_MAX_BYTES.
        rotate_when: When a file is set aside: ``hourly``, ``daily``, ``weekly`` (on Mondays),
            ``monthly``, all in UTC, or a number of seconds. Default None, never;
            PROVIDE_LOG_ROTATE_WHEN.
        backup_count: How many files that were set aside are kept, 1 or more. Default None, all;
            PROVIDE_LOG_BACKUP_COUNT.
        backup_max_age_s: After how many seconds such a file is deleted, 1 or more. Default None,
            never; PROVIDE_LOG_BACKUP_MAX_AGE_S.
        backup_compress: Whether such files are compressed with gzip. Default False;
            PROVIDE_LOG_BACKUP_COMPRESS.
        output: ``stderr`` or ``stdout``. Default None, which means stderr; PROVIDE_LOG_OUTPUT.
        outputs: Several destinations at once, instead of `output` and `log_file`: each an
            `OutputConfig`, a target that one takes, or a mapping of its fields. Stored as
            `OutputConfig`. Default none; no variable.
        processors: Callables with structlog's signature
            ``(logger, method_name, event_dict) -> event_dict``. Default none; no variable.
        colors: Whether colours are written. Default None, which means: on a terminal; NO_COLOR,
            else FORCE_COLOR, each with any value.
        capture_stdlib: Whether set-up routes `logging` and `warnings` through the same outputs.
            Default True, but never in zero-config use; no variable.
        capture_structlog: Whether set-up routes structlog's loggers through the same outputs.
            Default True, but never in zero-config use; PROVIDE_LOG_CAPTURE_STRUCTLOG.
        callsite: Whether each line says its file, line and function. Default False; no variable.
        extensions: The installed distributions that may add to lines and exports, such as
            ``foundation-emoji``; the code of no other one is imported by its entry points. Default
            None, all of them; an empty list: none; PROVIDE_LOG_EXTENSIONS, where ``none`` is none.
        redact_keys: Further endings of keys whose values are masked, without regard to case,
            ``-`` and ``_``. Default none; no variable.
        redact_defaults: Whether the built-in list of such endings holds as well; False leaves
            `redact_keys` alone. Default True; no variable.
        max_depth: How many levels of nesting a value keeps, 1 to 200. Default 32; no variable.
        max_items: How many items a container keeps, 1 or more. Default 1,000; no variable.
        max_string_chars: How many characters a string keeps, 1 or more. Default 2,097,152
            (2 MiB of ASCII); no variable.
        max_line_bytes: How many bytes a line may have, 256 or more. Default 8,388,608 (8 MiB); no
            variable.
        write_timeout_s: How many seconds of any ten calls wait for an output that takes nothing
            at present, 0 to 3,600; what cannot be written by then is dropped. Default 0.5, which
            is 5 %; no variable.
        write_holds_gil: Whether threads that log at once, and the native lane, may keep the GIL
            while the kernel takes a line for a file on a local disk. That is faster, and while the
            file system is frozen, for a snapshot, so is the whole process. On network and FUSE file
            systems no write keeps it. Default True; PROVIDE_LOG_WRITE_HOLDS_GIL.
        delivery: ``direct``, where a call that has returned has been written, or ``background``,
            where a thread of each output writes what calls put on its queue; a `logging.Handler`
            is always called directly. Default ``"direct"``; PROVIDE_LOG_DELIVERY.
        queue_policy: What a line does that finds the queue full: ``block`` waits up to
            `write_timeout_s`, except on a thread whose event loop is running; ``drop_oldest``
            takes the place of the oldest; ``drop_newest`` is not written. Default ``"block"``;
            PROVIDE_LOG_QUEUE_POLICY.
        queue_lines: How many lines an output has taken and not yet written at most, 1 or more.
            Default 16,384; no variable.
        queue_bytes: The same in bytes, 1 or more; a longer line is taken where no other waits.
            Default 33,554,432 (32 MiB); no variable.
        drain_timeout_s: How many seconds exit, shutdown and a new set-up wait for the queue of
            each output, 0 to 3,600. Default 5.0; no variable.
        drain_on_sigterm: Whether a set-up, which has to run in the main thread then, handles
            SIGTERM: the queues are written, then what SIGTERM did before is done. Default False;
            no variable.

    Raises:
        ConfigurationError: A value is not allowed, or `outputs` is given beside `output` or
            `log_file`.
    """

    SECTION: ClassVar[str] = "logging"

    default_level: str = attrs.field(default="INFO", converter=_default_level)
    console_formatter: str = attrs.field(default="auto", converter=_console_formatter)
    das_emoji_prefix_enabled: bool | None = attrs.field(default=None, validator=be_flag_or_none)
    logger_name_emoji_prefix_enabled: bool | None = attrs.field(
        default=None, validator=be_flag_or_none
    )
    enabled_emoji_sets: tuple[str, ...] | None = attrs.field(
        default=None, converter=_enabled_emoji_sets
    )
    custom_emoji_sets: tuple[object, ...] = attrs.field(default=(), converter=_custom_emoji_sets)
    omit_timestamp: bool = attrs.field(default=False, validator=be_flag)
    module_levels: Mapping[str, str] = attrs.field(
        default=ModuleLevels({}), converter=_module_levels
    )
    log_file: str | None = attrs.field(default=None, converter=_log_file)
    rotate_max_bytes: int | None = attrs.field(
        default=None, validator=be_integer_or_none(SMALLEST_FILE_BYTES)
    )
    rotate_when: str | int | None = attrs.field(default=None, converter=_rotate_when)
    backup_count: int | None = attrs.field(default=None, validator=be_integer_or_none(1))
    backup_max_age_s: int | None = attrs.field(
        default=None, validator=be_integer_or_none(1, LONGEST_PERIOD_S)
    )
    backup_compress: bool = attrs.field(default=False, validator=be_flag)
    output: str | None = attrs.field(default=None, converter=_output)
    outputs: tuple[OutputConfig, ...] = attrs.field(default=(), converter=_outputs)
    processors: tuple[Processor, ...] = attrs.field(default=(), converter=_processors)
    colors: bool | None = attrs.field(default=None, validator=be_flag_or_none)
    capture_stdlib: bool = attrs.field(default=True, validator=be_flag)
    capture_structlog: bool = attrs.field(default=True, validator=be_flag)
    callsite: bool = attrs.field(default=False, validator=be_flag)
    extensions: tuple[str, ...] | None = attrs.field(default=None, converter=_extensions)
    redact_keys: tuple[str, ...] = attrs.field(default=(), converter=_redact_keys)
    redact_defaults: bool = attrs.field(default=True, validator=be_flag)
    # orjson refuses 255 levels; a line's own structure takes some of them.
    max_depth: int = attrs.field(default=32, validator=be_integer(1, 200))
    max_items: int = attrs.field(default=1_000, validator=be_integer(1))
    max_string_chars: int = attrs.field(default=2 * 1024 * 1024, validator=be_integer(1))
    # Below this a line could not hold its own timestamp, level, logger and event.
    max_line_bytes: int = attrs.field(default=8 * 1024 * 1024, validator=be_integer(256))
    write_timeout_s: float = attrs.field(default=0.5, converter=_write_timeout_s)
    write_holds_gil: bool = attrs.field(default=True, validator=be_flag)
    delivery: str = attrs.field(default="direct", converter=_delivery)
    queue_policy: str = attrs.field(default="block", converter=_queue_policy)
    queue_lines: int = attrs.field(default=16_384, validator=be_integer(1))
    queue_bytes: int = attrs.field(default=32 * 1024 * 1024, validator=be_integer(1))
    drain_timeout_s: float = attrs.field(default=5.0, converter=_drain_timeout_s)
    drain_on_sigterm: bool = attrs.field(default=False, validator=be_flag)

    def __attrs_post_init__(self) -> None:
        if not self.outputs:
            return
        for rival in ("output", "log_file"):
            if getattr(self, rival) is not None:
                allowed = f"outputs without {rival}: list that destination in outputs"
                raise ConfigurationError("logging.outputs", list(self.outputs), allowed)


def _service_name(value: str | None) -> str | None:
    return None if value is None else check_text(value, "service_name")


def _be_section(_config: Any, attribute: Any, value: object) -> None:
    section = _section_class(attribute.name)
    if not isinstance(value, section):
        raise ConfigurationError(attribute.name, value, f"a {section.__name__}")


def _be_section_or_none(config: Any, attribute: Any, value: object) -> None:
    if value is not None:
        _be_section(config, attribute, value)


@refuse_unknown
@attrs.frozen(kw_only=True)
class TelemetryConfig:
    """Hold the whole configuration, as `setup_telemetry` takes it.

    Args:
        service_name: The service that every line names as ``service``. Default `None`: lines come
            without it; PROVIDE_SERVICE_NAME, else OTEL_SERVICE_NAME.
        logging: How lines are chosen, rendered and written. Default ``LoggingConfig()``; the
            variables stand there.
        metrics: Which metrics there are and where they go, for foundation-otel. Default
            None, which means ``MetricsConfig()``; no variable of Foundation's own.
        otlp: How telemetry leaves the process over OTLP, for foundation-otel. Default
            None, which means ``OtlpConfig()``; no variable of Foundation's own.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    service_name: str | None = attrs.field(default=None, converter=_service_name)
    logging: LoggingConfig = attrs.field(factory=LoggingConfig, validator=_be_section)
    metrics: MetricsConfig | None = attrs.field(default=None, validator=_be_section_or_none)
    otlp: OtlpConfig | None = attrs.field(default=None, validator=_be_section_or_none)

    @classmethod
    def production(cls, *, service_name: str | None = None) -> Self:
        """Return a configuration for the highest throughput: INFO, JSON, no emoji."""
        return cls(
            service_name=service_name,
            logging=LoggingConfig(
                default_level="INFO",
                console_formatter="json",
                das_emoji_prefix_enabled=False,
                logger_name_emoji_prefix_enabled=False,
                omit_timestamp=False,
            ),
        )

    @classmethod
    def development(cls, *, service_name: str | None = None) -> Self:
        """Return a configuration for people: DEBUG, key_value, emoji for http and database."""
        return cls(
            service_name=service_name,
            logging=LoggingConfig(
                default_level="DEBUG",
                console_formatter="key_value",
                das_emoji_prefix_enabled=True,
                logger_name_emoji_prefix_enabled=True,
                enabled_emoji_sets=["http", "database"],
            ),
        )

    @classmethod
    def minimal(cls, *, service_name: str | None = None) -> Self:
        """Return a configuration for the smallest footprint: WARNING, compact, no emoji."""
        return cls(
            service_name=service_name,
            logging=LoggingConfig(
                default_level="WARNING",
                console_formatter="compact",
                das_emoji_prefix_enabled=False,
                logger_name_emoji_prefix_enabled=False,
                enabled_emoji_sets=[],
            ),
        )

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Return the configuration that a mapping of field names to values describes.

        Args:
            values: Such as ``{"service_name": "shop", "logging": {"default_level": "DEBUG"}}``. A
                section is a mapping, or an object of its class.

        Raises:
            ConfigurationError: A key is unknown or a value is not allowed.
        """
        # A generator, because only the suggestion for an unknown key asks for them.
        inner = (f"{each}.{n}" for each in SECTIONS for n in field_names(_section_class(each)))
        given = check_keys(values, "", field_names(cls), inner)
        for section in SECTIONS:
            if section not in given or (given[section] is None and section != "logging"):
                continue
            kind = _section_class(section)
            if not isinstance(given[section], kind):
                given[section] = build(kind, given[section], section)
        return cls(**cast("dict[str, Any]", given))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """Return the configuration that a TOML file describes, in the form of `from_mapping`.

        Args:
            path: The file; relative paths in it are relative to the working directory.

        Raises:
            ConfigurationError: The file cannot be read, is not TOML, has an unknown key or a value
                that is not allowed; a note names the file.
        """
        # Imported here: tomllib pulls in re, and most programs read no file.
        import tomllib

        name = check_path(path, "path")
        try:
            with open(name, "rb") as file:
                values = tomllib.load(file)
        except (OSError, ValueError, RecursionError) as error:
            # ValueError covers bad TOML, bad UTF-8 and an integer of more digits than int() takes.
            reason = f"a TOML file that can be read ({error})"
            raise ConfigurationError("path", name, reason) from error
        try:
            return cls.from_mapping(values)
        except ConfigurationError as error:
            error.add_note(f"in {name}")
            raise

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return the configuration that environment variables describe.

        Args:
            environ: The variables, or None for `os.environ`. An empty one counts as not set.

        Raises:
            ConfigurationError: A variable's value is not allowed; the error names the variable.
                A LOG_LEVEL or OTEL_SERVICE_NAME that another program may mean is no error: it is
                passed over, and the next set-up says so.
        """
        values, errors, passed_over = read_variables(environ)
        if errors:
            raise errors[0]
        for problem in passed_over:
            NOTICES.say_at_set_up(problem, "bad configuration", {"problem": problem})
        return cls.from_mapping({**values.pop("", {}), **values})


#: The fields of `TelemetryConfig` that are configurations of their own.
SECTIONS = ("logging", "metrics", "otlp")


def _section_class(name: str) -> type[Any]:
    if name == "logging":
        return LoggingConfig
    # Making its classes takes 3 ms, and most programs name neither.
    from provide.foundation._config import export

    kinds = {
        "metrics": export.MetricsConfig,
        "otlp": export.OtlpConfig,
    }
    return kinds[name]
