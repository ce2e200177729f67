"""A file followed as it grows: through rename and create, and through truncation."""

from __future__ import annotations

import time
from collections.abc import Iterator

from provide.foundation._view.inputs.source import Source, open_source

# A writer notices within a second that its file was renamed, and goes on in the old one until
# then: it is read for a little longer.
FAREWELL_S = 2.0


def follow(path: str, source: Source) -> Iterator[bytes | None]:
    """Yield the lines of a file for ever, in blocks, through whatever becomes of the file.

    None is yielded when there is nothing more at present, so that the caller waits.
    """
    leaving: list[tuple[Source, float]] = []
    while True:
        for old, until in list(leaving):
            yield from old.read()
            if time.monotonic() >= until:
                leaving.remove((old, until))
                yield old.close()[0]
        yield source.rewind_if_cut()
        yield from source.read()
        if not source.is_at(path):
            try:
                fresh = open_source(path)
            except OSError:
                pass  # gone again, or not yet readable: a later round will tell
            else:
                leaving.append((source, time.monotonic() + FAREWELL_S))
                source = fresh
                continue
        yield None
