"""What py-spy samples: `python target.py <library> <workload> <path> <seconds>`, a loop of calls.

Prints the processor time of a call, in nanoseconds.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from loops import Bench  # noqa: E402 - the path comes first

_TURNS = 500
#: Of a file, before it is emptied.
_MOST_BYTES = 64 << 20


def main() -> None:
    """Log until the time is over."""
    library, workload, path, seconds = sys.argv[1:]
    pipe = os.dup(1)
    os.dup2(2, 1)
    bench = Bench(library)
    bench.prepare(workload, path)
    turns, cpu = 0, 0
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        started = time.process_time_ns()
        bench._loop(_TURNS)
        cpu += time.process_time_ns() - started
        turns += _TURNS
        if path != os.devnull and os.path.getsize(path) > _MOST_BYTES:
            os.truncate(path, 0)
    os.write(pipe, b"%f\n" % (cpu / turns))


if __name__ == "__main__":
    main()
