"""Configuration: what is stored, what is refused and how the refusal reads."""

from __future__ import annotations

import copy
import inspect
import io
import logging
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provide.foundation._config.environment import VARIABLES
from provide.foundation.config import (
    Delivery,
    LoggingConfig,
    OutputConfig,
    Rotation,
    TelemetryConfig,
)
from provide.foundation.errors import ConfigurationError


def write_line(_line: bytes) -> None:
    """Take a line, as an output's callable does."""


def keep_event(_logger: Any, _name: str, event_dict: Any) -> Any:
    """Return the event as it came, as a processor may."""
    return event_dict


def refuse(values: Mapping[str, object]) -> ConfigurationError:
    """Return the error that a mapping of logging fields gives."""
    with pytest.raises(ConfigurationError) as caught:
        TelemetryConfig.from_mapping({"logging": values})
    return caught.value


def nest(field: str, value: object) -> dict[str, object]:
    """Return a mapping in which a field such as ``rotation.when`` has a value."""
    group, _, name = field.rpartition(".")
    return {group: {name: value}} if group else {name: value}


def test_logging_defaults() -> None:
    """Every field of LoggingConfig has the default that its documentation states."""
    expected: dict[str, object] = {
        "default_level": "INFO",
        "console_formatter": "auto",
        "schema": "foundation",
        "keys": {},
        "timestamp": "iso",
        "das_emoji_prefix_enabled": None,
        "logger_name_emoji_prefix_enabled": None,
        "enabled_emoji_sets": None,
        "custom_emoji_sets": (),
        "omit_timestamp": False,
        "module_levels": {},
        "sampling": {},
        "log_file": None,
        "output": None,
        "outputs": (),
        "processors": (),
        "capture_stdlib": True,
        "recapture_stdlib": True,
        "override_stdlib_levels": False,
        "capture_structlog": True,
        "access_fields": True,
        "capture_uncaught": False,
        "live": False,
        "propagate": False,
        "journal": None,
        "callsite": False,
        "fields": {},
        "process": False,
        "host": False,
        "thread": False,
        "task": False,
        "exceptions": "object",
        "fold_frames": False,
        "extensions": None,
        "redact_keys": (),
        "redact_except": (),
        "redact_patterns": (),
        "censor": None,
        "redaction": {
            "keys": (),
            "defaults": True,
            "exempt": (),
            "patterns": (),
            "censor": None,
            "max_searched_chars": 10_000,
            "access_queries": True,
        },
        "limits": {
            "max_depth": 32,
            "max_items": 1_000,
            "max_string_chars": 2_097_152,
            "max_line_bytes": 8_388_608,
        },
        "rotation": {
            "max_bytes": None,
            "when": None,
            "backup_count": None,
            "max_age_s": None,
            "compress": False,
        },
        "delivery": {
            "mode": "direct",
            "queue_policy": "block",
            "queue_lines": 16_384,
            "queue_bytes": 33_554_432,
            "write_timeout_s": 0.5,
            "write_holds_gil": True,
            "drain_timeout_s": 5.0,
            "drain_on_sigterm": False,
        },
        "console": {
            "colors": None,
            "time": "local",
            "width": None,
            "context": None,
            "tracebacks": "short",
            "links": None,
            "locals": False,
            "theme": None,
            "columns": None,
            "captured": "pytest",
        },
    }

    assert expected == attrs.asdict(LoggingConfig())


def test_telemetry_defaults() -> None:
    """A TelemetryConfig without arguments names no service and logs with the defaults."""
    expected = {
        "service_name": None,
        "service_version": None,
        "environment": None,
        "logging": LoggingConfig(),
        "metrics": None,
        "otlp": None,
        "source": None,
    }

    assert expected == attrs.asdict(TelemetryConfig(), recurse=False)


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        pytest.param(
            TelemetryConfig.production(),
            TelemetryConfig(
                logging=LoggingConfig(
                    default_level="INFO",
                    console_formatter="json",
                    das_emoji_prefix_enabled=False,
                    logger_name_emoji_prefix_enabled=False,
                    omit_timestamp=False,
                    capture_uncaught=True,
                )
            ),
            id="production",
        ),
        pytest.param(
            TelemetryConfig.development(),
            TelemetryConfig(
                logging=LoggingConfig(
                    default_level="DEBUG",
                    console_formatter="key_value",
                    das_emoji_prefix_enabled=True,
                    logger_name_emoji_prefix_enabled=True,
                    enabled_emoji_sets=["http", "database"],
                )
            ),
            id="development",
        ),
        pytest.param(
            TelemetryConfig.minimal(),
            TelemetryConfig(
                logging=LoggingConfig(
                    default_level="WARNING",
                    console_formatter="compact",
                    das_emoji_prefix_enabled=False,
                    logger_name_emoji_prefix_enabled=False,
                    enabled_emoji_sets=[],
                )
            ),
            id="minimal",
        ),
    ],
)
def test_preset_is_the_document_s(preset: TelemetryConfig, expected: TelemetryConfig) -> None:
    """Each preset is the example in performance-architecture.md; production catches, besides."""
    assert expected == preset


@pytest.mark.parametrize("preset", ["production", "development", "minimal"])
def test_preset_takes_a_service_name(preset: str) -> None:
    """Every preset can name the service."""
    assert "shop" == getattr(TelemetryConfig, preset)(service_name="shop").service_name


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("default_level", "debug", "DEBUG"),
        ("default_level", "Warn", "WARNING"),
        ("default_level", "fatal", "CRITICAL"),
        ("default_level", 5, "TRACE"),
        ("console_formatter", "Key_Value", "key_value"),
        ("enabled_emoji_sets", ["http"], ("http",)),
        ("enabled_emoji_sets", [], ()),
        ("custom_emoji_sets", [{"name": "shop"}, 3], ({"name": "shop"}, 3)),
        ("module_levels", {"app.db": "debug", "app": 30}, {"app.db": "DEBUG", "app": "WARNING"}),
        ("log_file", Path("a/b.log"), str(Path("a/b.log"))),
        ("output", "STDOUT", "stdout"),
        ("outputs", ["x.log"], (OutputConfig("x.log"),)),
        ("processors", [keep_event], (keep_event,)),
        ("redact_keys", ["pin", "iban"], ("pin", "iban")),
        ("redact_except", ["next_token"], ("next_token",)),
        ("redact_patterns", ["JWT", " card"], ("jwt", "card")),
        ("redact_patterns", [r"sid-\d+"], (re.compile(r"sid-\d+"),)),
        ("censor", "[gone]", "[gone]"),
        ("delivery.write_timeout_s", 2, 2.0),
        ("delivery", " Background ", Delivery("background")),
        ("delivery", {"mode": "Background"}, Delivery("background")),
        ("delivery.mode", " Background ", "background"),
        ("rotation", {"when": "DAILY"}, Rotation(when="daily")),
        ("rotation", Rotation(when="daily"), Rotation(when="daily")),
        ("redaction.keys", ["pin"], ("pin",)),
        ("delivery.queue_policy", "DROP_NEWEST", "drop_newest"),
        ("delivery.drain_timeout_s", 0, 0.0),
        ("rotation.when", "Daily", "daily"),
        ("rotation.when", 3600, 3600),
    ],
)
def test_value_is_stored_in_one_form(field: str, given: object, expected: object) -> None:
    """Whatever form a value is given in, its stored form and type are the same."""
    actual = attrgetter(field)(
        TelemetryConfig.from_mapping({"logging": nest(field, given)}).logging
    )

    assert (expected, True) == (actual, isinstance(actual, type(expected) | Mapping))


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("default_level", "LOUD", "TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("default_level", True, "TRACE"),
        ("default_level", None, "TRACE"),
        ("console_formatter", "xml", "json | key_value | compact | auto"),
        ("console_formatter", None, "json"),
        ("das_emoji_prefix_enabled", "yes", "True or False"),
        ("logger_name_emoji_prefix_enabled", 1, "True or False"),
        ("enabled_emoji_sets", "http", "a list of strings"),
        ("enabled_emoji_sets", [""], "a list of strings"),
        ("enabled_emoji_sets", [7], "a list of strings"),
        ("custom_emoji_sets", "shop", "a list of emoji sets"),
        ("custom_emoji_sets", {"name": "shop"}, "a list of emoji sets"),
        ("custom_emoji_sets", None, "a list of emoji sets"),
        ("omit_timestamp", None, "True or False"),
        ("module_levels", [("app", "DEBUG")], "a mapping"),
        ("log_file", "", "the path of a file"),
        ("log_file", "a\0b", "the path of a file"),
        ("log_file", 3, "the path of a file"),
        ("output", "printer", "stderr | stdout"),
        ("outputs", "stderr", "a list of outputs"),
        ("processors", [3], "a list of callables"),
        ("processors", [logging.Filter], "a list of callables"),
        ("processors", keep_event, "a list of callables"),
        ("console.colors", "always", "True or False"),
        ("console.time", "CET", "local | utc | delta"),
        ("console.width", 39, "40"),
        ("console.context", "none", "fold | full"),
        ("console.tracebacks", "long", "short | full | python"),
        ("console.links", "yes", "True or False"),
        ("console.locals", None, "True or False"),
        ("console.theme", "dark", "fixed | ansi"),
        ("console.captured", "always", "pytest | ci | never"),
        ("console.columns", ["time", "level"], "time | level | logger | event"),
        ("console.columns", ["event", "event"], "each once"),
        ("console.columns", "event", "event among them"),
        ("console.columns", [3, "event"], "event among them"),
        ("capture_stdlib", 0, "True or False"),
        ("recapture_stdlib", "leave", "True or False"),
        ("override_stdlib_levels", None, "True or False"),
        ("capture_structlog", 0, "True or False"),
        ("callsite", "on", "True or False"),
        ("redact_keys", "pin", "a list of strings"),
        ("redact_except", "next_token", "a list of strings"),
        ("redact_patterns", "jwt", "a list of url_credentials | "),
        ("redact_patterns", ["jwts"], "url_credentials | url_query | bearer"),
        ("redact_patterns", ["sid-(\\d+"], "is not (missing )"),
        ("redact_patterns", [re.compile(b"x")], "or regular expressions"),
        ("redact_patterns", [7], "or regular expressions"),
        ("censor", "", "a printable text of up to 64 characters, or a function"),
        ("censor", "a\nb", "a printable text"),
        ("censor", str, "or a function (value) -> text"),
        ("redact_keys", ["_-"], "a list of strings"),
        ("redaction.defaults", None, "True or False"),
        ("limits.max_depth", 0, "from 1 to 200"),
        ("limits.max_depth", 201, "from 1 to 200"),
        ("limits.max_items", 0, "of 1 or more"),
        ("limits.max_items", True, "an integer"),
        ("limits.max_string_chars", 1.5, "an integer"),
        ("limits.max_line_bytes", 255, "of 256 or more"),
        ("rotation.max_bytes", 1023, "of 1024 or more"),
        ("rotation.max_bytes", "1GB", "an integer"),
        ("rotation.when", "yearly", "hourly | daily | weekly | monthly or an integer"),
        ("rotation.when", 0, "from 1 to"),
        ("rotation.when", True, "hourly"),
        ("rotation.when", 10**400, "from 1 to"),
        ("rotation.backup_count", 0, "of 1 or more"),
        ("rotation.max_age_s", 0, "from 1 to"),
        ("rotation.max_age_s", 10**10, "from 1 to"),
        ("rotation.compress", "gzip", "True or False"),
        ("delivery.write_holds_gil", None, "True or False"),
        ("delivery.write_timeout_s", -0.1, "from 0 to 3600"),
        ("delivery", "queue", "direct | background"),
        ("delivery", None, "direct | background"),
        ("delivery.mode", "queue", "direct | background"),
        ("rotation", "daily", "a Rotation, or a mapping of its fields"),
        ("limits", None, "a Limits, or a mapping of its fields"),
        ("console", True, "a Console, or a mapping of its fields"),
        ("redaction", ["pin"], "a Redaction, or a mapping of its fields"),
        ("redaction.keys", "pin", "a list of strings"),
        ("delivery.queue_policy", "drop", "block | drop_oldest | drop_newest"),
        ("delivery.queue_lines", 0, "1 or more"),
        ("delivery.queue_bytes", 1.5, "an integer"),
        ("delivery.drain_timeout_s", -1, "from 0 to 3600"),
        ("delivery.drain_on_sigterm", 1, "True or False"),
        ("delivery.write_timeout_s", float("nan"), "from 0 to 3600"),
        ("delivery.write_timeout_s", float("inf"), "from 0 to 3600"),
        ("delivery.write_timeout_s", 10**400, "from 0 to 3600"),
        ("delivery.write_timeout_s", True, "a number"),
    ],
)
def test_bad_value_is_refused(field: str, value: object, allowed: str) -> None:
    """A bad value is refused with the field's name, the value and what is allowed."""
    error = refuse(nest(field, value))

    assert (f"logging.{field}", value, True) == (error.field, error.value, allowed in error.allowed)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        pytest.param({"app.db": "LOUD"}, "logging.module_levels['app.db']", id="level"),
        pytest.param({"": "INFO"}, "logging.module_levels", id="empty name"),
        pytest.param({3: "INFO"}, "logging.module_levels", id="no string"),
        pytest.param({"app": {"db": "INFO"}}, "logging.module_levels['app']", id="nested"),
    ],
)
def test_bad_module_level_names_the_module(values: object, field: str) -> None:
    """An error in module_levels says which module it concerns."""
    assert field == refuse({"module_levels": values}).field


def test_nested_module_level_explains_toml() -> None:
    """A TOML file that forgets the quotes of a dotted name is told about them."""
    assert '"app.name" = "DEBUG"' in refuse({"module_levels": {"app": {"db": "DEBUG"}}}).allowed


STREAM = io.StringIO()
HANDLER = logging.NullHandler()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("a.log", OutputConfig("a.log"), id="path"),
        pytest.param(Path("a.log"), OutputConfig("a.log"), id="Path"),
        pytest.param("STDERR", OutputConfig("stderr"), id="stderr"),
        pytest.param(STREAM, OutputConfig(STREAM), id="text stream"),
        pytest.param(sys.__stdout__, OutputConfig(sys.__stdout__ or STREAM), id="own stream"),
        pytest.param(write_line, OutputConfig(write_line), id="callable"),
        pytest.param(HANDLER, OutputConfig(HANDLER), id="handler"),
        pytest.param(OutputConfig("a", "INFO"), OutputConfig("a", level=20), id="OutputConfig"),
        pytest.param(
            {"target": "a.log", "level": "error", "formatter": "JSON"},
            OutputConfig("a.log", level="ERROR", formatter="json"),
            id="mapping",
        ),
    ],
)
def test_output_takes_every_target(given: Any, expected: OutputConfig) -> None:
    """Each kind of target becomes an OutputConfig."""
    assert (expected,) == LoggingConfig(outputs=[given]).outputs


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        pytest.param(3, "logging.outputs[1].target", id="number"),
        pytest.param(None, "logging.outputs[1].target", id="None"),
        pytest.param("", "logging.outputs[1].target", id="empty path"),
        pytest.param(logging.StreamHandler, "logging.outputs[1].target", id="class"),
        pytest.param(logging.getLogger("x"), "logging.outputs[1].target", id="logger"),
        pytest.param({"level": "INFO"}, "logging.outputs[1]", id="no target"),
        pytest.param({"target": "a", "level": "LOUD"}, "logging.outputs[1].level", id="level"),
        pytest.param({"target": "a", "formatter": 1}, "logging.outputs[1].formatter", id="format"),
        pytest.param({"target": "a", "lvl": 1}, "logging.outputs[1].lvl", id="unknown key"),
    ],
)
def test_bad_output_names_its_place(entry: object, field: str) -> None:
    """An error in an output says where in the list it stands."""
    assert field == refuse({"outputs": ["stderr", entry]}).field


def test_bad_output_config_names_the_field() -> None:
    """An OutputConfig made by itself is checked when it is made."""
    with pytest.raises(ConfigurationError, match=r"outputs\.level: 'LOUD'"):
        OutputConfig("a.log", level="LOUD")


@pytest.mark.parametrize("rival", [{"output": "stderr"}, {"log_file": "a.log"}])
def test_outputs_exclude_the_single_output(rival: dict[str, str]) -> None:
    """Giving outputs beside output or log_file is an error, whatever their values."""
    error = refuse({"outputs": ["stdout"], **rival})

    assert ("logging.outputs", True) == (error.field, next(iter(rival)) in error.allowed)


def test_log_file_may_stand_beside_output() -> None:
    """Output and log_file together are no error."""
    config = LoggingConfig(log_file="a.log", output="stdout")

    assert ("a.log", "stdout") == (config.log_file, config.output)


@pytest.mark.parametrize(
    ("values", "field", "suggestion"),
    [
        ({"servise_name": "a"}, "servise_name", "did you mean 'service_name'?"),
        ({"default_level": "INFO"}, "default_level", "did you mean 'logging.default_level'?"),
        ({"logging": {"levels": {}}}, "logging.levels", "module_levels"),
        (
            {"logging": {"defualt_level": "INFO"}},
            "logging.defualt_level",
            "did you mean 'default_level'?",
        ),
        ({3: 4}, "3", "service_name, service_version, environment, logging"),
        ({"logging": {"max_bytes": 1}}, "logging.max_bytes", "did you mean 'rotation.max_bytes'?"),
        (
            {"logging": {"rotation": {"max_byte": 1}}},
            "logging.rotation.max_byte",
            "did you mean 'max_bytes'?",
        ),
        ({"queue_lines": 1}, "queue_lines", "did you mean 'logging.delivery.queue_lines'?"),
    ],
)
def test_unknown_key_is_refused(values: Any, field: str, suggestion: str) -> None:
    """An unknown key is refused by its name, with the nearest known one."""
    with pytest.raises(ConfigurationError) as caught:
        TelemetryConfig.from_mapping(values)

    assert (field, True) == (caught.value.field, suggestion in caught.value.allowed)


def test_unknown_key_unlike_any_gets_no_suggestion() -> None:
    """A key that resembles none gets the list of keys and no guess."""
    assert "did you mean" not in refuse({"zzz": 1}).allowed


@pytest.mark.parametrize("values", [None, [], "logging", 3])
def test_mapping_must_be_a_mapping(values: Any) -> None:
    """Anything but a mapping is refused, outside and inside a section."""
    with pytest.raises(ConfigurationError, match=r"configuration: .* a mapping"):
        TelemetryConfig.from_mapping(values)
    with pytest.raises(ConfigurationError, match=r"logging: .* a mapping"):
        TelemetryConfig.from_mapping({"logging": values})


@pytest.mark.parametrize("logging_config", [{}, None, "json"])
def test_section_must_be_of_its_class(logging_config: Any) -> None:
    """TelemetryConfig itself takes a LoggingConfig and nothing like it."""
    with pytest.raises(ConfigurationError, match=r"logging: .* a LoggingConfig"):
        TelemetryConfig(logging=logging_config)


def test_mapping_takes_a_section_object() -> None:
    """from_mapping takes a LoggingConfig where a mapping may stand."""
    section = LoggingConfig(callsite=True)

    assert TelemetryConfig(logging=section) == TelemetryConfig.from_mapping({"logging": section})


@pytest.mark.parametrize("service_name", ["", " ", 3])
def test_service_name_is_refused_when_empty(service_name: Any) -> None:
    """A service has a name or None."""
    with pytest.raises(ConfigurationError, match="service_name: "):
        TelemetryConfig(service_name=service_name)


@pytest.mark.parametrize(
    "config", [TelemetryConfig(), LoggingConfig(), OutputConfig("a"), Rotation(), Delivery()]
)
def test_config_is_immutable(config: Any) -> None:
    """No field can be assigned, and none can be added."""
    field = attrs.fields(type(config))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(config, field, "x")
    with pytest.raises((AttributeError, TypeError)):
        object.__setattr__(config, "extra", 1)


def test_module_levels_are_immutable() -> None:
    """Neither the stored mapping nor the caller's can change a configuration."""
    given_levels = {"app": "INFO"}
    config = LoggingConfig(module_levels=given_levels)
    given_levels["app"] = "DEBUG"
    stored: Any = config.module_levels
    with pytest.raises(TypeError):
        stored["app"] = "DEBUG"

    assert {"app": "INFO"} == stored


def test_evolve_checks_again() -> None:
    """attrs.evolve normalises and refuses as the constructor does."""
    config = attrs.evolve(LoggingConfig(), default_level="debug")
    with pytest.raises(ConfigurationError, match=r"logging\.limits\.max_items"):
        attrs.evolve(config.limits, max_items=0)

    assert LoggingConfig(default_level="DEBUG") == config


@pytest.mark.parametrize(
    "copy_of",
    [
        pytest.param(lambda config: pickle.loads(pickle.dumps(config)), id="pickle"),
        pytest.param(copy.deepcopy, id="deepcopy"),
    ],
)
def test_config_can_be_copied(copy_of: Any) -> None:
    """A configuration can be sent to a worker process, and its copy is equal in value and hash."""
    config = TelemetryConfig(
        logging=LoggingConfig(module_levels={"app": "DEBUG"}, outputs=["stderr"])
    )
    twin = copy_of(config)

    assert (config, hash(config)) == (twin, hash(twin))


def test_repr_shows_module_levels() -> None:
    """The module levels read as a dict in the configuration's own text."""
    assert "module_levels={'app': 'DEBUG'}" in repr(LoggingConfig(module_levels={"app": "DEBUG"}))


TOML = """
service_name = "shop"
[logging]
default_level = "debug"
enabled_emoji_sets = ["http"]
delivery.write_timeout_s = 2
[logging.rotation]
max_bytes = 10_000
[logging.module_levels]
"app.db" = "WARNING"
[[logging.outputs]]
target = "stderr"
formatter = "compact"
[[logging.outputs]]
target = "app.log"
level = "error"
"""


def test_file_is_read(tmp_path: Path) -> None:
    """A TOML file gives the configuration that the same arguments give."""
    path = tmp_path / "logging.toml"
    path.write_text(TOML, encoding="utf-8")
    expected = TelemetryConfig(
        service_name="shop",
        logging=LoggingConfig(
            default_level="DEBUG",
            enabled_emoji_sets=["http"],
            delivery=Delivery(write_timeout_s=2.0),
            rotation=Rotation(max_bytes=10_000),
            module_levels={"app.db": "WARNING"},
            outputs=[
                OutputConfig("stderr", formatter="compact"),
                OutputConfig("app.log", level="ERROR"),
            ],
        ),
    )

    assert expected == TelemetryConfig.from_file(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"= 1", id="not TOML"),
        pytest.param(b"a = '\xff'", id="not UTF-8"),
        pytest.param(b"a = 1" + b"0" * 5_000, id="integer of 5,001 digits"),
        pytest.param(b"a = " + b"[" * 100_000, id="100,000 brackets"),
    ],
)
def test_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is not TOML is refused with its path."""
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        TelemetryConfig.from_file(path)

    assert ("path", str(path)) == (caught.value.field, caught.value.value)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_unreadable_file_is_refused(tmp_path: Path, name: str) -> None:
    """A file that is missing or a folder is refused with its path and the system's reason."""
    with pytest.raises(ConfigurationError, match=r"a TOML file that can be read \(\[Errno"):
        TelemetryConfig.from_file(tmp_path / name)


@pytest.mark.parametrize("path", [0, None, "", "a\0b"])
def test_file_takes_a_path_only(path: Any) -> None:
    """A number is not taken for a descriptor, nor anything else for a path."""
    with pytest.raises(ConfigurationError, match=r"path: .* the path of a file"):
        TelemetryConfig.from_file(path)


def test_error_in_file_names_field_and_file(tmp_path: Path) -> None:
    """A bad value in a file is blamed on its field, and a note names the file."""
    path = tmp_path / "bad.toml"
    path.write_text("[logging]\ndefault_level = 'LOUD'\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        TelemetryConfig.from_file(path)

    assert ("logging.default_level", [f"in {path}"]) == (
        caught.value.field,
        caught.value.__notes__,
    )


SECTION_CLASSES: dict[str, type[Any]] = {
    "logging": LoggingConfig,
    **{f"logging.{name}": kind for name, kind in LoggingConfig.GROUPS.items()},
}


def describe_field(kind: type[Any], field: str) -> str:
    """Return what a class's docstring says about a field, or an empty string."""
    doc = inspect.cleandoc(kind.__doc__ or "")
    entry = re.search(rf"^ {{4}}{field}: (.*(?:\n {{8}}.*)*)", doc, re.MULTILINE)
    return entry[1] if entry else ""


def test_every_field_is_documented() -> None:
    """Each class's docstring describes each of its fields."""
    missing = [
        f"{kind.__name__}.{attribute.name}"
        for kind in (TelemetryConfig, OutputConfig, *SECTION_CLASSES.values())
        for attribute in attrs.fields(kind)
        if not describe_field(kind, attribute.name)
    ]

    assert [] == missing


@pytest.mark.parametrize(
    ("section", "field", "variables"), [pytest.param(*row[:3], id=row[1]) for row in VARIABLES]
)
def test_every_variable_is_documented(section: str, field: str, variables: list[str]) -> None:
    """Each variable stands in the description of the field that it feeds."""
    text = describe_field(SECTION_CLASSES.get(section, TelemetryConfig), field)

    assert [] == [name for name in variables if name not in text]


def test_import_is_light() -> None:
    """Importing the configuration leaves alone what only its rare paths need."""
    script = (
        "import sys; import attrs; before = set(sys.modules); import provide.foundation.config;"
        "names = {'tomllib', 'difflib', 'logging', 'pathlib', 'json', 'structlog', 'asyncio'};"
        "print(sorted((set(sys.modules) - before) & names))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "[]" == run.stdout.strip()


NAMES = [attribute.name for attribute in attrs.fields(LoggingConfig)]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | st.dictionaries(st.text(max_size=5) | st.integers(), SCALARS, max_size=2)
)
OUTPUTS = st.lists(
    st.dictionaries(
        st.sampled_from(["target", "level", "formatter"]) | st.text(max_size=5), VALUES, max_size=3
    ),
    max_size=2,
)
LOGGING = st.dictionaries(st.sampled_from(NAMES), VALUES | OUTPUTS, max_size=2)
OUTERMOST = st.fixed_dictionaries({"logging": LOGGING}) | st.dictionaries(
    st.sampled_from(["service_name", "logging"]) | st.text(max_size=5), VALUES, max_size=2
)


@given(OUTERMOST)
@example({"logging": {"outputs": [{"target": "x", 3: 4}]}})
@example({"logging": {"module_levels": {"a": {"b": {}}}}})
def test_any_mapping_gives_a_config_or_a_configuration_error(values: Any) -> None:
    """Whatever a mapping holds, no other exception comes out."""
    try:
        config = TelemetryConfig.from_mapping(values)
    except ConfigurationError:
        return

    assert isinstance(config, TelemetryConfig)


LEVEL = st.sampled_from(["trace", "Debug", "INFO", "warn", "error", "FATAL", 5, 10, 50])
FORMATTER = st.sampled_from(["json", "KEY_VALUE", "compact", "auto"])
NAME = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
    lambda name: name.strip(" -_") and name.strip()
)
FLAG = st.booleans()
MODE = st.sampled_from(["direct", "BACKGROUND"])
GOOD = st.fixed_dictionaries(
    {},
    optional={
        "default_level": LEVEL,
        "console_formatter": FORMATTER,
        "das_emoji_prefix_enabled": st.none() | FLAG,
        "logger_name_emoji_prefix_enabled": st.none() | FLAG,
        "enabled_emoji_sets": st.none() | st.lists(NAME),
        "omit_timestamp": FLAG,
        "module_levels": st.dictionaries(NAME, LEVEL),
        "outputs": st.lists(
            NAME
            | st.fixed_dictionaries(
                {"target": NAME},
                optional={"level": st.none() | LEVEL, "formatter": st.none() | FORMATTER},
            )
        ),
        "capture_stdlib": FLAG,
        "recapture_stdlib": FLAG,
        "override_stdlib_levels": FLAG,
        "capture_structlog": FLAG,
        "callsite": FLAG,
        "redact_keys": st.lists(NAME),
        "redact_except": st.lists(NAME),
        "redaction": st.fixed_dictionaries(
            {}, optional={"keys": st.lists(NAME), "defaults": FLAG, "exempt": st.lists(NAME)}
        ),
        "limits": st.fixed_dictionaries(
            {},
            optional={
                "max_depth": st.integers(1, 200),
                "max_items": st.integers(1),
                "max_string_chars": st.integers(1),
                "max_line_bytes": st.integers(256),
            },
        ),
        "rotation": st.fixed_dictionaries(
            {},
            optional={
                "max_bytes": st.none() | st.integers(1024),
                "when": st.none() | st.sampled_from(["hourly", "MONTHLY"]) | st.integers(1, 10**9),
                "backup_count": st.none() | st.integers(1),
                "max_age_s": st.none() | st.integers(1, 10**9),
                "compress": FLAG,
            },
        ),
        "delivery": MODE
        | st.fixed_dictionaries(
            {},
            optional={
                "mode": MODE,
                "queue_policy": st.sampled_from(["block", "drop_oldest", "drop_newest"]),
                "queue_lines": st.integers(1),
                "queue_bytes": st.integers(1),
                "write_timeout_s": st.floats(0, 3600) | st.integers(0, 3600),
                "write_holds_gil": FLAG,
                "drain_timeout_s": st.floats(0, 3600),
                "drain_on_sigterm": FLAG,
            },
        ),
        "console": st.fixed_dictionaries(
            {},
            optional={
                "colors": st.none() | FLAG,
                "time": st.sampled_from(["utc", "local", "delta"]),
                "width": st.none() | st.integers(40, 1000),
                "context": st.none() | st.sampled_from(["fold", "full"]),
                "tracebacks": st.sampled_from(["short", "full", "python"]),
                "links": st.none() | FLAG,
                "locals": FLAG,
                "captured": st.sampled_from(["pytest", "ci", "never"]),
                "theme": st.none() | st.sampled_from(["fixed", "ansi"]),
                "columns": st.none() | st.permutations(["time", "level", "logger", "event"]),
            },
        ),
    },
)


@given(GOOD, st.none() | NAME)
def test_config_survives_a_round_trip(values: dict[str, object], service_name: str | None) -> None:
    """What attrs.asdict makes of a good configuration, from_mapping makes equal again."""
    config = TelemetryConfig.from_mapping({"service_name": service_name, "logging": values})

    assert config == TelemetryConfig.from_mapping(attrs.asdict(config))


@pytest.mark.parametrize(
    ("kind", "keyword", "field"),
    [
        (TelemetryConfig, "loging", "loging"),
        (LoggingConfig, "defalt_level", "logging.defalt_level"),
        (OutputConfig, "levl", "levl"),
        (Rotation, "max_byte", "logging.rotation.max_byte"),
        (Delivery, "queue_line", "logging.delivery.queue_line"),
    ],
)
def test_unknown_keyword_is_a_configuration_error(kind: Any, keyword: str, field: str) -> None:
    """A keyword that names no field is refused like a key of a mapping, with a suggestion."""
    with pytest.raises(ConfigurationError, match="did you mean") as caught:
        kind(**{keyword: 1})
    assert field == caught.value.field
