"""Members that all lines have alike: in every lane and format, in children, and refused."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES as INSTALLED
from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation._config.values.checks import NOT_STATIC
from provide.foundation._pipeline.fields import CALL_PARAMETERS
from provide.foundation._record.constants import gather_constants
from provide.foundation._record.schema import RESERVED
from provide.foundation._record.values import Limits, plain
from provide.foundation.config import Formatter

LANES = (*INSTALLED, "processor")
FORMATS: tuple[Formatter, ...] = ("json", "key_value", "compact")


class Odd:
    """Be a value that only its text shows."""

    def __str__(self) -> str:
        return 'an "odd" one\n'

    __repr__ = __str__


FIELDS: dict[str, object] = {
    "team": "a b",
    "api_key": "never to be seen",
    "ratio": 1.5,
    "nothing": None,
    "not_a_number": float("nan"),
    "nested": {"password": "never to be seen", "list": [1, "\x07"]},
    "größe": "ü",
    "odd": Odd(),
}


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    reset_for_testing()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return what sets a lane up, logs, and returns the lines without their time."""

    def write(lane: str, form: Formatter, say: Callable[[], object], **options: Any) -> list[str]:
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        file = tmp_path / "app.log"
        file.unlink(missing_ok=True)
        own = {name: options.pop(name, None) for name in ("service_version", "environment")}
        logging = LoggingConfig(console_formatter=form, log_file=file, extensions=[], **options)
        setup_telemetry(TelemetryConfig(service_name="shop", **own, logging=logging))
        assert lane == stats().lane
        say()
        return re.sub(r"\d+(-\d+-\d+T\d+)?(:\d+)+\.\d+Z?", "", file.read_text("utf-8")).splitlines()

    return write


EVERYTHING: dict[str, Any] = {
    "service_version": "1.4.2",
    "environment": "production",
    "host": True,
    "process": True,
    "thread": True,
    "task": True,
    "fields": FIELDS,
}


def say_everything() -> None:
    """Log plain lines, those with names that are in use, and rare ones."""
    log = get_logger("app")
    log.info("plain", a=1)
    log.info("no fields")
    log.bind(team="bound", pid=1).info("taken", host="h", thread="t", task_="x", task=2)
    log.bind(a=1).info("bound")
    with bound_contextvars(environment="context"):
        log.info("context", b=2)
        log.info("both", team=1)
    log.info("twice", team=1, team_=2)
    log.info("rendered", value=Odd(), **{"two words": 1, "service version": 2})
    log.error("failed", exc_info=ValueError("boom"))
    log.info("given %s", "argument", service_version=3)


@pytest.mark.parametrize("form", FORMATS)
def test_lanes_agree(form: Formatter, write: Callable[..., list[str]]) -> None:
    """Each lane writes the same lines while everything is on."""
    lines = {lane: write(lane, form, say_everything, **EVERYTHING) for lane in LANES}

    assert 10 == len(lines["processor"])
    assert dict.fromkeys(LANES, lines["processor"]) == lines
    assert "never" not in str(lines)


@pytest.mark.parametrize("form", FORMATS)
def test_names_are_anybodys_while_off(form: Formatter, write: Callable[..., list[str]]) -> None:
    """A program that uses none of this has its own fields of these names as they are."""

    def say() -> None:
        get_logger("app").info(
            "e",
            environment="e",
            host="h",
            pid=1,
            thread="t",
            task=2,
            service_version=3,
            team="x",
            stack_trace="s",
        )

    expected = {
        "json": '{"timestamp":"","level":"info","logger":"app","event":"e","service":"shop",'
        '"environment":"e","host":"h","pid":1,"thread":"t","task":2,"service_version":3,"team":"x","stack_trace":"s"}',
        "key_value": "timestamp= level=info logger=app event=e service=shop environment=e host=h "
        "pid=1 thread=t task=2 service_version=3 team=x stack_trace=s",
        "compact": " I app e service=shop environment=e host=h pid=1 thread=t task=2 "
        "service_version=3 team=x stack_trace=s",
    }

    assert {lane: [expected[form]] for lane in LANES} == {
        lane: write(lane, form, say) for lane in LANES
    }


def test_line_with_everything(write: Callable[..., list[str]]) -> None:
    """All members stand behind the event in their order, masked and bounded as values are."""
    (line,) = write("fast", "json", lambda: get_logger("app").info("e", team=1), **EVERYTHING)

    assert [
        ("service", "shop"),
        ("service_version", "1.4.2"),
        ("environment", "production"),
        ("host", socket.gethostname()),
        ("pid", os.getpid()),
        ("team", "a b"),
        ("api_key", "***"),
        ("ratio", 1.5),
        ("nothing", None),
        ("not_a_number", "NaN"),
        ("nested", {"password": "***", "list": [1, "\x07"]}),
        ("größe", "ü"),
        ("odd", 'an "odd" one\n'),
        ("team_", 1),
        ("thread", "MainThread"),
    ] == list(json.loads(line).items())[4:]


def test_several_outputs(tmp_path: Path) -> None:
    """Each of several outputs has the members, too."""
    files = [tmp_path / "a.log", tmp_path / "b.log"]
    outputs = [OutputConfig(files[0], formatter="json"), OutputConfig(files[1], level="ERROR")]
    logging = LoggingConfig(
        outputs=outputs, console_formatter="key_value", fields={"team": "x"}, extensions=[]
    )
    setup_telemetry(TelemetryConfig(environment="test", logging=logging))
    get_logger("app").error("e", team=1)

    assert '"environment":"test","team":"x","team_":1}' in files[0].read_text()
    assert "environment=test team=x team_=1" in files[1].read_text()


@pytest.mark.parametrize("value", ["x" * 10_000, ["x" * 100] * 5_000, {"a": {"b": ["y" * 90]}}])
def test_rendering_again_changes_nothing(value: object) -> None:
    """A value is cut so that no renderer cuts it once more: lanes keep its bytes."""
    given = {"max_string_chars": 64, "max_items": 100, "max_depth": 2}
    config = TelemetryConfig(logging=LoggingConfig(fields={"value": value}, limits=given))
    made = gather_constants(config)

    assert made["value"] != value
    assert made == {key: plain(each, Limits(2, 100, 64)) for key, each in made.items()}


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a=b", 'a"b', "a\\b", "a\n", "\ufffd", "x" * 129, 3, None, "event", "trace_id",
     "environment", "exc_info"],
)  # fmt: skip
def test_names_are_refused(name: Any) -> None:
    """A name that is no string, that a format cannot hold or that lines have is refused."""
    with pytest.raises(ConfigurationError, match=r"logging\.fields"):
        LoggingConfig(fields={name: 1})


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"process": True}, "pid"),
        ({"host": True}, "host"),
        ({"thread": True}, "thread"),
        ({"task": True}, "task"),
        ({"exceptions": "both"}, "stack_trace"),
        ({"outputs": [OutputConfig("stdout", exceptions="both")]}, "stack_trace"),
    ],
)
def test_name_of_a_member_in_use_is_refused(options: dict[str, Any], name: str) -> None:
    """A field may have the name of a member that is off, and not of one that is on."""
    assert {name: 1} == LoggingConfig(fields={name: 1}).fields
    with pytest.raises(ConfigurationError, match=rf"logging\.fields: '{name}'"):
        LoggingConfig(fields={name: 1}, **options)


def test_own_names_are_known() -> None:
    """The configuration refuses exactly what lines always have, what has an option, parameters."""
    assert NOT_STATIC == RESERVED | CALL_PARAMETERS | {"service_version", "environment"}


def test_values_are_not_shown() -> None:
    """A configuration that is printed shows no value of a field."""
    config = LoggingConfig(fields={"api_key": "never to be seen", "list": []})

    assert "fields={'api_key': '***', 'list': '***'}" in repr(config)
    assert hash(config) == hash(LoggingConfig(fields={"api_key": "other", "list": []}))


FORKS = """
import multiprocessing, os, sys, threading, warnings
from provide.foundation import configure, flush, get_logger

warnings.simplefilter("ignore")  # of a fork beside threads, from CPython 3.12 on
configure(format=sys.argv[1], output="app.log", process=True, delivery=sys.argv[2], extensions=[])
log = get_logger("app")
bound = log.bind(x=1)
kept = log.info


def say():
    log.info("e", me=os.getpid())
    bound.info("e", me=os.getpid())
    kept("e", me=os.getpid(), value=object)
    log.bind(y=2).info("e", me=os.getpid(), exc_info=ValueError("boom"))


def first_in_a_thread():
    thread = threading.Thread(target=say)
    thread.start()
    thread.join()


if __name__ == "__main__":
    say()
    if os.fork() == 0:
        first_in_a_thread()
        if os.fork() == 0:
            say()
            flush()
            os._exit(0)
        os.wait()
        flush()
        os._exit(0)
    os.wait()
    for method in ("fork", "spawn")[: int(sys.argv[3])]:
        child = multiprocessing.get_context(method).Process(target=first_in_a_thread)
        child.start()
        child.join()
    say()
    flush()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize(
    ("lane", "form", "delivery", "methods"),
    [
        ("fast", "json", "direct", 2),
        ("native", "key_value", "direct", 1),
        ("native", "json", "background", 1),
        ("processor", "compact", "direct", 1),
    ],
)
def test_each_process_has_its_id(
    lane: str, form: str, delivery: str, methods: int, tmp_path: Path
) -> None:
    """Every line has the id of the process that logs, forked ones and their threads included."""
    (tmp_path / "program.py").write_text(FORKS, "utf-8")
    interpreters.run(
        [sys.executable, "program.py", form, delivery, str(methods)], cwd=tmp_path, check=True,
        timeout=120, env={**os.environ, "FOUNDATION_LANE": lane},
    )  # fmt: skip
    lines = (tmp_path / "app.log").read_text("utf-8").splitlines()
    pairs = [re.findall(r'\b(?:pid|me)"?[:=](\d+)', line) for line in lines]

    assert 4 * (4 + methods) == len(lines)
    assert [] == [line for line, pair in zip(lines, pairs, strict=True) if len(set(pair)) != 1]
    assert [2] * len(pairs) == list(map(len, pairs))
    assert 3 + methods == len({pair[0] for pair in pairs})


def run(environ: dict[str, str], script: str) -> list[dict[str, Any]]:
    """Return the lines of a real process under some variables and no others of this kind."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PROVIDE_", "OTEL_", "DD_", "K_"))
    }
    done = interpreters.run(
        [sys.executable, "-c", script], env={**kept, **environ}, check=True, timeout=60,
        capture_output=True, text=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_platform_says_it() -> None:
    """A program that sets up nothing has what the platform says; what is wrong is said once."""
    said, line = sorted(
        run(
            {
                "OTEL_RESOURCE_ATTRIBUTES": "service.version=1.2,deployment.environment=a%20b,odd",
                "DD_SERVICE": "shop", "DD_VERSION": "never", "DD_ENV": "never",
                "PROVIDE_LOG_FIELDS": "team=checkout", "PROVIDE_LOG_THREAD": "1",
            },
            "from provide.foundation import logger; logger.info('e', environment=1)",
        ),
        key=lambda each: str(each["level"] == "info"),
    )  # fmt: skip

    assert ("bad configuration", True) == (said["event"], "'odd'" in said["problem"])
    assert {
        "service": "shop", "service_version": "1.2", "environment": "a b", "team": "checkout",
        "environment_": 1, "thread": "MainThread",
    } == {key: line[key] for key in list(line)[4:]}  # fmt: skip


def test_code_comes_first() -> None:
    """What the program says holds whatever variables say, and they say the rest."""
    (line,) = run(
        {
            "K_SERVICE": "run",
            "K_REVISION": "run-7",
            "DD_ENV": "staging",
            "PROVIDE_ENVIRONMENT": "x",
        },
        "from provide.foundation import configure, logger\n"
        "configure(environment='production')\n"
        "logger.info('e')",
    )

    assert ["run", "run-7", "production"] == list(line.values())[4:]
