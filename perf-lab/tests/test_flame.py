"""The flamegraphs: which part a sample belongs to, and what a run says that cannot sample."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

from perf_lab.flame.command import command, find_checks, sample
from perf_lab.flame.parts import PLAN, count_parts, parts_of_file
from perf_lab.processes.pool import WorkerFailed
from provide.foundation._lanes import compact as fast_compact
from provide.foundation._lanes import json as fast_lane
from provide.foundation._lanes import logfmt as fast_key_value
from provide.foundation._pipeline import steps


@pytest.mark.parametrize(
    "module", [fast_lane, fast_key_value, fast_compact], ids=lambda module: module.__name__
)
def test_marks_of_a_lane_name_its_stops(module: types.ModuleType) -> None:
    """A lane's marks lead to every source of the founding claims, and are the list's steps."""
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    marks = set(re.findall(r"^ *# step \d+: (.+)$", text, re.MULTILINE))

    assert set() == PLAN["documented_us"].keys() - set(parts_of_file(str(module.__file__)).values())
    assert marks == PLAN["steps"].keys()
    assert [step.name for step in steps.STEPS] == list(PLAN["steps"])


MARKED = '''"""A lane."""


def make(level):
    unmarked = 1

    @accounts
    def log(self):
        if self.threshold > level:
            return
        # step 1: merge_fields
        merged = 1

        # part: timestamp
        now = 2
    return log
'''


def test_lines_belong_to_the_mark_above(tmp_path: Path) -> None:
    """Lines above all marks are the look at the level; functions without marks have no parts."""
    lane = tmp_path / "lane.py"
    lane.write_text(MARKED, encoding="utf-8")

    before = dict.fromkeys(range(7, 11), "level check")
    step, part = dict.fromkeys(range(11, 14), "context"), dict.fromkeys((14, 15), "timestamp")
    assert before | step | part == parts_of_file(str(lane))


def test_samples_are_counted_by_line() -> None:
    """A sample counts for the innermost part; what is outside of a call does not count."""
    file = str(fast_lane.__file__)
    places = {part: number for number, part in parts_of_file(file).items()}
    lane = {"name": "make_log.<locals>.log", "file": file}
    core = file.replace("_lanes/json.py", "_pipeline/pipeline.py")
    frames = [
        {"name": "run", "file": "<static>", "line": 2},
        {**lane, "line": places["write"]},
        {**lane, "line": places["latency sample"]},
        {"name": "deeper", "file": "x.py", "line": 1},
        {"name": "emit", "file": core, "line": 1},
        {"name": "deliver", "file": core, "line": 1},
    ]
    samples = [[3], [0], [0, 1], [0, 1, 3], [0, 2, 1], [0, 3], [0, 2], [0, 1, 4, 5]]
    profile = {"shared": {"frames": frames}, "profiles": [{"samples": samples}]}
    assert {"write": 3, "elsewhere": 1, "latency sample": 1, "slow path": 1} == count_parts(
        profile, "static"
    )


def test_few_samples_do_not_pass() -> None:
    """A workload with too few samples fails its run."""
    row = {"workload": "three_fields", "library": "foundation", "samples": 3, "parts": {}}
    assert not find_checks([row])[0].passed


def test_missing_tool_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without py-spy the run says what to install, and ends with 2."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert command.main([], standalone_mode=False) == 2
    assert "pip install py-spy" in capsys.readouterr().err


def test_missing_privilege_is_named(tmp_path: Path) -> None:
    """Where the system forbids ptrace, the run says how to allow it."""
    tool = tmp_path / "py-spy"
    tool.write_text("#!/bin/sh\necho 'Error: Permission denied (os error 13)' >&2\nexit 1\n")
    tool.chmod(0o755)
    with pytest.raises(WorkerFailed, match="cap-add=SYS_PTRACE"):
        sample(str(tool), 1, tmp_path / "x.svg", 1.0, "flamegraph")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere py-spy needs root")
def test_a_real_run(tmp_path: Path) -> None:
    """A short run draws both pictures, and finds the parts of a call with three fields."""
    if shutil.which("py-spy") is None and not (Path(sys.executable).parent / "py-spy").exists():
        pytest.skip("py-spy is not installed")
    output = tmp_path / "flame.json"
    done = subprocess.run(
        [sys.executable, "-m", "perf_lab", "flame", "--seconds", "1", "--quick",
         "--output", str(output)],
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    if done.returncode == 2 and "ptrace" in done.stderr:
        pytest.skip("this machine does not allow ptrace")
    row = json.loads(output.read_text())["data"]["workloads"][0]
    assert {"serialisation", "write"} <= row["parts"].keys()
    assert "<svg" in (tmp_path / row["svg"]).read_text()
    assert json.loads((tmp_path / row["speedscope"]).read_text())["profiles"]
