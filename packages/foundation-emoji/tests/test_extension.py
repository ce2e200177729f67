"""The way in for core: one resolver per set-up, and the counts of the one in force."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

import pytest

from provide.foundation import ConfigurationError, LoggingConfig, TelemetryConfig
from provide.foundation.emoji import CacheInfo, EmojiSet, cache_info, extension, make_extension
from provide.foundation.emoji.cache import LIMIT
from provide.foundation.emoji.extension import preview_extension

OFF: dict[str, Any] = {"das_emoji_prefix_enabled": False, "logger_name_emoji_prefix_enabled": False}


@pytest.fixture(autouse=True)
def _forget_resolver() -> Iterator[None]:
    yield
    extension._current = None


def make(**fields: Any) -> Any:
    """Return the extension of a logging configuration."""
    return make_extension(TelemetryConfig(logging=LoggingConfig(**fields)))


def test_core_finds_the_extension() -> None:
    """The distribution names the function under core's entry-point group."""
    found = [
        entry.load()
        for entry in entry_points(group="provide.foundation.extensions")
        if entry.name == "emoji"
    ]

    assert [make_extension] == found


def test_extension_marks_lines() -> None:
    """The extension carries its distribution's name and the resolver's marker."""
    made = make()

    assert ("foundation-emoji", "🦄 [👤][➡️]") == (
        made.name,
        made.emoji_prefix("uvicorn", "user_login", {}),
    )


def test_nothing_to_do_with_both_switches_off() -> None:
    """Without emoji there is no stage, so core's lines take their quickest way."""
    assert None is make(**OFF)


@pytest.mark.parametrize("switch", OFF)
def test_one_switch_is_enough(switch: str) -> None:
    """With one part on, there is something to do."""
    assert make(**{**OFF, switch: None}) is not None


def test_bad_configuration_is_refused_at_set_up() -> None:
    """Core passes the error on to whoever sets up."""
    with pytest.raises(ConfigurationError, match="custom_emoji_sets: 'http'"):
        make(custom_emoji_sets=[EmojiSet(name="http")])


def test_counts_are_those_of_the_set_up_in_force() -> None:
    """A newer set-up counts anew, and stopping the older one does not end it."""
    before = cache_info()
    older = make()
    older.emoji_prefix("app", "user_login", {})
    older.emoji_prefix("app", "user_login", {})
    counted = cache_info()
    newer = make()
    older.stop()
    newer.emoji_prefix("app", "user_login", {})
    later = cache_info()
    newer.stop()
    nothing = CacheInfo(0, 0, 0, LIMIT)

    assert [nothing, CacheInfo(1, 1, 1, LIMIT), CacheInfo(0, 1, 1, LIMIT), nothing] == [
        before,
        counted,
        later,
        cache_info(),
    ]


def test_preview_leaves_the_set_up_in_force() -> None:
    """A preview marks lines as the extension would, and the counts are those of before."""
    made = make()
    config = TelemetryConfig(logging=LoggingConfig(das_emoji_prefix_enabled=True))
    preview = preview_extension(config)
    assert preview is not None
    assert preview.emoji_prefix is not None
    line: tuple[str, str, dict[str, Any]] = ("app", "user_login", {})
    marked = preview.emoji_prefix(*line)
    before = cache_info()
    assert marked == made.emoji_prefix(*line)

    assert CacheInfo(0, 0, 0, LIMIT) == before
    assert CacheInfo(0, 1, 1, LIMIT) == cache_info()
    assert preview_extension(TelemetryConfig(logging=LoggingConfig(**OFF))) is None
