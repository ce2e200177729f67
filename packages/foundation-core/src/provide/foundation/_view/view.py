"""The run of a view: sources in, wanted entries in the order of time, rows or counts out."""

from __future__ import annotations

import heapq
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat

from provide.foundation._record.escaping import escape_text
from provide.foundation._view.dialects.reader import Entry
from provide.foundation._view.inputs.follow import follow
from provide.foundation._view.inputs.offsets import find_last_lines, find_moments
from provide.foundation._view.inputs.source import Source, open_source
from provide.foundation._view.options import Options
from provide.foundation._view.scan import Scan, Wanted
from provide.foundation._view.screen import POLL_S, wait_for_reader, write_all
from provide.foundation._view.shape import Shape, name_zone
from provide.foundation._view.stencils import StencilledRows
from provide.foundation._view.usual import UsualRows

#: Rows are written together when there are so many bytes of them; the first screen goes before.
_WRITE_BYTES, _SCREEN = 1 << 16, 60
#: Ends a group of neighbours.
_GAP = b"--\n"


class Feed:
    """Read one path, as entries that are wanted.

    Args:
        path: The file; `-` is standard input.
        wanted: What is wanted of it.
        last: How many lines are wanted, the last ones; `None`: all.
        following: Whether it is read on as it grows.
        report: Told of what is wrong with the file.
        after_block: Called when the entries of one read have been taken: a pipe may pause there.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(
        self,
        path: str,
        wanted: Wanted,
        *,
        last: int | None = None,
        following: bool,
        report: Callable[[str, str], None],
        after_block: Callable[[], None],
    ) -> None:
        self.path = path
        self.scan = Scan(wanted)
        self.source: Source = open_source(path)
        self._report = report
        self._after_block = after_block
        regular = self.source.is_regular
        # What a pipe has given is gone, and it has no name to come back under.
        self.endless = following and regular and path != "-"
        if regular and path != "-" and self.source.is_plain():
            self._narrow(wanted, last)
        self._blocks = follow(path, self.source) if self.endless else self._read_once()

    def poll(self) -> Iterator[bytes]:
        """Yield the blocks that are there at present; say what is wrong with the file, if it is."""
        try:
            for block in self._blocks:
                if block is None:
                    return
                yield block
        except OSError as problem:
            self._report(self.path, problem.strerror or str(problem))

    def entries(self) -> Iterator[Entry]:
        """Yield the wanted entries that are there at present."""
        for block in self.poll():
            yield from self.scan.read(block)
            self._after_block()
        if not self.endless:
            yield from self.scan.finish()

    def show_all(self, output: Output) -> None:
        """Show all lines that are there at present, the usual ones in one go."""
        shape, read, add = output.shape, self.scan.read_line, output.add_rows
        usual = UsualRows(colors=shape.colors, local=shape.local)
        rows = StencilledRows(usual, lambda raw: b"".join(map(shape.show, read(raw))))
        for block in self.poll():
            if block:
                add(rows.show(block))
            self._after_block()
        if not self.endless:
            add(b"".join(map(shape.show, self.scan.finish())))

    def _narrow(self, wanted: Wanted, last: int | None) -> None:
        """Leave out what need not be read."""
        descriptor = self.source.descriptor
        if wanted.since is not None or wanted.until is not None:
            start, end = find_moments(descriptor, wanted.since, wanted.until)
            self.source.narrow(start, None if self.endless else end)
        elif last is not None and not wanted.chooses:
            self.source.narrow(find_last_lines(descriptor, last), None)

    def _read_once(self) -> Iterator[bytes | None]:
        yield from self.source.read()
        rest, problem = self.source.close()
        yield rest
        if problem is not None:
            raise problem


class Output:
    """Write entries as rows, a screen at a time.

    Args:
        shape: How they look.
        tags: Of each feed; none where there is one.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.shown = 0
        self._rows: list[bytes] = []
        self._held = 0

    def add(self, entry: Entry, tag: str) -> None:
        """Add an entry, and write if there is enough."""
        self.add_rows(self.shape.show(entry, tag))

    def add_rows(self, rows: bytes) -> None:
        """Add the rows of an entry, and write if there is enough."""
        self._rows.append(rows)
        self._held += len(rows)
        self.shown += 1
        if self._held > _WRITE_BYTES or self.shown == _SCREEN:
            self.flush()

    def add_gap(self) -> None:
        """Add the row between two groups."""
        self._rows.append(_GAP)

    def flush(self) -> None:
        """Write what there is."""
        data, self._rows, self._held = b"".join(self._rows), [], 0
        if data:
            write_all(1, data)


def run(options: Options, prog: str) -> int:
    """Show, follow or count what the options ask for, and return the exit code.

    Raises:
        BrokenPipeError: Nobody reads the output any more.
        KeyboardInterrupt: Ctrl-C, the way to end following.
    """
    problems: list[str] = []

    def report(path: str, problem: str) -> None:
        problems.append(path)
        say(prog, f"{path}: {problem}")

    wanted = Wanted(options.level, options.since, options.until, options.query)
    tags = _make_tags(options.paths)
    output = Output(_make_shape(options, max(map(len, tags.values()))))
    feeds: list[Feed] = []
    for path in options.paths:
        try:
            feed = Feed(
                path,
                wanted,
                last=None if options.around is not None else options.lines,
                following=options.follow,
                report=report,
                after_block=output.flush,
            )
        except OSError as problem:
            report(path, problem.strerror or str(problem))
        else:
            feeds.append(feed)
    if options.terminal and options.histogram:
        write_all(1, name_zone(local=options.local, colors=options.colors))
    try:
        if options.count_by or options.histogram:
            _count(feeds, options)
        else:
            _show(feeds, tags, options, output)
    except KeyboardInterrupt:
        _sum_up(feeds, wanted, prog)
        raise
    _sum_up(feeds, wanted, prog)
    found = sum(each.scan.taken for each in feeds) or not (wanted.chooses or options.around)
    return 1 if problems or not (found or output.shown or options.follow) else 0


def _make_shape(options: Options, tag_width: int) -> Shape:
    rows = None
    if options.terminal and not options.raw:
        from provide.foundation._view.rows import TerminalRows  # its import takes milliseconds

        margin = tag_width + 1 if tag_width else 0
        rows = TerminalRows(colors=options.colors, local=options.local, margin=margin)
    return Shape(
        colors=options.colors,
        local=options.local,
        full=options.full or not options.terminal,
        raw=options.raw,
        escaped=options.terminal,
        fields=options.fields,
        hidden=options.hide,
        rows=rows,
    )


def _show(feeds: list[Feed], tags: dict[str, str], options: Options, output: Output) -> None:
    entries = merge(feeds, tags)
    if options.around is not None:
        from provide.foundation._view.neighbours import find_neighbours  # few runs need it

        around = 10 if options.lines is None else options.lines
        for each in find_neighbours(entries, options.around, around):
            if each is None:
                output.add_gap()
            else:
                output.add(*each)
    elif options.lines is not None:
        for each in deque(entries, maxlen=options.lines):
            output.add(*each)
    elif len(feeds) == 1 and not feeds[0].scan.wanted.chooses and output.shape.is_usual:
        feeds[0].show_all(output)
    else:
        for each in entries:
            output.add(*each)
    output.flush()
    while any(each.endless for each in feeds):
        if not wait_for_reader(1, POLL_S):
            return
        for each in merge([feed for feed in feeds if feed.endless], tags):
            output.add(*each)
        output.flush()


def merge(feeds: list[Feed], tags: dict[str, str]) -> Iterable[tuple[Entry, str]]:
    """Yield what is there at present of all feeds in the order of time, each with its tag."""
    tagged = [zip(feed.entries(), repeat(tags[feed.path]), strict=False) for feed in feeds]
    if len(tagged) == 1:
        return tagged[0]
    return heapq.merge(*tagged, key=lambda each: each[0].seconds or 0.0)


def _count(feeds: list[Feed], options: Options) -> None:
    from provide.foundation._view.tally import CountBy, Histogram  # few runs need it

    tally = Histogram() if options.histogram else CountBy(options.count_by or ())
    for entry in chain.from_iterable(feed.entries() for feed in feeds):
        tally.add(entry)
    rows = "".join(f"{row}\n" for row in tally.rows(local=options.local))
    write_all(1, rows.encode("utf-8", "backslashreplace"))


def _make_tags(paths: list[str]) -> dict[str, str]:
    """Return what names each source in front of its rows, all of one width; one needs none."""
    if len(paths) < 2:
        return dict.fromkeys(paths, "")
    names = [os.path.basename(path) for path in paths]
    if len(set(names)) < len(names):
        names = paths
    shown = [escape_text(name)[-24:] for name in names]
    width = max(map(len, shown))
    return {path: f"{name:{width}}" for path, name in zip(paths, shown, strict=True)}


def _sum_up(feeds: list[Feed], wanted: Wanted, prog: str) -> None:
    """Say how many foreign lines are hidden, and what was asked for in vain."""
    if not wanted.chooses or not feeds:
        return
    lines = sum(each.scan.lines for each in feeds)
    if not any(each.scan.taken for each in feeds):
        asked = [] if wanted.query is None else wanted.query.list_keys()
        from difflib import get_close_matches  # few runs need it

        known = {key for each in feeds for key in each.scan.sample_keys()}
        near = [
            match
            for key in asked
            if key not in known and key not in ("level", "logger", "event", "timestamp")
            for match in get_close_matches(key, known, 1, 0.5)
        ]
        hint = f"; nearest key: {escape_text(', '.join(near))}" if near else ""
        say(prog, f"0 of {lines:,} lines{hint}")
    foreign = sum(each.scan.foreign for each in feeds)
    if foreign:
        what = "lines are" if foreign > 1 else "line is"
        say(prog, f"{foreign:,} hidden {what} of no known form")


def say(prog: str, text: str) -> None:
    """Write a row to standard error."""
    print(f"{prog}: {escape_text(text)}", file=sys.stderr)
