"""What fuzzing has found worth keeping, played in each lane, and more of it by Hypothesis."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if sys.platform != "linux":
    pytest.skip("a file in memory, as Linux has it", allow_module_level=True)

from fuzz.checks import CHECKS, make_check
from fuzz.corpus import read_corpus
from fuzz.feed import Feed


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


def test_same_bytes_give_the_same_values() -> None:
    """A finding can be played again."""
    data = bytes(range(256))

    assert repr(Feed(data).fields()) == repr(Feed(data).fields())
