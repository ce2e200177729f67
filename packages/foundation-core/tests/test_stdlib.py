"""Lines of `logging` and `warnings`: every part of them kept, each written once."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import logging.handlers
import os
import queue
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import interpreters
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bind_contextvars,
    bound_contextvars,
    reset_for_testing,
    set_level,
    setup_telemetry,
    shutdown_telemetry,
)
from provide.foundation._bridges.stdlib_handler import FoundationHandler

SetUp = Callable[..., Callable[[], list[dict[str, Any]]]]

log = logging.getLogger("some.library")


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[SetUp]:
    """Give a function that sets up with a file, and returns what reads its lines."""
    path = tmp_path / "app.log"

    def apply(*, caplog: bool = False, **config: Any) -> Callable[[], list[dict[str, Any]]]:
        for handler in logging.root.handlers[:]:
            # pytest's own raise what logging would only print.
            if type(handler).__module__ == "_pytest.logging" and not caplog:
                logging.root.removeHandler(handler)
        logging_config = LoggingConfig(log_file=path, omit_timestamp=True, **config)
        setup_telemetry(TelemetryConfig(logging=logging_config))
        return lambda: [json.loads(line) for line in path.read_text().splitlines()]

    reset_for_testing()
    log.setLevel(logging.NOTSET)
    yield apply
    reset_for_testing()


def fields_of(line: dict[str, Any]) -> dict[str, Any]:
    """Return what a line has beside level, logger and event."""
    return {key: line[key] for key in list(line)[3:]}


def run_python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own."""
    return interpreters.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        timeout=60,
        check=True,
    )


@pytest.mark.parametrize(
    ("number", "level", "name"),
    [
        (logging.DEBUG, "debug", None),
        (logging.INFO, "info", None),
        (logging.WARNING, "warning", None),
        (logging.ERROR, "error", None),
        (logging.CRITICAL, "critical", None),
        (5, "trace", None),
        (7, "trace", "Level 7"),
        (25, "info", "Level 25"),
        (60, "critical", "Level 60"),
        (1, "trace", "Level 1"),
    ],
)
def test_levels(set_up: SetUp, number: int, level: str, name: str | None) -> None:
    """A level that is not ours is written as the one below it, and keeps its own name."""
    lines = set_up(default_level="TRACE")
    logging.root.setLevel(1)
    log.log(number, "e")
    expected = {"level": level, "logger": "some.library", "event": "e"}
    assert [expected if name is None else {**expected, "stdlib_level": name}] == lines()


def test_extra_becomes_fields(set_up: SetUp) -> None:
    """What came through extra is a field; reserved names are renamed and secrets masked."""
    lines = set_up()
    extra: dict[Any, Any] = {
        "user": 7,
        "level": "x",
        "event": "y",
        "timestamp": 1,
        "exception": "z",
        "stacklevel": 3,
        "password": "p",
        "nested": {"token": "t"},
        1: 2,
    }
    log.warning("e", extra=extra)
    expected = {
        "user": 7,
        "level_": "x",
        "event_": "y",
        "timestamp_": 1,
        "exception_": "z",
        "password": "***",
        "nested": {"token": "***"},
        "1": 2,
        "stacklevel_": 3,
    }
    assert expected == fields_of(lines()[0])


def test_extra_may_use_the_name_of_a_later_attribute(set_up: SetUp) -> None:
    """taskName, which records have from Python 3.12 on, is a field like any other before that."""
    lines = set_up()
    log.warning("e")
    if sys.version_info < (3, 12):
        log.warning("e", extra={"taskName": "mine"})
        assert {"taskName": "mine"} == fields_of(lines()[1])
    assert {} == fields_of(lines()[0])


def test_context_joins_in(set_up: SetUp) -> None:
    """Fields of the context are on stdlib's lines too; extra wins over them."""
    lines = set_up()
    bind_contextvars(user=1)
    with bound_contextvars(request_id="r", kind="context"):
        log.info("e", extra={"kind": "extra"})
    assert [{"user": 1, "request_id": "r", "kind": "extra"}] == [fields_of(x) for x in lines()]


class Hostile:
    """Raise from everything that a log call could use."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("message", "args", "event", "fields"),
    [
        ("took %d ms", (7,), "took 7 ms", {}),
        ("%(a)s", ({"a": 1},), "1", {}),
        ("100%", (), "100%", {}),
        ("%d", ("x",), "%d", {"args": ["x"]}),
        ("none", (1, 2), "none", {"args": [1, 2]}),
        ({"a": 1}, (), "", {"a": 1}),
        ("%s", (Hostile(),), "%s", {"args": ["<unprintable test_stdlib.Hostile>"]}),
        (ValueError("x"), (), "x", {}),
    ],
    ids=["number", "mapping", "sign", "bad type", "too many", "object", "hostile", "exception"],
)
def test_lazy_arguments(
    set_up: SetUp, message: Any, args: tuple[Any, ...], event: str, fields: dict[str, Any]
) -> None:
    """Arguments go into the message; those that do not fit become a field, and nothing raises."""
    lines = set_up()
    log.info(message, *args)
    (line,) = lines()
    found = json.loads(json.dumps(fields_of(line)).replace(__name__, "test_stdlib"))
    assert (event, fields) == (line["event"], found)


def test_hostile_message_is_written(set_up: SetUp) -> None:
    """A message that cannot be printed gives a line that says so."""
    lines = set_up()
    log.info(Hostile())
    assert lines()[0]["event"].startswith("<unprintable ")


def test_a_percent_sign_in_an_argument_is_not_a_format(set_up: SetUp) -> None:
    """A message that has been put together is never a format string again."""
    lines = set_up()
    log.info("%s", "50% off %s")
    assert "50% off %s" == lines()[0]["event"]


def test_exception_and_stack(set_up: SetUp) -> None:
    """exc_info becomes a structured exception, stack_info the stack of the call."""
    lines = set_up()
    try:
        raise KeyError("k")
    except KeyError as error:
        log.exception("one")
        log.error("two", exc_info=error, stack_info=True)
    log.error("three", exc_info=True)
    one, two, three = lines()
    assert ("KeyError", "'k'") == (one["exception"]["type"], one["exception"]["message"])
    assert "KeyError" == two["exception"]["type"]
    assert two["stack"].startswith("Stack (most recent call last):\n")
    assert "test_exception_and_stack" in two["stack"].splitlines()[-2]
    assert {} == fields_of(three)


def test_callsite_and_stacklevel(set_up: SetUp) -> None:
    """Callsite is where logging says that the call was, stacklevel included."""
    lines = set_up(callsite=True)

    def helper() -> None:
        log.info("helper")
        log.info("caller", stacklevel=2)

    helper()
    expected = ["helper", "test_callsite_and_stacklevel"]
    assert expected == [line["callsite"]["function"] for line in lines()]
    assert {__file__} == {line["callsite"]["file"] for line in lines()}


def test_time_is_the_records(set_up: SetUp, tmp_path: Path) -> None:
    """A line's time is that of the record, however late it is handled."""
    path = tmp_path / "late.log"
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path)))
    record = logging.makeLogRecord({"name": "a", "msg": "e", "levelno": 20, "levelname": "INFO"})
    record.created = 1_000_000_000.25
    logging.getLogger("a").handle(record)
    assert "2001-09-09T01:46:40.250000Z" == json.loads(path.read_text())["timestamp"]


@pytest.mark.parametrize(
    "attributes",
    [{}, {"levelno": 25.5}, {"name": 7}, {"msg": "%d", "args": ("x",)}, {"levelname": None}],
    ids=["empty", "fraction for a level", "number for a name", "bad arguments", "no level name"],
)
def test_a_record_of_any_content_is_written(set_up: SetUp, attributes: dict[str, Any]) -> None:
    """A record that came from elsewhere is written whatever it holds."""
    lines = set_up()
    log.handle(logging.makeLogRecord({"levelno": 40, **attributes}))
    assert 1 == len(lines())


def test_a_traceback_that_came_as_text_is_kept(set_up: SetUp) -> None:
    """A record that was pickled holds its traceback as text, which stays a field."""
    lines = set_up()
    log.handle(logging.makeLogRecord({"levelno": 40, "exc_text": "Traceback ..."}))
    assert "Traceback ..." == lines()[0]["exc_text"]


def test_records_of_a_queue_arrive(set_up: SetUp) -> None:
    """A QueueHandler's listener can hand records on to our handler."""
    lines = set_up()
    records: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records, logging.root.handlers[0])
    worker = logging.getLogger("queued")
    worker.propagate = False
    worker.addHandler(handler := logging.handlers.QueueHandler(records))
    try:
        listener.start()
        worker.warning("took %d", 7, extra={"a": 1})
        listener.stop()
    finally:
        worker.removeHandler(handler)
        worker.propagate = True
    assert [("took 7", {"a": 1})] == [(x["event"], fields_of(x)) for x in lines()]


def test_levels_are_foundations(set_up: SetUp) -> None:
    """Default and module levels decide, before and after they change."""
    lines = set_up(default_level="WARNING", module_levels={"some": "DEBUG"})
    log.debug("one")
    log.log(5, "off")
    logging.getLogger("other").info("off")
    set_level("TRACE", logger="other")
    logging.getLogger("other.part").log(5, "two")
    set_level("ERROR", logger="some")
    log.warning("off")
    assert ["one", "two"] == [line["event"] for line in lines()]


def test_level_that_a_library_sets_holds(set_up: SetUp) -> None:
    """A level that is set on a single stdlib logger still filters its records."""
    lines = set_up(default_level="DEBUG")
    log.setLevel(logging.ERROR)
    log.warning("off")
    log.error("on")
    assert ["on"] == [line["event"] for line in lines()]


def test_logging_disable_holds(set_up: SetUp) -> None:
    """logging.disable keeps stdlib's records back, as ever."""
    lines = set_up()
    logging.disable(logging.ERROR)
    try:
        log.error("off")
        log.critical("on")
    finally:
        logging.disable(logging.NOTSET)
    assert ["on"] == [line["event"] for line in lines()]


def test_filters_hold(set_up: SetUp) -> None:
    """Filters of a logger and of our handler see each record, and may change or drop it."""
    lines = set_up()

    def choose(record: logging.LogRecord) -> bool:
        record.seen = True
        return "off" not in record.getMessage()

    log.addFilter(choose)
    logging.root.handlers[0].addFilter(lambda record: record.levelno < 40)
    try:
        log.info("off")
        log.info("on")
        log.error("too high")
    finally:
        log.removeFilter(choose)
    assert [("on", True)] == [(line["event"], line["seen"]) for line in lines()]


def test_no_handler_lock_is_held_while_a_line_is_written(set_up: SetUp) -> None:
    """A thread that holds our handler's lock, as at a fork, keeps no other from logging."""
    lines = set_up()
    logging.root.handlers[0].acquire()
    try:
        thread = threading.Thread(target=log.info, args=("e",), daemon=True)
        thread.start()
        thread.join(10)
        assert ["e"] == [line["event"] for line in lines()]
    finally:
        logging.root.handlers[0].release()


# Where lines go, and how often. These run in a process of their own: logging is configured once.

CONSOLES = {
    "basicConfig": "logging.basicConfig(level='INFO')",
    "stdout": "logging.basicConfig(stream=sys.stdout)",
    "named": "logging.getLogger('lib').addHandler(logging.StreamHandler())",
    "both": """
logging.basicConfig(level='DEBUG')
logging.getLogger('lib').addHandler(logging.StreamHandler(sys.stdout))
""",
    "own loggers": """
for name in ('lib', 'lib.part'):
    logging.getLogger(name).addHandler(logging.StreamHandler())
    logging.getLogger(name).propagate = False
""",
    "child under an own logger": """
logging.getLogger('lib').propagate = False
logging.getLogger('lib.part').addHandler(logging.StreamHandler())
logging.getLogger('lib').addHandler(logging.StreamHandler())
""",
    "child alone": """
logging.getLogger('lib').propagate = False
logging.getLogger('lib.part').addHandler(logging.StreamHandler())
logging.getLogger('lib').addHandler(logging.NullHandler())
""",
    "wrapped descriptor": """
import io
wrapped = io.TextIOWrapper(open(2, 'wb', closefd=False), write_through=True)
logging.getLogger('lib').addHandler(logging.StreamHandler(wrapped))
""",
    "console of rich": """
class RichHandler(logging.Handler):
    class console: file = sys.stderr
    def emit(self, record): self.console.file.write(record.getMessage() + chr(10))
logging.getLogger().addHandler(RichHandler())
""",
    "no handler at all": "logging.getLogger('lib').propagate = False",
    "dictConfig": """
import logging.config
logging.config.dictConfig({
    'version': 1,
    'handlers': {'c': {'class': 'logging.StreamHandler', 'stream': 'ext://sys.stdout'}},
    'loggers': {'lib': {'handlers': ['c'], 'level': 'DEBUG', 'propagate': False}},
    'root': {'handlers': ['c'], 'level': 'INFO'},
})
""",
    "captureWarnings": "logging.captureWarnings(True); logging.basicConfig()",
}


@pytest.mark.parametrize("configure", CONSOLES.values(), ids=CONSOLES)
def test_each_record_is_written_once(configure: str) -> None:
    """However logging was configured, a record is one JSON line; a second set-up keeps it so."""
    code = f"""
import logging, sys
from provide.foundation import setup_telemetry
logging.getLogger('lib.part')
{configure}
for _ in range(2):
    setup_telemetry()
    logging.getLogger('lib.part').warning('e')
"""
    done = run_python(code)
    assert ["e", "e"] == [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert "" == done.stdout


def test_shutdown_puts_handlers_back_as_they_were() -> None:
    """Handlers, their order, levels and lastResort are the same after a set-up and a shutdown."""
    code = """
import io, logging, sys, warnings
from provide.foundation import setup_telemetry, shutdown_telemetry
others = [logging.StreamHandler(io.StringIO()), logging.NullHandler()]
root, lib = logging.getLogger(), logging.getLogger('lib')
root.handlers = [others[0], logging.StreamHandler(), others[1]]
root.setLevel('ERROR')
lib.handlers = [logging.StreamHandler(sys.stdout)]
lib.propagate = False
def look():
    return [root.handlers[:], lib.handlers[:], root.level, lib.level, lib.propagate,
            logging.lastResort, warnings.showwarning]
before = look()
for _ in range(2):
    setup_telemetry()
    setup_telemetry()
    assert before != look()
    shutdown_telemetry()
    assert before == look(), (before, look())
"""
    assert "" == run_python(code).stderr


def test_what_others_change_meanwhile_stays() -> None:
    """A shutdown keeps handlers and levels that others set after us, and brings none back twice."""
    code = """
import io, logging, sys
from provide.foundation import setup_telemetry, shutdown_telemetry
root = logging.getLogger()
kept, gone, console = logging.NullHandler(), logging.NullHandler(), logging.StreamHandler()
root.handlers = [kept, gone, console]
setup_telemetry()
added = logging.NullHandler()
root.addHandler(added)
root.removeHandler(gone)
root.setLevel('CRITICAL')
shutdown_telemetry()
assert [kept, console, added] == root.handlers, root.handlers
assert logging.CRITICAL == root.level
"""
    assert "" == run_python(code).stderr


def test_other_handlers_stay(set_up: SetUp, caplog: pytest.LogCaptureFixture) -> None:
    """A handler that writes elsewhere goes on, such as a file of the user's or pytest's caplog."""
    lines = set_up(caplog=True)
    elsewhere = io.StringIO()
    logging.root.addHandler(handler := logging.StreamHandler(elsewhere))
    try:
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=os.devnull)))
        log.warning("e")
    finally:
        logging.root.removeHandler(handler)
    assert ("e\n", ["e"]) == (elsewhere.getvalue(), caplog.messages)
    assert [] == lines()


def test_configured_after_set_up() -> None:
    """Left alone, a later basicConfig adds nothing, a dictConfig takes over till a set-up."""
    code = """
import logging, logging.config
from provide.foundation import setup_telemetry
setup_telemetry()
logging.basicConfig(level='DEBUG')
logging.warning('ours')
logging.config.dictConfig({
    'version': 1,
    'disable_existing_loggers': False,
    'formatters': {'f': {'format': 'theirs %(message)s'}},
    'handlers': {'c': {'class': 'logging.StreamHandler', 'formatter': 'f'}},
    'root': {'handlers': ['c']},
})
logging.warning('e')
setup_telemetry()
logging.warning('ours again')
"""
    done = run_python(code, PROVIDE_LOG_RECAPTURE_STDLIB="off")
    first, said, second, third = done.stderr.splitlines()
    assert ("ours", "theirs e") == (json.loads(first)["event"], second)
    assert "ours again" == json.loads(third)["event"]
    assert "__main__" == json.loads(said)["by"]


def test_last_resort_keeps_its_level() -> None:
    """Where a logger has no handler at all, only warnings and worse are written, as before."""
    code = """
import logging
from provide.foundation import setup_telemetry
lib = logging.getLogger('lib')
lib.propagate = False
lib.setLevel('DEBUG')
setup_telemetry()
lib.info('off')
lib.warning('on')
logging.lastResort = None
setup_telemetry()
lib.warning('off')
"""
    line, complaint = run_python(code).stderr.splitlines()
    assert "on" == json.loads(line)["event"]
    assert 'No handlers could be found for logger "lib"' == complaint


def test_no_last_resort_stays_none() -> None:
    """Where the application has switched lastResort off, it stays off."""
    code = """
import logging
logging.lastResort = None
from provide.foundation import setup_telemetry, shutdown_telemetry
setup_telemetry()
assert logging.lastResort is None
shutdown_telemetry()
assert logging.lastResort is None
"""
    assert "" == run_python(code).stderr


# As uvicorn 0.38 has it: uvicorn.config.LOGGING_CONFIG, its formatters left out.
UVICORN = """
import logging, logging.config
LOGGING_CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "default": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"},
        "access": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"},
    },
    "loggers": {
        "uvicorn": {"handlers": ["default"], "level": "INFO", "propagate": False},
        "uvicorn.error": {"level": "INFO"},
        "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
    },
}
def serve():
    logging.getLogger("uvicorn.error").info(
        "running on %s", "http", extra={"color_message": "running on " + chr(27) + "[1m%s"}
    )
    logging.getLogger("uvicorn.access").info('%s - "%s"', "127.0.0.1", "GET /")
"""


@pytest.mark.parametrize(
    "configure",
    ["", "logging.config.dictConfig(LOGGING_CONFIG)"],
    ids=["log_config=None", "default"],
)
def test_uvicorns_lines_become_ours(configure: str) -> None:
    """Uvicorn's records are written once each, with its own configuration and with none."""
    code = f"""{UVICORN}
{configure}
from provide.foundation import setup_telemetry
setup_telemetry()
serve()
"""
    done = run_python(code)
    found = [list(json.loads(line).items())[1:] for line in done.stderr.splitlines()]
    names = ("level", "logger", "event")
    expected = [
        ("info", "uvicorn.error", "running on http"),
        ("info", "uvicorn.access", '127.0.0.1 - "GET /"'),
    ]
    assert [list(zip(names, row, strict=True)) for row in expected] == found
    assert "" == done.stdout


# Warnings


def warn(message: str = "old", category: type[Warning] = UserWarning) -> None:
    """Warn from this line."""
    warnings.warn(message, category, stacklevel=2)


@pytest.fixture
def shown() -> Iterator[None]:
    """Let warnings be shown, where pytest would collect them or make them errors."""
    before = warnings.showwarning
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield
    assert before is warnings.showwarning


def test_warnings_become_lines(shown: None, set_up: SetUp) -> None:
    """A warning is a line of py.warnings at WARNING, with its category and place."""
    lines = set_up()
    warn("use %s\nnot that")
    (line,) = lines()
    assert ["warning", "py.warnings", "use %s\nnot that"] == [*line.values()][:3]
    assert ("UserWarning", __file__) == (line["category"], line["file"])
    assert isinstance(line["line"], int)


def test_warnings_follow_levels_and_filters(shown: None, set_up: SetUp) -> None:
    """Python's filters decide first, then the level of py.warnings."""
    lines = set_up()
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warn("off", DeprecationWarning)
    warnings.filterwarnings("error", category=FutureWarning)
    with pytest.raises(FutureWarning, match="raised"):
        warn("raised", FutureWarning)
    set_level("ERROR", logger="py.warnings")
    warn("off")
    assert [] == lines()


def test_caught_warnings_stay_caught(shown: None, set_up: SetUp) -> None:
    """catch_warnings(record=True) collects as ever, and capture goes on behind it."""
    lines = set_up()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn("caught")
    warn("shown")
    assert ["caught"] == [str(warning.message) for warning in caught]
    assert ["shown"] == [line["event"] for line in lines()]


def test_warning_for_a_file_goes_there(shown: None, set_up: SetUp) -> None:
    """Showwarning with a file writes Python's own text to it."""
    lines = set_up()
    file = io.StringIO()
    warnings.showwarning("old", UserWarning, "x.py", 3, file)
    assert "x.py:3: UserWarning: old\n" == file.getvalue()
    assert [] == lines()


def test_hostile_warning_does_not_raise(shown: None, set_up: SetUp) -> None:
    """A warning whose text cannot be had is a line that says so."""

    class HostileWarning(UserWarning):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    lines = set_up()
    warnings.showwarning(HostileWarning(), HostileWarning, "x.py", 3)
    assert "<unprintable" in lines()[0]["event"]


def test_a_shutdown_inside_of_catch_warnings_loses_no_warning(
    shown: None, set_up: SetUp, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where catch_warnings puts our function back after the shutdown, warnings go to stderr."""
    lines = set_up()
    ours = warnings.showwarning
    with warnings.catch_warnings(record=True):
        shutdown_telemetry()
    assert ours is warnings.showwarning
    warn("late")
    setup_telemetry()
    shutdown_telemetry()
    assert "UserWarning: late" in capsys.readouterr().err
    assert [] == lines()


def test_capture_warnings_of_logging_beside_ours() -> None:
    """logging.captureWarnings, before or after, gives no warning twice and loses none."""
    code = """
import logging, warnings
from provide.foundation import setup_telemetry, shutdown_telemetry
logging.captureWarnings(True)
setup_telemetry()
warnings.warn("1")
logging.captureWarnings(False)
logging.captureWarnings(True)
warnings.warn("2")
setup_telemetry()
warnings.warn("3")
warnings.showwarning("4", UserWarning, "x.py", 4, None)
shutdown_telemetry()
logging.captureWarnings(False)
warnings.warn("5")
"""
    *lines, last = run_python(code, PYTHONWARNINGS="always").stderr.splitlines()[:5]
    found = [json.loads(line) for line in lines]
    assert {("warning", "py.warnings")} == {(x["level"], x["logger"]) for x in found}
    assert 4 == len(found)
    assert "UserWarning: 5" in last


def test_capture_can_be_off(set_up: SetUp) -> None:
    """capture_stdlib=False leaves logging and warnings alone, and undoes an earlier capture."""
    set_up(capture_stdlib=False)
    handlers, show = logging.root.handlers[:], warnings.showwarning
    set_up()
    lines = set_up(capture_stdlib=False)
    log.warning("not ours")
    assert [] == lines()
    assert (handlers, show) == (logging.root.handlers, warnings.showwarning)
    assert not any(isinstance(h, FoundationHandler) for h in logging.root.handlers)
