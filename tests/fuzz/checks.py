"""What must hold of any input; each check raises `AssertionError` if it does not.

`check_json` and `check_text` log through the real pipeline to a file in memory and read what stands
there; `check_view` shows the bytes as the log viewer would, and `check_query` searches them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from fuzz.feed import CANARY, Feed
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation._view import stencils
from provide.foundation._view.dialects.reader import Reader
from provide.foundation._view.inputs.decoding import BrokenFile, choose_decoder
from provide.foundation._view.inputs.lines import LineBuffer
from provide.foundation._view.query.errors import QueryError
from provide.foundation._view.query.parser import parse_query
from provide.foundation._view.rows import TerminalRows
from provide.foundation._view.scan import Scan, Wanted
from provide.foundation._view.shape import Shape
from provide.foundation._view.usual import UsualRows
from provide.foundation.config import Formatter

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")
_PAIR = re.compile(r'([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?: |$)')
_PARAMETERS = ("exc_info", "stack_info", "stacklevel")


class Memory:
    """Be a log file that is kept in memory, and Foundation set up to write to it."""

    def __init__(self, formatter: Formatter) -> None:
        self.fd = os.memfd_create("fuzz")
        reset_for_testing()
        logging = LoggingConfig(
            log_file=f"/proc/self/fd/{self.fd}", console_formatter=formatter, capture_stdlib=False
        )
        setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
        self.log = get_logger("app")

    def call(self, data: bytes) -> bytes:
        """Log what the bytes say, and return what was written."""
        feed = Feed(data)
        log = self.log
        shape = feed.byte()
        if shape & 1:
            log = log.bind(**feed.fields())
        event = feed.text() if shape & 2 else feed.value()
        fields = feed.fields()
        for name in _PARAMETERS:  # as parameters they are not data
            fields.pop(name, None)
        if shape & 4:
            fields["exc_info"] = ValueError(feed.text())
        os.ftruncate(self.fd, 0)
        with bound_contextvars(**feed.fields()) if shape & 8 else contextlib.nullcontext():
            if shape & 16:
                log.info(event, feed.value(), **fields)
            else:
                log.info(event, **fields)
        return os.pread(self.fd, 32 << 20, 0)

    def close(self) -> None:
        """Let go of the file."""
        reset_for_testing()
        os.close(self.fd)


def check_json(data: bytes, memory: Memory) -> None:
    """One call is one line of strict JSON, alike for two parsers, without a secret in it."""
    written = memory.call(data)
    text = _check_line(written)
    found = json.loads(text, object_pairs_hook=refuse_duplicates, parse_constant=refuse_constant)
    assert found == orjson.loads(written)
    assert list(found)[:4] == ["timestamp", "level", "logger", "event"], list(found)
    assert (found["level"], found["logger"], found["service"]) == ("info", "app", "shop")


def check_text(data: bytes, memory: Memory) -> None:
    """One call is one line of logfmt that a parser reads back, each key once."""
    text = _check_line(memory.call(data))
    keys, position = [], 0
    while position < len(text):
        pair = _PAIR.match(text, position)
        assert pair, text[position:]
        keys.append(pair[1])
        position = pair.end()
    assert keys[:4] == ["timestamp", "level", "logger", "event"]
    assert len(set(keys)) == len(keys)


def check_view(data: bytes) -> None:
    """Any file is shown: each line, and nothing raw but colours and line ends."""
    rows = TerminalRows(colors=True, local=False)
    shapes = [
        Shape(colors=True),
        Shape(colors=False, full=False, fields=["a.b", "event"], hidden=["a.b", "logger"]),
        Shape(colors=True, full=False, rows=rows),
    ]
    for shape in shapes:
        usual = UsualRows(colors=shape.colors, local=False)
        scan = Scan(Wanted())
        for block in unpack(data):
            for entry in scan.read(block):
                made = usual.show(entry.raw) if shape.is_usual else None
                shown = shape.show(entry)
                assert made in (None, shown)
                assert shown.endswith(b"\n")
                text = _COLOURS.sub(b"", shown).decode().replace("\n", "")
                assert not UNSAFE.search(text)
        list(scan.finish())
        scan.sample_keys()
    check_stencils(data)


def check_stencils(data: bytes) -> None:
    """Lines with a stencil, which the first of them already has here, are shown as all others."""
    stencils._MANY = 1
    shape = Shape(colors=True)

    def show(raw: bytes) -> bytes:
        return b"".join(map(shape.show, Reader().read(raw)))

    rows = stencils.StencilledRows(UsualRows(colors=True, local=False), show)
    for block in unpack(data):
        expected = b"".join(map(show, block[:-1].split(b"\n"))) if block else b""
        assert [expected] * 3 == [rows.show(block) for _ in range(3)]


def check_query(data: bytes) -> None:
    """A query is understood or refused, and what a search of bytes leaves out does not match."""
    text, _, lines = data.partition(b"\n\n")
    try:
        query = parse_query([text.decode("utf-8", "replace")])
    except QueryError:
        return
    searched, plain = Wanted(query=query), Wanted(query=query)
    plain.needles = None
    block = lines + b"\n"
    assert [each.raw for each in Scan(plain).read(block)] == [
        each.raw for each in Scan(searched).read(block)
    ]


def unpack(data: bytes) -> Iterator[bytes]:
    """Yield the lines of a file, packed or not, in blocks."""
    buffer = LineBuffer(limit=1 << 16)
    try:
        decoder = choose_decoder(data, ended=True)
        assert decoder is not None
        for piece in decoder.decode(data):
            yield from buffer.feed(piece)
        yield from buffer.feed(decoder.finish())
    except BrokenFile:
        pass
    if rest := buffer.flush():
        yield rest


def _check_line(written: bytes) -> str:
    assert written.endswith(b"\n")
    text = written.decode("utf-8")[:-1]
    assert not UNSAFE.search(text)
    assert CANARY not in text
    return text


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, and refuse one that has a key twice."""
    found = dict(pairs)
    assert len(found) == len(pairs), pairs
    return found


def refuse_constant(name: str) -> None:
    """Refuse what JSON does not have: NaN and the infinities."""
    raise AssertionError(name)


@contextlib.contextmanager
def make_check(name: str) -> Iterator[Callable[[bytes], None]]:
    """Yield the check of that name, set up.

    Args:
        name: One of `CHECKS`.
    """
    if name in ("view", "query"):
        yield check_view if name == "view" else check_query
        return
    memory = Memory("json" if name == "json" else "key_value")
    check = check_json if name == "json" else check_text
    try:
        yield lambda data: check(data, memory)
    finally:
        memory.close()


#: What there is to check.
CHECKS = ("json", "text", "view", "query")
