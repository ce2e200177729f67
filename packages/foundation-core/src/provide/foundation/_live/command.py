"""`foundation live`: files read on as they grow, and a page in the browser that shows them."""

from __future__ import annotations

import argparse
import html
import os
import sys
import threading
import webbrowser
from collections.abc import Sequence
from typing import NoReturn

from provide.foundation._live.describing import describe
from provide.foundation._live.ring import MOST_LINES, Ring
from provide.foundation._live.server import LiveServer
from provide.foundation._record.escaping import escape_text
from provide.foundation._view.scan import Wanted
from provide.foundation._view.screen import POLL_S
from provide.foundation._view.view import Feed, merge

#: Entries that are read at once go to the page together, at most so many.
_BATCH = 1_000

HELP = """\
usage: {prog} [FILE ...] [options]

Show log lines of any logger on a page in the browser, and go on as they come.
Without FILE: standard input, which is also -. It reads what `view` reads.

    --port N     listen on this port of 127.0.0.1; by default one that is free
    --lines N    keep the last N lines, by default and at most 50,000
    --open       open the page in the browser; by default its address is shown
The address counts once, in one browser. Nothing leaves this machine.
exit codes: 1 nothing can be read, 2 a wrong option, 130 Ctrl-C, which ends it.
"""


class LiveParser(argparse.ArgumentParser):
    """Parse the options of `live`, with errors of one line."""

    def format_help(self) -> str:
        """Return the help, of at most 24 rows of 80 columns."""
        return HELP.format(prog=self.prog)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with 2."""
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(2)


def run(arguments: Sequence[str], prog: str) -> int:
    """Serve the page until Ctrl-C; return the exit code if there is nothing to show.

    Raises:
        KeyboardInterrupt: Ctrl-C, the way to end it.
    """
    parser = LiveParser(prog=prog, allow_abbrev=False)
    parser.add_argument("paths", nargs="*", metavar="FILE")
    parser.add_argument("--port", type=int, default=0, choices=range(65536), metavar="N")
    parser.add_argument(
        "--lines", type=int, default=MOST_LINES, choices=range(1, MOST_LINES + 1), metavar="N"
    )
    parser.add_argument("--open", action="store_true")
    options = parser.parse_args(arguments)
    paths: list[str] = options.paths or ["-"]

    def report(path: str, problem: str) -> None:
        print(f"{prog}: {escape_text(path)}: {problem}", file=sys.stderr, flush=True)

    ring = Ring(options.lines)
    shared = Intake(ring)
    feeds: list[Feed] = []
    intakes: list[Intake] = []
    for path in paths:
        # What blocks, as a pipe does, is read by itself.
        intake = shared if os.path.isfile(path) else Intake(ring)
        try:
            feed = Feed(
                path, Wanted(), last=options.lines, following=True, report=report,
                after_block=intake.flush,
            )  # fmt: skip
        except OSError as problem:
            report(path, problem.strerror or str(problem))
            continue
        feeds.append(feed)
        intake.feeds.append(feed)
        if intake not in intakes:
            intakes.append(intake)
    if not feeds:
        return 1

    def announce(address: str) -> None:
        print(f"{prog}: {address}", file=sys.stderr, flush=True)
        if options.open and not opened.is_set():
            opened.set()
            webbrowser.open(address)

    opened = threading.Event()
    title = html.escape(escape_text(", ".join(map(os.path.basename, paths))))
    try:
        server = LiveServer(ring, title, port=options.port, announce=announce)
    except OSError as problem:
        report(f"127.0.0.1:{options.port}", problem.strerror or str(problem))
        return 1
    with server:
        server.visitors.invite()
        for intake in intakes:
            threading.Thread(target=intake.run, args=(len(feeds) > 1,), daemon=True).start()
        server.serve_forever(poll_interval=0.2)
    return 0


class Intake:
    """Add what some feeds give to a ring, in the order of time as far as it is there.

    Args:
        ring: Where to.

    Attributes:
        feeds: What is read.
    """

    def __init__(self, ring: Ring) -> None:
        self.feeds: list[Feed] = []
        self._ring = ring
        self._batch: list[tuple[bytes, bytes]] = []

    def run(self, named: bool) -> None:
        """Read for as long as there is anything to come.

        Args:
            named: Whether lines say which source they are from.
        """
        names = {each.path: os.path.basename(each.path) if named else "" for each in self.feeds}
        pause = threading.Event()
        while True:
            for entry, name in merge(self.feeds, names):
                self._batch.append((describe(entry, name), entry.raw))
                if len(self._batch) == _BATCH:
                    self.flush()
            self.flush()
            if not any(each.endless for each in self.feeds):
                return
            pause.wait(POLL_S)

    def flush(self) -> None:
        """Add what has been read."""
        batch, self._batch = self._batch, []
        if batch:
            self._ring.add(batch)
