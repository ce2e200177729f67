"""Memory that runs out, and memory that must not grow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from provide.foundation.native import COMPILED

pytestmark = pytest.mark.skipif(not COMPILED, reason="built where there was no compiler")

NO_MEMORY = """
import os, sys
os.environ["FOUNDATION_LANE"] = "native"
import _testcapi
from provide.foundation import *

path, formatter = sys.argv[1:]
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    log_file=path, console_formatter=formatter, capture_stdlib=False)))
assert stats()["lane"] == "native"
log = get_logger("app.part")
long = "x" * 5000
# In logfmt containers are the Python lanes' business.
nested = [1, {"k": (1, 2, "x" * 50)}] if formatter != "key_value" else "no container"
calls = failed = 0
bound = log.bind(x=1, y=0)


def call(which, number):
    bound = log.bind(x=1, y=nested)
    # Not with **, whose dict would be the caller's own memory.
    new_key = eval(f"lambda: log.info('new key', key_{which}_{number}=1)")
    cases = [
        lambda: log.info("e", a=12345678901, b="text", c=2.5),
        lambda: bound.info("e", z=70000),
        lambda: log.warning("nested", a=nested),
        lambda: log.info("long", v=long),
        new_key,
    ]
    return cases[which]


for which in range(5):
    call(which, 1000)()
    call(which, 1001)()
    calls += 2
    for number in range(1, 201):
        case = call(which, number)
        _testcapi.set_nomemory(number)
        try:
            case()
        finally:
            _testcapi.remove_mem_hooks()
        calls += 1


def bind(number):  # in a small function: the handlers of a large one need memory themselves
    _testcapi.set_nomemory(number)
    try:
        return bound.bind(y=number)
    except MemoryError:  # it is no log call
        return None
    finally:
        _testcapi.remove_mem_hooks()


for number in range(1, 21):
    fields = dict(bound.bound_fields)
    made = bind(number)
    assert fields == bound.bound_fields
    assert made is None or made.bound_fields == {"x": 1, "y": number}
    failed += made is None
assert made is not None and failed > 0
log.info("last", a=1)
log.warning("last", a=1)
counts = stats()["outputs"][path]
written, dropped = sum(counts["written"].values()), sum(counts["dropped"].values())
lines = open(path, "rb").read().count(b"\\n") - counts["own_records"]
assert written == lines, (written, lines)
assert calls + 2 == written + dropped, (calls + 2, written, dropped)
assert dropped > 0
"""


@pytest.mark.parametrize("formatter", ["json", "key_value", "compact"])
def test_no_memory_at_the_nth_allocation(formatter: str, tmp_path: Path) -> None:
    """Wherever memory runs out in a call, nothing crashes or raises, and the line is counted.

    Not tried with what goes to the Python lanes: orjson crashes where it gets no memory.
    """
    pytest.importorskip("_testcapi")
    done = subprocess.run(
        [sys.executable, "-c", NO_MEMORY, str(tmp_path / "x.log"), formatter],
        capture_output=True,
        text=True,
    )
    assert 0 == done.returncode, done.stderr[-2000:]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow(tmp_path: Path) -> None:
    """300,000 calls leave references as they were, and resident memory within 512 KiB."""
    calls = 300_000
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("growth.py")), str(calls)],
        capture_output=True,
        text=True,
    )
    assert 0 == done.returncode, done.stderr[-2000:]
    assert 512 > int(done.stdout)
