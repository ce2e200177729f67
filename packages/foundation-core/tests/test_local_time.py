"""Local time in lines that people read at a terminal; all other lines are in UTC."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import ConfigurationError, Console
from provide.foundation._record.timestamps import (
    FIRST_SECOND,
    LAST_SECOND,
    format_moment,
    format_time,
    local_second_text,
    second_text,
)

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow

if sys.platform == "win32":
    pytest.skip("terminals and TZ as POSIX has them", allow_module_level=True)

#: Central Europe's rules without a data base of zones.
ZONE = "CET-1CEST,M3.5.0,M10.5.0/3"
#: The last half second of summer time in 2026, in UTC 00:59:59.5.
LAST_OF_SUMMER = 1792889999.5

SCRIPT = """
import json, sys, time
import time_machine
from provide.foundation import *

def set_up(form, colors):
    outputs = [OutputConfig("stdout", formatter=form)]
    if sys.argv[2] == "beside":
        outputs.append(OutputConfig(sys.argv[3], formatter="key_value"))
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(
        outputs=outputs, console=Console(time="local", colors=colors), capture_stdlib=False)))

log = get_logger("app")
for form in sys.argv[1].split(","):
    set_up(form, form == "compact")
    for moment in (1792889999.5, 1792890000.5):
        with time_machine.travel(moment, tick=False):
            log.info("x", number=1)
            log.info("x", number=2)
            if sys.argv[2] == "moves":
                import os
                os.environ["TZ"] = "UTC"
                time.tzset()
print(stats().lane)
"""


def written(lane: str, forms: str, folder: Path, kind: str = "alone") -> str:
    """Return what is written to a terminal around the end of summer time."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, forms, kind, folder / "a.log"],
        stdout=theirs,
        env={**os.environ, "FOUNDATION_LANE": lane, "TZ": ZONE},
    ) as child:
        os.close(theirs)
        found = bytearray()
        try:
            while part := os.read(ours, 65536):
                found += part
        except OSError:  # the other end is closed, as Linux says it
            pass
        os.close(ours)
        assert 0 == child.wait()
    *lines, taken = re.sub("\x1b\\[[0-9;]*m", "", found.decode()).splitlines()
    assert lane == taken
    return "\n".join(lines)


@pytest.mark.parametrize("lane", LANES)
def test_end_of_summer_time(lane: str, tmp_path: Path) -> None:
    """Clocks are set back within a second, and so are lines; a file beside them is in UTC."""
    lines = written(lane, "key_value,compact", tmp_path, "beside").splitlines()
    times = ["02:59:59.500"] * 2 + ["02:00:00.500"] * 2
    rules = ["── Sun 25 Oct 2026 · CEST ", "── Sun 25 Oct 2026 · CET "]
    shown = [line for line in lines if not line.startswith("──")]
    assert rules == [line.rstrip("─") for line in lines if line not in shown]
    assert times * 2 == [line[:12] for line in shown]
    assert (["00:59:59.500000Z"] * 2 + ["01:00:00.500000Z"] * 2) * 2 == re.findall(
        "timestamp=2026-10-25T([^ ]*)", (tmp_path / "a.log").read_text()
    )


def test_json_is_in_utc(tmp_path: Path) -> None:
    """JSON has UTC at a terminal, too."""
    lines = written("fast", "json", tmp_path).splitlines()
    assert "2026-10-25T00:59:59.500000Z" == json.loads(lines[0])["timestamp"]


def test_zone_that_moves(tmp_path: Path) -> None:
    """A process that sets another zone has it in its lines from the next second on."""
    lines = written("fast", "compact", tmp_path, "moves").splitlines()
    assert "02:59:59.500" == lines[0][:12]
    assert {"01:00:00.500"} == {line[:12] for line in lines[2:]}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (1774745999.9996, "2026-03-29 01:59:59.999"),
        (1774746000.0, "2026-03-29 03:00:00.000"),
        (LAST_OF_SUMMER, "2026-10-25 02:59:59.500"),
        (LAST_OF_SUMMER + 1, "2026-10-25 02:00:00.500"),
        (-0.25, "1970-01-01 00:59:59.750"),
    ],
)
def test_moments(moment: float, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both changes of the year fall where the rules say, in moments that are cut."""
    monkeypatch.setenv("TZ", ZONE)
    time.tzset()
    try:
        found = format_moment(moment, local=True), format_time(moment, local=True)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (expected, expected[11:]) == found


@pytest.mark.parametrize("moment", [FIRST_SECOND, LAST_SECOND, 1e300, -1e300, float("nan")])
@pytest.mark.parametrize("zone", ["AAA-14", "BBB12"])
def test_moments_beyond_the_calendar(
    moment: float, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that is far off costs no line: where local time has no year of four digits."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = format_moment(moment, local=True)
        if moment in (FIRST_SECOND, LAST_SECOND):
            text = local_second_text(int(moment))
            assert text[:4] in ("0001", "9999", second_text(int(moment))[:4])
    finally:
        monkeypatch.undo()
        time.tzset()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", found)


def test_what_is_not_allowed() -> None:
    """The option is one of two words."""
    wrong: Any = "Europe/Berlin"
    with pytest.raises(ConfigurationError, match=r"logging\.console\.time"):
        Console(time=wrong)
