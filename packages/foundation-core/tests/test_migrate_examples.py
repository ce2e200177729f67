"""What `migrate check` shows, run: before with the real library, after with Foundation."""

from __future__ import annotations

from pathlib import Path

import pytest

import migrate_programs as programs
from migrate_examples import EXAMPLES, OLDER
from provide.foundation._migrate.rules.rule import Verdict
from provide.foundation._migrate.rules.table import RULES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_shown_runs(name: str, tmp_path: Path) -> None:
    """A program says the same before and after the changes, the values being fields then."""
    source, before, after = EXAMPLES[name]
    path = programs.write(tmp_path, source)
    printed = programs.run(path)
    programs.change(path, every=True)

    lines = programs.read(programs.run(path))
    if before is not None:
        assert before == printed
    assert after == lines


def test_loguru_says_the_same(tmp_path: Path) -> None:
    """The messages of loguru are those that its example is written down with."""
    path = programs.write(tmp_path, EXAMPLES["loguru"][0])

    shown = [row for row in programs.run(path) if row.startswith(("INFO", "SUCCESS", "WARNING"))]
    assert [
        "INFO started",
        "INFO order 1042 placed by kim",
        "INFO 1042",
        "SUCCESS order 1042 shipped",
        "SUCCESS done",
        "WARNING order 1042 is late",
        "WARNING order 1042 is lost",
        "INFO here",
        "INFO in context",
        "INFO bound",
        "INFO no refund for 1042",
    ] == shown


def test_older_project_runs_after_the_change(tmp_path: Path) -> None:
    """A program of the older project runs here, with the lines that it wrote there."""
    path = programs.write(tmp_path, OLDER)
    programs.change(path, every=True)

    lines = programs.read(programs.run(path))
    assert [
        {"level": "info", "event": "order_placed", "service": "shop", "order_id": 1042},
        {"level": "info", "event": "order 1042 shipped", "service": "shop"},
        {"level": "info", "event": "order is late", "service": "shop", "order_id": 1042},
    ] == lines[:3]
    assert ["query", "orders"] == [lines[3]["event"], lines[3]["table"]]
    assert isinstance(lines[3]["duration_s"], float)


def test_every_rewrite_has_an_example(tmp_path: Path) -> None:
    """Each rule that shows a change shows one in the examples."""
    shown = {
        (each.library, each.verdict, each.why)
        for source in (OLDER, *(example[0] for example in EXAMPLES.values()))
        for each in programs.find(tmp_path, source)
        if each.change is not None
    }

    rewriting = {
        (rule.library, rule.verdict, rule.why)
        for rule in RULES
        if rule.rewrite is not None and "shutdown_foundation" not in "".join(rule.names)
    }
    assert set() == rewriting - shown
    assert not any(verdict is Verdict.WORKS for _, verdict, _ in shown)
