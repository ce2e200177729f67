"""Tests of what Foundation says about itself: seldom, and never at the caller's expense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from provide.foundation._diagnostics import reports
from provide.foundation._diagnostics.reports import Diagnostics


@pytest.fixture
def said() -> list[tuple[int, str, Mapping[str, Any]]]:
    """Return a list for what a report writer gets."""
    return []


@pytest.fixture
def diagnostics(said: list[tuple[int, str, Mapping[str, Any]]]) -> Diagnostics:
    """Return reports that go to `said`."""
    diagnostics = Diagnostics()
    diagnostics.writer = lambda level, event, fields: said.append((level, event, fields))
    return diagnostics


def test_subject_is_reported_once_in_a_while(diagnostics: Diagnostics, said: list[Any]) -> None:
    """A subject is said at once, and not again within the interval; another subject is."""
    for _ in range(3):
        diagnostics.report("a", "event", {"n": 1})
    diagnostics.report("b", "event", {"n": 2})

    assert [(30, "event", {"n": 1}), (30, "event", {"n": 2})] == said


def test_subject_is_reported_again_after_the_interval(
    diagnostics: Diagnostics, said: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the interval a subject is said again."""
    monkeypatch.setattr(reports, "INTERVAL_S", 0.0)
    diagnostics.report("a", "event", {})
    diagnostics.report("a", "event", {})

    assert 2 == len(said)


def test_reported_once_stays_reported(diagnostics: Diagnostics, said: list[Any]) -> None:
    """Hundreds of other subjects do not make a report that is said once come again."""
    diagnostics.report_once("a", "event", {})
    for number in range(500):
        diagnostics.report(str(number), "other", {})
    diagnostics.report_once("a", "event", {})

    assert 1 == sum(event == "event" for _, event, _ in said)


def test_subjects_do_not_add_up(diagnostics: Diagnostics) -> None:
    """What has been said is kept within bounds."""
    for number in range(1000):
        diagnostics.report(str(number), "event", {})

    assert len(diagnostics._reported) <= 102


def test_failing_writer_is_survived(diagnostics: Diagnostics) -> None:
    """A report that cannot be written raises nothing."""

    def fail(level: int, event: str, fields: Mapping[str, Any]) -> None:
        raise OSError(28, "full")

    diagnostics.writer = fail
    diagnostics.report("a", "event", {})
    diagnostics.report_once("b", "event", {})


def test_interrupt_passes_through(diagnostics: Diagnostics) -> None:
    """KeyboardInterrupt is the caller's, and not swallowed with the rest."""

    def interrupt(level: int, event: str, fields: Mapping[str, Any]) -> None:
        raise KeyboardInterrupt

    diagnostics.writer = interrupt
    with pytest.raises(KeyboardInterrupt):
        diagnostics.report("a", "event", {})


def test_plain_notice_is_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Before any set-up a report is text, and what it quotes forges no line (CWE-117)."""
    Diagnostics().report("a", "it failed", {"error": "no\n\x1b[2J\u202eforged", "count": 3})

    assert (
        "provide.foundation: it failed error='no\\n\\x1b[2J\\u202eforged' count=3\n"
        == capsys.readouterr().err
    )


def test_no_stderr_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a stderr, reports are silent."""
    monkeypatch.setattr("sys.stderr", None)
    reports.write_plain(30, "event", {})


def test_forget_starts_again(diagnostics: Diagnostics, said: list[Any]) -> None:
    """After `forget` a subject is new, and plain text is the format."""
    diagnostics.report("a", "event", {})
    diagnostics.forget()

    assert ({}, reports.write_plain) == (diagnostics._reported, diagnostics.writer)
