"""What fuzzing has found worth keeping, played in each lane, and more of it by Hypothesis."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if sys.platform != "linux":
    pytest.skip("a file in memory, as Linux has it", allow_module_level=True)

from fuzz.checks import CHECKS, make_check
from fuzz.corpus import read_corpus
from fuzz.feed import Feed
from provide.foundation._record.record import Record
from provide.foundation._render.compact import render_compact
from provide.foundation._render.console import render_terminal
from provide.foundation._render.json import render_json
from provide.foundation._render.logfmt import render_key_value

MAPPINGS = ("callsite", "constants", "trace")
SLOTS = ("callsite", "event", "exception", "logger", "emoji", "constants", "stack", "trace")


@pytest.fixture(params=["fast", "processor"])
def lane(request: pytest.FixtureRequest) -> Iterator[str]:
    """Make one lane after the other the one that is used."""
    os.environ["FOUNDATION_LANE"] = request.param
    yield request.param
    del os.environ["FOUNDATION_LANE"]


@pytest.mark.parametrize("name", CHECKS)
def test_corpus(lane: str, name: str) -> None:
    """Every input that was kept passes its check."""
    inputs = read_corpus(name)
    with make_check(name) as check:
        for data in inputs:
            check(data)
    assert inputs


@pytest.mark.parametrize("name", CHECKS)
def test_any_bytes(lane: str, name: str) -> None:
    """Whatever bytes say, one call is one sound line, and any file can be viewed."""
    with make_check(name) as check:

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.binary(max_size=200))
        def play(data: bytes) -> None:
            check(data)

        play()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200), st.sampled_from(SLOTS))
def test_anything_in_any_place_of_a_line(data: bytes, slot: str) -> None:
    """Nothing unchecked reaches orjson, wherever a processor or an extension may put it."""
    feed = Feed(data)
    line = Record(20, "app", "it", feed.fields())
    # Where a mapping belongs, anything may be in it.
    value = {"key": feed.value()} if slot in MAPPINGS else feed.value()
    setattr(line, slot, value)

    for render in (render_json, render_key_value):
        assert render(line).endswith(b"\n")
    for paint in (render_compact, render_terminal):
        assert paint(line, colors=False).endswith(b"\n")


def test_same_bytes_give_the_same_values() -> None:
    """A finding can be played again."""
    data = bytes(range(256))

    assert repr(Feed(data).fields()) == repr(Feed(data).fields())


def compare_lanes(*options: str) -> subprocess.CompletedProcess[str]:
    """Make random calls in every lane."""
    return subprocess.run(
        [sys.executable, "-m", "fuzz.lanes", *options],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
    )


def test_lanes_write_the_same_of_any_call() -> None:
    """Calls of every shape, with values of every kind, give the same bytes in all lanes."""
    done = compare_lanes("--seed", "1", "--values", "6000")

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "nothing found" in done.stdout


@pytest.mark.parametrize("name", ["bound", "escape", "secret"])
def test_fault_in_one_lane_is_found(name: str) -> None:
    """A bound, an escape or a mask that one lane has wrong ends the comparison."""
    done = compare_lanes("--seed", "1", "--values", "30000", "--plant", name)

    assert 1 == done.returncode, done.stdout + done.stderr
    assert f"python -m fuzz.lanes --plant {name} --variant" in done.stdout
