"""Emoji in front of log lines, so that eyes find the line: domain, action, status and sets.

Installing the package is enough: `setup_telemetry` finds it, and lines on a terminal get their
emoji. Import these names to add emoji sets, or to use the resolver without Foundation.

The public names are loaded when they are first asked for: a program has this package imported at
its first set-up wherever it is installed, and most set-ups mark no lines.

May import: the standard library, attrs and the public names of `provide.foundation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provide.foundation.emoji._version import __version__

if TYPE_CHECKING:
    from provide.foundation.emoji.built_in import BUILT_IN_SETS
    from provide.foundation.emoji.cache import CacheInfo
    from provide.foundation.emoji.extension import cache_info, make_extension
    from provide.foundation.emoji.names import register_logger_emoji, unregister_logger_emoji
    from provide.foundation.emoji.processor import EmojiProcessor
    from provide.foundation.emoji.resolver import Part, Resolver
    from provide.foundation.emoji.sets import EmojiSet

__all__ = [
    "BUILT_IN_SETS",
    "CacheInfo",
    "EmojiProcessor",
    "EmojiSet",
    "Part",
    "Resolver",
    "__version__",
    "cache_info",
    "make_extension",
    "register_logger_emoji",
    "unregister_logger_emoji",
]

_HOMES = {
    "BUILT_IN_SETS": "built_in",
    "CacheInfo": "cache",
    "cache_info": "extension",
    "make_extension": "extension",
    "register_logger_emoji": "names",
    "unregister_logger_emoji": "names",
    "EmojiProcessor": "processor",
    "Part": "resolver",
    "Resolver": "resolver",
    "EmojiSet": "sets",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # the interpreter has loaded it already

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
