"""Lines of web servers about requests, without the secrets in the queries of URLs.

Such lines come from loggers of known names. The record itself stays as it is: other handlers may
get it as well, and their lines are their owners' business.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from typing import Any

from provide.foundation._bridges.plain_records import RECORD_ATTRIBUTES
from provide.foundation._record.redaction import mask_parameters

#: Takes a text, and returns it with the values of secret parameters masked.
Mask = Callable[[str], str]
#: The loggers of uvicorn, gunicorn, Werkzeug, aiohttp, hypercorn, granian and Django's server.
ACCESS_LOGGERS = frozenset(
    {
        "uvicorn.access",
        "gunicorn.access",
        "werkzeug",
        "aiohttp.access",
        "hypercorn.access",
        "granian.access",
        "_granian",
        "django.server",
    }
)


def make_mask(is_secret: Callable[[str], bool], hide: Callable[[Any], str]) -> Mask:
    """Return what masks the secret parameters in a text.

    Args:
        is_secret: Tells which keys are secret.
        hide: Gives what stands for a secret.
    """
    return lambda text: mask_parameters(text, is_secret, hide)


def mask_record(record: logging.LogRecord, mask: Mask) -> logging.LogRecord:
    """Return a record without the secrets in its URLs: itself, if there are none.

    No `Exception` leaves this function but what a class of the user's raises when it is copied.
    """
    changes: dict[str, Any] = {}
    message = record.msg
    if type(message) is str and (masked := mask(message)) != message:
        changes["msg"] = masked
    if (args := _mask_args(record.args, mask)) is not record.args:
        changes["args"] = args
    for name, value in list(record.__dict__.items()):
        if name not in RECORD_ATTRIBUTES and type(value) is str and (text := mask(value)) != value:
            changes[name] = text
    if not changes:
        return record
    made = copy.copy(record)
    made.__dict__.update(changes)
    return made


def _mask_args(args: Any, mask: Mask) -> Any:
    if type(args) is tuple:
        masked = tuple([mask(each) if type(each) is str else each for each in args])
        return masked if masked != args else args
    if isinstance(args, dict):  # gunicorn's atoms, which are found by rules of their own
        found = {
            key: text
            for key, value in dict.items(args)
            if type(value) is str and (text := mask(value)) != value
        }
        if found:
            made = copy.copy(args)
            for key, text in found.items():
                dict.__setitem__(made, key, text)
            return made
    return args
