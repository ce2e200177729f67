"""Foundation in an interpreter beside the main one, with the GIL of that one and with its own.

From CPython 3.12 on orjson refuses to be imported there, and core's own encoder stands in for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LANES = ("native", "fast", "processor")
pytestmark = pytest.mark.untraced(
    "the tracer of coverage cannot be loaded by a subinterpreter, and says so"
)

BESIDE = """
import os, sys
os.environ["FOUNDATION_LANE"], folder, kind = sys.argv[1:]
import provide.foundation.native._lane as lane
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
    one = interpreters.create(kind)
else:
    import _xxsubinterpreters as interpreters
    one = interpreters.create(isolated=kind == "isolated")

failure = interpreters.run_string(one, f"import sys; sys.path[:] = {sys.path}" + f'''
import logging, os
import provide.foundation.native._lane as lane
from provide.foundation import *

lane.never_waits(1)
for name in ("json", "key_value", "compact"):
    file = os.path.join({folder!r}, name)
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(
        log_file=file, console_formatter=name, module_levels={{"inside.much": "DEBUG"}},
    )))
    log = get_logger("inside")
    log.debug("off")
    get_logger("inside.much").debug("on")
    for n in range(3):
        log.bind(b=1.5).info(stats().lane, n=n, rich=[n, {{"x": None}}], big=2**70)
    logging.getLogger("std").warning("by %s", "logging")
    written = stats().outputs[file].written
    assert written == {{"debug": 1, "info": 3, "warning": 1}}, written
reset_for_testing()
''')
if failure is not None:
    print(getattr(failure, "errdisplay", failure))
interpreters.destroy(one)
lane.never_waits(1)
"""


@pytest.mark.parametrize(
    "kind",
    [
        "legacy",
        pytest.param(
            "isolated",
            marks=pytest.mark.skipif(
                sys.version_info[:2] == (3, 12),
                reason="CPython 3.12.1 aborts as one ends that has imported asyncio",
            ),
        ),
    ],
)
@pytest.mark.parametrize("name", LANES)
def test_every_lane_writes_in_a_subinterpreter(name: str, kind: str, tmp_path: Path) -> None:
    """Set-up, levels, formats and `logging` are there, also where orjson refuses to be imported."""
    done = subprocess.run(
        [sys.executable, "-c", BESIDE, name, str(tmp_path), kind],
        capture_output=True,
        text=True,
    )
    assert (0, "") == (done.returncode, done.stdout), done.stderr
    refuses = kind == "isolated" and sys.version_info >= (3, 12)
    # Nothing has been set up for stderr: what is said there is plain JSON, once.
    said = [json.loads(line)["error"] for line in done.stderr.splitlines()]
    assert refuses * ["module orjson.orjson does not support loading in subinterpreters"] == said
    lines = [json.loads(line) for line in (tmp_path / "json").read_text().splitlines()]
    assert [
        ("inside.much", "on", None),
        *(("inside", name, n) for n in range(3)),
        ("std", "by logging", None),
    ] == [(line["logger"], line["event"], line.get("n")) for line in lines]
    assert (1.5, [0, {"x": None}]) == (lines[1]["b"], lines[1]["rich"])
    texts = [line.partition(" ")[2] for line in (tmp_path / "key_value").read_text().splitlines()]
    assert 5 == len(texts) == len((tmp_path / "compact").read_text().splitlines())
    assert "level=debug logger=inside.much event=on" == texts[0]
    assert 'level=warning logger=std event="by logging"' == texts[4]


JOB = """
import os
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry, stats


def work(number):
    path = os.environ["LOG_FILE"]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path)))
    for n in range(50):
        get_logger("pool").info("done", number=number, n=n)
    return stats().lane
"""
POOL = """
import json
from concurrent.futures import InterpreterPoolExecutor
from job import work

if __name__ == "__main__":
    with InterpreterPoolExecutor(2) as pool:
        print(json.dumps(list(pool.map(work, range(4)))))
"""


@pytest.mark.skipif(sys.version_info < (3, 14), reason="CPython 3.14 brings the pool")
@pytest.mark.parametrize("name", LANES)
def test_pool_of_interpreters(name: str, tmp_path: Path) -> None:
    """Interpreters of a pool, each with a GIL of its own, write whole lines to one file."""
    (tmp_path / "job.py").write_text(JOB)
    (tmp_path / "pool.py").write_text(POOL)
    file = tmp_path / "app.log"
    done = subprocess.run(
        [sys.executable, "pool.py"],
        cwd=tmp_path, capture_output=True, text=True,
        env={"FOUNDATION_LANE": name, "LOG_FILE": str(file), "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert [name] * 4 == json.loads(done.stdout)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert sorted((number, n) for number in range(4) for n in range(50)) == sorted(
        (line["number"], line["n"]) for line in lines
    )
