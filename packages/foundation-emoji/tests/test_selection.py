"""Which sets are active, and which configurations are refused."""

from __future__ import annotations

from typing import Any

import pytest

from provide.foundation import ConfigurationError, LoggingConfig
from provide.foundation.emoji import EmojiSet, Resolver
from provide.foundation.emoji.selection import needs_installed_sets

OWN = EmojiSet(name="own", priority=20)
INSTALLED = EmojiSet(name="installed", priority=20)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "http database installed llm task_queue"),
        ({"enabled_emoji_sets": []}, ""),
        ({"enabled_emoji_sets": ["llm", "http"]}, "http llm"),
        ({"enabled_emoji_sets": ["installed"]}, "installed"),
        ({"custom_emoji_sets": [OWN]}, "http database own installed llm task_queue"),
        ({"custom_emoji_sets": [OWN], "enabled_emoji_sets": []}, "own"),
        ({"custom_emoji_sets": [OWN], "enabled_emoji_sets": ["own"]}, "own"),
        ({"custom_emoji_sets": [{"name": "http"}], "enabled_emoji_sets": ["llm"]}, "llm http"),
        ({"das_emoji_prefix_enabled": False, "custom_emoji_sets": [OWN]}, ""),
    ],
)
def test_active_sets(fields: dict[str, Any], expected: str) -> None:
    """Sets are active as the configuration says, those that win first."""
    resolver = Resolver(LoggingConfig(**fields), [INSTALLED])

    assert expected.split() == [emoji_set.name for emoji_set in resolver.sets]


@pytest.mark.parametrize(
    ("fields", "field", "value"),
    [
        pytest.param(
            {"enabled_emoji_sets": ["webb"]}, "logging.enabled_emoji_sets", "webb", id="unknown"
        ),
        pytest.param(
            {"custom_emoji_sets": [{"name": "http"}]},
            "logging.custom_emoji_sets",
            "http",
            id="as-built-in",
        ),
        pytest.param(
            {"custom_emoji_sets": [OWN, OWN]}, "logging.custom_emoji_sets", "own", id="twice"
        ),
        pytest.param({"custom_emoji_sets": [3]}, "logging.custom_emoji_sets[0]", 3, id="number"),
        pytest.param(
            {"custom_emoji_sets": [OWN, {"name": "x", "patterns": {"(": "a"}}]},
            "emoji set 'x': patterns",
            "(",
            id="invalid",
        ),
    ],
)
def test_bad_configuration_is_refused(fields: dict[str, Any], field: str, value: object) -> None:
    """An error names the field, and the set that is at fault."""
    with pytest.raises(ConfigurationError) as caught:
        Resolver(LoggingConfig(**fields))

    assert (field, value) == (caught.value.field, caught.value.value)


def test_installed_set_cannot_take_a_name() -> None:
    """Two active sets of one name are refused, whoever brings them."""
    with pytest.raises(ConfigurationError, match="'http'"):
        Resolver(LoggingConfig(), [EmojiSet(name="http")])


def test_bad_mapping_names_its_place() -> None:
    """A note says where in the configuration the set stands."""
    with pytest.raises(ConfigurationError) as caught:
        Resolver(LoggingConfig(custom_emoji_sets=[OWN, {"name": ""}]))

    assert ["in logging.custom_emoji_sets[1]"] == caught.value.__notes__


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"enabled_emoji_sets": ["http", "llm"]}, False),
        ({"enabled_emoji_sets": ["http", "acme"]}, True),
        ({"enabled_emoji_sets": []}, False),
        ({"das_emoji_prefix_enabled": False}, False),
    ],
)
def test_other_packages_are_asked_only_where_they_matter(
    fields: dict[str, Any], expected: bool
) -> None:
    """Entry points are read only if a set that is not built in may be active."""
    assert expected is needs_installed_sets(LoggingConfig(**fields))
