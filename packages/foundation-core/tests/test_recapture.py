"""What others configure in `logging` after the set-up: captured again, or left to them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import interpreters

pytestmark = pytest.mark.slow

BEGIN = """
import io, logging, logging.config, sys, threading
from logging.config import dictConfig, fileConfig
from provide.foundation import *
root, log = logging.getLogger(), logging.getLogger("app.part")
TO_CONSOLE = {
    "version": 1,
    "formatters": {"f": {"format": "theirs %(message)s"}},
    "handlers": {"c": {"class": "logging.StreamHandler", "formatter": "f"}},
    "root": {"handlers": ["c"], "level": "WARNING"},
}
INI = '''[loggers]
keys=root
[handlers]
keys=c
[formatters]
keys=
[logger_root]
level=WARNING
handlers=c
[handler_c]
class=StreamHandler
args=(sys.stdout,)
'''
def from_ini():
    with open("theirs.ini", "w") as file:
        file.write(INI)
    fileConfig("theirs.ini")
def assign(*handlers):
    root.handlers = [*handlers]
def empty():
    while root.handlers:
        root.removeHandler(root.handlers[0])
def add(name, handler):
    logging.getLogger(name).addHandler(handler)
"""
LEAVE = {"PROVIDE_LOG_RECAPTURE_STDLIB": "off"}


def run(code: str, folder: Path, **environ: str) -> tuple[list[str], str]:
    """Run code in an interpreter of its own, and return the rows of its stderr and its stdout."""
    (folder / "main.py").write_text(BEGIN + code)
    done = interpreters.run(
        [sys.executable, "main.py"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "FOUNDATION_LANE": "fast", **environ},
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stderr.splitlines(), done.stdout


def events(rows: list[str]) -> list[str]:
    """Return the events of lines, all of which are ours."""
    return [json.loads(row)["event"] for row in rows]


LATER = {
    "dictConfig": "dictConfig(TO_CONSOLE)",
    "dictConfig of the module": "logging.config.dictConfig(TO_CONSOLE)",
    "dictConfig twice": "dictConfig(TO_CONSOLE); dictConfig(TO_CONSOLE)",
    "dictConfig without a root": "dictConfig({'version': 1})",
    "fileConfig": "from_ini()",
    "basicConfig": "logging.basicConfig(level='ERROR')",
    "basicConfig by force": "logging.basicConfig(level='ERROR', force=True, stream=sys.stdout)",
    "a handler on the root": "add('', logging.StreamHandler())",
    "a handler on a logger": "add('app', logging.StreamHandler(sys.stdout))",
    "a handler on the logger": "add('app.part', logging.StreamHandler(sys.stdout))",
    "a list": "assign(logging.StreamHandler())",
    "an empty list": "assign()",
    "a loop that empties it": "empty()",
    "a list in place": "root.handlers[:] = [logging.StreamHandler()]",
    "a logger that keeps its records": """
dictConfig({
    "version": 1,
    "handlers": {"c": {"class": "logging.StreamHandler"}},
    "loggers": {"app": {"handlers": ["c"], "propagate": False, "level": "INFO"}},
})""",
    "two handlers and two loggers": """
add("", logging.StreamHandler())
add("", logging.StreamHandler(sys.stdout))
add("app", logging.StreamHandler())
""",
}


@pytest.mark.parametrize("configure", LATER.values(), ids=LATER)
def test_later_configuration_is_taken_over(configure: str, tmp_path: Path) -> None:
    """Whoever configures `logging` later, and how: each record is one line of ours, at INFO too."""
    rows, stdout = run(
        f"configure(output='stderr')\nlog.info('1')\n{configure}\nlog.info('2')\nroot.warning('3')",
        tmp_path,
    )
    assert (["1", "2", "3"], "") == (events(rows), stdout)


#: Where the root has a handler, which may be ours, `basicConfig` does nothing.
DOES_NOTHING = "basicConfig"


@pytest.mark.parametrize("name", [name for name in LATER if name != DOES_NOTHING])
def test_what_was_configured_later_holds_after_a_shutdown(name: str, tmp_path: Path) -> None:
    """A shutdown leaves `logging` as it would be if Foundation had never been there."""
    configure = LATER[name]
    look = """
loggers = (root, logging.getLogger("app"), log, logging.getLogger("py.other"))
def look():
    return [
        (each.name, each.level, each.disabled, each.propagate, [type(h) for h in each.handlers])
        for each in loggers
    ], vars(root).keys(), vars(logging.Logger).keys(), logging.config._handle_existing_loggers
"""
    run(
        f"""{look}
walk = logging.Logger.callHandlers
{configure}
expected = look()
root.handlers, root.disabled = [], False
for each in loggers:
    each.handlers, each.disabled, each.propagate = [], False, True
    each.setLevel("WARNING" if each is root else "NOTSET")
setup_telemetry()
{configure}
assert expected != look()
shutdown_telemetry()
assert expected == look(), (expected, look())
assert walk is logging.Logger.callHandlers
""",
        tmp_path,
    )


def test_handlers_that_write_elsewhere_keep_working(tmp_path: Path) -> None:
    """A file of a later configuration, with its own level, gets its records beside our lines."""
    rows, _ = run(
        """
setup_telemetry()
dictConfig({
    "version": 1,
    "handlers": {
        "c": {"class": "logging.StreamHandler"},
        "f": {"class": "logging.FileHandler", "filename": "theirs.log", "level": "ERROR"},
    },
    "root": {"handlers": ["f", "c"], "level": "DEBUG"},
})
log.debug("1")
log.info("2")
log.error("3")
assert 10 == root.level
""",
        tmp_path,
    )
    assert (["2", "3"], "3\n") == (events(rows), (tmp_path / "theirs.log").read_text())


def test_filters_of_a_later_console_run(tmp_path: Path) -> None:
    """What a filter of a handler that was added later masks is masked in our line."""
    rows, _ = run(
        """
setup_telemetry()
def mask(record):
    record.msg = record.msg.replace("4111", "****")
    return True
handler = logging.StreamHandler()
handler.addFilter(mask)
add("app", handler)
log.info("card 4111")
logging.getLogger("app").removeHandler(handler)
log.info("card 4111 again")
""",
        tmp_path,
    )
    assert ["card ****", "card 4111 again"] == events(rows)


def test_level_of_the_root(tmp_path: Path) -> None:
    """A configuration cannot raise the root's level, may lower it, and a direct call sets it."""
    run(
        """
configure(output="own.log")
dictConfig(TO_CONSOLE)
assert 20 == root.level
logging.basicConfig(level="DEBUG", force=True)
assert 10 == root.level
set_level("TRACE")
assert 5 == root.level
root.setLevel("ERROR")
assert 40 == root.level
set_level("INFO")
assert 10 == root.level
shutdown_telemetry()
assert 10 == root.level
""",
        tmp_path,
    )


def test_disabled_loggers(tmp_path: Path) -> None:
    """A configuration disables no logger; what the application has disabled stays so."""
    rows, _ = run(
        """
off = logging.getLogger("app.off")
off.disabled = True
configure(output="stderr")
dictConfig(TO_CONSOLE)
from_ini()
off.error("never")
log.info("1")
log.disabled = True
log.error("never")
setup_telemetry()
log.error("never")
""",
        tmp_path,
    )
    assert ["1"] == events(rows)


def test_second_set_up_restores_disabled_loggers(tmp_path: Path) -> None:
    """Where a configuration is left alone, the loggers that it disables come back with a set-up."""
    rows, _ = run(
        """
off = logging.getLogger("app.off")
off.disabled = True
setup_telemetry()
dictConfig(TO_CONSOLE)
log.error("never")
setup_telemetry()
log.error("1")
off.error("never")
""",
        tmp_path,
        **LEAVE,
    )
    assert ["1"] == events([row for row in rows if "configured again" not in row])


LEFT = {
    name: LATER[name]
    for name in (
        "dictConfig",
        "dictConfig twice",
        "fileConfig",
        "basicConfig by force",
        "a handler on the root",
        "a handler on a logger",
        "a list",
    )
}


@pytest.mark.parametrize("configure", LEFT.values(), ids=LEFT)
def test_later_configuration_is_left_alone(configure: str, tmp_path: Path) -> None:
    """By choice whoever configures later has the lines, once each, and one record names him."""
    code = f"""
log.error("1")
setup_telemetry()
log.error("2")
def configure_theirs():
    {configure}
configure_theirs()
log.disabled = False
log.error("3")
log.error("4")
"""
    rows, stdout = run(code, tmp_path, **LEAVE)
    ours = [json.loads(row) for row in rows if row.startswith("{")]
    theirs = [row for row in [*rows, *stdout.splitlines()] if not row.startswith("{")]
    (said,) = [line for line in ours if line["logger"] == "provide.foundation"]
    text = (tmp_path / "main.py").read_text().splitlines()
    assert ["2"] == [line["event"] for line in ours if line is not said]
    assert ["1", "3", "4"] == [row.rpartition(" ")[2].rpartition(":")[2] for row in theirs]
    assert ("__main__", "main.py") == (said["by"], Path(said["file"]).name)
    assert text[said["line"] - 1].strip() in (*configure.splitlines(), *BEGIN_LINES)


BEGIN_LINES = [row.strip() for row in BEGIN.splitlines()]


def test_other_loggers_stay_captured_where_one_is_left(tmp_path: Path) -> None:
    """A console on one logger takes its lines alone; a file takes none."""
    rows, _ = run(
        """
setup_telemetry()
add("other", logging.StreamHandler())
add("", logging.FileHandler("theirs.log"))
logging.getLogger("other").warning("plain")
log.warning("1")
""",
        tmp_path,
        **LEAVE,
    )
    said, plain, one = rows
    assert ("other", "plain", "1") == (json.loads(said)["of"], plain, json.loads(one)["event"])
    assert "plain\n1\n" == (tmp_path / "theirs.log").read_text()


STORM = """
configure(output="own.log", delivery="direct", {options})
own = logging.getLogger("own")
own.propagate = False
add("own", logging.StreamHandler())
own.info("before")
CONFIG = {{
    **TO_CONSOLE,
    "loggers": {{"own": {{"handlers": ["c"], "propagate": False, "level": "INFO"}}}},
}}
sys.setswitchinterval(1e-6)
numbers = [0, 0]
ended = threading.Event()
def write(place, name):
    logger = logging.getLogger(name)
    while not ended.is_set():
        numbers[place] += 1
        logger.info("%s-%s", name, numbers[place])
threads = [threading.Thread(target=write, args=each) for each in enumerate(("app.part", "own"))]
for each in threads:
    each.start()
for number in range(60):
    dictConfig(CONFIG)
    logging.basicConfig(level="ERROR", force=True)
    assign(logging.StreamHandler())
    if number % 20 == 0:
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="own.log")))
ended.set()
for each in threads:
    each.join()
print(*numbers)
"""


def test_no_line_is_lost_or_doubled_while_others_configure(tmp_path: Path) -> None:
    """Threads that log while `logging` is configured have each record once, and none is plain."""
    rows, stdout = run(STORM.format(options=""), tmp_path)
    counts = dict(zip(("app.part", "own"), map(int, stdout.split()), strict=True))
    found = events((tmp_path / "own.log").read_text().splitlines())
    expected = [f"{name}-{n + 1}" for name, count in counts.items() for n in range(count)]
    assert [] == rows
    assert (["before"], len(expected)) == (found[:1], len(found) - 1)
    assert sorted(expected) == sorted(found[1:])


def test_functions_of_others_in_our_place(tmp_path: Path) -> None:
    """Who watches records by `callHandlers`, as Sentry does, sees each once, before or after us."""
    rows, stdout = run(
        """
def watch(label):
    before = logging.Logger.callHandlers
    def call(self, record):
        try:
            return before(self, record)
        finally:
            print(label, self.name, record.getMessage())
    logging.Logger.callHandlers = call
    return before
plain = watch("first")
root.addHandler(logging.StreamHandler())
setup_telemetry()
log.warning("1")
ours = watch("second")
log.warning("2")
setup_telemetry()
log.warning("3")
shutdown_telemetry()
log.warning("4")
""",
        tmp_path,
    )
    assert ["1", "2", "3"] == events(rows[:3])
    assert "4" == rows[3]
    seen = [("first", 1), ("first", 2), ("second", 2), ("first", 3), ("second", 3)]
    expected = [*seen, ("first", 4), ("second", 4)]
    assert [f"{label} app.part {n}" for label, n in expected] == stdout.splitlines()


def test_handlers_that_come_and_go_are_forgotten(tmp_path: Path) -> None:
    """A handler that no logger has any more does not stay in memory, however many come."""
    run(
        """
import gc, weakref
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="own.log")))
found = []
for number in range(1000):
    handler = logging.StreamHandler() if number % 2 else logging.NullHandler()
    found.append(weakref.ref(handler))
    log.addHandler(handler)
    log.info("e")
    log.removeHandler(handler)
del handler
gc.collect()
assert 200 > sum(each() is not None for each in found), sum(each() is not None for each in found)
""",
        tmp_path,
    )


def test_a_library_that_imports_foundation_changes_nothing(tmp_path: Path) -> None:
    """Without a set-up nothing of `logging` is another one, whatever is logged and configured."""
    run(
        """
before = [dict(vars(each)) for each in (logging.Logger, logging.RootLogger, logging, root)]
logger.warning("e")
get_logger("a").warning("e")
after = [dict(vars(each)) for each in (logging.Logger, logging.RootLogger, logging, root)]
assert before == after
""",
        tmp_path,
    )
    # By a program of its own: the one above has imported all names, that of the handler too.
    code = """
import sys
from provide.foundation import get_logger
get_logger("a").warning("e")
print([name for name in sys.modules if "foundation._bridges" in name])
"""
    printed = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, check=True, timeout=60
    ).stdout
    assert b"[]" == printed.strip()


def test_a_record_waits_for_a_configuration_that_has_emptied_its_logger(tmp_path: Path) -> None:
    """Between the old console and the new one of a logger that keeps its records none is lost."""
    rows, _ = run(
        """
own = logging.getLogger("own")
own.propagate = False
own.addHandler(logging.StreamHandler())
configure(output="stderr")
own.warning("1")
thread = threading.Thread(target=own.info, args=("2",))
own.setLevel("INFO")
own.isEnabledFor(20)  # else the thread waits for the lock to find out
with logging._lock:
    own.handlers.clear()
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    own.addHandler(logging.StreamHandler())
thread.join()
""",
        tmp_path,
    )
    assert ["1", "2"] == events(rows)
