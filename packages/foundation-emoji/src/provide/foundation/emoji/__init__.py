"""Emoji in front of log lines, so that eyes find the line: domain, action, status and sets.

Installing the package is enough: `setup_telemetry` finds it, and lines on a terminal get their
emoji. Import these names to add emoji sets, or to use the resolver without Foundation.

May import: the standard library, attrs and the public names of `provide.foundation`.
"""

from __future__ import annotations

from provide.foundation.emoji._version import __version__
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
