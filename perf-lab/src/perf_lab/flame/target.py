"""What py-spy samples: a loop of calls, by library, workload, path and seconds.

It times its calls for so long, prints the processor time of one in nanoseconds, and goes on until
its stdin ends.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
import time

from perf_lab.processes.subject import Subject

_ITERATIONS = 500
#: Of a file, before it is emptied.
_MOST_BYTES = 64 << 20


# Source: prctl(2), PR_SET_PTRACER and PR_SET_PTRACER_ANY.
_SET_PTRACER, _ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


def let_sample() -> None:
    """Let processes of the same user sample this one, where Linux allows that to parents only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PTRACER, _ANYBODY, 0, 0, 0)


def main() -> None:
    """Log until nobody listens any more."""
    library, workload, path, seconds = sys.argv[1:]
    pipe = os.dup(1)
    os.dup2(2, 1)
    let_sample()
    bench = Subject(library)
    bench.prepare(workload, path)
    iterations, cpu = 0, 0
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        started = time.process_time_ns()
        bench._loop(_ITERATIONS)
        cpu += time.process_time_ns() - started
        iterations += _ITERATIONS
    os.write(pipe, b"%f\n" % (cpu / iterations))
    while not select.select([0], [], [], 0)[0]:
        bench._loop(_ITERATIONS * 20)
        if path != os.devnull and os.path.getsize(path) > _MOST_BYTES:
            os.truncate(path, 0)


if __name__ == "__main__":
    main()
