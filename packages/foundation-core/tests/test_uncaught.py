"""Exceptions that nobody catches: one record each, exit codes and hooks of others as before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES

BEGIN = """
import gc, sys, threading
from provide.foundation import *
"""
SET_UP = """
setup_telemetry(TelemetryConfig.production())
"""


def run(
    code: str, folder: Path, lane: str = "fast", begin: str = BEGIN + SET_UP, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own."""
    script = folder / "program.py"
    script.write_text(begin + code)
    return interpreters.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        env={**os.environ, "FOUNDATION_LANE": lane, **environ},
        timeout=60,
        check=False,
    )


def lines_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return what stands on stderr, all of which has to be JSON."""
    return [json.loads(line) for line in done.stderr.splitlines()]


def summary(line: dict[str, Any]) -> tuple[str, str, str, str]:
    """Return level, logger, event and type of the exception."""
    return line["level"], line["logger"], line["event"], line["exception"]["type"]


EACH_KIND = """
import asyncio

thread = threading.Thread(target=lambda: 1 / 0, name="worker-1")
thread.start()
thread.join()

class Closing:
    def __del__(self):
        raise ValueError("closing")

Closing()

async def fail():
    raise KeyError("task")

async def main():
    task = asyncio.create_task(fail(), name="nightly")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()

asyncio.run(main())
raise LookupError("program")
"""


@pytest.mark.parametrize("lane", LANES)
def test_each_kind_is_one_record(lane: str, tmp_path: Path) -> None:
    """A thread's, a finalizer's, a task's and the program's exception are one JSON line each."""
    done = run(EACH_KIND, tmp_path, lane)
    thread, finalizer, task, program = lines_of(done)
    assert [
        ("error", "py.uncaught", "uncaught exception in a thread", "ZeroDivisionError"),
        ("error", "py.uncaught", "exception ignored", "ValueError"),
        ("error", "asyncio", "Task exception was never retrieved", "KeyError"),
        ("critical", "py.uncaught", "uncaught exception", "LookupError"),
    ] == [summary(each) for each in (thread, finalizer, task, program)]
    assert thread["thread_name"] == "worker-1"
    assert finalizer["object"] == "__main__.Closing.__del__"
    assert "name='nightly'" in task["future"]
    assert program["exception"]["frames"][-1]["function"] == "<module>"
    assert done.returncode == 1


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(("form", "key"), [("text", "exception"), ("both", "stack_trace")])
def test_each_kind_has_its_text(form: str, key: str, lane: str, tmp_path: Path) -> None:
    """The same four lines have the text that Python prints, where they are to have it."""
    set_up = f"configure(format='json', capture_uncaught=True, exceptions='{form}')\n"
    done = run(EACH_KIND, tmp_path, lane, BEGIN + set_up)
    lines = lines_of(done)

    assert [
        "ZeroDivisionError: division by zero", "ValueError: closing", "KeyError: 'task'",
        "LookupError: program",
    ] == [each[key].rpartition("\n")[2] for each in lines]  # fmt: skip
    assert all(each[key].startswith("Traceback (most recent call last):\n") for each in lines)
    assert '    raise LookupError("program")' in lines[-1][key].splitlines()
    assert ["critical" if each is lines[-1] else "error" for each in lines] == [
        each["level"] for each in lines
    ]
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("raise SystemExit(3)", 3),
        ("threading.Thread(target=sys.exit).start()", 0),
        ("raise SystemExit('no port')", 1),
    ],
)
def test_exits_pass(code: str, status: int, tmp_path: Path) -> None:
    """SystemExit ends a program with its status, and a thread without a word."""
    done = run(code, tmp_path)
    said = "no port\n" if status == 1 else ""
    assert (done.returncode, done.stderr) == (status, said)


def test_interrupts_pass(tmp_path: Path) -> None:
    """Ctrl-C ends a program as it did, with Python's own traceback and the signal as its status."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    done = run(
        code,
        tmp_path,
        begin="import signal\nsignal.signal(2, signal.default_int_handler)" + BEGIN + SET_UP,
    )
    assert done.returncode == -signal.SIGINT
    assert done.stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert '"level"' not in done.stderr


def test_earlier_hooks_are_called(tmp_path: Path) -> None:
    """Hooks that others had installed are called behind the record, once each."""
    done = run(
        """
threading.Thread(target=lambda: 1 / 0).start()
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join()
raise LookupError
""",
        tmp_path,
        begin="""
import sys, threading
sys.excepthook = lambda kind, error, traceback: print("program", kind.__name__)
threading.excepthook = lambda args: print("thread", args.exc_type.__name__)
"""
        + BEGIN
        + SET_UP,
    )
    assert done.stdout == "thread ZeroDivisionError\nprogram LookupError\n"
    assert ["ZeroDivisionError", "LookupError"] == [summary(each)[3] for each in lines_of(done)]


def test_hook_in_front_and_set_up_anew(tmp_path: Path) -> None:
    """A hook that somebody puts in front of ours, and a second set-up, make no second record."""
    done = run(
        """
ours = sys.excepthook
def theirs(*args):
    print("theirs")
    ours(*args)
sys.excepthook = theirs
setup_telemetry(TelemetryConfig.production())
raise LookupError
""",
        tmp_path,
    )
    assert done.stdout == "theirs\n"
    assert ["LookupError"] == [summary(each)[3] for each in lines_of(done)]


def test_hooks_are_given_back(tmp_path: Path) -> None:
    """Shutdown gives the hooks back; ours, below somebody's, only passes on from then on."""
    done = run(
        """
ours = sys.excepthook
sys.excepthook = lambda *args: (print("theirs"), ours(*args))
shutdown_telemetry()
assert threading.excepthook is threading.__excepthook__
assert sys.unraisablehook is sys.__unraisablehook__
setup_telemetry(TelemetryConfig())
raise LookupError("plain")
""",
        tmp_path,
    )
    assert done.stdout == "theirs\n"
    assert done.stderr.splitlines()[-1] == "LookupError: plain"
    assert '"level"' not in done.stderr


@pytest.mark.parametrize("set_up", ["", "setup_telemetry()\n"])
def test_nothing_is_changed_unasked(set_up: str, tmp_path: Path) -> None:
    """Without `capture_uncaught` all hooks stay Python's."""
    code = (
        'get_logger("a").info("line")\n'
        + set_up
        + (
            "assert sys.excepthook is sys.__excepthook__\n"
            "assert threading.excepthook is threading.__excepthook__\n"
            "assert sys.unraisablehook is sys.__unraisablehook__\n"
        )
    )
    assert run(code, tmp_path, begin=BEGIN).returncode == 0


def test_file_and_terminal_have_it(tmp_path: Path) -> None:
    """Where no output is stderr, the record is in the file and Python's text on stderr."""
    path = tmp_path / "app.log"
    variables = {"PROVIDE_LOG_FILE": str(path), "PROVIDE_LOG_CAPTURE_UNCAUGHT": "on"}
    done = run("1 / 0", tmp_path, begin=BEGIN + "setup_telemetry()\n", **variables)
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert ["uncaught exception"] == [
        json.loads(line)["event"] for line in path.read_text().splitlines()
    ]


def test_records_that_make_more_are_bounded(tmp_path: Path) -> None:
    """A finalizer that fails with each record that is made does not do so for ever."""
    done = run(
        """
class Closing:
    def __del__(self):
        raise ValueError("closing")

def processor(logger, method, event_dict):
    Closing()
    return event_dict

logging_config = LoggingConfig(processors=[processor], capture_uncaught=True)
setup_telemetry(TelemetryConfig(logging=logging_config))
get_logger("a").info("line")
""",
        tmp_path,
        begin=BEGIN,
    )
    lines = [each for each in done.stderr.splitlines() if each.startswith("{")]
    assert done.returncode == 0
    assert ["exception ignored"] * 4 + ["line"] == [json.loads(each)["event"] for each in lines]
    assert done.stderr.count("Exception ignored ") == 1  # in or, from 3.14 on, while


def test_loops_without_capture_of_logging(tmp_path: Path) -> None:
    """Where `logging` is the application's own, its handlers and our output have each report."""
    done = run(
        """
import asyncio, logging

logging.basicConfig(stream=sys.stdout, format="%(message)s")
setup_telemetry(
    TelemetryConfig(logging=LoggingConfig(capture_stdlib=False, capture_uncaught=True))
)

async def main():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0.01)

asyncio.run(main())
shutdown_telemetry()
assert logging.getLogger("asyncio").handlers == []
""",
        tmp_path,
        begin=BEGIN,
    )
    (line,) = lines_of(done)
    assert summary(line)[1:] == ("asyncio", "Exception in callback", "ZeroDivisionError")
    assert line["callback"].startswith("main.<locals>.<lambda>() at ")
    assert done.stdout.startswith("Exception in callback")
    assert done.returncode == 0
