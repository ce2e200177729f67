"""How the flat lines of a terminal look, for the fast lane: what is encoded once and kept.

A module of its own, so that compact lines elsewhere load nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provide.foundation._encoder import dumps
from provide.foundation._lanes.compact_layout import PaintedLane, encode
from provide.foundation._lanes.logfmt_layout import show_details
from provide.foundation._lanes.terminal.nested import (
    Nested,
    RenderChecked,
    are_wide,
    make_short_renderer,
)
from provide.foundation._pipeline.pipeline import Pipeline
from provide.foundation._process.memory import FEW_CHARS, ask_for
from provide.foundation._record.escaping import escape_json
from provide.foundation._record.values import LARGEST_INT, SMALLEST_INT
from provide.foundation._render.console import clean_text, paint_block
from provide.foundation._render.logfmt import display_value, logfmt_text
from provide.foundation._render.terminal.blocks import lines_of_field
from provide.foundation._render.terminal.codes import (
    KEY,
    NUMBER,
    QUIET,
    RESET,
    SCREEN,
    TEXT,
    WORD,
    WORDS,
    level_column,
    name_column,
    value_code,
)
from provide.foundation._render.terminal.emoji import gutter
from provide.foundation._render.terminal.failures import Failures
from provide.foundation._render.terminal.meanings import (
    SHAPES,
    SOME,
    color_fields,
    find_meanings,
    underline,
)
from provide.foundation.levels import ERROR

if TYPE_CHECKING:
    from provide.foundation._lanes.everyday.values import CheckedValues
    from provide.foundation._output.delivery.background import BackgroundSink
    from provide.foundation._output.files.file import FileSink
    from provide.foundation._output.standard import StandardSink
    from provide.foundation._render.terminal.screen import Screen

#: What leads to the key of a field, and to values.
_KEY, _NUMBER, _TEXT, _WORD = f" {KEY}", f"{QUIET}={NUMBER}", f"{QUIET}={TEXT}", f"{QUIET}={WORD}"
#: What texts begin with that may be no mere text, or take a block.
_RARE = frozenset('-0123456789*tfn[{"')
_NONE_NESTED: Mapping[str, Nested] = {}


class TerminalLane(PaintedLane):
    """Write the flat lines of a terminal, as `_render/terminal/flat.py` does."""

    __slots__ = ("failures", "screen")

    STYLE = SCREEN

    def __init__(self, pipeline: Pipeline, sink: FileSink | StandardSink | BackgroundSink) -> None:
        #: How exceptions are shown.
        self.failures: Failures = next(
            each.format_key[1]
            for each in pipeline.outputs
            if each.sink is sink and type(each.format_key) is tuple
        )
        #: What makes rows of the lines, if it does so in their calls.
        self.screen: Screen | None = getattr(sink, "screen", None)
        super().__init__(pipeline, sink)

    def render_level(self, level: int) -> bytes:
        """Return what stands between the time and the logger's name."""
        return encode(f"{RESET} {level_column(level)}")

    def render_name(self, name: str) -> bytes:
        """Return the logger's name as a column."""
        return encode(name_column(clean_text(name, self.limits)))

    def render_emoji(self, emoji: str) -> bytes:
        """Return an emoji prefix as it stands in front of the event."""
        return encode(gutter(clean_text(emoji, self.limits)))

    def render_fields(
        self, fields: dict[str, Any], nested: Mapping[str, Nested] = _NONE_NESTED
    ) -> bytes:
        """Render fields that are known to be fast, and give the screen what it would look for.

        Args:
            fields: The fields.
            nested: Dicts and lists among them that are written already.
        """
        parts: list[str] = []
        blocks: list[tuple[str, list[str]]] = []
        of_blocks: list[int] = []
        address: tuple[str, str] | None = None
        is_known = True
        for key, value in fields.items():
            kind = type(value)
            if kind is int:
                parts.append(f"{_KEY}{key}{_NUMBER}{value}{RESET}")
                continue
            if kind is str:
                if value.isidentifier() and value.isascii() and value not in WORDS:
                    parts.append(f"{_KEY}{key}{_TEXT}{value}{RESET}")
                    continue
                text, lead, lines = logfmt_text(value), _TEXT, None
                if text[0] in _RARE:
                    if text[0] != '"':
                        lead = f"{QUIET}={value_code(text)}"
                        is_known = is_known and text[0] not in "[{"
                    elif "\n" in value:
                        is_known = is_known and value.isascii()
                        lines = lines_of_field(value, text)
            elif key in nested:
                lead = _TEXT
                text, block = nested[key]
                lines = block.split("\n") if block else None
            elif kind is dict or kind is list:
                lead, text = _TEXT, dumps(value).decode()
                if not text.isprintable():
                    text = escape_json(text.encode()).decode()
                lines = lines_of_field(value, text)
            else:
                lead = _NUMBER if kind is float else _WORD
                parts.append(f"{_KEY}{key}{lead}{dumps(value).decode()}{RESET}")
                continue
            part = f"{_KEY}{key}{lead}{text}{RESET}"
            if lines:
                of_blocks.append(len(parts))
                blocks.append((key, lines))
            elif ":" in text and "://" in text:
                address = SOME if address or "\\" in text else underline(text)
            parts.append(part)
        shown = "".join(parts)
        if not shown.isascii():
            return encode(shown)
        rendered = shown.encode()
        screen = self.screen
        if screen is not None and is_known:
            keys = tuple(fields)
            meanings = SHAPES.get(keys)
            if meanings or meanings is None:
                color_fields(parts, find_meanings(keys) if meanings is None else meanings)
            for at in reversed(of_blocks):
                del parts[at]
            screen.handed = rendered + b"\n", parts, address, blocks
        return rendered

    def shorten(self, values: CheckedValues, render_checked: RenderChecked) -> RenderChecked:
        """Return what renders fields of any values, and is short for small ones."""
        if values.check == values.encode or not are_wide(self.limits):
            return render_checked
        return make_short_renderer(values, self.render_fields, render_checked)

    def encode_plain(self, fields: dict[str, Any]) -> bytes:
        """Return fields that are plain data, at least one, and what ends the line.

        Raises:
            TypeError: One is an integer beyond 64 bits, or has such.
        """
        for value in fields.values():
            if type(value) is int and not SMALLEST_INT <= value <= LARGEST_INT:
                dumps(value)
        return self.render_fields(fields) + self.END

    def add_details(self, rest: bytes, parts: Mapping[str, Any], level: int) -> bytes:
        """Add exception, stack and call site, as `Pipeline.describe` gives them, to a line's end.

        Raises:
            MemoryError: There is too little.
        """
        if level >= ERROR:
            ask_for(4 * FEW_CHARS)
        _, stack, callsite = show_details({**parts, "exception": None}, self.limits)
        added = f" {QUIET}callsite={display_value(callsite)}{RESET}" if callsite else ""
        rows = [*paint_block(stack, SCREEN)] if stack else []
        if exception := parts.get("exception"):
            rows += self.failures.show(exception, parts.get("exc_info"), self.limits)
        return rest[:-1] + encode("\n".join([added, *rows])) + self.END
