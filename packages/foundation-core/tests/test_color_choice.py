"""Who decides on colours: code, then variables, then what the output is."""

from __future__ import annotations

import os
import sys

import pytest

import interpreters

if sys.platform == "win32":
    pytest.skip("a terminal as POSIX has it", allow_module_level=True)

from screens import read_to_end

#: Ways of setting up that say nothing of colours in code.
WAYS = {
    "configuration": "setup_telemetry(TelemetryConfig(logging=LoggingConfig(output='stdout')))",
    "preset": "setup_telemetry(TelemetryConfig.development())",
    "environment": "setup_telemetry()",
    "configure": "configure(output='stdout', format='compact')",
    "compact": "setup_telemetry(TelemetryConfig.minimal())",
    "outputs": "setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=[sys.stdout])))",
}
CHOICES = ("NO_COLOR", "FORCE_COLOR", "TERM", "PROVIDE_LOG_CONSOLE_COLORS")


def is_coloured(set_up: str, environment: dict[str, str], *, terminal: bool = True) -> bool:
    """Say whether a line of a program has colour codes."""
    code = f"import sys\nfrom provide.foundation import *\n{set_up}\nget_logger('a').error('x')\n"
    kept = {name: value for name, value in os.environ.items() if name not in CHOICES}
    ours, theirs = os.openpty() if terminal else os.pipe()
    with interpreters.Popen(
        [sys.executable, "-c", code],
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm", **environment},
    ) as child:
        os.close(theirs)
        found = read_to_end(ours)
        assert 0 == child.wait()
    assert b"x" in found
    return b"\x1b[" in found


@pytest.mark.parametrize("way", WAYS)
def test_no_color(way: str) -> None:
    """NO_COLOR leaves colours out at a terminal, whatever the way of setting up."""
    assert (True, False) == (
        is_coloured(WAYS[way], {}),
        is_coloured(WAYS[way], {"NO_COLOR": "1"}),
    )


@pytest.mark.parametrize(
    ("set_up", "terminal", "environment", "expected"),
    [
        pytest.param("preset", True, {"TERM": "dumb"}, False, id="dumb"),
        pytest.param("preset", True, {"TERM": "dumb", "FORCE_COLOR": "1"}, True, id="dumb-forced"),
        pytest.param("preset", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, id="no-wins"),
        pytest.param("preset", True, {"NO_COLOR": ""}, True, id="empty-is-unset"),
        pytest.param("preset", False, {}, False, id="pipe"),
        pytest.param("preset", False, {"FORCE_COLOR": "1"}, True, id="pipe-forced"),
    ],
)
def test_precedence(
    set_up: str, terminal: bool, environment: dict[str, str], expected: bool
) -> None:
    """NO_COLOR comes before FORCE_COLOR, and both before the terminal and its TERM."""
    assert expected == is_coloured(WAYS[set_up], environment, terminal=terminal)


@pytest.mark.parametrize(
    ("colors", "environment"),
    [("True", {"NO_COLOR": "1", "TERM": "dumb"}), ("False", {"FORCE_COLOR": "1"})],
)
def test_code_comes_first(colors: str, environment: dict[str, str]) -> None:
    """What code says of colours holds whatever the environment says."""
    way = (
        "setup_telemetry(TelemetryConfig(logging=LoggingConfig("
        f"console_formatter='compact', console=Console(colors={colors}))))"
    )
    assert (colors == "True") == is_coloured(way, environment)
