"""Why a line was not written: the reason under which it counts, and the report of it."""

from __future__ import annotations

import sys
from errno import EAGAIN, EINVAL, errorcode

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import Counts
from provide.foundation._process.interrupts import INTERRUPTED, accounts, comes_from_handler


class UnlinkedError(OSError):
    """Say that nobody could find what is written: the file has no name, and cannot have one."""


def drop_reason(error: BaseException) -> str:
    """Return the short name under which a failed write is counted, such as ``enospc``."""
    if isinstance(error, UnlinkedError):
        return "unlinked"
    if isinstance(error, OSError) and error.errno is not None:
        if error.errno == EAGAIN:
            return "would_block"
        if sys.platform == "win32" and error.errno == EINVAL:
            return "epipe"  # what the C runtime says where nobody reads a pipe any more
        # Windows has some names twice, those of its sockets with three letters in front.
        return errorcode.get(error.errno, "oserror").lower().removeprefix("wsa")
    return type(error).__name__.lower()


@accounts
def drop_or_raise(
    counts: Counts, error: BaseException, index: int, reason: str | None = None
) -> None:
    """Count a line that an error has cost; what a signal handler has raised goes on."""
    if comes_from_handler(error):
        counts.drop(INTERRUPTED, None, index)
        raise error
    counts.drop(reason or drop_reason(error), error, index)


def report_dropped(counts: Counts) -> None:
    """Say on stderr, once in a while, that an output drops lines; of stderr it cannot be said."""
    if counts.name != "stderr":
        DIAGNOSTICS.report(
            f"dropped:{counts.name}",
            "lines were dropped",
            {"output": counts.name, "dropped": counts.dropped, "error": counts.last_error},
        )
