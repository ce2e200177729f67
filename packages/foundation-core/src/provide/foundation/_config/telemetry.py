"""The whole configuration, its presets, and the ways to read one.

A new section is a class, a field of `TelemetryConfig` and an entry in `SECTIONS` and
`_section_class`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from provide.foundation._config.attributes import field, frozen
from provide.foundation._config.environment import read_variables, report_at_set_up
from provide.foundation._config.logging import LoggingConfig
from provide.foundation._config.section import (
    Section,
    build,
    field_names,
    from_parsed,
    lay_over,
    names_in_groups,
    note_given,
    note_sources,
    replace,
)
from provide.foundation._config.values.checks import (
    check_flag,
    check_keys,
    check_path,
    check_seconds,
    check_text,
)
from provide.foundation.errors import ConfigurationError

if TYPE_CHECKING:
    from provide.foundation._config.export import MetricsConfig, OtlpConfig
    from provide.foundation._config.values.sources import Source

_Config = TypeVar("_Config", bound="TelemetryConfig")


def _service_name(value: str | None) -> str | None:
    return None if value is None else check_text(value, "service_name")


def _service_version(value: str | None) -> str | None:
    return None if value is None else check_text(value, "service_version")


def _environment(value: str | None) -> str | None:
    return None if value is None else check_text(value, "environment")


def _be_section(_config: Any, attribute: Any, value: object) -> None:
    section = _section_class(attribute.name)
    if not isinstance(value, section):
        raise ConfigurationError(attribute.name, value, f"a {section.__name__}")


def _be_source_or_none(_config: Any, _attribute: Any, value: object) -> None:
    if value is not None:
        from provide.foundation._config.values.sources import Source  # who has one has loaded it

        if not isinstance(value, Source):
            raise ConfigurationError("source", value, "what TelemetryConfig.from_file has made")


def _follows_none(values: object) -> bool:
    return isinstance(values, Mapping) and values.get("source", False) is None


def _be_section_or_none(config: Any, attribute: Any, value: object) -> None:
    if value is not None:
        _be_section(config, attribute, value)


@frozen(kw_only=True, eq=False, repr=False)
class TelemetryConfig(Section):
    """Hold the whole configuration, as `setup_telemetry` takes it.

    Args:
        service_name: The service that every line names as ``service``. Default `None`: lines come
            without it; PROVIDE_SERVICE_NAME, else OTEL_SERVICE_NAME, else ``service.name`` of
            OTEL_RESOURCE_ATTRIBUTES, else DD_SERVICE, else K_SERVICE.
        service_version: The version of the service, which every line has under that name. Default
            `None`: lines come without it; PROVIDE_SERVICE_VERSION, else ``service.version`` of
            OTEL_RESOURCE_ATTRIBUTES, else DD_VERSION, else K_REVISION.
        environment: Where the service runs, such as ``production``, which every line has under that
            name. Default `None`: lines come without it; PROVIDE_ENVIRONMENT, else
            ``deployment.environment.name`` or ``deployment.environment`` of
            OTEL_RESOURCE_ATTRIBUTES, else DD_ENV.
        logging: How lines are chosen, rendered and written. Default ``LoggingConfig()``; the
            variables stand there.
        metrics: Which metrics there are and where they go, for foundation-otel. Default
            None, which means ``MetricsConfig()``; no variable of Foundation's own.
        otlp: How telemetry leaves the process over OTLP, for foundation-otel. Default
            None, which means ``OtlpConfig()``; no variable of Foundation's own.
        source: The file that the configuration follows; `from_file` sets it where it is asked to.
            Default `None`: none; no variable.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    service_name: str | None = field(default=None, converter=_service_name)
    service_version: str | None = field(default=None, converter=_service_version)
    environment: str | None = field(default=None, converter=_environment)
    logging: LoggingConfig = field(factory=LoggingConfig, validator=_be_section)
    metrics: MetricsConfig | None = field(default=None, validator=_be_section_or_none)
    otlp: OtlpConfig | None = field(default=None, validator=_be_section_or_none)
    source: Source | None = field(default=None, validator=_be_source_or_none)

    @classmethod
    def production(cls, *, service_name: str | None = None) -> Self:
        """Return a configuration for the highest throughput: INFO, JSON, no emoji.

        Exceptions that nobody catches are records, too.
        """
        return cls._preset(
            "production",
            service_name,
            default_level="INFO",
            console_formatter="json",
            das_emoji_prefix_enabled=False,
            logger_name_emoji_prefix_enabled=False,
            omit_timestamp=False,
            capture_uncaught=True,
        )

    @classmethod
    def development(cls, *, service_name: str | None = None) -> Self:
        """Return a configuration for people: DEBUG, key_value, emoji for http and database."""
        return cls._preset(
            "development",
            service_name,
            default_level="DEBUG",
            console_formatter="key_value",
            das_emoji_prefix_enabled=True,
            logger_name_emoji_prefix_enabled=True,
            enabled_emoji_sets=["http", "database"],
        )

    @classmethod
    def minimal(cls, *, service_name: str | None = None) -> Self:
        """Return a configuration for the smallest footprint: WARNING, compact, no emoji."""
        return cls._preset(
            "minimal",
            service_name,
            default_level="WARNING",
            console_formatter="compact",
            das_emoji_prefix_enabled=False,
            logger_name_emoji_prefix_enabled=False,
            enabled_emoji_sets=[],
        )

    @classmethod
    def _preset(cls, name: str, service_name: str | None, **logging: Any) -> Self:
        made = cls(service_name=service_name, logging=LoggingConfig(**logging))
        note_given(made.logging, logging, f"preset {name}")
        return made

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
        inner = (f"{each}.{name}" for each in SECTIONS for name in _names_in(each))
        # A mapping may come from a file, which cannot say itself that it is followed; that of
        # attrs.asdict may say that no file is.
        known = [each for each in field_names(cls) if each != "source" or _follows_none(values)]
        given = check_keys(values, "", known, inner)
        for section in SECTIONS:
            if section not in given or (given[section] is None and section != "logging"):
                continue
            kind = _section_class(section)
            if not isinstance(given[section], kind):
                given[section] = build(kind, given[section], section)
        return cls(**cast("dict[str, Any]", given))

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        watch: bool = False,
        every_s: float = 1.0,
        reload_on_signal: bool | int = False,
    ) -> Self:
        """Return the configuration that a file describes, in the form of `from_mapping`.

        A set-up with a configuration whose file is watched, or that is to be read again on a
        signal, follows the file until the next set-up or shutdown. A change of levels is made
        alone; any other is a new set-up. Fields that code has changed after this call stay as they
        are. A file that becomes invalid changes nothing, and a record says why.

        Args:
            path: A file of JSON if its name ends in ``.json``, else of TOML; of `pyproject.toml`
                the table ``[tool.foundation]``. Relative paths in it are relative to the working
                directory.
            watch: Whether the file is looked at from then on. Default False.
            every_s: Seconds between two looks, 0.01 to 3,600. Default 1.0.
            reload_on_signal: Whether SIGHUP has the file read again, or the number of another
                signal that does; the set-up has to run in the main thread then. A handler that was
                installed before is called as well. Default False.

        Raises:
            ConfigurationError: The file cannot be read, is not TOML or JSON, has an unknown key or
                a value that is not allowed; a note names the file. Or an argument is not allowed.
        """
        # Imported here: most programs read no file.
        from provide.foundation._config.values import sources

        name = check_path(path, "path")
        signal = sources.check_signal(reload_on_signal)
        follows = check_flag(watch, "watch") or signal is not None
        every_s = check_seconds(every_s, "every_s", 0.01, 3600)
        config = from_parsed(cls, sources.read_file(name, follows=follows), name)
        if not follows:
            return config
        source = sources.Source(name, watch, every_s, signal, base=config)
        followed = replace(config, source=source)
        note_sources(followed, {"source": name})
        return followed

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, *, defaults: Self | None = None
    ) -> Self:
        """Return the configuration that environment variables describe, over another one.

        Args:
            environ: The variables, or None for `os.environ`. An empty one counts as not set.
            defaults: Holds where no variable is set, such as ``TelemetryConfig.production()``,
                each field of a group by itself. A variable that says where lines go,
                PROVIDE_LOG_FILE or PROVIDE_LOG_OUTPUT, takes the place of all that `output`,
                `log_file` and `outputs` say of it. Default `None`: the defaults of the fields.

        Raises:
            ConfigurationError: A variable's value is not allowed; the error names the variable.
                A LOG_LEVEL, or one of OTEL_*, DD_* and K_*, that another program may mean is no
                error: it is passed over, and the next set-up says so.
        """
        made, passed_over = read_environment(environ, cls() if defaults is None else defaults)
        report_at_set_up(passed_over)
        return made


def read_environment(
    environ: Mapping[str, str] | None, defaults: _Config
) -> tuple[_Config, list[str]]:
    """Return what `TelemetryConfig.from_env` returns, and what a set-up is to warn of."""
    found = read_variables(environ)
    if found.errors:
        raise found.errors[0]
    values, sources = found.values, found.sources
    logging = cast("dict[str, object]", values.get("logging", {}))
    decides = sources.get("logging.log_file") or sources.get("logging.output")
    for name, nothing in (("log_file", None), ("output", None), ("outputs", ())):
        if decides and name not in logging and getattr(defaults.logging, name) != nothing:
            logging[name], sources[f"logging.{name}"] = nothing, decides
    made = lay_over(defaults, values)
    note_sources(made, sources)
    return made, found.passed_over


#: The fields of `TelemetryConfig` that are configurations of their own.
SECTIONS = ("logging", "metrics", "otlp")


def _names_in(section: str) -> Iterator[str]:
    kind = _section_class(section)
    return chain(names_in_groups(kind), field_names(kind))


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
