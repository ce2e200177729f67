"""The viewer's output: written whole, to a reader that may be slow or gone, coloured or not."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Mapping
from errno import EINVAL, EPIPE

from provide.foundation._output.descriptor import wait_writable
from provide.foundation._output.encoding import is_terminal, shows_colors

if sys.platform == "win32":
    from provide.foundation._windows.console import is_console

POLL_S = 0.2


def wait_for_reader(descriptor: int, seconds: float) -> bool:
    """Sleep; return False as soon as nobody can read any more what is written."""
    if not hasattr(select, "poll"):
        time.sleep(seconds)  # Windows: the next write will tell
        return True
    poll = select.poll()
    poll.register(descriptor, 0)
    return not poll.poll(seconds * 1000)


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, to a descriptor that may be non-blocking.

    Raises:
        OSError: Nobody reads any more, or the disk is full.
    """
    if sys.platform == "win32" and is_console(descriptor):  # it takes text
        print(data.decode("utf-8", "replace"), end="", flush=True)
        return
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            wait_writable(descriptor, POLL_S)
        except OSError as error:
            if sys.platform == "win32" and error.errno == EINVAL:  # so it says there
                raise BrokenPipeError(EPIPE, os.strerror(EPIPE)) from None
            raise


def wants_color(choice: str, environment: Mapping[str, str]) -> bool:
    """Tell whether to write colours: as chosen, else NO_COLOR over FORCE_COLOR over a terminal.

    Source: https://no-color.org and https://force-color.org: only a value that is not empty counts.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    if not is_terminal(sys.stdout) or environment.get("TERM") == "dumb":
        return False
    return shows_colors(sys.stdout)
