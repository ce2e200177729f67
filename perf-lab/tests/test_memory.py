"""The memory laboratory: what it finds, what it judges, and that a leak does not pass."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("memray")

from perf_lab.laboratory import judge
from perf_lab.memory.command import PLAN, ask, command, find_requests, find_slopes
from perf_lab.memory.subject import frame_bytes


@pytest.mark.parametrize("leak", [False, True], ids=["as it is", "leak"])
def test_a_leak_fails(leak: bool) -> None:
    """One small object that is kept of each message turns growth red; without it, it is green."""
    series, heap = (
        ask("grow", messages=20_000, warm_up=100_000, leak=leak, tracked=tracked)
        for tracked in (False, True)
    )
    checks = judge(PLAN, {"growth": {"slopes": find_slopes(series, heap)}})
    by_name = {check.name.partition(",")[0].partition(" that")[0]: check for check in checks}
    assert by_name["memory retained at 10"].passed is not leak
    assert by_name["Python's blocks"].passed is not leak


def test_what_a_call_allocates(tmp_path: Path) -> None:
    """A call allocates its line at least, keeps nothing, and has memray's frames taken off."""
    found = ask("trace", workload="three_fields", iterations=50, folder=str(tmp_path))
    assert found["frames"] == 1
    assert 5 <= found["allocations"] <= 40
    assert 180 <= found["bytes"] <= 20_000
    assert found["kept_bytes"] < 50


def test_size_of_a_frame() -> None:
    """The frames that are taken off have the size that Python gives to a frame object."""
    frame = sys._getframe()
    assert frame_bytes(frame.f_code) == sys.getsizeof(frame)


def test_nothing_measured_is_not_passed() -> None:
    """A run without figures passes no check."""
    assert [] == [check.name for check in judge(PLAN, {}) if check.passed]


def test_requests_of_a_page() -> None:
    """What a browser would fetch by itself is found, and nothing else."""
    page = """
    <script src='https://cdn.example/a.js'></script> <link rel=stylesheet href=//x.example/a.css>
    <style>@import 'https://x.example/b.css';</style>
    <p style='background:url(http://x.example/c.png)'>
    <script>var a = "<img src='https://x'>"</script><img src='data:image/png,AA'>
    <a href='https://x.example'>a link is followed by people</a>
    """
    assert [
        "https://cdn.example/a.js", "//x.example/a.css", "https://x.example/b.css",
        "http://x.example/c.png",
    ] == find_requests(page)  # fmt: skip


def test_missing_tool_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without memray the run says what to install, and ends with 2."""
    monkeypatch.setattr("perf_lab.memory.command.find_spec", lambda name: None)

    assert 2 == command.main([], standalone_mode=False)
    assert "pip install memray numpy" in capsys.readouterr().err


def test_plan_names_what_there_is() -> None:
    """Every workload and library of the plan is in the catalogue."""
    from perf_lab.rivals.catalogue import RIVALS
    from perf_lab.workloads.table import WORKLOADS

    plan = PLAN["workloads"]
    assert set() == plan.keys() - WORKLOADS.keys()
    assert set() == {name for names in plan.values() for name in names} - RIVALS.keys()


@pytest.mark.timeout(600)  # half a minute of the processor, and longer beside other tests
def test_minimal_preset_is_small() -> None:
    """A set-up of the minimal preset and its lines keep a few kilobytes, imports apart."""
    found: dict[str, Any] = ask("minimal", lines=50)
    assert 1000 < found["retained_bytes"] < 100_000 < found["import_bytes"]
    assert json.dumps(found["largest"])
