"""The package itself: its names, what it costs to import, and what importing leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

import interpreters
import provide.foundation as foundation
from installed_lanes import LANES

HEAVY = {"asyncio", "logging", "opentelemetry", "rich", "structlog"}

#: Everything global that Foundation could touch, as one comparable value.
GLOBALS = """
import logging, signal, sys, threading, warnings
import structlog
def look():
    return {
        "root": [logging.root.level, list(map(str, logging.root.handlers))],
        "loggers": sorted(logging.root.manager.loggerDict),
        "last resort": id(logging.lastResort),
        "logger class": logging.getLoggerClass().__qualname__,
        "filters": list(map(str, warnings.filters)),
        "showwarning": id(warnings.showwarning),
        "structlog": structlog.is_configured(),
        "meta path": list(map(str, sys.meta_path)),
        "excepthooks": [id(sys.excepthook), id(threading.excepthook)],
        "signals": [str(signal.getsignal(n)) for n in (signal.SIGTERM, signal.SIGINT)],
        "streams": [id(sys.stdout), id(sys.stderr)],
        "threads": threading.active_count(),
    }
before = look()
"""


def run_python(code: str, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROVIDE_", "LOG_"))}
    return interpreters.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        env={**kept, **environ},
        timeout=60,
        check=True,
    )


@pytest.mark.parametrize("lane", LANES)
def test_first_line_imports_nothing_heavy(lane: str) -> None:
    """The import and the first line load none of the packages that cost much."""
    code = "import provide.foundation as f; f.logger.info('x')"
    done = run_python(code, "-X", "importtime", FOUNDATION_LANE=lane)
    rows = [row for row in done.stderr.splitlines() if row.startswith("import time:")]
    loaded = {row.rpartition("|")[2].strip().partition(".")[0] for row in rows}
    assert {"provide", "orjson"} <= loaded
    assert set() == HEAVY & loaded


def test_explicit_set_up_does_not_import_structlog() -> None:
    """Structlog comes in when the application imports it, not with a set-up."""
    code = """
import sys, provide.foundation as f
f.setup_telemetry()
f.logger.info("x")
print("structlog" in sys.modules, "asyncio" in sys.modules)
"""
    assert "False False\n" == run_python(code).stdout


def test_import_alone_loads_only_the_package() -> None:
    """Until a name is asked for, no module of the package is loaded."""
    code = """
import sys, provide.foundation
print(sorted(name for name in sys.modules if name.startswith("provide")))
"""
    expected = ["provide", "provide.foundation", "provide.foundation._version"]
    assert f"{expected}\n" == run_python(code).stdout


def test_star_import_gives_every_public_name() -> None:
    """`from provide.foundation import *` binds what `__all__` lists."""
    found: dict[str, Any] = {}
    exec("from provide.foundation import *", found)
    assert set(foundation.__all__) == found.keys() - {"__builtins__"}
    assert set(foundation.__all__) <= set(dir(foundation))


@pytest.mark.parametrize("name", foundation.__all__)
def test_public_name_works_alone(name: str) -> None:
    """Each public name can be the first that a program asks for."""
    assert "" == run_python(f"from provide.foundation import {name}").stderr


def test_unknown_name_is_an_attribute_error() -> None:
    """A name that does not exist is Python's usual error, from `import` as well."""
    with pytest.raises(AttributeError, match=r"'provide\.foundation' has no attribute 'nothing'"):
        foundation.nothing  # noqa: B018 - to ask is the test
    with pytest.raises(ImportError, match="nothing"):
        exec("from provide.foundation import nothing")


def test_import_changes_nothing_global() -> None:
    """Importing everything, binding and getting loggers leaves the process as it was."""
    code = f"""{GLOBALS}
from provide.foundation import *
import provide.foundation.testing, provide.foundation._bridges.stdlib
import provide.foundation._bridges.structlog
get_logger("app").bind(a=1)
bind_contextvars(a=1)
assert before == look(), (before, look())
"""
    assert "" == run_python(code).stderr


@pytest.mark.parametrize("lane", LANES)
def test_first_line_changes_nothing_global(lane: str) -> None:
    """A library that logs without a set-up leaves logging, warnings and structlog alone."""
    code = f"""{GLOBALS}
from provide.foundation import *
logger.info("a line")
set_level("DEBUG")
assert before == look(), (before, look())
logging.getLogger("lib").warning("stdlib's own")
structlog.get_logger().info("structlog's own")
shutdown_telemetry()
assert before["structlog"] == look()["structlog"]
"""
    done = run_python(code, FOUNDATION_LANE=lane)
    first, second = done.stderr.splitlines()
    assert ("a line", "stdlib's own") == (json.loads(first)["event"], second)
    assert "structlog's own" in done.stdout


def test_shutdown_gives_everything_back() -> None:
    """What a set-up changes is as before after the shutdown, and after a reset."""
    code = f"""{GLOBALS}
from provide.foundation import *
for end in (shutdown_telemetry, reset_for_testing):
    setup_telemetry()
    assert before["root"] != look()["root"]
    assert before["showwarning"] != look()["showwarning"]
    assert look()["structlog"]
    end()
    assert before == look(), (before, look())
"""
    assert "" == run_python(code).stderr
