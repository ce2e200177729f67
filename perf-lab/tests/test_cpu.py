"""The flamegraphs: which stop a sample belongs to, and what a run says that cannot sample."""

from __future__ import annotations

import json
import linecache
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from cpu.command import Impossible, find_checks, main, sample
from cpu.stops import DOCUMENTED_US, count_stops, stop_of_line

from provide.foundation._lanes import json as fast_lane
from provide.foundation._lanes import logfmt as fast_key_value

LAB = Path(__file__).parents[1]


def lines_of(module: types.ModuleType) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that a lane's level method can be at."""
    code = next(
        const
        for const in module._make_function.__code__.co_consts
        if isinstance(const, types.CodeType) and const.co_name == "log"
    )
    assert module.__file__
    for number in sorted({line for *_, line in code.co_lines() if line}):
        yield number, linecache.getline(module.__file__, number)


@pytest.mark.parametrize("module", [fast_lane, fast_key_value], ids=lambda module: module.__name__)
def test_every_line_belongs_to_a_stop(module: types.ModuleType) -> None:
    """No line of a lane is left without a stop, and every source of the document has lines."""
    stops = {number: stop_of_line(text) for number, text in lines_of(module)}
    assert [] == [number for number, stop in stops.items() if stop is None]
    assert set() == DOCUMENTED_US.keys() - set(stops.values())


def test_samples_are_counted_by_line() -> None:
    """A sample counts for the innermost line of the lane; what is outside of a call does not."""
    places = {stop_of_line(text): number for number, text in lines_of(fast_lane)}
    lane = {"name": "_make_function.<locals>.log", "file": fast_lane.__file__}
    frames = [
        {"name": "run", "file": "<static>", "line": 2},
        {**lane, "line": places["write"]},
        {**lane, "line": places["latency sample"]},
        {"name": "deeper", "file": "x.py", "line": 1},
    ]
    samples = [[3], [0], [0, 1], [0, 1, 3], [0, 2, 1], [0, 3]]
    profile = {"shared": {"frames": frames}, "profiles": [{"samples": samples}]}
    assert {"write": 3, "elsewhere": 1} == count_stops(profile, "static")


def test_few_samples_do_not_pass() -> None:
    """A workload with too few samples fails its run."""
    row = {"workload": "three_fields", "library": "foundation", "samples": 3, "stops": {}}
    assert not find_checks({"workloads": [row]})[0].passed


@pytest.mark.parametrize("words", [["--nonsense"], ["--seconds", "-1"], ["--seconds", "1 week"]])
def test_wrong_options(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown option or unit prints the usage and ends with 2."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: flame" in capsys.readouterr().err


def test_missing_tool_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without py-spy the run says what to install, and ends with 2."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert main([]) == 2
    assert "pip install py-spy" in capsys.readouterr().err


def test_missing_privilege_is_named(tmp_path: Path) -> None:
    """Where the system forbids ptrace, the run says how to allow it."""
    tool = tmp_path / "py-spy"
    tool.write_text("#!/bin/sh\necho 'Error: Permission denied (os error 13)' >&2\nexit 1\n")
    tool.chmod(0o755)
    with pytest.raises(Impossible, match="cap-add=SYS_PTRACE"):
        sample(str(tool), 1, tmp_path / "x.svg", 1.0)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere py-spy needs root")
def test_a_real_run(tmp_path: Path) -> None:
    """A short run draws both pictures, and finds the stops of a call with three fields."""
    if shutil.which("py-spy") is None and not (Path(sys.executable).parent / "py-spy").exists():
        pytest.skip("py-spy is not installed")
    output = tmp_path / "flame.json"
    done = subprocess.run(
        [sys.executable, str(LAB / "cpu"), "--seconds", "1", "--quick", "--output", str(output)],
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    if done.returncode == 2 and "ptrace" in done.stderr:
        pytest.skip("this machine does not allow ptrace")
    row = json.loads(output.read_text())["data"]["workloads"][0]
    assert {"serialisation", "write"} <= row["stops"].keys()
    assert "<svg" in (tmp_path / row["svg"]).read_text()
    assert json.loads((tmp_path / row["speedscope"]).read_text())["profiles"]
