"""Lines as entries: out of their envelopes, told by their dialect, with a level and a moment.

A reader belongs to one source: parts of a line, and the rows of a traceback, follow each other
there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from provide.foundation._record.record import Record
from provide.foundation._view.dialects.envelopes import Letter, open_object
from provide.foundation._view.dialects.levels import (
    find_level,
    read_level,
    read_severity,
    read_severity_number,
)
from provide.foundation._view.dialects.moments import read_digits
from provide.foundation._view.dialects.objects import parse_object, read_object
from provide.foundation.levels import ERROR, INFO

# Here: the forms of texts take milliseconds to compile, and most files have no text.


def read_text(text: str) -> Record | None:
    """Return a line of text as a record, or `None` where its form is not known."""
    from provide.foundation._view.dialects import texts

    return texts.read_text(text)


def open_text(text: str) -> Letter | None:
    """Return what a line of text carries, or `None` where it is no envelope that is known."""
    from provide.foundation._view.dialects import prefixes

    return prefixes.open_text(text)


def parse_logfmt(text: str) -> dict[str, Any] | None:
    """Return the pairs of a line of logfmt, or `None` where it is not all pairs."""
    from provide.foundation._view.dialects import logfmt

    return logfmt.parse_logfmt(text)


#: Envelopes in envelopes: compose around a timestamp around a line.
_MOST_ENVELOPES = 4
#: Parts of a line beyond this are lines of their own.
_MOST_HELD = 16 << 20
_TRACEBACKS = ("Traceback (most recent call last):", "Exception Group Traceback", "panic: ")
#: How a traceback goes on at the left edge.
_BETWEEN = (
    "During handling of the above",
    "The above exception was the direct",
    "Traceback (",
    "> File ",  # loguru's mark of where it was caught
)


class Entry:
    """Hold one line of a log.

    Args:
        raw: As it stands in the file, without its end.
        data: The object in it, under its own names.
        record: What it means; `None`: the line is foreign.
        text: The text to show, of a line that is foreign.
        level: The level; of a foreign line, what its text says.
        seconds: The moment, or that of the line before it.
    """

    __slots__ = ("data", "level", "raw", "record", "seconds", "text")

    def __init__(
        self,
        raw: bytes,
        data: dict[str, Any] | None,
        record: Record | None,
        text: str | None = None,
        level: int | None = None,
        seconds: float | None = None,
    ) -> None:
        self.raw = raw
        self.data = data
        self.record = record
        self.text = text
        self.level = level
        self.seconds = seconds


class Reader:
    """Make entries of the lines of one source."""

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._level: int | None = None
        self._in_traceback = False
        self._held: list[tuple[Letter, bytes]] = []
        self._held_size = 0

    def read(self, raw: bytes) -> list[Entry]:
        """Return the entries of a line, which is given without its end: mostly one."""
        data = parse_object(raw)
        if data is not None:
            record = read_object(data)
            if record is not None and not self._held:
                return [self._keep(Entry(raw, data, record))]
        return list(self._unwrap(raw, data))

    def flush(self) -> list[Entry]:
        """Return the line whose last part has not come, if there is one."""
        if not self._held:
            return []
        letter, raw = self._join(Letter(""), b"")
        return list(self._open(raw.removesuffix(b"\n"), letter, 1))

    def _unwrap(self, raw: bytes, data: dict[str, Any] | None) -> Iterator[Entry]:
        yield from self._open(raw, Letter(decode_line(raw), data=data, opaque=False), 0)

    def _open(self, raw: bytes, letter: Letter, depth: int) -> Iterator[Entry]:
        """Yield the entries of what one letter holds."""
        record = None
        data = letter.data if depth == 0 else parse_object(letter.text.encode("utf-8", "replace"))
        if data is not None:
            record = read_object(data)
            if record is None and depth < _MOST_ENVELOPES:
                inner = list(open_object(data))
                for each in inner:
                    yield from self._take(raw, each, letter, depth)
                if inner:
                    return
        elif depth < _MOST_ENVELOPES:
            wrapped = open_text(letter.text)
            # A line of text that begins with its own time is no envelope.
            if wrapped is not None and (wrapped.moment is None or read_text(letter.text) is None):
                yield from self._take(raw, wrapped, letter, depth)
                return
        if record is None and data is None:
            data = parse_logfmt(letter.text)
            record = read_text(letter.text) if data is None else read_object(data)
        if record is None and letter.data is not None and depth:
            record = _read_letter(letter)
        if record is not None:
            if letter.added:
                record.fields = {**record.fields, **_missing(letter.added, record.fields)}
            if record.seconds is None:
                record.seconds = read_digits(letter.moment)
            yield self._keep(Entry(raw, data if data is not None else letter.data, record))
        else:
            yield self._keep_foreign(raw, letter)

    def _take(self, raw: bytes, inner: Letter, outer: Letter, depth: int) -> Iterator[Entry]:
        inner.added = {**outer.added, **inner.added}
        inner.opaque = inner.opaque or outer.opaque
        if inner.moment is None:
            inner.moment = outer.moment
        if not inner.whole and self._held_size < _MOST_HELD:
            self._held.append((inner, raw))
            self._held_size += len(inner.text)
            return
        if self._held:
            inner, raw = self._join(inner, raw)
        yield from self._open(raw, inner, depth + 1)

    def _join(self, last: Letter, raw: bytes) -> tuple[Letter, bytes]:
        """Return one letter for the parts, and the lines of the file that they stand in."""
        first = self._held[0][0]
        text = "".join([*(each.text for each, _ in self._held), last.text])
        raws = b"\n".join([*(each for _, each in self._held), raw])
        self._held, self._held_size = [], 0
        return Letter(text, {**first.added, **last.added}, first.moment), raws

    def _keep(self, entry: Entry) -> Entry:
        record = entry.record
        assert record is not None
        entry.level = self._level = record.level
        if record.seconds is not None:
            self._seconds = record.seconds
        entry.seconds = self._seconds
        self._in_traceback = False
        self._level = None
        return entry

    def _keep_foreign(self, raw: bytes, letter: Letter) -> Entry:
        """Return a foreign line with the level that it has, by its words or as part of more."""
        text = letter.text
        if text.startswith(_TRACEBACKS):
            self._level, self._in_traceback = ERROR, True
        elif self._in_traceback:
            if text.strip() and not text.startswith((" ", "\t", *_BETWEEN)):
                # The exception itself: the last row, unless another traceback follows.
                self._in_traceback = False
                return self._make_foreign(raw, letter, ERROR)
        elif text.startswith((*_BETWEEN[:2], " ", "\t")):
            pass  # the row before it goes on
        elif text.strip() or self._level is None:
            self._level = find_level(text)
        return self._make_foreign(raw, letter, self._level)

    def _make_foreign(self, raw: bytes, letter: Letter, level: int | None) -> Entry:
        text = letter.text if letter.opaque else decode_line(raw)
        seconds = read_digits(letter.moment)
        if seconds is not None:
            self._seconds = seconds
        return Entry(raw, None, None, text, level, self._seconds)


def decode_line(raw: bytes) -> str:
    """Return a line as a text, in which escapes stand for bytes that are no UTF-8."""
    return raw.removesuffix(b"\r").decode("utf-8", "backslashreplace")


def _missing(added: dict[str, Any], fields: Any) -> dict[str, Any]:
    return {key: value for key, value in added.items() if key not in fields}


def _read_letter(letter: Letter) -> Record | None:
    """Return the record of an envelope that says itself what its line means."""
    data = letter.data
    if data is None or "fields" not in data:
        return None
    fields = dict(data["fields"])
    if "PRIORITY" in data:
        level = read_severity(data["PRIORITY"])
        return Record(INFO if level is None else level, str(data["SYSLOG_IDENTIFIER"]),
                      letter.text, fields)  # fmt: skip
    level = read_severity_number(data["severityNumber"])
    if level is None:
        level = read_level(data["severityText"])
    body = data["body"]
    if body is not None and type(body) is not str:
        fields["body"] = body
    trace = {key: _hexadecimal(data[key]) for key in ("trace_id", "span_id") if data[key]}
    parts: dict[str, Any] = {"trace": trace} if trace else {}
    exception = fields.pop("exception.stacktrace", None)
    if type(exception) is str:
        parts["exception"] = exception.rstrip("\n")
        for key in ("exception.type", "exception.message"):
            fields.pop(key, None)
    return Record(INFO if level is None else level, data["scope"], letter.text, fields, **parts)


def _hexadecimal(value: object) -> str:
    """Return an id in hexadecimal digits, which Protobuf's own JSON has in base 64."""
    text = str(value)
    if len(text) in (12, 24) and text.isascii():
        import base64

        try:
            return base64.b64decode(text, validate=True).hex()
        except ValueError:
            pass
    return text
