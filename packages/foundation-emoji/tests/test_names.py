"""The emoji of logger names: the longest prefix wins, and users register their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from provide.foundation import ConfigurationError, LoggingConfig
from provide.foundation.emoji import Resolver, register_logger_emoji, unregister_logger_emoji
from provide.foundation.emoji.names import LONGEST_NAME, MOST_MARKERS, MOST_NAMES, REGISTRY


@pytest.fixture(autouse=True)
def _keep_registry() -> Iterator[None]:
    before = REGISTRY.table
    yield
    REGISTRY.table = before


def mark(name: Any) -> str:
    """Return the emoji of a logger's name."""
    return Resolver(LoggingConfig()).marker(name, "", {})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("uvicorn", "🦄"),
        ("uvicorn.lifespan", "🦄"),
        ("uvicorn.access", "🚪"),
        ("uvicorn.access.deep.er", "🚪"),
        ("uvicornx", ""),
        ("Uvicorn", ""),
        ("provide.foundation._runtime.setup", "🧱"),
        ("provide", ""),
        ("", ""),
        (".", ""),
        ("uvicorn" + ".x" * 100_000, "🦄"),
    ],
)
def test_longest_prefix_wins(name: str, expected: str) -> None:
    """A name gets the emoji of the longest dotted prefix that has one."""
    assert [expected, expected] == [mark(name), mark(name)]


def test_registered_prefix_counts_from_the_next_line_on() -> None:
    """A resolver that has seen the name before gives the new emoji."""
    resolver = Resolver(LoggingConfig())
    before = resolver.marker("app.db.pool", "", {})
    register_logger_emoji("app", "🏠")
    register_logger_emoji("app.db", "🫙")

    assert ["", "🫙", "🏠"] == [
        before,
        resolver.marker("app.db.pool", "", {}),
        resolver.marker("app.http", "", {}),
    ]


def test_unregistered_prefix_is_as_it_was() -> None:
    """An own prefix is forgotten, and a built-in one has its own emoji again."""
    register_logger_emoji("app", "🏠")
    register_logger_emoji("uvicorn", "🏠")
    registered = [mark("app"), mark("uvicorn")]
    for prefix in ("app", "uvicorn", "nobody"):
        unregister_logger_emoji(prefix)

    assert (["🏠", "🏠"], ["", "🦄"]) == (registered, [mark("app"), mark("uvicorn")])


@pytest.mark.parametrize(
    ("prefix", "emoji"), [("", "x"), (None, "x"), (".", "x"), ("app", ""), ("app", "a\nb")]
)
def test_bad_registration_is_refused(prefix: Any, emoji: str) -> None:
    """The prefix has something in it, and the emoji is allowed."""
    with pytest.raises(ConfigurationError, match="logger emoji"):
        register_logger_emoji(prefix, emoji)


def test_memory_of_names_is_bounded() -> None:
    """Loggers with names that are made up do not make the memory grow."""
    for number in range(3 * MOST_NAMES):
        mark_name = f"uvicorn.worker{number}"
        REGISTRY.table.find_emoji(mark_name)

    assert len(REGISTRY.table.seen) <= MOST_NAMES


LOGIN = {"domain": "auth", "action": "login", "status": "success"}
LOGOUT = {**LOGIN, "action": "logout"}


def test_stage_asks_again_after_a_registration() -> None:
    """What lanes call has the new emoji from the next line on, whatever it remembers."""
    stage = Resolver(LoggingConfig(enabled_emoji_sets=())).stage()
    before = [stage("app.db", "x", LOGIN), stage("app.db", "x", LOGIN)]
    register_logger_emoji("app", "🏠")
    registered = [stage("app.db", "x", LOGIN), stage("app.db", "x", LOGIN)]
    unregister_logger_emoji("app")

    assert ["[🔑][➡️][✅]"] * 2 == before
    assert ["🏠 [🔑][➡️][✅]"] * 2 == registered
    assert "[🔑][➡️][✅]" == stage("app.db", "x", LOGIN)


def test_stages_with_and_without_names_keep_apart() -> None:
    """One that gives no emoji of names gets none from what another remembers, nor the reverse."""
    with_names = Resolver(LoggingConfig(enabled_emoji_sets=())).stage()
    without = Resolver(
        LoggingConfig(enabled_emoji_sets=(), logger_name_emoji_prefix_enabled=False)
    ).stage()

    given = [stage("uvicorn", "x", LOGIN) for stage in (with_names, without) * 3]
    assert ["🦄 [🔑][➡️][✅]", "[🔑][➡️][✅]"] * 3 == given


def test_memory_of_markers_is_bounded() -> None:
    """Loggers with names that are made up, or very long, do not make the memory grow."""
    stage = Resolver(LoggingConfig(enabled_emoji_sets=())).stage()
    for number in range(3 * MOST_MARKERS):
        stage(f"uvicorn.worker{number % 1_999}", "x", LOGIN if number % 3 else LOGOUT)
    full = count_markers()
    stage("uvicorn." + "x" * LONGEST_NAME, "x", LOGIN)

    assert 0 < full <= MOST_MARKERS
    assert full == count_markers()


def count_markers() -> int:
    """Return how many markers are remembered."""
    return sum(
        len(of_name) for of_plan in REGISTRY.table.markers.values() for of_name in of_plan.values()
    )
