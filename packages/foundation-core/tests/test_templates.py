"""Template strings as events: the text stays, and the values become fields, in every lane.

Their syntax is an error before CPython 3.14, so the calls stand in a text that is compiled there.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.testing import capture_logs

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 14), reason="CPython 3.14 brings template strings"
)
PAGE = Path(__file__).parents[3] / "docs/guide/blocks-and-values.md"


class User:
    """Have something to be asked for, and a `repr` that fails."""

    id = 7

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


NAMES: dict[str, Any] = {
    "user": User(), "user_id": 42, "price": 12.3, "password": "hunter2", "a": 1, "level": 9,
    "opened": {"password": "x", "k": 1}, "exc_info": 1, "context": bound_contextvars,
    "std": logging.getLogger("std"),
}  # fmt: skip
#: A call; the event and the fields of its line.
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "name": ("log.info(t'user {user_id} in', n=1)", "user {user_id} in", {"n": 1, "user_id": 42}),
    "dotted": ("log.info(t'{user.id}')", "{user.id}", {"user.id": 7}),
    "format": ("log.info(t'{price:.2f}')", "{price}", {"price": "12.30"}),
    "conversion": ("log.info(t'{a!r} {a}')", "{a} {a}", {"a": "1"}),
    "debug": ("log.info(t'{a=}')", "a={a}", {"a": "1"}),
    "object": ("log.info(t'{opened}')", "{opened}", {"opened": {"password": "***", "k": 1}}),
    "object as text": (
        "log.info(t'{opened!r}')", "{opened}", {"opened": "{'password': '***', 'k': 1}"}
    ),
    "explicit": ("log.info(t'{a}', a='given')", "{a}", {"a": "given"}),
    "bound": ("log.bind(a='bound', z=1).info(t'{a}')", "{a}", {"z": 1, "a": 1}),
    "context": ("\nwith context(a=9): log.info(t'{a}')", "{a}", {"a": 1}),
    "expression": ("log.info(t'{a + 1} {[a]}')", "{a + 1} {[a]}", {"value_1": 2, "value_2": [1]}),
    "secret": (
        "log.info(t'{password!r} {opened[\"password\"]}')",
        '{password} {opened["password"]}', {"password": "***", "value_2": "***"},
    ),
    "reserved": (
        "log.info(t'{level} {exc_info}')", "{level} {exc_info}", {"level_": 9, "exc_info_": 1}
    ),
    "raises": (
        "log.info(t'{user!r:>9}')", "{user}", {"user": f"<unprintable {__name__}.User>"}
    ),
    "empty": ("log.info(t'')", "", {}),
    "arguments": ("log.info(t'{a} of %d', 3)", "{a} of 3", {"a": 1}),
    "logging": ("std.warning(t'{user_id}')", "{user_id}", {"user_id": 42}),
}  # fmt: skip


def call(text: str) -> None:
    """Run a call that stands in a text."""
    exec(compile(text, "<call>", "exec"), {**NAMES, "log": get_logger("app")})


@pytest.mark.parametrize("formats", [["json"], ["json", "compact"]], ids=["one", "several"])
@pytest.mark.parametrize("lane", LANES)
def test_values_become_fields(
    lane: str, formats: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call is one counted line in each output, with its event and its fields."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    outputs = [{"target": str(tmp_path / name), "formatter": name} for name in formats]
    config = LoggingConfig(outputs=outputs)
    setup_telemetry(TelemetryConfig(logging=config))
    for text, _, _ in [*CALLS.values()] * 2:
        call(text)
    assert lane == stats().lane
    for name in formats:
        counts = stats().outputs[str(tmp_path / name)]
        assert (2 * len(CALLS), {}) == (sum(counts.written.values()), counts.dropped)
    reset_for_testing()
    found = [json.loads(line) for line in (tmp_path / "json").read_text().splitlines()]
    for line in found:
        del line["timestamp"], line["level"], line["logger"]
    assert [{"event": event, **fields} for _, event, fields in CALLS.values()] * 2 == found
    if len(formats) > 1:
        assert 2 * len(CALLS) == (tmp_path / "compact").read_text().count("\n")


def test_captured_with_its_fields() -> None:
    """What `capture_logs` returns has the template's text and its values."""
    with capture_logs() as captured:
        call("log.info(t'user {user_id} signed in')")

    assert [("user {user_id} signed in", 42)] == [
        (line["event"], line["user_id"]) for line in captured
    ]


def test_page_shows_what_is_printed(tmp_path: Path) -> None:
    """The example of the guide, which the other Pythons cannot run, prints what stands below it."""
    section = PAGE.read_text("utf-8").partition("## Template strings")[2].partition("\n## ")[0]
    program, printed = re.findall(r"```(?:python|json)\n(.*?)```", section, re.S)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PROVIDE_")}
    done = interpreters.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=kept, check=True, capture_output=True, text=True,
    )  # fmt: skip
    times = re.compile(r'"timestamp":"[^"]*"')

    assert times.sub("", printed) == times.sub("", done.stderr)
