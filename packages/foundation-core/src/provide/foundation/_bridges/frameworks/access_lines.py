"""Lines of web servers about requests, and what frameworks add to records of known loggers.

A line that is understood becomes one constant event with fields, and one that is not stays a text;
neither has the secrets in the queries of URLs. The record itself stays as it is: other handlers may
get it as well, and their lines are their owners' business.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from provide.foundation._bridges.frameworks import atoms, servers, tasks
from provide.foundation._bridges.frameworks.records import (
    RECORD_ATTRIBUTES,
    Reading,
    extra_of,
    make_anew,
)
from provide.foundation._process.interrupts import let_through
from provide.foundation._record.redaction import mask_parameters

#: Takes a text, and returns it with the values of secret parameters masked.
Mask = Callable[[str], str]
#: Takes a record of a logger, and returns the one to write.
Reader = Callable[[logging.LogRecord], logging.LogRecord]

_Read = Callable[[logging.LogRecord, dict[str, Any]], Reading | None]

#: What reads the lines of each access logger: uvicorn, gunicorn, Werkzeug, aiohttp, hypercorn,
#: granian and Django's own server.
_SERVERS: Mapping[str, _Read] = {
    "uvicorn.access": servers.read_uvicorn,
    "gunicorn.access": atoms.read_gunicorn,
    "werkzeug": servers.read_werkzeug,
    "aiohttp.access": servers.read_aiohttp,
    "hypercorn.access": atoms.read_hypercorn,
    "granian.access": atoms.read_granian,
    "_granian": atoms.read_granian,
    "django.server": servers.read_django_server,
}
#: Loggers with other lines beside these.
_OTHERS: Mapping[str, _Read] = {"uvicorn.error": servers.read_uvicorn_websocket}
_TASKS: Mapping[str, _Read] = {
    "celery.app.trace": tasks.read_celery,
    "celery.worker.strategy": tasks.read_celery,
}


def make_mask(is_secret: Callable[[str], bool], hide: Callable[[Any], str]) -> Mask:
    """Return what masks the secret parameters in a text.

    Args:
        is_secret: Tells which keys are secret.
        hide: Gives what stands for a secret.
    """
    return lambda text: mask_parameters(text, is_secret, hide)


def make_readers(mask: Mask | None, *, as_fields: bool = True) -> dict[str, Reader]:
    """Return what each logger's records are given to, by the loggers' names.

    Args:
        mask: Masks the secrets in URLs; `None`: they stay.
        as_fields: Whether access lines become fields.
    """
    readers = {name: _make_reader(read, None) for name, read in _TASKS.items()}
    if as_fields:
        readers |= {name: _make_reader(read, mask) for name, read in _SERVERS.items()}
        readers |= {name: _make_reader(read, mask, texts=False) for name, read in _OTHERS.items()}
    elif mask is not None:
        readers |= {name: _make_reader(None, mask) for name in _SERVERS}
    return readers


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
        if name in RECORD_ATTRIBUTES:
            continue
        if type(value) is str and (text := mask(value)) != value:
            changes[name] = text
        elif type(value) is list and (texts := _mask_texts(value, mask)) != value:
            changes[name] = texts
    if not changes:
        return record
    made = copy.copy(record)
    made.__dict__.update(changes)
    return made


def _make_reader(read: _Read | None, mask: Mask | None, *, texts: bool = True) -> Reader:
    """Return what reads a record.

    Args:
        read: Returns what is read, or `None`.
        mask: Masks the secrets in URLs; `None`: they stay.
        texts: Whether it does so in records that are not understood.
    """

    def take(record: logging.LogRecord) -> logging.LogRecord:
        reading = None
        if read is not None:
            try:
                extra = extra_of(record)
                reading = read(record, extra)
                if reading is not None:
                    made = make_anew(record, reading, extra)
                    if reading.event is not None and mask is not None:
                        _mask_values(made.__dict__, (*reading.fields, *extra), mask)
                        return made
                    record = made
            except Exception:  # a log call never raises: what a record holds may be anything
                let_through()
        return (
            record if mask is None or (reading is None and not texts) else mask_record(record, mask)
        )

    return take


def _mask_values(values: dict[str, Any], names: Iterable[str], mask: Mask) -> None:
    """Mask texts, and lists of them, in place."""
    for name in names:
        value = values.get(name)
        if type(value) is str:
            values[name] = mask(value)
        elif type(value) is list:
            values[name] = _mask_texts(value, mask)


def _mask_texts(values: list[Any], mask: Mask) -> list[Any]:
    """Return a list of headers, in which texts are masked."""
    return [mask(each) if type(each) is str else each for each in values]


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
