"""Foundation without orjson: every lane writes the same bytes, and says once what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import conformance_lines
from installed_lanes import LANES

#: Imports what nothing else here does, and explains the configuration.
EXPLAINS = """
import importlib.util, json, sys
sys.modules["orjson"] = None
from provide.foundation import describe, get_logger, setup_telemetry
before = describe()
setup_telemetry()
setup_telemetry()
get_logger("app").info("written", n=1e16)
if importlib.util.find_spec("provide.foundation.otel"):
    from provide.foundation.otel.lines import LineReader
    line = b'{"timestamp":"2026-11-29T18:43:39.950561Z","level":"info","logger":"a","event":"e"}'
    assert "e" == LineReader().read(line).event
print(json.dumps([before["problems"], describe()["problems"]]))
"""


def lines_of(folder: Path, *words: str) -> dict[str, list[bytes]]:
    """Return the lines of all conformance cases, by lane and format."""
    folder.mkdir()
    subprocess.run(
        [sys.executable, conformance_lines.__file__, folder, *words],
        check=True, capture_output=True, timeout=110,
    )  # fmt: skip
    return {path.name: path.read_bytes().splitlines() for path in sorted(folder.iterdir())}


def test_lines_are_the_same(tmp_path: Path) -> None:
    """All conformance cases, in each lane and format, are the same bytes without orjson."""
    expected = lines_of(tmp_path / "with")
    without = lines_of(tmp_path / "without", "without-orjson")

    assert len(LANES) * len(conformance_lines.FORMATS) == len(expected)
    assert expected.keys() == without.keys()
    assert [] == [name for name in expected if expected[name] != without[name]]


def test_absence_is_said_once() -> None:
    """A set-up reports that orjson is missing, the next one does not, and `describe` says it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PROVIDE_")}
    done = subprocess.run(
        [sys.executable, "-c", EXPLAINS], env=kept, check=True, capture_output=True, text=True
    )
    report, line = map(json.loads, done.stderr.splitlines())
    reason = "import of orjson halted; None in sys.modules"
    what = "orjson cannot be imported, a slower encoder stands in for it"

    assert (what, reason) == (report["event"], report["error"])
    assert ("written", 1e16) == (line["event"], line["n"])
    assert [[f"{what}: {reason}"]] * 2 == json.loads(done.stdout)
