"""Tests of when a file is set aside, what it is called then, and which ones are deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from provide.foundation._output.files.policy import (
    Archived,
    Rotation,
    find_expired,
    free_name,
    list_archived,
    next_boundary,
)

#: An archived file each day, the oldest first.
STAMPS = [f"202611{day:02}T000000.000001Z" for day in range(20, 25)]


@pytest.mark.parametrize(
    ("when", "moment", "expected"),
    [
        ("hourly", "2026-11-24T09:59:59.999999", "2026-11-24T10:00"),
        ("hourly", "2026-11-24T10:00:00", "2026-11-24T11:00"),
        ("daily", "2026-11-24T09:30", "2026-11-25T00:00"),
        ("daily", "2028-02-28T23:59", "2028-02-29T00:00"),
        ("weekly", "2026-11-24T09:30", "2026-11-30T00:00"),
        ("weekly", "2026-11-29T23:59:59", "2026-11-30T00:00"),
        ("weekly", "2026-11-30T00:00", "2026-12-07T00:00"),
        ("monthly", "2026-11-30T23:59:59", "2026-12-01T00:00"),
        ("monthly", "2026-12-01T00:00", "2027-01-01T00:00"),
        (900, "2026-11-24T09:14:59", "2026-11-24T09:15"),
        (900, "2026-11-24T09:15", "2026-11-24T09:30"),
    ],
)
def test_period_ends(when: str | int, moment: str, expected: str) -> None:
    """A period ends on a full hour, at midnight, on a Monday, on the first of a month, UTC."""
    seconds = datetime.fromisoformat(moment + "+00:00").timestamp()

    actual = datetime.fromtimestamp(next_boundary(seconds, when), UTC)
    assert datetime.fromisoformat(expected + "+00:00") == actual


def test_no_period_never_ends() -> None:
    """Without a period no moment is late enough."""
    assert float("inf") == next_boundary(1e9, None)


def test_name_that_is_taken_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a file nor its compressed form is ever overwritten by a rename."""
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000_000_001_000)
    path = str(tmp_path / "app.log")
    names = []
    for ending in ("", ".gz", ""):
        names.append(free_name(path).removeprefix(path))
        Path(f"{path}{names[-1]}{ending}").touch()

    assert [f".20010909T014640.00000{n}Z" for n in (1, 2, 3)] == names


def test_only_what_we_named_is_listed(tmp_path: Path) -> None:
    """Other programs' and people's files beside the log are not ours to delete."""
    ours = {f"app.log.{STAMPS[0]}", f"app.log.{STAMPS[1]}.gz", f"app.log.{STAMPS[2]}.gz.part"}
    others = {
        "app.log",
        "app.log.1",
        "app.log.2.gz",
        "app.log.20261124",
        f"app.log.{STAMPS[0]}.bak",
        f"app.log.{STAMPS[0][:-2]}xZ",
        f"other.log.{STAMPS[0]}",
        f"app.log.{STAMPS[0]}".replace("2026", "\uff12026"),
    }
    for name in ours | others:
        (tmp_path / name).touch()

    listed = list_archived(str(tmp_path / "app.log"))
    assert sorted(ours) == [Path(each.path).name for each in listed]


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (Rotation(), 0),
        (Rotation(backup_count=5), 0),
        (Rotation(backup_count=2), 3),
        (Rotation(max_age_s=86_400), 4),
        (Rotation(max_age_s=3 * 86_400), 2),
        (Rotation(backup_count=4, max_age_s=3 * 86_400), 2),
        (Rotation(backup_count=1, max_age_s=10**9), 4),
    ],
)
def test_expired_are_the_oldest(rotation: Rotation, expected: int) -> None:
    """What is too many or too old is deleted, a file and its compressed form counted once."""
    now = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
    archived = [
        Archived(stamp, stamp + ending, ending) for stamp in STAMPS for ending in ("", ".gz")
    ]

    assert set(STAMPS[:expected]) == find_expired(archived, rotation, now)
