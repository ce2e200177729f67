"""Handlers and hooks that others installed: a shutdown gives all of them back as they were."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

import interpreters

if sys.platform == "win32":
    pytest.skip("signals as POSIX has them", allow_module_level=True)

BEGIN = """
import io, logging, signal, sys, threading, warnings
import structlog
from provide.foundation import *

class Drop(logging.Filter):
    def filter(self, record):
        return "health" not in record.getMessage()

console = logging.StreamHandler()
console.setFormatter(logging.Formatter("console %(message)s"))
console.addFilter(Drop())
own = logging.StreamHandler()
own.setFormatter(logging.Formatter("own %(message)s"))
target = logging.StreamHandler(io.StringIO())
logging.root.addHandler(console)
logging.root.setLevel("ERROR")
lib = logging.getLogger("lib")
lib.propagate = False
lib.addHandler(own)
asyncs = logging.StreamHandler(io.StringIO())
logging.getLogger("asyncio").addHandler(asyncs)
sys.excepthook = lambda *args: print("main", args[0].__name__)
threading.excepthook = lambda args: print("thread", args.exc_type.__name__)
sys.unraisablehook = lambda args: print("unraisable", args.exc_type.__name__)
signal.signal(signal.SIGTERM, lambda *args: print("signal"))
warnings.showwarning = lambda *args, **options: print("warning")
structlog.configure(processors=[structlog.processors.KeyValueRenderer()])

def state():
    names = (None, "lib", "asyncio", "py.warnings", "py.uncaught")
    return {
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook),
        "signal": signal.getsignal(signal.SIGTERM),
        "warnings": warnings.showwarning,
        "last resort": (logging.lastResort, [*logging.lastResort.filters]),
        "loggers": [
            (each.level, each.propagate, each.disabled, [*each.handlers], [*each.filters])
            for each in map(logging.getLogger, names)
        ],
        "handlers": [
            (each.formatter, each.level, [*each.filters], each.stream, dict(each.__dict__))
            for each in (console, own, target, asyncs)
        ],
        "structlog": structlog.get_config(),
        "finders": [*sys.meta_path],
    }

def set_up():
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(
        outputs=[OutputConfig(target), OutputConfig("a.log")],
        capture_uncaught=True, propagate=True, delivery=Delivery(drain_on_sigterm=True))))

before = state()
set_up()
during = state()
changed = {key for key in before if before[key] != during[key]}
assert changed >= {"hooks", "signal", "warnings", "last resort", "loggers", "handlers"}, changed
assert "structlog" in changed
set_up()
get_logger("a").info("first")
lib.error("second")
shutdown_telemetry()
assert before == state(), [key for key in before if before[key] != state()[key]]
"""


def run(code: str, folder: Path) -> tuple[str, str, list[str]]:
    """Run code behind a shutdown; return its stdout and stderr, and the events in the file."""
    done = interpreters.run(
        [sys.executable, "-c", BEGIN + code],
        capture_output=True, text=True, cwd=folder, timeout=60, check=False,
        env={**os.environ, "FOUNDATION_LANE": "fast"},
    )  # fmt: skip
    assert "AssertionError" not in done.stderr, done.stderr
    lines = (folder / "a.log").read_text().splitlines()
    return done.stdout, done.stderr, [json.loads(line)["event"] for line in lines]


def test_all_is_as_it_was(tmp_path: Path) -> None:
    """After two set-ups and a shutdown each hook and handler does what it did before."""
    stdout, stderr, events = run(
        """
logging.error("third")
lib.error("fourth")
warnings.warn("w")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
class Closing:
    def __del__(self):
        raise ValueError
Closing()
signal.raise_signal(signal.SIGTERM)
raise LookupError
""",
        tmp_path,
    )
    said = ["warning", "thread ZeroDivisionError", "unraisable ValueError", "signal"]
    assert [*said, "main LookupError"] == stdout.splitlines()
    assert stderr.splitlines()[-2:] == ["console third", "own fourth"]
    assert events == ["first", "second"]


def test_lines_behind_a_shutdown(tmp_path: Path) -> None:
    """A later line has the handler for itself, counts where it fails, and is printed nowhere."""
    _, stderr, events = run(
        """
logging.root.removeHandler(console)
before = state()
get_logger("a").error("later", number=1)
assert target.stream.getvalue().splitlines()[-1].endswith('"event":"later","number":1}')
target.emit = lambda record: target.handleError(record)
before = state()
get_logger("a").error("lost")
assert stats().outputs["StreamHandler"].dropped == {"runtimeerror": 1}, stats()
assert before == state(), [key for key in before if before[key] != state()[key]]
""",
        tmp_path,
    )
    assert ["lines were dropped", "lines were dropped in this process"] == [
        json.loads(line)["event"] for line in stderr.splitlines() if line.startswith("{")
    ]
    assert not re.search("later|lost", stderr)
    assert events == ["first", "second", "later", "lost"]
