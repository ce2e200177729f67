"""What core and foundation-emoji have counted, and how much of it was a parent's; no OpenTelemetry.

Core's counts outlive a fork. The metrics of a child process begin at nothing, as those of any new
process do, so this module keeps the counts of the fork and subtracts them. The module is there
from the set-up on, also where OpenTelemetry is imported in the child only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from provide.foundation.extension import COUNTERS, LEVEL_NAMES, LEVELS, renew_after_fork

#: One count: the attribute that tells it apart, that one's value, the output's name or "".
Key = tuple[str, str, str]

#: The name of the output that counts the lines which OTLP has taken.
OTLP_OUTPUT = "otlp"
#: The module of foundation-emoji.
EMOJI = "provide.foundation.emoji"


def written() -> Iterator[tuple[Key, int]]:
    """Yield the lines written, by level and output."""
    COUNTERS.settle()
    for name, counts in COUNTERS.outputs.copy().items():
        for level, counter in zip(LEVELS, counts.written, strict=False):  # own records are the last
            if number := counter.total():
                yield ("level", LEVEL_NAMES[level], name), number


def dropped() -> Iterator[tuple[Key, int]]:
    """Yield the lines dropped, by reason and output."""
    COUNTERS.settle()
    for name, counts in COUNTERS.outputs.copy().items():
        for reason, count in counts.dropped.items():
            yield ("reason", reason, name), count


def sizes() -> Iterator[tuple[Key, int]]:
    """Yield the bytes of the lines that each output has written, its own records among them."""
    COUNTERS.settle()
    for name, counts in COUNTERS.outputs.copy().items():
        size = sum([counter.total_bytes() for counter in counts.written])
        if size:
            yield ("", "", name), size


def emoji_lookups() -> Iterator[tuple[Key, int]]:
    """Yield the hits and misses of the emoji cache, if foundation-emoji has been imported."""
    read: Any = getattr(sys.modules.get(EMOJI), "cache_info", None)
    if read is not None:
        info = read()
        yield ("result", "hit", ""), info.hits
        yield ("result", "miss", ""), info.misses


class Inherited:
    """Hold what a parent process had counted at the fork; nothing but in a child."""

    def __init__(self) -> None:
        self.counts: dict[Key, int] = {}
        #: How many samples of the call's time there had been, and in which ring.
        self.samples = 0
        self.ring: object = None

    def take(self) -> None:
        """Take everything that has been counted so far as the parent's."""
        self.counts = dict([*written(), *dropped(), *sizes(), *emoji_lookups()])
        self.ring = COUNTERS.latency
        _, self.samples = COUNTERS.latency.taken_after(0)


#: The one of the process.
INHERITED = Inherited()
renew_after_fork(INHERITED.take)
