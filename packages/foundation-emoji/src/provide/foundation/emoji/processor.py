"""Emoji for structlog without Foundation's pipeline; imports extension; structlog itself is not."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from provide.foundation import ConfigurationError, LoggingConfig
from provide.foundation.emoji.extension import make_resolver
from provide.foundation.emoji.resolver import Resolver


class EmojiProcessor:
    """Put emoji in front of the event, as a processor of structlog; any thread may call it.

    It belongs before the renderer. Under `setup_telemetry` it is not needed: core marks the lines.

    Args:
        config: Which emoji are on. Default ``LoggingConfig()``, all of them.
        key: A key to put the emoji under instead, such as ``"emoji"``; lines without emoji do not
            get it. By default the emoji stand in front of the event.

    Raises:
        ConfigurationError: The key is not a string with something in it, or as `Resolver` raises
            it.
    """

    __slots__ = ("_key", "resolver")

    def __init__(self, config: LoggingConfig | None = None, *, key: str | None = None) -> None:
        self._key = None if key is None else _check_key(key)
        self.resolver: Resolver = make_resolver(LoggingConfig() if config is None else config)[0]

    def __call__(
        self, logger: Any, _method_name: str, event_dict: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Return the event dict with its emoji; the event itself is left alone if it is no string.

        The logger's name is ``event_dict["logger"]``, as `structlog.stdlib.add_logger_name` adds
        it, else the logger's own ``name``.
        """
        event = event_dict.get("event")
        if type(event) is not str:
            event = ""
        name: Any = event_dict.get("logger")
        if type(name) is not str:
            name = getattr(logger, "name", "")
        marker = self.resolver.marker(name, event, event_dict)
        if not marker:
            return event_dict
        if self._key is not None:
            event_dict[self._key] = marker
        elif event:
            event_dict["event"] = f"{marker} {event}"
        return event_dict


def _check_key(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise ConfigurationError("key", value, "a string that is not empty, or None")
