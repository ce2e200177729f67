"""Emoji sets: what is stored, and what is refused by the set's name."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest

from provide.foundation import ConfigurationError
from provide.foundation.emoji import BUILT_IN_SETS, EmojiSet

SHOP = EmojiSet(
    name="shop",
    priority=5,
    fields={"cart.state": {"FULL": "🛒", "*": "🧺"}},
    patterns={r"(?i)sold out": "📦"},
    aliases={"cart": "cart.state"},
)


def test_set_from_mapping_equals_the_set() -> None:
    """A mapping of a configuration file describes the same set as the class's arguments."""
    values: dict[str, object] = {
        "name": "shop",
        "priority": 5,
        "fields": {"cart.state": {"full": "🛒", "*": "🧺"}},
        "patterns": {r"(?i)sold out": "📦"},
        "aliases": {"cart": "cart.state"},
    }

    assert SHOP == EmojiSet.from_mapping(values)


def test_set_needs_a_name_only() -> None:
    """Everything else has a default."""
    empty = EmojiSet(name="empty")

    assert (0, {}, {}, {}) == (empty.priority, empty.fields, empty.patterns, empty.aliases)


def test_set_cannot_be_changed() -> None:
    """Neither the set nor the tables that it was made from change it later."""
    table = {"full": "🛒"}
    emoji_set: Any = EmojiSet(name="shop", fields={"cart": table})
    table["full"] = "💥"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        emoji_set.name = "other"
    with pytest.raises(TypeError):
        emoji_set.fields["cart"]["full"] = "💥"

    assert {"cart": {"full": "🛒"}} == emoji_set.fields


@pytest.mark.parametrize(
    "copy_of", [lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy]
)
def test_set_can_be_copied(copy_of: Any) -> None:
    """A set can be sent to a worker process; its copy is equal in value and hash."""
    assert (SHOP, hash(SHOP)) == (copy_of(SHOP), hash(copy_of(SHOP)))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        pytest.param({"priority": "1"}, "priority", id="priority-text"),
        pytest.param({"priority": True}, "priority", id="priority-bool"),
        pytest.param({"priority": 10**9}, "priority", id="priority-range"),
        pytest.param({"fields": []}, "fields", id="fields-list"),
        pytest.param({"fields": {"": {}}}, "fields", id="field-name"),
        pytest.param({"fields": {"a": "x"}}, "fields['a']", id="table"),
        pytest.param({"fields": {"a": {200: "✅"}}}, "fields['a']", id="value-number"),
        pytest.param({"fields": {"a": {"b": ""}}}, "fields['a']['b']", id="emoji-empty"),
        pytest.param({"fields": {"a": {"b": 1}}}, "fields['a']['b']", id="emoji-number"),
        pytest.param({"fields": {"a": {"b": "x\n"}}}, "fields['a']['b']", id="emoji-newline"),
        pytest.param({"fields": {"a": {"b": "\x1b[1m"}}}, "fields['a']['b']", id="emoji-escape"),
        pytest.param({"fields": {"a": {"b": "\u202ex"}}}, "fields['a']['b']", id="emoji-bidi"),
        pytest.param({"fields": {"a": {"b": "x" * 17}}}, "fields['a']['b']", id="emoji-long"),
        pytest.param({"patterns": ["a"]}, "patterns", id="patterns-list"),
        pytest.param({"patterns": {"(": "x"}}, "patterns", id="pattern-invalid"),
        pytest.param({"patterns": {3: "x"}}, "patterns", id="pattern-number"),
        pytest.param({"patterns": {"": "x"}}, "patterns", id="pattern-empty"),
        pytest.param({"patterns": {"a": " "}}, "patterns['a']", id="pattern-emoji"),
        pytest.param({"aliases": {"a": "b"}}, "aliases['a']", id="alias-target"),
        pytest.param({"aliases": {"a": []}}, "aliases['a']", id="alias-list"),
        pytest.param({"colour": "red"}, "colour", id="unknown-key"),
    ],
)
def test_bad_set_is_refused(values: dict[str, object], field: str) -> None:
    """An error names the set, the place in it and what is allowed."""
    with pytest.raises(ConfigurationError) as caught:
        EmojiSet.from_mapping({"name": "shop", **values})

    assert (f"emoji set 'shop': {field}", True) == (caught.value.field, bool(caught.value.allowed))


@pytest.mark.parametrize("name", ["", " ", None, 7, "a\nb"])
def test_bad_name_is_refused(name: Any) -> None:
    """A name is a string with something in it."""
    with pytest.raises(ConfigurationError) as caught:
        EmojiSet(name=name)

    assert (f"emoji set {name!r}: name", name) == (caught.value.field, caught.value.value)


@pytest.mark.parametrize("values", [None, [], {}])
def test_set_is_a_mapping_with_a_name(values: Any) -> None:
    """What is no mapping, or has no name, is refused."""
    with pytest.raises(ConfigurationError, match="emoji set"):
        EmojiSet.from_mapping(values)


@pytest.mark.parametrize("emoji", ["🏳️‍🌈", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽", "OK"])
def test_emoji_of_several_characters_are_taken(emoji: str) -> None:
    """Joined emoji, flags, skin tones and plain words are all allowed."""
    assert emoji == EmojiSet(name="a", patterns={"b": emoji}).patterns["b"]


def test_built_in_sets() -> None:
    """These are the sets, those that win first."""
    assert ["http", "database", "llm", "task_queue"] == [one.name for one in BUILT_IN_SETS]
