"""How an entry is shown: which of its fields, how wide, and where it is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import strftime
from typing import TYPE_CHECKING, Any

from provide.foundation._record.escaping import escape_text
from provide.foundation._record.record import NO_CONSTANTS, Record
from provide.foundation._record.values import DEFAULT_LIMITS, Limits
from provide.foundation._render.console import render_terminal
from provide.foundation._view.dialects.reader import Entry, decode_line
from provide.foundation._view.inputs.lines import LINE_BYTES
from provide.foundation._view.query.values import MISSING, find_value, reach

if TYPE_CHECKING:
    from provide.foundation._view.rows import TerminalRows

#: What a screen shows of a text, of a list or an object, and of a foreign line.
WIDEST, MOST_ITEMS, WIDEST_FOREIGN = 400, 40, 2000
_MOST_DEPTH = 6
#: Of what is shown whole: as much as a line can hold.
_WHOLE = Limits(items=1_000_000, string=LINE_BYTES, nodes=1_000_000, line=8 * LINE_BYTES)
_RULE = "── ".encode()
_QUIET, _RESET = "\x1b[38;5;243m", "\x1b[0m"
#: Names of what stands in a line besides its fields.
_PARTS = ("logger", "emoji", "exception", "stack", "callsite", "timestamp")


class Shape:
    """Turn entries into what a person sees of them.

    Args:
        colors: Whether to write colour codes.
        local: Whether times are local, and not UTC.
        full: Whether long values are shown whole.
        raw: Whether lines are shown as they stand in the file.
        escaped: Whether even those have no control characters: on a terminal.
        fields: The only fields to show, as dotted keys; `None`: all.
        hidden: Fields, and other parts, not to show.
        rows: Lays records out, on a terminal.
    """

    def __init__(
        self,
        *,
        colors: bool,
        local: bool = False,
        full: bool = True,
        raw: bool = False,
        escaped: bool = False,
        fields: Sequence[str] | None = None,
        hidden: Sequence[str] = (),
        rows: TerminalRows | None = None,
    ) -> None:
        self.rows = rows
        self.colors = colors
        self.local = local
        self.full = full
        self.raw = raw
        self.escaped = escaped
        self.fields = fields
        self.hidden = hidden

    @property
    def is_usual(self) -> bool:
        """Tell whether entries are shown with all that they have."""
        shaped = self.raw or self.fields is not None or self.hidden or self.rows is not None
        return self.full and not shaped

    def show(self, entry: Entry, tag: str = "") -> bytes:
        """Return the rows of an entry, each behind a tag that names its source."""
        if self.raw:
            shown = show_foreign(entry.raw) if self.escaped else entry.raw + b"\n"
        elif entry.record is None:
            shown = self._show_foreign(entry)
        else:
            record = entry.record
            if self.fields is not None:
                self._pick(record, entry)
            if self.hidden:
                self._hide(record)
            if not self.full:
                _shorten_record(record)
            limits = _WHOLE if self.full else DEFAULT_LIMITS
            if self.rows is None and record.stack_trace is not None:
                record.exception = record.stack_trace  # it has more than the object
            if self.rows is not None:
                shown = self.rows.show(record, limits)
            else:
                shown = render_terminal(record, colors=self.colors, local=self.local, limits=limits)
        return self._tag(shown, tag) if tag else shown

    def _show_foreign(self, entry: Entry) -> bytes:
        text = entry.text or ""
        return escape_line(text if self.full else _shorten_text(text, WIDEST_FOREIGN))

    def _tag(self, shown: bytes, tag: str) -> bytes:
        lead = f"{_QUIET}{tag}{_RESET} " if self.colors else f"{tag} "
        blank = b" " * (len(tag) + 1)
        rows = shown[:-1].split(b"\n")
        # The row with a date is of no source.
        at = 1 if len(rows) > 1 and rows[0].removeprefix(_QUIET.encode()).startswith(_RULE) else 0
        leads = [lead.encode() if number == at else blank for number in range(len(rows))]
        return b"".join(before + row + b"\n" for before, row in zip(leads, rows, strict=True))

    def _pick(self, record: Record, entry: Entry) -> None:
        found = {key: find_value(entry, key) for key in self.fields or ()}
        record.fields = {key: value for key, value in found.items() if value is not MISSING}
        record.constants = NO_CONSTANTS
        record.trace = record.callsite = record.stack = None

    def _hide(self, record: Record) -> None:
        for key in self.hidden:
            if key == "timestamp":
                record.seconds = None
            elif key in _PARTS:
                setattr(record, key, "" if key in ("logger", "emoji") else None)
            else:
                record.fields = _without(record.fields, key)
                record.constants = _without(record.constants, key)
                record.trace = _without(record.trace, key) if record.trace else None


def name_zone(*, local: bool, colors: bool) -> bytes:
    """Return a row that says which clock the times are of."""
    zone = strftime("%Z (UTC%z)") if local else "UTC"
    row = f"── times in {zone} ──"
    return f"{_QUIET}{row}{_RESET}\n".encode() if colors else f"{row}\n".encode()


def show_foreign(raw: bytes) -> bytes:
    """Return a line that is not ours as it is, but with its control characters escaped."""
    return escape_line(decode_line(raw))


def escape_line(text: str) -> bytes:
    """Return a text as one row, with its control characters escaped."""
    return escape_text(text).encode("utf-8", "backslashreplace") + b"\n"


def _without(fields: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    if key in fields:
        return {name: value for name, value in fields.items() if name != key}
    name, dot, rest = key.partition(".")
    if dot and isinstance(fields.get(name), dict) and reach(fields, key) is not MISSING:
        return {**fields, name: _without(fields[name], rest)}
    return fields


def _shorten_record(record: Record) -> None:
    if len(record.event) > WIDEST:
        record.event = _shorten_text(record.event, WIDEST)
    record.fields = {key: _shorten(value, 0) for key, value in record.fields.items()}


def _shorten(value: Any, depth: int) -> Any:
    """Return a value with less of it, and with how much less."""
    kind = type(value)
    if kind is str:
        return _shorten_text(value, WIDEST) if len(value) > WIDEST else value
    if kind is dict or kind is list:
        if depth > _MOST_DEPTH:
            return "…"
        more = len(value) - MOST_ITEMS
        if kind is list:
            items = [_shorten(each, depth + 1) for each in value[:MOST_ITEMS]]
            return [*items, f"…+{more}"] if more > 0 else items
        some = list(value.items())[:MOST_ITEMS]
        shown = {key: _shorten(each, depth + 1) for key, each in some}
        return {**shown, "…": f"+{more}"} if more > 0 else shown
    return value


def _shorten_text(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…+{len(text) - most}"
