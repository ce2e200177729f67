"""Which emoji sets are active under a configuration; imports sets and built_in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provide.foundation import ConfigurationError, LoggingConfig
from provide.foundation.emoji.built_in import BUILT_IN_SETS
from provide.foundation.emoji.sets import EmojiSet

_ENABLED = "logging.enabled_emoji_sets"
_CUSTOM = "logging.custom_emoji_sets"


def needs_installed_sets(config: LoggingConfig) -> bool:
    """Return whether sets of other packages may be active, and so are worth looking for."""
    built_in = {emoji_set.name for emoji_set in BUILT_IN_SETS}
    enabled = config.enabled_emoji_sets
    return config.das_emoji_prefix_enabled is not False and (
        enabled is None or not built_in.issuperset(enabled)
    )


def choose_sets(config: LoggingConfig, installed: Iterable[EmojiSet] = ()) -> tuple[EmojiSet, ...]:
    """Return the active sets, those that win first.

    Of equal priority, custom sets come before those of other packages, and these before the
    built-in ones.

    Args:
        config: The configuration; its custom sets are always active.
        installed: The sets of other packages.

    Raises:
        ConfigurationError: A custom set is not valid, two active sets have one name, or
            `enabled_emoji_sets` names a set that does not exist.
    """
    if config.das_emoji_prefix_enabled is False:
        return ()
    custom = [
        _read_custom_set(entry, f"{_CUSTOM}[{place}]")
        for place, entry in enumerate(config.custom_emoji_sets)
    ]
    others = [*installed, *BUILT_IN_SETS]
    enabled = config.enabled_emoji_sets
    known = [emoji_set.name for emoji_set in (*others, *custom)]
    for name in enabled or ():
        if name not in known:
            allowed = f"a set that exists: {', '.join(sorted(set(known)))}"
            raise ConfigurationError(_ENABLED, name, allowed)
    if enabled is not None:
        others = [emoji_set for emoji_set in others if emoji_set.name in enabled]
    active = [*custom, *others]
    names = [emoji_set.name for emoji_set in active]
    for name in names:
        if names.count(name) > 1:
            field = _CUSTOM if any(name == emoji_set.name for emoji_set in custom) else _ENABLED
            raise ConfigurationError(field, name, "a name that only one active emoji set has")
    return tuple(sorted(active, key=lambda emoji_set: -emoji_set.priority))


def _read_custom_set(entry: object, field: str) -> EmojiSet:
    if isinstance(entry, EmojiSet):
        return entry
    if not isinstance(entry, Mapping):
        raise ConfigurationError(field, entry, "an EmojiSet or a mapping of its fields")
    try:
        return EmojiSet.from_mapping(entry)
    except ConfigurationError as error:
        error.add_note(f"in {field}")
        raise
