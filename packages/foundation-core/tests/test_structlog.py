"""structlog.get_logger() after set-up: our lines, its interface; and its processors in ours."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import structlog.testing

import interpreters
from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    bind_contextvars,
    logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)

Lines = Callable[[], list[dict[str, Any]]]
SetUp = Callable[..., Lines]


@pytest.fixture(params=LANES)
def set_up(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[SetUp]:
    """Give a function that sets up with a file, in each lane, and returns what reads its lines."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    path = tmp_path / "app.log"

    def apply(**config: Any) -> Lines:
        logging = LoggingConfig(log_file=path, capture_stdlib=False, **config)
        setup_telemetry(TelemetryConfig(logging=logging))
        return lambda: [without_time(json.loads(line)) for line in path.read_text().splitlines()]

    reset_for_testing()
    structlog.reset_defaults()
    yield apply
    forget_structlog_variables()
    structlog.reset_defaults()
    reset_for_testing()


@pytest.fixture
def lines(set_up: SetUp) -> Lines:
    """Set up at TRACE and give what reads the lines."""
    return set_up(default_level="TRACE")


def forget_structlog_variables() -> None:
    """Undo every binding: the fast lane is left as long as structlog knows any variable."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars._CONTEXT_VARS.clear()


def without_time(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line without its timestamp."""
    return {key: value for key, value in line.items() if key != "timestamp"}


def line_of(level: str, logger: str, event: str, **fields: Any) -> dict[str, Any]:
    """Return a line as it is expected."""
    return {"level": level, "logger": logger, "event": event, **fields}


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own."""
    return interpreters.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=60,
        check=True,
    )


LEVELS = {
    "trace": "trace",
    "debug": "debug",
    "info": "info",
    "msg": "info",
    "warning": "warning",
    "warn": "warning",
    "error": "error",
    "exception": "error",
    "critical": "critical",
    "fatal": "critical",
}


@pytest.mark.parametrize(("method", "level"), LEVELS.items())
def test_methods_and_async_twins(lines: Lines, method: str, level: str) -> None:
    """Each method of structlog's loggers writes our line at its level, and so does its twin."""
    log = structlog.get_logger("app").bind(a=1)
    getattr(log, method)("took %d ms", 7, b=2)
    asyncio.run(getattr(log, f"a{method}")("took %d ms", 7, b=2))
    assert [line_of(level, "app", "took 7 ms", a=1, b=2)] * 2 == lines()


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (20, line_of("info", "app", "e")),
        ("warn", line_of("warning", "app", "e")),
        (5, line_of("trace", "app", "e")),
        (25, line_of("error", "app", "e", level_=25)),
        ("loud", line_of("error", "app", "e", level_="loud")),
    ],
)
def test_log_takes_a_level(lines: Lines, level: Any, expected: dict[str, Any]) -> None:
    """log() and alog() take numbers and names, and keep a level that does not exist."""
    structlog.get_logger("app").log(level, "e")
    asyncio.run(structlog.get_logger("app").alog(level, "e"))
    assert [expected, expected] == lines()


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda log: log.info("%s", "x"), {"event": "x"}),
        (lambda log: log.info("%(a)s", {"a": 1}), {"event": "1"}),
        (lambda log: log.info("%d", "x"), {"event": "%d", "args": ["x"]}),
        (lambda log: log.info("100%"), {"event": "100%"}),
        (lambda log: log.info(event="named"), {"event": "named"}),
        (lambda log: log.info("x", event="y"), {"event": "x", "event_": "y"}),
        (lambda log: log.info(), {"event": ""}),
        (lambda log: log.info("x", logger="spoof"), {"event": "x", "logger_": "spoof"}),
        (lambda log: log.info("x", level="spoof"), {"event": "x", "level_": "spoof"}),
        (
            lambda log: log.info("x", method_name=1, self=2, name=3),
            {"event": "x", "method_name": 1, "self": 2, "name": 3},
        ),
        (lambda log: log.info("x", password="p"), {"event": "x", "password": "***"}),
    ],
)
def test_the_rules_of_a_call_hold(
    lines: Lines, call: Callable[[Any], object], expected: dict[str, Any]
) -> None:
    """Positional arguments, reserved keys and secrets are treated as in our own calls."""
    call(structlog.get_logger())
    assert [{"level": "info", "logger": __name__, **expected}] == lines()


@pytest.mark.parametrize(
    ("make", "name", "fields"),
    [
        (lambda: structlog.get_logger(), __name__, {}),
        (lambda: structlog.get_logger("app.db", a=1), "app.db", {"a": 1}),
        (lambda: structlog.getLogger("x").new(a=1), "x", {"a": 1}),
        (lambda: structlog.stdlib.get_logger("std"), "std", {}),
        (lambda: structlog.get_logger("x").bind(a=1, b=2).unbind("a"), "x", {"b": 2}),
        (lambda: structlog.get_logger("x").bind(a=1).try_unbind("a", "z"), "x", {}),
        (lambda: structlog.wrap_logger(None).bind(a=1), __name__, {"a": 1}),
        (lambda: structlog.wrap_logger(logger), "root", {}),
    ],
)
def test_name_and_binding(
    lines: Lines, make: Callable[[], Any], name: str, fields: dict[str, Any]
) -> None:
    """The first argument is the name; binding is structlog's own."""
    make().info("e")
    assert [line_of("info", name, "e", **fields)] == lines()


def test_order_and_precedence(lines: Lines) -> None:
    """Bound, context and call fields stand in the line's order, structlog's context included."""
    structlog.contextvars.bind_contextvars(a="structlog", c="structlog")
    bind_contextvars(a="ours", d="ours")
    structlog.get_logger("app").bind(a="bound", b="bound").info("e", b="call", e="call")
    expected = [("a", "bound"), ("c", "structlog"), ("d", "ours"), ("b", "call"), ("e", "call")]
    assert expected == list(lines()[0].items())[3:]


def test_levels_are_foundations(set_up: SetUp) -> None:
    """Levels hold as they are set, at once, for loggers that are kept as well."""
    lines = set_up(module_levels={"app.db": "DEBUG"})
    other, db = structlog.get_logger("app").bind(a=1), structlog.get_logger("app.db.pool").bind()
    other.debug("off")
    db.debug("on")
    assert (False, True) == (other.is_enabled_for(10), db.isEnabledFor("debug"))
    set_level("TRACE", logger="app")
    other.trace("on", b=2)
    assert (5, 10) == (other.get_effective_level(), db.getEffectiveLevel())
    expected = [line_of("debug", "app.db.pool", "on"), line_of("trace", "app", "on", a=1, b=2)]
    assert expected == lines()


def test_call_below_the_level_does_nothing(set_up: SetUp) -> None:
    """A call that is off does not even put its arguments into the event."""
    lines = set_up()
    structlog.get_logger("app").debug("%d", "not a number")
    assert [] == lines()


def test_exceptions(lines: Lines) -> None:
    """exception() and exc_info give a structured exception, in coroutines too."""

    async def main() -> None:
        try:
            raise KeyError("k")
        except KeyError as error:
            log = structlog.get_logger("app")
            log.exception("e")
            await log.aexception("e")
            await log.aerror("e", exc_info=True)
            log.error("e", exc_info=error)

    asyncio.run(main())
    structlog.get_logger("app").exception("none")
    found = [(line["level"], line.get("exception", {}).get("type")) for line in lines()]
    assert [*[("error", "KeyError")] * 4, ("error", None)] == found


def test_stack_and_callsite_are_the_callers(set_up: SetUp) -> None:
    """The call site is the line that called structlog's method."""
    lines = set_up(callsite=True)
    structlog.get_logger("app").info("e", stack_info=True)
    (line,) = lines()
    name = "test_stack_and_callsite_are_the_callers"
    assert (__file__, name) == (line["callsite"]["file"], line["callsite"]["function"])
    assert name in line["stack"].splitlines()[-2]


def test_logger_from_before_set_up(set_up: SetUp) -> None:
    """What get_logger gave before the set-up, as modules keep it, writes through us after it."""
    log = structlog.get_logger("app")
    lines = set_up()
    log.info("e")
    set_up()
    log.info("e")
    assert [line_of("info", "app", "e")] * 2 == lines()


def test_bound_logger_outlives_its_set_up(set_up: SetUp, capfd: pytest.CaptureFixture[str]) -> None:
    """A bound logger follows every set-up, and loses nothing after shutdown and reset."""
    lines = set_up()
    log = structlog.get_logger("app").bind(a=1)
    log.info("1")
    set_up()
    log.info("2")
    shutdown_telemetry()
    log.info("3")
    assert ["1", "2", "3"] == [line["event"] for line in lines()]
    reset_for_testing()
    capfd.readouterr()
    log.info("4")
    expected = line_of("info", "app", "4", a=1)
    assert expected == without_time(json.loads(capfd.readouterr().err))


def test_equality_is_structlogs(lines: Lines) -> None:
    """Bound loggers compare by what is bound to them."""
    log = structlog.get_logger("app")
    assert log.bind(a=1) == log.bind(a=1)
    assert log.bind(a=1) != log.bind(a=2)


def test_capture_logs_of_structlog(lines: Lines) -> None:
    """structlog.testing.capture_logs sees the calls, of loggers that exist too, and ends."""
    log = structlog.get_logger("app").bind(a=1)
    set_level("INFO")
    with structlog.testing.capture_logs() as captured:
        log.info("took %d", 7, b=2)
        log.debug("off")
        log.log("loud", "e")
        log.exception("failed")
    log.info("after")
    expected: list[dict[str, Any]] = [
        {"a": 1, "b": 2, "event": "took 7", "log_level": "info"},
        {"a": 1, "level": "loud", "event": "e", "log_level": "error"},
        {"a": 1, "exc_info": True, "event": "failed", "log_level": "error"},
    ]
    assert expected == captured
    assert [line_of("info", "app", "after", a=1)] == lines()


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([structlog.processors.JSONRenderer()], {"event": '{"a": 1, "b": 2, "event": "e"}'}),
        ([lambda _, __, fields: {**fields, "c": 3}], {"event": "e", "a": 1, "b": 2, "c": 3}),
        ([lambda _, __, fields: (("x %s", "y"), {"c": 3})], {"event": "x y", "c": 3}),
    ],
    ids=["renders", "adds", "tuple"],
)
def test_processors_that_structlog_gets_after_us(
    lines: Lines, chain: list[Any], expected: dict[str, Any]
) -> None:
    """A chain that the application configures after the set-up runs first; its end is our line."""
    structlog.configure(processors=chain)
    structlog.get_logger("app").bind(a=1).info("e", b=2)
    assert [{"level": "info", "logger": "app", **expected}] == lines()


def test_own_configuration_comes_back(set_up: SetUp) -> None:
    """A shutdown gives structlog the configuration that it had before the set-up."""
    capture = structlog.testing.LogCapture()
    structlog.configure(processors=[capture], logger_factory=structlog.ReturnLoggerFactory())
    before = structlog.get_config()
    lines = set_up()
    set_up()
    structlog.get_logger().info("ours")
    shutdown_telemetry()
    structlog.get_logger().info("theirs")
    assert before == structlog.get_config()
    assert ["theirs"] == [entry["event"] for entry in capture.entries]
    assert ["ours"] == [line["event"] for line in lines()]


def test_later_configuration_stays(set_up: SetUp) -> None:
    """A configuration that replaced ours is left alone by the shutdown."""
    set_up()
    structlog.configure(wrapper_class=structlog.BoundLogger, processors=[])
    shutdown_telemetry()
    assert structlog.BoundLogger is structlog.get_config()["wrapper_class"]


def test_defaults_come_back(set_up: SetUp) -> None:
    """Where structlog was not configured, it is not after the shutdown either."""
    set_up()
    assert structlog.is_configured()
    shutdown_telemetry()
    shutdown_telemetry()
    assert not structlog.is_configured()


IMPORTS = {
    "plain": "import structlog",
    "submodule": "import structlog.contextvars; import structlog",
    "from": "from structlog import get_logger; import structlog",
    "looked for first": """
import importlib.util
spec = importlib.util.find_spec("structlog")
assert spec.loader.get_source("structlog").startswith("#")
import structlog
""",
    "imported by a thread": """
import threading
thread = threading.Thread(target=lambda: __import__("structlog"))
thread.start()
thread.join()
import structlog
""",
}


@pytest.mark.parametrize("statement", IMPORTS.values(), ids=IMPORTS)
def test_import_after_set_up(statement: str) -> None:
    """However structlog is imported after the set-up, it writes through us, and no hook stays."""
    code = f"""
import sys
from provide.foundation import *
setup_telemetry()
assert "structlog" not in sys.modules
{statement}
structlog.get_logger("app").info("e")
assert [] == [each for each in sys.meta_path if "structlog" in str(getattr(each, "name", ""))]
assert "SourceFileLoader" == type(structlog.__spec__.loader).__name__
shutdown_telemetry()
assert not structlog.is_configured()
"""
    assert "app" == json.loads(run_python(code).stderr)["logger"]


def test_shutdown_before_the_import() -> None:
    """After a shutdown an import of structlog finds nothing of ours."""
    code = """
import sys
from provide.foundation import *
setup_telemetry()
import importlib.util
spec = importlib.util.find_spec("structlog")
shutdown_telemetry()
assert [] == [each for each in sys.meta_path if "structlog" in str(getattr(each, "name", ""))]
late = importlib.util.module_from_spec(spec)
sys.modules["structlog"] = late
spec.loader.exec_module(late)
assert not late.is_configured()
"""
    assert "" == run_python(code).stderr


def test_failed_import_is_the_usual_error() -> None:
    """Where structlog cannot be found or loaded, the error is Python's own."""
    code = """
import sys
from provide.foundation import *
setup_telemetry()
sys.path[:] = []
try:
    import structlog
except ModuleNotFoundError as error:
    print(error)
"""
    assert "No module named 'structlog'\n" == run_python(code).stdout


def test_finder_minds_its_own_business() -> None:
    """Other modules are found as ever while structlog is waited for."""
    assert importlib.util.find_spec("json") is not None


# Processors of LoggingConfig


@pytest.fixture
def process(set_up: SetUp) -> Callable[..., list[dict[str, Any]]]:
    """Give a function that writes one line through processors and returns what was written."""

    def write(*processors: Any, **fields: Any) -> list[dict[str, Any]]:
        lines = set_up(processors=processors)
        logger.bind(a=1).warning("e", **fields)
        return lines()

    return write


@pytest.mark.parametrize(
    ("processor", "expected"),
    [
        (structlog.processors.add_log_level, {}),
        (structlog.stdlib.add_log_level, {}),
        (structlog.stdlib.add_log_level_number, {"level_number": 30}),
        (structlog.contextvars.merge_contextvars, {}),
        (structlog.processors.TimeStamper(fmt="%Y", key="year"), {"year": "20"}),
        (structlog.processors.TimeStamper(fmt="%Y"), {"timestamp_": "20"}),
        (structlog.processors.TimeStamper(fmt="iso"), {}),
        (structlog.processors.TimeStamper(), {}),
        (structlog.processors.UnicodeDecoder(), {}),
        (structlog.processors.EventRenamer("message", "_event"), {"message": "e"}),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_processors_of_structlog(
    process: Callable[..., list[dict[str, Any]]], processor: Any, expected: dict[str, Any]
) -> None:
    """Structlog's processors run as they are; what they add twice is not written twice."""
    (line,) = process(processor)
    found = {k: v[:2] if k in ("year", "timestamp_") else v for k, v in line.items()}
    assert line_of("warning", "root", "e", a=1) | expected == found


def test_renderers_make_the_line(set_up: SetUp, tmp_path: Path) -> None:
    """A processor that returns text has made the line, which is only escaped and ended."""
    made: list[bytes] = []
    renderers: dict[Any, bytes] = {
        structlog.processors.JSONRenderer(sort_keys=True): b'{"a": 1, "event": "e x"}\n',
        structlog.processors.KeyValueRenderer(): b"a=1 event='e x'\n",
        structlog.processors.LogfmtRenderer(): b'a=1 event="e x"\n',
    }
    for renderer in renderers:
        config = LoggingConfig(outputs=[made.append], processors=[renderer])
        setup_telemetry(TelemetryConfig(logging=config))
        logger.info("e x", a=1)
    assert list(renderers.values()) == made


def test_console_renderer(set_up: SetUp) -> None:
    """Structlog's ConsoleRenderer makes the line that it makes elsewhere."""
    made: list[bytes] = []
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False),
    ]
    config = LoggingConfig(outputs=[made.append], processors=processors)
    setup_telemetry(TelemetryConfig(logging=config))
    logger.info("e", a=1)
    (line,) = made
    assert [b"[info", b"]", b"e", b"a=1"] == line.split()


def test_format_exc_info(process: Callable[..., list[dict[str, Any]]]) -> None:
    """A traceback that structlog has rendered is the line's exception, as text."""
    try:
        raise KeyError("k")
    except KeyError:
        (line,) = process(structlog.processors.format_exc_info, exc_info=True)
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("KeyError: 'k'")


def fail(*_: Any) -> Any:
    """Be a processor that raises."""
    raise RuntimeError("broken")


@pytest.mark.parametrize(
    "broken", [fail, lambda *_: None, lambda *_: 7, lambda *_: [("a", 1)], lambda _: {}]
)
def test_broken_processor_is_passed_over(
    process: Callable[..., list[dict[str, Any]]], broken: Any
) -> None:
    """A processor that raises or returns junk costs no line; others run, and it is counted."""
    (line,) = process(broken, lambda _, __, fields: {**fields, "b": 2})
    assert line_of("warning", "root", "e", a=1, b=2) == line
    assert {"processor": 1} == stats().faults


def test_broken_processor_does_not_become_the_exception(
    process: Callable[..., list[dict[str, Any]]],
) -> None:
    """exc_info=True means the caller's exception, whatever a processor raised before."""
    try:
        raise KeyError("the caller's")
    except KeyError:
        (line,) = process(fail, exc_info=True)
    assert "KeyError" == line["exception"]["type"]


def test_output_config_is_kept(set_up: SetUp, tmp_path: Path) -> None:
    """Structlog's lines reach every output, each in its own format and from its own level."""
    json_path, text = tmp_path / "json.log", list[bytes]()
    outputs = [
        OutputConfig(json_path, formatter="json"),
        OutputConfig(text.append, formatter="key_value", level="ERROR"),
    ]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs)))
    structlog.get_logger("app").info("one")
    structlog.get_logger("app").error("two", a=1)
    assert ["one", "two"] == [json.loads(x)["event"] for x in json_path.read_text().splitlines()]
    assert [["event=two", "a=1"]] == [line.decode().split()[-2:] for line in text]


def test_dict_tracebacks(process: Callable[..., list[dict[str, Any]]]) -> None:
    """Structlog's structured tracebacks give way to the line's own, which has a schema."""
    try:
        raise KeyError("k")
    except KeyError:
        (line,) = process(structlog.processors.dict_tracebacks, exc_info=True)
    assert ("KeyError", "'k'") == (line["exception"]["type"], line["exception"]["message"])
