"""Foundation's lines in the report of a failed test, where pytest has them in no other section.

While a test runs nothing is collected that is not there anyway. Each phase notes how long the log
files are; only a failure reads what has been added since. Lines that were captured instead of
written are kept until the test is over. Lines on stderr and stdout are pytest's.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.files.file import FileSink
from provide.foundation._output.standard import StandardSink
from provide.foundation._record.escaping import escape_text
from provide.foundation._record.record import Record
from provide.foundation._render.console import render_terminal
from provide.foundation._runtime.capture import as_configured
from provide.foundation._runtime.setup import flush
from provide.foundation._runtime.state import STATE, configured
from provide.foundation._view.dialects.objects import parse_object, read_object
from provide.foundation._view.shape import show_foreign
from provide.foundation.levels import OFF

if TYPE_CHECKING:
    from logging import LogRecord

    from provide.foundation._output.output import Output
    from provide.foundation._pipeline.pipeline import Pipeline

#: The most lines of one phase in a report, and the most bytes of a file that are read for them.
MOST_LINES, MOST_BYTES = 200, 256 * 1024
#: The most characters of one line.
_WIDEST = 4000
#: The longest wait for lines that are still in a queue.
_FLUSH_S = 1.0


class Length(NamedTuple):
    """Hold which file stands at a path, and how long it is.

    Args:
        number: Of its inode.
        size: In bytes.
        first: Where the lines of a phase begin that finds the file new.
        lowest: The lowest level that is written there.
    """

    number: int
    size: int
    first: int
    lowest: int


Lengths = dict[str, Length]


class Phase:
    """Hold where one phase of a test begins.

    Args:
        when: ``"setup"``, ``"call"`` or ``"teardown"``.
        theirs: The records of `logging` that pytest's own section is going to have.
    """

    def __init__(self, when: str, theirs: list[LogRecord]) -> None:
        self.when = when
        self.theirs = theirs
        self.begin = measure_files()
        #: Where its lines begin that no report has shown.
        self.unshown = self.begin
        self.captured: deque[Record] = deque(maxlen=MOST_LINES)
        self.keep_captured()

    def keep_captured(self) -> None:
        """Have what is captured from now on be of this phase, if anything can be captured."""
        testing = sys.modules.get("provide.foundation.testing")
        if testing is not None:
            testing.keep_records(self.captured)


class Report:
    """Hold the phases of one test, and what its reports have shown already."""

    def __init__(self) -> None:
        self.phases: list[Phase] = []

    def begin(self, when: str, theirs: list[LogRecord]) -> None:
        """Begin a phase, if it has not begun yet."""
        if self.phases and self.phases[-1].when == when:
            self.phases[-1].keep_captured()
        else:
            self.phases.append(Phase(when, theirs))

    def sections(self, show: str, texts: dict[str, str]) -> Iterator[tuple[str, str]]:
        """Yield title and text of each section that the report of a failure is to have.

        Args:
            show: What pytest shows of captured output: its option `--show-capture`.
            texts: By phase, what it has captured of stderr and stdout.
        """
        if any(each.sink.destination is not each.sink for each in _outputs(configured())):
            flush(_FLUSH_S)
        ends = [*[phase.begin for phase in self.phases[1:]], measure_files()]
        for phase, end in zip(self.phases, ends, strict=True):
            text = texts.get(phase.when, "")
            lines = list(_lines_of(phase, end, "" if show == "log" else text, show))
            if show == "log":
                lines += _find_lines(text, lines)
            phase.unshown = end
            phase.captured.clear()
            if lines:
                yield f"Captured foundation log {phase.when}", _join(lines)


def _lines_of(phase: Phase, end: Lengths, text: str, show: str) -> Iterator[Record | bytes]:
    """Yield the lines of a phase that no other section has, of those that are known."""
    theirs = Counter(map(_key_of, tuple(phase.theirs)))
    for captured in map(as_configured, tuple(phase.captured)):
        if not _take(theirs, captured):
            yield captured
    standard = [] if show == "log" else [*filter(_is_standard, _outputs(configured()))]
    seen: set[tuple[float | None, str]] = set()
    lowest = OFF  # of the files that have been read
    for path, length in {**_measure_again(phase.begin), **end}.items():
        others = frozenset(seen)
        is_known = lowest <= length.lowest or _takes(standard, length.lowest, "")
        lowest = min(lowest, length.lowest)
        for raw in _read(path, phase.unshown.get(path), length):
            parsed = parse_object(raw)
            record = None if parsed is None else read_object(parsed)
            if text and raw.decode("utf-8", "replace") in text:
                continue
            if record is None:
                if not is_known:
                    yield raw
            elif (record.seconds, record.event) not in others:
                seen.add((record.seconds, record.event))
                on_console = _takes(standard, record.level, record.logger)
                if not _take(theirs, record) and not on_console:
                    yield record


# Of each log file that was met, which one it was and how long.
_met: dict[str, tuple[int, int]] = {}


def measure_files() -> Lengths:
    """Return how long the log files of the present set-up are."""
    found: Lengths = {}
    COUNTERS.settle()
    for output in _outputs(configured()):
        sink = output.sink.destination
        if isinstance(sink, FileSink):
            with suppress(OSError):  # it has been closed
                status = os.fstat(sink.fd)
                number, size = status.st_ino, status.st_size
                was, first = _met.get(sink.path, (0, 0))
                if was != number:  # older lines are not of this process
                    first = max(0, size - sum(each.total_bytes() for each in sink.counts.written))
                found[sink.path] = Length(number, size, min(first, size), output.levels.least())
                _met[sink.path] = number, size
    return found


def _measure_again(lengths: Lengths) -> Lengths:
    """Return how long files are now that nobody may write to any more."""
    found: Lengths = {}
    for path, was in lengths.items():
        with suppress(OSError):  # it is gone
            status = os.stat(path)
            found[path] = was._replace(number=status.st_ino, size=status.st_size)
    return found


def is_on_console(level: int, logger: str) -> bool:
    """Say whether lines of a level and a logger are written to stderr or stdout at present."""
    return _takes([*filter(_is_standard, _outputs(STATE.pipeline))], level, logger)


def _key_of(record: LogRecord) -> tuple[str, str]:
    try:
        return record.name, record.getMessage()
    except Exception:  # the record is anybody's: its arguments may not fit
        return record.name, str(record.msg)


def _take(theirs: Counter[tuple[str, str]], record: Record) -> bool:
    """Say whether pytest's own section has a line, which it then has no more than that often."""
    key = record.logger, escape_text(record.event)
    theirs[key] -= 1
    return theirs[key] >= 0


def _outputs(pipeline: Pipeline | None) -> tuple[Output, ...]:
    return () if pipeline is None else pipeline.outputs


def _is_standard(output: Output) -> bool:
    return isinstance(output.sink.destination, StandardSink)


def _takes(outputs: Iterable[Output], level: int, logger: str) -> bool:
    return any(each.filter is None and each.takes_level(level, logger) for each in outputs)


def _read(path: str, begin: Length | None, end: Length) -> list[bytes]:
    """Return the lines that a file has got, of very many the latest."""
    start = begin.size if begin is not None and begin.number == end.number else end.first
    cut = end.size - start > MOST_BYTES
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_ino != end.number:  # it has been rotated since
                return []
            file.seek(end.size - MOST_BYTES if cut else start)
            lines = file.read(min(MOST_BYTES, max(0, end.size - start))).splitlines()
    except OSError:  # a report without these lines is better than none
        return []
    return lines[1:] if cut else lines


def _find_lines(text: str, known: Iterable[Record | bytes]) -> Iterator[Record]:
    """Yield the lines in JSON that stand in a text, but for those that are known already."""
    keys = {(each.seconds, each.event) for each in known if isinstance(each, Record)}
    for raw in text.splitlines():
        parsed = parse_object(raw.encode("utf-8", "replace"))
        record = None if parsed is None else read_object(parsed)
        if record is not None and (record.seconds, record.event) not in keys:
            yield record


def _join(lines: list[Record | bytes]) -> str:
    """Return the text of a section, of many lines the latest ones."""
    shown = [_render(each) for each in lines[-MOST_LINES:]]
    left_out = len(lines) - len(shown)
    return "\n".join([f"... {left_out} earlier lines left out"] * bool(left_out) + shown)


def _render(line: Record | bytes) -> str:
    data = show_foreign(line) if isinstance(line, bytes) else render_terminal(line, colors=False)
    text = data.decode("utf-8", "replace").rstrip("\n")
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}..."
