"""What a line costs in processor time at a steady pace: background delivery beside direct.

At full speed the writing thread always has work. At 5,000 lines a second it sleeps between lines,
and what it costs to wake it up is most of the cost. Each way runs in fresh processes, which take
turns; the file of each is parsed. The least of the rounds counts: what else runs on a machine makes
a sleeping process dearer, and never cheaper. `perf-lab delivery --paced` prints the table alone;
imports delivery only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perf_lab.delivery.background import LIMIT_S, RIVALS, read_numbers

LINES_S = 5_000
SECONDS = 0.6
#: What is measured: in each lane, what writes itself and what lets another thread write.
LANES = ("native", "fast")
WAYS = ("foundation", "foundation-background")


def run_paced(name: str, path: str) -> float:
    """Log at the pace, and return the processor time of a line in nanoseconds.

    It has the sleep between two lines in it, which is the same in each way and is what a process
    does at such a pace; taken off, what is left would be the noise of two large figures.
    """
    call, close = RIVALS[name](path)
    call(-1)
    time.sleep(0.1)
    lines = int(LINES_S * SECONDS)
    cpu = time.process_time_ns()
    started = time.monotonic()
    for number in range(lines):
        call(number)
        ahead = started + (number + 1) / LINES_S - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    close()
    return (time.process_time_ns() - cpu) / lines


def measure_paced(rounds: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Return the processor time of a line, by lane and way, of each round; or why there is none."""
    found: dict[str, Any] = {lane: {way: [] for way in WAYS} for lane in LANES}
    try:
        _take_rounds(rounds, found, progress)
    except (subprocess.SubprocessError, ValueError) as error:
        return {"reason": str(error)}
    return found


def _take_rounds(rounds: int, found: dict[str, Any], progress: Callable[[str], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for lane in LANES:
                for way in WAYS:
                    progress(f"at a pace, round {number + 1} of {rounds}: {way}, {lane}")
                    path = Path(folder) / "app.log"
                    path.unlink(missing_ok=True)
                    done = subprocess.run(
                        [sys.executable, "-P", "-m", "perf_lab.delivery.paced", way, str(path)],
                        check=True,
                        capture_output=True,
                        timeout=LIMIT_S,
                        env={**os.environ, "FOUNDATION_LANE": lane},
                    )
                    if read_numbers(path) != list(range(-1, int(LINES_S * SECONDS))):
                        raise ValueError(f"{way}, {lane}: lines are missing")
                    found[lane][way].append(json.loads(done.stdout))


def ratio_of_lane(found: dict[str, Any], lane: str) -> float:
    """Return what background delivery costs in a lane, relative to direct."""
    direct, background = (min(found[lane][way]) for way in WAYS)
    return float(background / direct)


def show_paced(found: dict[str, Any]) -> str:
    """Return the ratio of each lane, and the microseconds behind it."""
    lines = [f"At {LINES_S:,} lines a second, processor time of a line, background beside direct"]
    if "reason" in found:
        return f"{lines[0]}: {found['reason']}"
    for lane in found:
        direct, background = (min(found[lane][way]) / 1000 for way in WAYS)
        ratio = ratio_of_lane(found, lane)
        lines.append(f"{lane:<8} {ratio:.2f}x ({background:.1f} us beside {direct:.1f} us)")
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(run_paced(*sys.argv[1:])))
