"""Entries as the page gets them: JSON, with long values cut."""

from __future__ import annotations

import json
from typing import Any

from provide.foundation._encoder import dumps
from provide.foundation._record.values import Limits, plain, plain_fields
from provide.foundation._render.logfmt import exception_text
from provide.foundation._view.dialects.reader import Entry
from provide.foundation.levels import LEVEL_NAMES

#: Of what the page holds of a line; the whole line is to be had by its number.
_LIMITS = Limits(items=200, string=10_000, nodes=2_000, line=100_000)
#: Of an event, and of a foreign line, in characters.
_LONGEST = 10_000


def describe(entry: Entry, source: str) -> bytes:
    """Return an entry as a JSON object.

    Its members: `s`, seconds since the epoch; `l`, the level's name; `n`, the logger; `e`, the
    event; `f`, the fields; `x`, a traceback; `o`, the source. What an entry does not have is left
    out.
    """
    # Of a short line nothing has to be cut.
    short = len(entry.raw) <= _LONGEST
    try:
        return dumps(_describe(entry, source, short=short))
    except (TypeError, ValueError):  # nested too deeply, or an integer that is too large for orjson
        return json.dumps(_describe(entry, source, short=False), default=str).encode("ascii")


def _describe(entry: Entry, source: str, *, short: bool) -> dict[str, Any]:
    record = entry.record
    found: dict[str, Any] = {}
    if entry.seconds is not None:
        found["s"] = round(entry.seconds, 6)
    if entry.level is not None:
        found["l"] = LEVEL_NAMES.get(entry.level, "error")
    if source:
        found["o"] = source
    if record is None:
        found["e"] = (entry.text or "")[:_LONGEST]
        return found
    if record.logger:
        found["n"] = record.logger[:_LONGEST]
    event = record.event[:_LONGEST]
    found["e"] = f"{record.emoji} {event}" if record.emoji else event
    fields: dict[str, Any] = {**record.constants, **record.fields, **(record.trace or {})}
    if record.callsite:
        fields["callsite"] = dict(record.callsite)
    if fields:
        found["f"] = fields if short else plain_fields(fields, _LIMITS)
    texts = []
    if record.stack:
        texts.append(str(plain(record.stack, _LIMITS)))
    if record.exception:
        texts.append(exception_text(record.exception, _LIMITS))
    if texts:
        found["x"] = "\n".join(texts)
    return found
