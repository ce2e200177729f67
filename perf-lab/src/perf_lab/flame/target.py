"""What py-spy samples: a loop of calls in the process of one library."""

from __future__ import annotations

import ctypes
import os
import select
import sys
import time

from perf_lab.processes import worker
from perf_lab.processes.subject import Subject

_ITERATIONS = 500
#: Of a file, before it is emptied.
_MOST_BYTES = 64 << 20
# Source: prctl(2), PR_SET_PTRACER and PR_SET_PTRACER_ANY.
_SET_PTRACER, _ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


class Target(Subject):
    """Be a library that logs until it is left."""

    def time_calls(self, seconds: float) -> dict[str, float]:
        """Return the processor time of a call, in nanoseconds, over so many seconds."""
        iterations, cpu = 0, 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.process_time_ns()
            self._loop(_ITERATIONS)
            cpu += time.process_time_ns() - started
            iterations += _ITERATIONS
        return {"call_ns": cpu / iterations}

    def go_on(self, path: str) -> None:
        """Log until nobody listens any more; processes of the same user may sample this one."""
        if sys.platform == "linux":  # which allows it to parents only
            ctypes.CDLL(None).prctl(_SET_PTRACER, _ANYBODY, 0, 0, 0)
        while not select.select([sys.stdin], [], [], 0)[0]:
            self._loop(_ITERATIONS * 20)
            if path != os.devnull and os.path.getsize(path) > _MOST_BYTES:
                os.truncate(path, 0)


if __name__ == "__main__":
    worker.main(Target)
