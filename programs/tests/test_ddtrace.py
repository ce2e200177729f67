"""The ids of Datadog's tracer on lines, and what ddtrace says by itself."""

from __future__ import annotations

from pathlib import Path

from programs.program import free_port
from programs.tests.scripts import run_script

CODE = """
import json, logging
from ddtrace.trace import tracer
from provide.foundation import configure, get_logger
from provide.foundation.integrations.ddtrace import add_datadog_ids

add_datadog_ids()
add_datadog_ids()
configure(schema="datadog", output="stdout")
log, library = get_logger("shop"), logging.getLogger("library")

def say():
    print(json.dumps({"ids": tracer.get_log_correlation_context()}), flush=True)

with tracer.trace("outer"):
    say()
    log.info("one")
    with tracer.trace("inner"):
        say()
        library.info("two")
    say()
    log.info("three")
library.info("four")
"""


def test_lines_have_the_ids_of_the_active_span(tmp_path: Path) -> None:
    """Lines of both kinds have the ids that ddtrace says, once, and none outside of a span."""
    lines = run_script(
        tmp_path, CODE, "ddtrace-run", "python", "program.py",
        DD_SERVICE="shop", DD_TRACE_AGENT_URL=f"http://127.0.0.1:{free_port()}",
    )  # fmt: skip

    *spoken, outside, lost = lines
    for said, line in zip(spoken[::2], spoken[1::2], strict=True):
        ids = {name: said["ids"][name] for name in ("dd.trace_id", "dd.span_id")}
        assert ids == {name: value for name, value in line.items() if name.startswith("dd.")}
    assert ["one", "two", "three"] == [line["message"] for line in spoken[1::2]]
    assert "four" == outside["message"]
    assert [] == [name for name in outside if name.startswith("dd.")]
    assert ("ddtrace.internal.writer.writer", "error") == (lost["logger.name"], lost["status"])


def test_late_call_is_said(tmp_path: Path) -> None:
    """Who calls it behind the set-up is told that lines have no ids yet."""
    code = """
from provide.foundation import setup_telemetry
from provide.foundation.integrations.ddtrace import add_datadog_ids

setup_telemetry()
add_datadog_ids()
"""
    lines = run_script(tmp_path, code)

    assert ["lines get Datadog's ids from the next set-up on: call this before that"] == [
        line["event"] for line in lines
    ]


def test_missing_ddtrace_is_named(tmp_path: Path) -> None:
    """Without ddtrace the module says which package it needs."""
    code = """
import sys
sys.modules["ddtrace"] = None
from provide.foundation.integrations import MissingFramework
try:
    import provide.foundation.integrations.ddtrace
except MissingFramework as error:
    print('{"error": "%s"}' % error.distribution)
"""
    assert [{"error": "ddtrace"}] == run_script(tmp_path, code)
