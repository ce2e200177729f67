"""Changes of levels while requests run: the check of their records can fail."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from demo.check import Change, Findings, check_log
from demo.traffic import SERVICE_NAME, START_AND_STOP

CHANGES: list[Change] = [
    ("http", "inventory", "INFO", "DEBUG"),
    ("signal", "inventory", "DEBUG", "INFO"),
]


def check_records(folder: Path, changes: list[Change], unneeded: int = 0) -> Findings:
    """Return what the check says of a file with records of these changes."""
    names = ("by", "module", "old", "new")
    head = {"timestamp": "2026-11-23T14:51:50.216131Z", "service": SERVICE_NAME}
    lines: list[dict[str, Any]] = [
        {**head, "level": level, "logger": logger, "event": event}
        for logger, level, event in START_AND_STOP
    ]
    record = {**head, "level": "warning", "logger": "provide.foundation", "event": "level changed"}
    lines += [{**record, **dict(zip(names, change, strict=True))} for change in changes]
    lines.append({**head, "level": "info", "logger": "shop.http", "request_id": "switch-1"})
    (folder / "shop.log").write_text("".join(json.dumps(line) + "\n" for line in lines))
    written = Counter(line["level"] for line in lines)
    counts = {"written": written, "dropped": {"buffered": unneeded}}
    return check_log(folder / "shop.log", [], counts, CHANGES)


def test_each_change_has_its_record(tmp_path: Path) -> None:
    """Records in the order of the changes are good, and counted by way."""
    findings = check_records(tmp_path, CHANGES)

    assert (True, {"http": 1, "signal": 1}) == (findings.is_good, findings.changes)


@pytest.mark.parametrize("changes", [CHANGES[:1], CHANGES[::-1], [*CHANGES, CHANGES[0]]])
def test_record_that_is_off_is_found(changes: list[Change], tmp_path: Path) -> None:
    """A record that is missing, in another order or there twice is a fault."""
    assert not check_records(tmp_path, changes).is_good


def test_kept_line_that_no_request_has_dropped_is_found(tmp_path: Path) -> None:
    """So many lines are dropped as the requests have debug lines that no change let through."""
    assert not check_records(tmp_path, CHANGES, unneeded=1).is_good
