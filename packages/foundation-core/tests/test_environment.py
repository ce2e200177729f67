"""Environment variables: read strictly by from_env, leniently at zero-config start."""

from __future__ import annotations

import json
import os
import sys
from operator import attrgetter
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import interpreters
from provide.foundation._config.defaults import lenient_config
from provide.foundation._config.environment import VARIABLES
from provide.foundation._config.texts import GENERIC
from provide.foundation.config import (
    Delivery,
    LoggingConfig,
    RateLimit,
    Rotation,
    Sample,
    TelemetryConfig,
)
from provide.foundation.errors import ConfigurationError

NAMES = [name for _, _, variables, _ in VARIABLES for name in variables]


_OTEL = {
    "OTEL_RESOURCE_ATTRIBUTES": "service.name=otel,service.version=3,deployment.environment=old"
}
_BOTH = "deployment.environment=old,deployment.environment.name=new"


def read_field(field: str, environ: dict[str, str]) -> object:
    """Return a field, logging's or the outermost section's, as the variables set it."""
    config = TelemetryConfig.from_env(environ)
    return attrgetter(field)(
        config if field in ("service_name", "service_version", "environment") else config.logging
    )


@pytest.mark.parametrize(
    ("field", "environ", "expected"),
    [
        ("default_level", {"PROVIDE_LOG_LEVEL": "debug"}, "DEBUG"),
        ("default_level", {"PROVIDE_LOG_LEVEL": " 30 "}, "WARNING"),
        ("default_level", {"LOG_LEVEL": "Error"}, "ERROR"),
        ("default_level", {"LOG_LEVEL": "ERROR", "PROVIDE_LOG_LEVEL": "TRACE"}, "TRACE"),
        ("default_level", {"LOG_LEVEL": "ERROR", "PROVIDE_LOG_LEVEL": ""}, "ERROR"),
        ("console.time", {"PROVIDE_LOG_CONSOLE_TIME": "Local"}, "local"),
        ("console_formatter", {"PROVIDE_LOG_CONSOLE_FORMATTER": "JSON"}, "json"),
        ("schema", {"PROVIDE_LOG_SCHEMA": "ECS"}, "ecs"),
        (
            "keys",
            {"PROVIDE_LOG_KEYS": "event=message, level = severity,"},
            {"event": "message", "level": "severity"},
        ),
        ("timestamp", {"PROVIDE_LOG_TIMESTAMP": "epoch_ms"}, "epoch_ms"),
        (
            "module_levels",
            {"PROVIDE_LOG_MODULE_LEVELS": "app.db=DEBUG, app.http:warn,,"},
            {"app.db": "DEBUG", "app.http": "WARNING"},
        ),
        ("module_levels", {"PROVIDE_LOG_MODULE_LEVELS": "a=10,a=20"}, {"a": "INFO"}),
        (
            "sampling",
            {"PROVIDE_LOG_SAMPLING": "app.http=100/0/1,, =50/0.5"},
            {"app.http": Sample(100, 0, 1), "": RateLimit(50, 0.5)},
        ),
        (
            "sampling",
            {"PROVIDE_LOG_SAMPLING": '{"a": {"first": 3, "errors": true}, "b": {"lines": 2}}'},
            {"a": Sample(3, errors=True), "b": RateLimit(2)},
        ),
        ("log_file", {"PROVIDE_LOG_FILE": "/var/log/app.log"}, "/var/log/app.log"),
        ("output", {"PROVIDE_LOG_OUTPUT": "Stdout"}, "stdout"),
        ("delivery.mode", {"PROVIDE_LOG_DELIVERY": "Background"}, "background"),
        ("delivery.queue_policy", {"PROVIDE_LOG_QUEUE_POLICY": "drop_oldest"}, "drop_oldest"),
        ("das_emoji_prefix_enabled", {"PROVIDE_LOG_DAS_EMOJI_ENABLED": "0"}, False),
        (
            "logger_name_emoji_prefix_enabled",
            {"PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED": "yes"},
            True,
        ),
        (
            "enabled_emoji_sets",
            {"PROVIDE_LOG_ENABLED_EMOJI_SETS": "http, database"},
            ("http", "database"),
        ),
        ("rotation.max_bytes", {"PROVIDE_LOG_ROTATE_MAX_BYTES": "1048576"}, 1_048_576),
        ("rotation.when", {"PROVIDE_LOG_ROTATE_WHEN": "Hourly"}, "hourly"),
        ("rotation.when", {"PROVIDE_LOG_ROTATE_WHEN": " 900 "}, 900),
        ("rotation.backup_count", {"PROVIDE_LOG_BACKUP_COUNT": "5"}, 5),
        ("rotation.max_age_s", {"PROVIDE_LOG_BACKUP_MAX_AGE_S": "86400"}, 86_400),
        ("rotation.compress", {"PROVIDE_LOG_BACKUP_COMPRESS": "yes"}, True),
        ("delivery.write_holds_gil", {"PROVIDE_LOG_WRITE_HOLDS_GIL": "no"}, False),
        ("console.width", {"PROVIDE_LOG_CONSOLE_WIDTH": "100"}, 100),
        ("console.context", {"PROVIDE_LOG_CONSOLE_CONTEXT": "Full"}, "full"),
        ("console.tracebacks", {"PROVIDE_LOG_CONSOLE_TRACEBACKS": "python"}, "python"),
        ("console.links", {"PROVIDE_LOG_CONSOLE_LINKS": "off"}, False),
        ("console.locals", {"PROVIDE_LOG_CONSOLE_LOCALS": "on"}, True),
        ("console.theme", {"PROVIDE_LOG_CONSOLE_THEME": "Ansi"}, "ansi"),
        ("console.captured", {"PROVIDE_LOG_CONSOLE_CAPTURED": "never"}, "never"),
        ("console.columns", {"PROVIDE_LOG_CONSOLE_COLUMNS": "Level, event"}, ("level", "event")),
        ("console.colors", {"NO_COLOR": "0"}, False),
        ("console.colors", {"FORCE_COLOR": "1"}, True),
        ("console.colors", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("console.colors", {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        ("console.colors", {"FORCE_COLOR": ""}, None),
        ("console.colors", {"PROVIDE_LOG_CONSOLE_COLORS": "on", "NO_COLOR": "1"}, True),
        ("console.colors", {"PROVIDE_LOG_CONSOLE_COLORS": "no", "FORCE_COLOR": "1"}, False),
        ("service_name", {"PROVIDE_SERVICE_NAME": "shop"}, "shop"),
        ("service_name", {"OTEL_SERVICE_NAME": "shop"}, "shop"),
        ("service_name", {"OTEL_SERVICE_NAME": "a", "PROVIDE_SERVICE_NAME": "b"}, "b"),
        ("service_name", {"OTEL_RESOURCE_ATTRIBUTES": "service.name=a%20b"}, "a b"),
        ("service_name", {"OTEL_RESOURCE_ATTRIBUTES": "x=1,=,service.name= a "}, "a"),
        ("service_name", {**_OTEL, "OTEL_SERVICE_NAME": "shop"}, "shop"),
        ("service_name", {**_OTEL, "DD_SERVICE": "shop"}, "otel"),
        ("service_name", {"DD_SERVICE": "shop", "K_SERVICE": "run"}, "shop"),
        ("service_name", {"K_SERVICE": "run"}, "run"),
        ("service_version", {**_OTEL, "PROVIDE_SERVICE_VERSION": "1"}, "1"),
        ("service_version", {**_OTEL, "DD_VERSION": "2"}, "3"),
        ("service_version", {"DD_VERSION": "2", "K_REVISION": "run-1"}, "2"),
        ("service_version", {"K_REVISION": "run-1"}, "run-1"),
        ("environment", {**_OTEL, "PROVIDE_ENVIRONMENT": "here"}, "here"),
        ("environment", {**_OTEL, "DD_ENV": "there"}, "old"),
        ("environment", {"OTEL_RESOURCE_ATTRIBUTES": _BOTH, "DD_ENV": "there"}, "new"),
        ("environment", {"OTEL_RESOURCE_ATTRIBUTES": "a=1", "DD_ENV": "there"}, "there"),
        (
            "fields",
            {"PROVIDE_LOG_FIELDS": "team=shop, region = eu ,"},
            {"team": "shop", "region": "eu"},
        ),
        ("process", {"PROVIDE_LOG_PROCESS": "on"}, True),
        ("host", {"PROVIDE_LOG_HOST": "1"}, True),
        ("thread", {"PROVIDE_LOG_THREAD": "yes"}, True),
        ("task", {"PROVIDE_LOG_TASK": "no"}, False),
        ("capture_stdlib", {"PROVIDE_LOG_CAPTURE_STDLIB": "no"}, False),
        ("recapture_stdlib", {"PROVIDE_LOG_RECAPTURE_STDLIB": "off"}, False),
        ("override_stdlib_levels", {"PROVIDE_LOG_OVERRIDE_STDLIB_LEVELS": "on"}, True),
        ("callsite", {"PROVIDE_LOG_CALLSITE": "1"}, True),
        ("redact_keys", {"PROVIDE_LOG_REDACT_KEYS": "iban, session_id"}, ("iban", "session_id")),
        ("redact_except", {"PROVIDE_LOG_REDACT_EXCEPT": "next_token"}, ("next_token",)),
        ("censor", {"PROVIDE_LOG_CENSOR": "[hidden]"}, "[hidden]"),
        ("limits.max_depth", {"PROVIDE_LOG_MAX_DEPTH": "8"}, 8),
        ("limits.max_items", {"PROVIDE_LOG_MAX_ITEMS": "50"}, 50),
        ("limits.max_string_chars", {"PROVIDE_LOG_MAX_STRING_CHARS": "4096"}, 4096),
        ("limits.max_line_bytes", {"PROVIDE_LOG_MAX_LINE_BYTES": "65536"}, 65_536),
        ("delivery.queue_lines", {"PROVIDE_LOG_QUEUE_LINES": "100"}, 100),
        ("delivery.queue_bytes", {"PROVIDE_LOG_QUEUE_BYTES": "1000000"}, 1_000_000),
        ("delivery.write_timeout_s", {"PROVIDE_LOG_WRITE_TIMEOUT_S": "0.25"}, 0.25),
        ("delivery.drain_timeout_s", {"PROVIDE_LOG_DRAIN_TIMEOUT_S": "10"}, 10.0),
        ("delivery.drain_on_sigterm", {"PROVIDE_LOG_DRAIN_ON_SIGTERM": "on"}, True),
    ],
)
def test_variable_feeds_its_field(field: str, environ: dict[str, str], expected: object) -> None:
    """Each variable sets its field, the first of two that are set and not empty wins."""
    assert expected == read_field(field, environ)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *((word, True) for word in ("1", "true", "yes", "on", "TRUE", " On ")),
        *((word, False) for word in ("0", "false", "no", "off", "False")),
    ],
)
def test_flag_words(word: str, expected: bool) -> None:
    """A flag is given by any of the usual eight words, in any case."""
    assert expected is read_field("omit_timestamp", {"PROVIDE_LOG_OMIT_TIMESTAMP": word})


BAD = {
    "PROVIDE_LOG_LEVEL": "LOUD",
    "LOG_LEVEL": "15",
    "PROVIDE_LOG_CONSOLE_FORMATTER": "xml",
    "PROVIDE_LOG_SCHEMA": "gelf",
    "PROVIDE_LOG_KEYS": "event",
    "PROVIDE_LOG_TIMESTAMP": "epoch",
    "PROVIDE_LOG_CONSOLE_TIME": "CET",
    "PROVIDE_LOG_CONSOLE_COLORS": "always",
    "PROVIDE_LOG_CONSOLE_WIDTH": "39",
    "PROVIDE_LOG_CONSOLE_CONTEXT": "none",
    "PROVIDE_LOG_CONSOLE_TRACEBACKS": "long",
    "PROVIDE_LOG_CONSOLE_LINKS": "maybe",
    "PROVIDE_LOG_CONSOLE_LOCALS": "all",
    "PROVIDE_LOG_CONSOLE_THEME": "light",
    "PROVIDE_LOG_CONSOLE_CAPTURED": "1",
    "PROVIDE_LOG_CONSOLE_COLUMNS": "time,level",
    "PROVIDE_LOG_MODULE_LEVELS": "app.db",
    "PROVIDE_LOG_SAMPLING": "app.db=1/2/3/4",
    "PROVIDE_LOG_OMIT_TIMESTAMP": "maybe",
    "PROVIDE_LOG_FILE": "a\0b",
    "PROVIDE_LOG_CAPTURE_STRUCTLOG": "later",
    "PROVIDE_LOG_CAPTURE_UNCAUGHT": "sometimes",
    "PROVIDE_LOG_LIVE": "sometimes",
    "PROVIDE_LOG_ACCESS_FIELDS": "few",
    "PROVIDE_LOG_PROPAGATE": "up",
    "PROVIDE_LOG_EXCEPTIONS": "yaml",
    "PROVIDE_LOG_JOURNAL": "systemd",
    "PROVIDE_LOG_FOLD_FRAMES": "starlette,-",
    "PROVIDE_LOG_OUTPUT": "printer",
    "PROVIDE_LOG_DELIVERY": "pigeon",
    "PROVIDE_LOG_QUEUE_POLICY": "drop",
    "PROVIDE_LOG_ROTATE_MAX_BYTES": "10 MB",
    "PROVIDE_LOG_ROTATE_WHEN": "yearly",
    "PROVIDE_LOG_BACKUP_COUNT": "0",
    "PROVIDE_LOG_BACKUP_MAX_AGE_S": "-1",
    "PROVIDE_LOG_BACKUP_COMPRESS": "gzip",
    "PROVIDE_LOG_WRITE_HOLDS_GIL": "never",
    "PROVIDE_LOG_DAS_EMOJI_ENABLED": "2",
    "PROVIDE_LOG_LOGGER_NAME_EMOJI_ENABLED": "ja",
    "PROVIDE_LOG_ENABLED_EMOJI_SETS": "http,-",
    "PROVIDE_LOG_EXTENSIONS": "-",
    "PROVIDE_LOG_REDACT_PATTERNS": "jwt,jwts",
    "PROVIDE_LOG_REDACT_KEYS": "iban,-",
    "PROVIDE_LOG_REDACT_EXCEPT": "_",
    "PROVIDE_LOG_CENSOR": "a\nb",
    "PROVIDE_LOG_CAPTURE_STDLIB": "later",
    "PROVIDE_LOG_RECAPTURE_STDLIB": "later",
    "PROVIDE_LOG_OVERRIDE_STDLIB_LEVELS": "always",
    "PROVIDE_LOG_CALLSITE": "here",
    "PROVIDE_LOG_MAX_DEPTH": "201",
    "PROVIDE_LOG_MAX_ITEMS": "0",
    "PROVIDE_LOG_MAX_STRING_CHARS": "many",
    "PROVIDE_LOG_MAX_LINE_BYTES": "255",
    "PROVIDE_LOG_QUEUE_LINES": "0",
    "PROVIDE_LOG_QUEUE_BYTES": "1.5",
    "PROVIDE_LOG_WRITE_TIMEOUT_S": "soon",
    "PROVIDE_LOG_DRAIN_TIMEOUT_S": "3601",
    "PROVIDE_LOG_DRAIN_ON_SIGTERM": "perhaps",
    "PROVIDE_SERVICE_NAME": " ",
    "OTEL_SERVICE_NAME": "\t",
    "PROVIDE_SERVICE_VERSION": " ",
    "PROVIDE_ENVIRONMENT": " ",
    "OTEL_RESOURCE_ATTRIBUTES": "service.version",
    "DD_SERVICE": " ",
    "DD_VERSION": " ",
    "DD_ENV": " ",
    "K_SERVICE": " ",
    "K_REVISION": " ",
    "PROVIDE_LOG_FIELDS": "team",
    "PROVIDE_LOG_PROCESS": "perhaps",
    "PROVIDE_LOG_HOST": "localhost",
    "PROVIDE_LOG_THREAD": "main",
    "PROVIDE_LOG_TASK": "main",
}


@pytest.mark.parametrize("name", sorted(BAD.keys() - GENERIC))
def test_bad_variable_is_named(name: str) -> None:
    """A bad value is blamed on its variable, not on the field that it feeds."""
    with pytest.raises(ConfigurationError) as caught:
        TelemetryConfig.from_env({name: BAD[name]})

    assert (name, True) == (caught.value.field, name in str(caught.value))


@pytest.mark.parametrize("explicit", [True, False], ids=["set-up", "first-line"])
@pytest.mark.parametrize("word", ["notice", "verbose", "NOTSET", "OFF", "15", "LOUD"])
def test_foreign_level_does_not_stop_a_service(word: str, explicit: bool) -> None:
    """A LOG_LEVEL that another program means is said once and passed over, at set-up too."""
    script = f"""if True:
        from provide.foundation import logger, setup_telemetry
        if {explicit}:
            setup_telemetry()
            setup_telemetry()
        logger.info("on")
        logger.debug("off")
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROVIDE_", "OTEL_"))}
    run = interpreters.run(
        [sys.executable, "-c", script],
        env={**kept, "LOG_LEVEL": word},
        capture_output=True,
        timeout=60,
        check=False,
    )
    lines = [json.loads(line) for line in run.stderr.splitlines()]

    assert (0, ["bad configuration", "on"]) == (
        run.returncode,
        sorted(line["event"] for line in lines),
    )
    assert f"LOG_LEVEL: '{word}'" in next(line["problem"] for line in lines if "problem" in line)


@pytest.mark.parametrize("word", ["notice", "verbose", "NOTSET", "15"])
def test_own_level_stays_strict(word: str) -> None:
    """A PROVIDE_LOG_LEVEL that is no level is an error, whatever LOG_LEVEL says."""
    with pytest.raises(ConfigurationError, match="PROVIDE_LOG_LEVEL"):
        TelemetryConfig.from_env({"PROVIDE_LOG_LEVEL": word, "LOG_LEVEL": "INFO"})


def test_own_level_may_be_off() -> None:
    """Our own variables take OFF, for everything and for a prefix."""
    environ = {"PROVIDE_LOG_LEVEL": "off", "PROVIDE_LOG_MODULE_LEVELS": "a=OFF,b=INFO"}
    logging = TelemetryConfig.from_env(environ).logging

    assert ("OFF", {"a": "OFF", "b": "INFO"}) == (
        logging.default_level,
        dict(logging.module_levels),
    )


@pytest.mark.parametrize("text", ["app.db=LOUD", "app.db=", "=DEBUG", "a=INFO,b", "a=b=DEBUG"])
def test_bad_module_levels_name_the_variable(text: str) -> None:
    """Whatever is wrong in the list of module levels, the variable is named."""
    with pytest.raises(ConfigurationError) as caught:
        TelemetryConfig.from_env({"PROVIDE_LOG_MODULE_LEVELS": text})

    assert "PROVIDE_LOG_MODULE_LEVELS" == caught.value.field


def test_every_variable_has_a_bad_value_here() -> None:
    """The table of bad values covers each variable that can be wrong."""
    assert {*BAD, "NO_COLOR", "FORCE_COLOR"} == set(NAMES)


@pytest.mark.parametrize("environ", [{}, dict.fromkeys(NAMES, "")], ids=["unset", "empty"])
def test_nothing_set_gives_the_defaults(environ: dict[str, str]) -> None:
    """Variables that are unset or empty change nothing."""
    assert TelemetryConfig() == TelemetryConfig.from_env(environ)


def test_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the variables of the process are read, at the time of the call."""
    monkeypatch.setenv("PROVIDE_LOG_LEVEL", "CRITICAL")
    strict = TelemetryConfig.from_env().logging.default_level
    lenient = lenient_config()[0].logging.default_level

    assert ("CRITICAL", "CRITICAL") == (strict, lenient)


def test_lenient_start_keeps_what_is_good() -> None:
    """A bad variable costs its own field and one message; the others hold."""
    config, messages = lenient_config(
        {"PROVIDE_LOG_LEVEL": "LOUD", "PROVIDE_LOG_OUTPUT": "stdout", "OTEL_SERVICE_NAME": "shop"}
    )
    expected = TelemetryConfig(
        service_name="shop", logging=LoggingConfig(output="stdout", capture_stdlib=False)
    )

    assert (expected, 1) == (config, len(messages))


def test_lenient_message_says_all() -> None:
    """A message names the variable, the value, what is allowed and what happens."""
    assert lenient_config({"PROVIDE_LOG_OUTPUT": "printer"})[1] == [
        "PROVIDE_LOG_OUTPUT: 'printer' is not valid; allowed: stderr | stdout; using the default"
    ]


def test_lenient_start_says_each_bad_variable_once() -> None:
    """Each bad variable gives a message of its own, and one that is overruled gives none."""
    named = [message.partition(":")[0] for message in lenient_config(BAD)[1]]

    assert sorted(BAD.keys() - GENERIC | {"OTEL_RESOURCE_ATTRIBUTES"}) == sorted(named)


def test_lenient_start_captures_nothing() -> None:
    """Zero-config use leaves logging and warnings alone, and an explicit set-up does not."""
    lenient = lenient_config({})[0].logging.capture_stdlib
    strict = TelemetryConfig.from_env({}).logging.capture_stdlib

    assert (False, True) == (lenient, strict)


def test_bad_variable_does_not_fail_the_import() -> None:
    """A bad variable is nobody's error until a configuration is made from it."""
    run = interpreters.run(
        [sys.executable, "-c", "import provide.foundation._config.defaults"],
        env={**os.environ, **{k: v for k, v in BAD.items() if "\0" not in v}},
        check=False,
    )

    assert 0 == run.returncode


ENVIRON = st.dictionaries(
    st.sampled_from(NAMES),
    st.text() | st.sampled_from(["1", "info", "json", "a=INFO", "a:10,b", "stdout", ",", "-"]),
)


@given(ENVIRON)
def test_strict_and_lenient_reading_agree(environ: dict[str, str]) -> None:
    """from_env gives lenient_config's configuration, or the error of its first message."""
    lenient, messages = lenient_config(environ)
    expected: tuple[object, ...] = (
        attrs.evolve(lenient, logging=attrs.evolve(lenient.logging, capture_stdlib=True)),
        messages,
    )
    ours = [each for each in messages if each.partition(":")[0] not in GENERIC]
    expected = (ours[0],) if ours else (expected[0], [])
    try:
        actual: tuple[object, ...] = (TelemetryConfig.from_env(environ), [])
    except ConfigurationError as error:
        actual = (f"{error}; using the default",)

    assert expected == actual


@given(ENVIRON)
def test_bad_variables_fall_back_to_the_default(environ: dict[str, str]) -> None:
    """Without the variables that its messages name, the lenient reading is the strict one."""
    lenient, messages = lenient_config(environ)
    named = {message.partition(":")[0] for message in messages}
    fed = {name for _, _, variables, _ in VARIABLES if named & {*variables} for name in variables}
    strict = TelemetryConfig.from_env({k: v for k, v in environ.items() if k not in fed})

    assert attrs.evolve(strict.logging, capture_stdlib=False) == lenient.logging


def test_environment_wins_over_code_field_by_field() -> None:
    """Each variable replaces its own field, in groups too, and every other value stays."""
    defaults = TelemetryConfig(
        service_name="shop",
        logging=LoggingConfig(
            default_level="ERROR",
            callsite=True,
            fields={"team": "shop"},
            rotation=Rotation(max_bytes=4096, backup_count=3),
            delivery=Delivery("background", queue_lines=7),
        ),
    )
    environ = {
        "PROVIDE_LOG_LEVEL": "debug",
        "PROVIDE_LOG_BACKUP_COUNT": "9",
        "PROVIDE_LOG_DELIVERY": "direct",
        "PROVIDE_ENVIRONMENT": "here",
    }
    expected = TelemetryConfig(
        service_name="shop",
        environment="here",
        logging=LoggingConfig(
            default_level="DEBUG",
            callsite=True,
            fields={"team": "shop"},
            rotation=Rotation(max_bytes=4096, backup_count=9),
            delivery=Delivery("direct", queue_lines=7),
        ),
    )

    before = repr(defaults)
    assert expected == TelemetryConfig.from_env(environ, defaults=defaults)
    assert before == repr(defaults)
    assert defaults == TelemetryConfig.from_env({}, defaults=defaults)


@pytest.mark.parametrize(
    ("given", "environ", "expected"),
    [
        ({"outputs": ["stderr"]}, {"PROVIDE_LOG_FILE": "a.log"}, {"log_file": "a.log"}),
        ({"log_file": "b.log"}, {"PROVIDE_LOG_OUTPUT": "stdout"}, {"output": "stdout"}),
        ({"output": "stdout"}, {"PROVIDE_LOG_FILE": "a.log"}, {"log_file": "a.log"}),
    ],
)
def test_environment_decides_alone_where_lines_go(
    given: dict[str, Any], environ: dict[str, str], expected: dict[str, Any]
) -> None:
    """A variable for a destination takes the place of all destinations of the code."""
    defaults = TelemetryConfig(logging=LoggingConfig(**given))

    found = TelemetryConfig.from_env(environ, defaults=defaults)
    assert LoggingConfig(**expected) == found.logging
