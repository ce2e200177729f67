"""How core finds this package; imports core's seam and resolver.

Core calls `make_extension` once per set-up, and the marker that it returns once per line. Sets and
resolver are imported by the first set-up that marks lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provide.foundation.emoji.cache import LIMIT, CacheInfo
from provide.foundation.extension import Extension

if TYPE_CHECKING:
    from provide.foundation import LoggingConfig, TelemetryConfig
    from provide.foundation.emoji.resolver import Resolver

_current: Resolver | None = None


def make_resolver(config: LoggingConfig) -> tuple[Resolver, dict[str, str]]:
    """Return the resolver of a configuration, with the sets of other packages that it asks for.

    Args:
        config: The configuration.

    Returns:
        The resolver, and a text for each entry point whose sets cannot be loaded.

    Raises:
        ConfigurationError: As `Resolver` raises it.
    """
    from provide.foundation.emoji.installed import load_installed_sets
    from provide.foundation.emoji.resolver import Resolver
    from provide.foundation.emoji.selection import needs_installed_sets

    installed, failures = (
        load_installed_sets(config.extensions) if needs_installed_sets(config) else ([], {})
    )
    return Resolver(config, installed), failures


def make_extension(config: TelemetryConfig) -> Extension | None:
    """Return the stage that gives each line its emoji, or None where both switches are off.

    Args:
        config: The configuration that is being set up.

    Raises:
        ConfigurationError: As `Resolver` raises it.
    """
    global _current
    resolver = _make_wanted(config.logging)
    if resolver is None:
        return None

    def stop() -> None:
        global _current
        # Core stops the older extensions when it has made the newer ones.
        if _current is resolver:
            _current = None

    _current = resolver
    extension = _extend(resolver)
    extension.stop = stop
    return extension


def preview_extension(config: TelemetryConfig) -> Extension | None:
    """Return what `make_extension` would, for a configuration that is not being set up.

    Args:
        config: The configuration.

    Raises:
        ConfigurationError: As `Resolver` raises it.
    """
    resolver = _make_wanted(config.logging)
    return None if resolver is None else _extend(resolver)


def _make_wanted(logging: LoggingConfig) -> Resolver | None:
    """Return the resolver of a configuration, or None where both switches are off."""
    switches = logging.das_emoji_prefix_enabled, logging.logger_name_emoji_prefix_enabled
    return None if switches == (False, False) else make_resolver(logging)[0]


def _extend(resolver: Resolver) -> Extension:
    return Extension(
        "foundation-emoji",
        emoji_prefix=resolver.stage(),
        emoji_fields=resolver.field_names,
    )


def cache_info() -> CacheInfo:
    """Return how the cache of the set-up that is in force has done; any thread may call this.

    Returns:
        Hits, misses, size and limit. Hits and misses count looks at the event: lines that are
        marked by their fields take none, nor do lines whose emoji a compiled lane remembers.
        Zeros where no set-up marks lines.
    """
    resolver = _current
    return CacheInfo(0, 0, 0, LIMIT) if resolver is None else resolver.cache_info()
