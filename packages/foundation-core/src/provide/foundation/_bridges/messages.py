"""Messages of `logging` that are more, or less, than an event.

A dict becomes fields, and so do the details of an event loop's report. What a library adds for a
terminal, colours and the end of the line, goes: in a line of ours it would be escaped, and stand in
the way of every search.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from provide.foundation.levels import LEVEL_NAMES, nearest_level

#: The logger to which every event loop says what a task, a callback or a transport has raised.
ASYNCIO_LOGGER = "asyncio"
_CALLBACK = "Exception in callback "
#: A control sequence of a terminal: parameters, intermediates, one final byte.
#: Source: ECMA-48, section 5.4.
_CONTROL_SEQUENCE = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]")
#: Under which keys a dict has its event, the first of them that is there.
_EVENT_KEYS = ("event", "message", "msg")
#: What structlog's `wrap_for_formatter` puts into a record beside its dict.
_OF_STRUCTLOG = ("_logger", "_name", "_record", "_from_structlog")


def split_message(record: logging.LogRecord, fields: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the event and the fields of a record whose message is a dict.

    Args:
        record: The record.
        fields: What came through `extra`, which wins.
    """
    given: Any = record.msg
    message = dict(dict.items(given))  # by dict's own method: the class may be the user's
    name = next((key for key in _EVENT_KEYS if isinstance(message.get(key), str)), None)
    event = "" if name is None else message.pop(name)
    # structlog's processors add what the line says by itself.
    said = {"level": LEVEL_NAMES[nearest_level(record.levelno)], "logger": record.name}
    for key, text in said.items():
        if type(message.get(key)) is str and message[key] == text:
            del message[key]
    if "stacklevel" in message:  # else it would be taken as the parameter of a call
        message["stacklevel_"] = message.pop("stacklevel")
    kept = {key: value for key, value in fields.items() if key not in _OF_STRUCTLOG}
    return event, {**message, **kept}


def split_report(text: str) -> tuple[str, dict[str, Any]]:
    """Return the event and the fields of what an event loop reports.

    Args:
        text: A first line, and behind it a line ``name: value`` for each detail; a value may have
            more lines, a traceback's. Source: BaseEventLoop.default_exception_handler (3.13).
    """
    event, *lines = text.split("\n")
    details: dict[str, Any] = {}
    name = ""
    for line in lines:
        found, colon, value = line.partition(": ")
        if colon and found.isidentifier():
            name = found
            details[name] = value
        elif name:
            details[name] += "\n" + line
        else:
            return text, {}
    if event.startswith(_CALLBACK):  # what follows is another text for each callback
        event, details["callback"] = _CALLBACK.strip(), event.removeprefix(_CALLBACK)
    return event, details


def strip_terminal(event: Any, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Return event and arguments without control sequences, and without line ends behind them."""
    if type(event) is not str:
        return event, args
    event = _strip(event).rstrip("\r\n")
    if args and any(type(each) is str for each in args):
        args = tuple([_strip(each) if type(each) is str else each for each in args])
        if event.endswith("%s") and type(args[-1]) is str:
            args = (*args[:-1], args[-1].rstrip("\r\n"))
    elif len(args) == 1 and type(args[0]) is dict:
        args = ({k: _strip(v) if type(v) is str else v for k, v in args[0].items()},)
    return event, args


def _strip(text: str) -> str:
    return _CONTROL_SEQUENCE.sub("", text) if "\x1b" in text or "\x9b" in text else text
