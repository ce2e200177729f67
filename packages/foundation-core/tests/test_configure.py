"""`configure`: one call sets up what the classes would, and its errors name its options."""

from __future__ import annotations

import inspect
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import interpreters
from provide.foundation import configure, reset_for_testing
from provide.foundation._config.environment import VARIABLES
from provide.foundation._config.shortcuts.options import Options, read_options
from provide.foundation.config import (
    Delivery,
    LoggingConfig,
    OutputConfig,
    Rotation,
    TelemetryConfig,
)
from provide.foundation.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for _, _, names, _ in VARIABLES:
        for name in names:
            monkeypatch.delenv(name, raising=False)
    yield
    reset_for_testing()


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program with these variables and none else that would configure it."""
    ours = {name for _, _, names, _ in VARIABLES for name in names}
    kept = {key: value for key, value in os.environ.items() if key not in ours}
    head = "from provide.foundation import *\nimport logging, sys\n"
    return interpreters.run(
        [sys.executable, "-c", head + script],
        cwd=folder, env={**kept, **variables}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def events(text: str) -> list[tuple[str, str]]:
    """Return level and event of each JSON line."""
    return [(line["level"], line["event"]) for line in map(json.loads, text.splitlines())]


def test_one_call_sets_up(tmp_path: Path) -> None:
    """Level, format and output hold, for `logging` too, and options reach their fields."""
    done = run(
        "configure(level='DEBUG', format='json', output='stdout', service_name='shop',\n"
        "          module_levels={'app.db': 'ERROR'})\n"
        "logger.debug('a'); get_logger('app.db.pool').warning('b')\n"
        "logging.getLogger('x').info('c')",
        tmp_path,
    )

    assert (0, "", [("debug", "a"), ("info", "c")]) == (
        done.returncode,
        done.stderr,
        events(done.stdout),
    )
    assert ["shop", "shop"] == [json.loads(line)["service"] for line in done.stdout.splitlines()]


def test_output_may_be_a_file_that_rotates(tmp_path: Path) -> None:
    """A path is a log file, and a group of options is given as its class."""
    done = run(
        "configure(output='app.log', rotation=Rotation(max_bytes=2_000))\n"
        "for number in range(1000): logger.info('x', number=number)",
        tmp_path,
    )
    files = sorted(tmp_path.glob("app.log*"))
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]

    assert (0, "", 1000, True) == (done.returncode, done.stderr, len(lines), len(files) > 1)


def test_variables_hold_where_no_option_is_given(tmp_path: Path) -> None:
    """An option wins over its variable; a variable without an option holds."""
    done = run(
        "configure(format='json', output='stdout')\nlogger.debug('a')",
        tmp_path,
        PROVIDE_LOG_LEVEL="DEBUG",
        PROVIDE_LOG_CONSOLE_FORMATTER="compact",
        PROVIDE_LOG_FILE="not-this.log",
    )

    assert (0, [("debug", "a")], []) == (
        done.returncode,
        events(done.stdout),
        list(tmp_path.iterdir()),
    )


def test_failed_call_changes_nothing(tmp_path: Path) -> None:
    """After a call that fails, lines go where they went before."""
    done = run(
        "configure(level='ERROR', output='stdout')\n"
        "try: configure(level='DEBUG', output='missing/app.log')\n"
        "except ConfigurationError as error: print(error.field, file=sys.stderr)\n"
        "logger.info('a'); logger.error('b')",
        tmp_path,
    )

    assert (0, "output\n", [("error", "b")]) == (
        done.returncode,
        done.stderr,
        events(done.stdout),
    )


STREAM = io.StringIO()
HANDLER = logging.NullHandler()


def take(_line: bytes) -> None:
    """Take a line, as an output's callable does."""


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param("Stderr", LoggingConfig(output="stderr"), id="stderr"),
        pytest.param("a.log", LoggingConfig(log_file="a.log"), id="path"),
        pytest.param(Path("a.log"), LoggingConfig(log_file="a.log"), id="Path"),
        pytest.param(STREAM, LoggingConfig(outputs=[STREAM]), id="stream"),
        pytest.param(take, LoggingConfig(outputs=[take]), id="callable"),
        pytest.param(HANDLER, LoggingConfig(outputs=[HANDLER]), id="handler"),
        pytest.param(
            OutputConfig("a.log", "ERROR"),
            LoggingConfig(outputs=[OutputConfig("a.log", "ERROR")]),
            id="OutputConfig",
        ),
        pytest.param(
            ["stdout", {"target": "a.log", "level": "error"}],
            LoggingConfig(outputs=["stdout", OutputConfig("a.log", "ERROR")]),
            id="several",
        ),
        pytest.param(("stdout", take), LoggingConfig(outputs=["stdout", take]), id="tuple"),
    ],
)
def test_output_takes_every_destination(output: Any, expected: LoggingConfig) -> None:
    """Each kind of destination gives the configuration that its field gives."""
    assert TelemetryConfig(logging=expected) == read_options(None, None, output, {})


def test_same_configuration_as_the_classes() -> None:
    """Every option makes what the field of its name makes."""
    expected = TelemetryConfig(
        service_name="shop",
        logging=LoggingConfig(
            default_level="WARNING",
            console_formatter="compact",
            log_file="a.log",
            delivery=Delivery("background", queue_lines=5),
            rotation=Rotation(when="daily"),
            redact_keys=["pin"],
        ),
    )

    assert expected == read_options(
        "warning",
        "compact",
        "a.log",
        {
            "service_name": "shop",
            "delivery": Delivery("background", queue_lines=5),
            "rotation": Rotation(when="daily"),
            "redact_keys": ["pin"],
        },
    )


def test_options_are_the_fields() -> None:
    """Every field is an option, but for those that level, format and output set."""
    fields = {attribute.name for attribute in attrs.fields(LoggingConfig)}
    fields |= {attribute.name for attribute in attrs.fields(TelemetryConfig)}
    fields -= {"logging", "source"}  # from_file sets the one, and the options are the other
    short = {"default_level", "console_formatter", "log_file", "output", "outputs"}

    assert fields - short == set(Options.__annotations__)


@pytest.mark.parametrize(
    ("options", "field", "allowed"),
    [
        pytest.param({"level": "LOUD"}, "level", "TRACE, DEBUG", id="level"),
        pytest.param({"format": "jsn"}, "format", "json | key_value", id="format"),
        pytest.param({"output": 3}, "output", "a path, stderr", id="output"),
        pytest.param({"output": ["stdout", 3]}, "output[1]", "a path, stderr", id="in-a-list"),
        pytest.param(
            {"output": {"target": "a", "level": "LOUD"}}, "output.level", "TRACE", id="its-level"
        ),
        pytest.param(
            {"output": [{"target": "a", "level": "LOUD"}]},
            "output[0].level",
            "TRACE",
            id="level-in-a-list",
        ),
        pytest.param({"output": "no/a.log"}, "output", "can be opened", id="file"),
        pytest.param({"delivery": "queue"}, "delivery", "direct | background", id="delivery"),
        pytest.param(
            {"rotation": {"max_bytes": 3}}, "rotation.max_bytes", "1024 or more", id="group"
        ),
        pytest.param({"service_name": ""}, "service_name", "not empty", id="service"),
        pytest.param({"levl": "INFO"}, "levl", "did you mean 'level'?", id="mistyped"),
        pytest.param(
            {"max_bytes": 1}, "max_bytes", "did you mean 'rotation.max_bytes'?", id="grouped"
        ),
        pytest.param({"filename": "a"}, "filename", "did you mean 'output'?", id="basicConfig"),
        pytest.param(
            {"default_level": "INFO"}, "default_level", "did you mean 'level'?", id="long-name"
        ),
        pytest.param({"zzz": 1}, "zzz", "level, format, output, service_name", id="unlike-any"),
    ],
)
def test_error_names_the_option(options: Any, field: str, allowed: str) -> None:
    """A bad option is refused by its own name, with what is allowed or the nearest name."""
    with pytest.raises(ConfigurationError) as caught:
        configure(**options)

    assert (field, True) == (caught.value.field, allowed in caught.value.allowed)


def test_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad variable is an error by its own name, as in `setup_telemetry()`."""
    monkeypatch.setenv("PROVIDE_LOG_OUTPUT", "printer")
    with pytest.raises(ConfigurationError) as caught:
        configure(level="INFO")

    assert "PROVIDE_LOG_OUTPUT" == caught.value.field


def test_signature_shows_the_short_options() -> None:
    """The three options that most programs need stand in the signature."""
    assert ["level", "format", "output", "options"] == list(inspect.signature(configure).parameters)
