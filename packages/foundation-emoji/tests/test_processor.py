"""Emoji as a processor of the real structlog."""

from __future__ import annotations

import io
from typing import Any

import pytest
import structlog

from provide.foundation import ConfigurationError, LoggingConfig
from provide.foundation.emoji import EmojiProcessor


def log_with(processor: EmojiProcessor) -> tuple[Any, io.StringIO]:
    """Return a logger of structlog that writes logfmt to a buffer, and the buffer."""
    stream = io.StringIO()
    order = ["emoji", "event"]
    logger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[
            processor,
            structlog.processors.LogfmtRenderer(key_order=order, drop_missing=True),
        ],
    )
    return logger, stream


def test_event_is_prefixed() -> None:
    """The emoji stand in front of the event; lines without any stay as they are."""
    logger, stream = log_with(EmojiProcessor())
    logger.info("User login", domain="auth", action="login", status="success")
    logger.info("Something happened", n=1)

    assert [
        'event="[🔑][➡️][✅] User login" domain=auth action=login status=success',
        'event="Something happened" n=1',
    ] == stream.getvalue().splitlines()


def test_key_takes_the_emoji() -> None:
    """With a key the event stays clean."""
    logger, stream = log_with(EmojiProcessor(key="emoji"))
    logger.info("user_login")
    logger.info("Something happened")

    assert ["emoji=[👤][➡️] event=user_login", 'event="Something happened"'] == (
        stream.getvalue().splitlines()
    )


@pytest.mark.parametrize(
    ("event_dict", "expected"),
    [
        ({"event": "x", "logger": "uvicorn"}, {"event": "🦄 x", "logger": "uvicorn"}),
        ({"event": 7, "domain": "auth"}, {"event": 7, "domain": "auth"}),
        ({"domain": "auth"}, {"domain": "auth"}),
        ({}, {}),
    ],
)
def test_event_that_is_no_text_is_left_alone(
    event_dict: dict[str, Any], expected: dict[str, Any]
) -> None:
    """The logger's name counts, and an event that is no string is not touched."""
    assert expected == EmojiProcessor()(None, "info", event_dict)


def test_name_of_a_logger_of_logging() -> None:
    """Without a key `logger`, the wrapped logger's own name counts."""
    import logging

    assert {"event": "🦄 x"} == EmojiProcessor()(
        logging.getLogger("uvicorn"), "info", {"event": "x"}
    )


def test_configuration_counts() -> None:
    """The processor takes the sets and switches of a LoggingConfig."""
    processor = EmojiProcessor(LoggingConfig(das_emoji_prefix_enabled=False))

    assert {"event": "user_login"} == processor(None, "info", {"event": "user_login"})


@pytest.mark.parametrize("key", ["", 3])
def test_bad_key_is_refused(key: Any) -> None:
    """A key is a string with something in it."""
    with pytest.raises(ConfigurationError, match="key"):
        EmojiProcessor(key=key)
