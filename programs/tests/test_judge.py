"""The judge finds what is wrong: each kind of fault is put in once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from programs.judge import judge
from programs.program import Program, Run

REQUESTS = {"a": "/items/1", "b": "/fail/2"}
GOOD: list[dict[str, object]] = [
    {"event": "item_shown", "request_id": "a"},
    {"event": "stock read", "request_id": "a"},
    {"event": "request_finished", "request_id": "a"},
    {"event": "request_finished", "request_id": "b"},
    {"event": "raised", "request_id": "b", "exception": {"message": "failure 2"}},
]


def _never(_folder: Path, _count: int) -> Run:
    raise AssertionError("nothing is run here")


PROGRAM = Program("example", "foundation-core", _never)


def written(*lines: object) -> Run:
    """Return a run that wrote these lines; one that is bytes stands there as it is."""
    rows = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return Run(b"\n".join(rows), REQUESTS)


def test_good_lines_are_clean() -> None:
    """Where every line is there once, with its id, nothing is wrong."""
    verdict = judge(PROGRAM, written(*GOOD))

    assert verdict.is_clean
    assert 5 == verdict.lines


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        pytest.param([*GOOD, b"INFO: started"], "plain", id="plain"),
        pytest.param([*GOOD, {**GOOD[0], "more": 1}], "doubled", id="doubled"),
        pytest.param([*GOOD, GOOD[4]], "exceptions", id="exception-twice"),
        pytest.param([*GOOD, {"event": "x"}, {"event": "x"}], "doubled", id="alike"),
        pytest.param(GOOD[1:], "lost", id="lost"),
        pytest.param(GOOD[:4], "exceptions", id="exception-lost"),
        pytest.param([*GOOD, {"event": "x", "exception": {}}], "without_id", id="without-id"),
        pytest.param([*GOOD, {"event": "/x?token=hunter2"}], "secrets", id="secret"),
    ],
)
def test_fault_is_found(lines: list[object], fault: str) -> None:
    """One fault is counted under its name, and shown."""
    verdict = judge(PROGRAM, written(*lines))

    assert not verdict.is_clean
    assert getattr(verdict, fault) > 0
    assert verdict.examples
