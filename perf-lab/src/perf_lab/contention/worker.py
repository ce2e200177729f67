"""The process of one contender: `python -m perf_lab.contention.worker <rival>`.

With `PERF_LAB_WATCH_LOCKS` in the environment every lock that is made from Python is watched, from
before the rival is imported.
"""

from __future__ import annotations

import os

from perf_lab.contention import locks


def main() -> None:
    """Watch the locks, if that is asked for, and serve."""
    if os.environ.get(locks.VARIABLE):
        locks.install()
    # After the locks: what these import makes some.
    from perf_lab.contention.subject import Subject
    from perf_lab.processes import worker

    worker.main(Subject)


if __name__ == "__main__":
    main()
