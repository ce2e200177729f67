"""Tests of what Foundation says about itself: seldom, and never at the caller's expense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from provide.foundation._diagnostics import reports as notices
from provide.foundation._diagnostics.reports import Notices


@pytest.fixture
def said() -> list[tuple[int, str, Mapping[str, Any]]]:
    """Return a list for what a notice writer gets."""
    return []


@pytest.fixture
def voice(said: list[tuple[int, str, Mapping[str, Any]]]) -> Notices:
    """Return notices that go to `said`."""
    voice = Notices()
    voice.writer = lambda level, event, fields: said.append((level, event, fields))
    return voice


def test_subject_is_said_once_in_a_while(voice: Notices, said: list[Any]) -> None:
    """A subject is said at once, and not again within the interval; another subject is."""
    for _ in range(3):
        voice.say("a", "event", {"n": 1})
    voice.say("b", "event", {"n": 2})

    assert [(30, "event", {"n": 1}), (30, "event", {"n": 2})] == said


def test_subject_is_said_again_after_the_interval(
    voice: Notices, said: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the interval a subject is said again."""
    monkeypatch.setattr(notices, "INTERVAL_S", 0.0)
    voice.say("a", "event", {})
    voice.say("a", "event", {})

    assert 2 == len(said)


def test_said_once_stays_said(voice: Notices, said: list[Any]) -> None:
    """Hundreds of other subjects do not make a notice that is said once come again."""
    voice.say_once("a", "event", {})
    for number in range(500):
        voice.say(str(number), "other", {})
    voice.say_once("a", "event", {})

    assert 1 == sum(event == "event" for _, event, _ in said)


def test_subjects_do_not_add_up(voice: Notices) -> None:
    """What has been said is kept within bounds."""
    for number in range(1000):
        voice.say(str(number), "event", {})

    assert len(voice._said) <= 102


def test_failing_writer_is_survived(voice: Notices) -> None:
    """A notice that cannot be written raises nothing."""

    def fail(level: int, event: str, fields: Mapping[str, Any]) -> None:
        raise OSError(28, "full")

    voice.writer = fail
    voice.say("a", "event", {})
    voice.say_once("b", "event", {})


def test_interrupt_passes_through(voice: Notices) -> None:
    """KeyboardInterrupt is the caller's, and not swallowed with the rest."""

    def interrupt(level: int, event: str, fields: Mapping[str, Any]) -> None:
        raise KeyboardInterrupt

    voice.writer = interrupt
    with pytest.raises(KeyboardInterrupt):
        voice.say("a", "event", {})


def test_plain_notice_is_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Before any set-up a notice is text, and what it quotes forges no line (CWE-117)."""
    Notices().say("a", "it failed", {"error": "no\n\x1b[2J\u202eforged", "count": 3})

    assert (
        "provide.foundation: it failed error='no\\n\\x1b[2J\\u202eforged' count=3\n"
        == capsys.readouterr().err
    )


def test_no_stderr_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a stderr, notices are silent."""
    monkeypatch.setattr("sys.stderr", None)
    notices.write_plain(30, "event", {})


def test_forget_starts_again(voice: Notices, said: list[Any]) -> None:
    """After `forget` a subject is new, and plain text is the format."""
    voice.say("a", "event", {})
    voice.forget()

    assert ({}, notices.write_plain) == (voice._said, voice.writer)
