"""The process of one contender: `python contention/worker.py <rival>`; see `worker.py`.

With `PERF_LAB_WATCH_LOCKS` in the environment every lock that is made from Python is watched, from
before the rival is imported.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from contention import locks  # noqa: E402 - the path comes first

if os.environ.get(locks.VARIABLE):
    locks.install()

from worker import main  # noqa: E402

from contention.contender import Contender  # noqa: E402 - after the locks

if __name__ == "__main__":
    main(Contender)
