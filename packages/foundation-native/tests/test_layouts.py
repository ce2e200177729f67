"""An interpreter whose objects lie otherwise than the compiled half knows costs the lane alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from provide.foundation import native

# What the compiled half raises of itself: nobody can change the layout of a real interpreter.
SCRIPT = """
import sys

class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name == "provide.foundation.native._lane":
            raise ImportError("does not know this interpreter's PyASCIIObject")

sys.meta_path.insert(0, Refusal())
from provide.foundation import get_logger, native, stats

get_logger("t").info("written", number=1)
reasons = []
native.lane_for("json", reasons.append)
print(stats().lane, *reasons, sep="\\n", end="")
"""


def test_unknown_interpreter_leaves_lines_to_the_python_lanes() -> None:
    """A compiled half that refuses itself is as none at all, and says why."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "FOUNDATION_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    )
    reason = "foundation-native does not know this interpreter's PyASCIIObject"
    assert ["fast", reason] == done.stdout.splitlines()
    assert ["written"] == [json.loads(line)["event"] for line in done.stderr.splitlines()]


def test_this_interpreter_is_known() -> None:
    """The objects of the interpreter that runs this lie as a compiled half, if any, knows."""
    reasons: list[str] = []
    found = native.lane_for("json", reasons.append)
    assert found or ["foundation-native is installed without its compiled half"] == reasons
