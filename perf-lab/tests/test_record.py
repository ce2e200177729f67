"""The one file format of the laboratories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perf_lab.records.record import Check, Record, RecordError, differences, read_record


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """A record reads back equal, with the verdicts in the file."""
    record = Record("soak", {"rate": 14_000}, {"lines": 3}, [Check("lost", 0, 0, "lines")])
    back = read_record(record.write(tmp_path / "soak.json"))
    assert back == record
    assert json.loads((tmp_path / "soak.json").read_text())["checks"][0]["passed"] is True


def test_what_was_not_measured_does_not_pass() -> None:
    """A figure that is missing, and a run that judged nothing, fail."""
    assert not Check("p99", None, 100, "us").passed
    assert not Record("soak", {}, {}).passed


@pytest.mark.parametrize(("bound", "passed"), [("at most", [True, False]), ("at least", [0, 1])])
def test_a_limit_bounds_on_its_side(bound: str, passed: list[bool]) -> None:
    """`bound` says on which side of the limit a figure may lie."""
    checks = [Check("ratio", value, 2.0, "x", bound) for value in (1.9, 2.1)]  # type: ignore[arg-type]
    assert [check.passed for check in checks] == passed


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "not JSON"), ("[]", "not a record"), ('{"lab": "x", "version": 99}', "version 99")],
)
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, text: str, says: str) -> None:
    """A file that cannot be read as a record is named in an error."""
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(RecordError, match=says):
        read_record(tmp_path / "x.json")
    with pytest.raises(RecordError, match="No such file"):
        read_record(tmp_path / "missing.json")


def test_what_differs_between_machines_is_named() -> None:
    """Only what differs is named."""
    here = {"cpu": "a", "python": "CPython 3.11.7"}
    assert differences(here, here) == []
    assert differences(here, {**here, "cpu": "b"}) == ["cpu: a and b"]
