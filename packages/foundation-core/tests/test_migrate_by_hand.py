"""Changes that `migrate check` leaves to people: what it says takes the place of a call does so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import migrate_programs as programs
from migrate_by_hand import BY_HAND
from provide.foundation._migrate.rules.rule import MUST_CHANGE

pytestmark = pytest.mark.slow

MASKS = [
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    (re.compile(r'(?<=")[^"]*(?=program\.py")'), ""),
    (re.compile(r"\b\d{10}\.\d+"), "<seconds>"),
]


def run(folder: Path, source: str) -> list[str]:
    """Return what a program prints, with times and its folder masked."""
    folder.mkdir()
    lines = programs.run(programs.write(folder, source))
    for pattern, name in MASKS:
        lines = [pattern.sub(name, line) for line in lines]
    return lines


@pytest.mark.parametrize("name", BY_HAND)
def test_change_by_hand(name: str, tmp_path: Path) -> None:
    """A program that was changed as the reason says writes what it wrote, as lines of ours."""
    before, printed, after, lines = BY_HAND[name]

    assert printed == run(tmp_path / "before", before)
    assert lines == run(tmp_path / "after", after)
    assert {each.verdict for each in programs.find(tmp_path, before)} & MUST_CHANGE
    assert not {each.verdict for each in programs.find(tmp_path, after)} & MUST_CHANGE
