"""Calls with hardly any room on the stack, by real processes: none raises, the event is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installed_lanes import LANES
from lane_process import Lane

# One call from each depth up to the limit, where the caller itself has hardly any room.
SCRIPT = """
use(log_file=FILE, console_formatter="{form}")
calls, refused = 0, 0

def room(): return (lambda: None)()

def descend():
    global calls, refused
    try:
        room()
    except RecursionError:
        return
    calls += 1
    try:
        log.info("the_event", value=[{{"k": {{1}}}}])
        log.info("the_event", value=1)
    except RecursionError:
        refused += 1
    descend()

log.info("the_event")
sys.setrecursionlimit(200)
descend()
sys.setrecursionlimit(1000)
report(calls=calls, refused=refused)
"""


@pytest.mark.parametrize("form", ["json", "key_value", "compact"])
@pytest.mark.parametrize("name", LANES)
def test_line_keeps_its_event(name: str, form: str, tmp_path: Path) -> None:
    """Each line that is written has its event, however little room its rendering found."""
    done = Lane(name, tmp_path).run(SCRIPT.format(form=form))

    assert 0 == done.status, done.stderr
    written, dropped = done.balance(str(done.file))
    data = done.file.read_bytes()
    assert (written, written) == (len(re.findall(b"the_event", data)), data.count(b"\n"))
    calls, refused = done.report["calls"], done.report["refused"]
    assert 2 * calls + 1 - 2 * refused <= written + dropped <= 2 * calls + 1
