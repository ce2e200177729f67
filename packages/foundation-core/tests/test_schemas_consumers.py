"""The lines of each schema have what its back end reads: under the same names, of the same types.

`consumers/lines.json` holds what the back ends' own packages for Python write, with their versions;
`consumers/record.py` made it. `consumers/ecs_fields.json` holds the published list of ECS.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import interpreters
from extended_program import fill_folder

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "consumers/lines.json").read_text("utf-8"))
ECS = json.loads((HERE / "consumers/ecs_fields.json").read_text("utf-8"))["fields"]
TRACE_ID, SPAN_ID = "4b" * 16, "7c" * 8
EXTENSION = f"""
from provide.foundation.extension import Extension

TRACE = b'"trace_id":"{TRACE_ID}","span_id":"{SPAN_ID}","trace_flags":"01"'


def make_extension(config):
    return Extension("traced", trace_fields=lambda: TRACE)
"""
PROGRAM = """
import sys
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

logging = LoggingConfig(
    console_formatter="json", output="stdout", schema=sys.argv[1], callsite=True,
    extensions=("traced",),
)
setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
log = get_logger("shop.orders")
log.info("order_placed", order_id=42)
log.warning("stock_low")
try:
    int("twelve")
except ValueError:
    log.exception("payment_failed", order_id=42)
log.critical("out_of_stock")
"""


@functools.cache
def write_lines(schema: str) -> list[dict[str, Any]]:
    """Return what a program writes to standard output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill_folder(folder, PROGRAM, "traced", EXTENSION)
        done = interpreters.run(
            [sys.executable, "program.py", schema], cwd=folder, check=True, timeout=120,
            capture_output=True, text=True,
            env={**os.environ, "GOOGLE_CLOUD_PROJECT": "shop-prod"},
        )  # fmt: skip
    assert done.stderr == ""
    return [json.loads(row) for row in done.stdout.splitlines()]


def flatten(members: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value under its dotted name: back ends take an object and a dot for the same."""
    for key, value in members.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{before}{key}.")
        else:
            yield before + key, value


def recorded(package: str) -> list[dict[str, Any]]:
    """Return the lines that a back end's package has made of the same calls."""
    lines: list[dict[str, Any]] = RECORDED[package]["lines"]
    return lines


def compare(schema: str, package: str, but: str = "") -> dict[str, int]:
    """Return how many lines have each name in both, and check that all values but one are alike."""
    shared: dict[str, int] = {}
    for ours, theirs in zip(write_lines(schema), recorded(package), strict=True):
        own = dict(flatten(ours))
        for name, value in flatten(theirs):
            if name in own and name != but:
                assert type(value) is type(own[name]), name
                shared[name] = shared.get(name, 0) + 1
    return shared


@pytest.mark.parametrize(
    ("schema", "name", "package", "their_name"),
    [
        ("ecs", "log.level", "ecs-logging", "log.level"),
        ("ecs", "message", "ecs-logging", "message"),
        ("gcp", "severity", "google-cloud-logging", "severity"),
        ("datadog", "message", "ddtrace", "message"),
        ("logstash", "level", "python-logstash", "level"),
        ("logstash", "message", "python-logstash-async", "message"),
    ],
)
def test_levels_and_events_are_spelt_alike(
    schema: str, name: str, package: str, their_name: str
) -> None:
    """Level and event of the same call have the same text."""
    ours = [line[name] for line in write_lines(schema)]
    theirs = [line[their_name].partition("\n")[0] for line in recorded(package)]

    assert theirs == ours


def test_ecs_lines_are_those_of_ecs_logging() -> None:
    """What `ecs-logging` writes of a call stands in a line of ours, under the same names."""
    assert {
        "@timestamp": 4, "log.level": 4, "message": 4, "ecs.version": 4, "log.logger": 4,
        "log.origin.file.line": 4, "log.origin.file.name": 4, "log.origin.function": 4,
        "order_id": 2, "service.name": 4, "span.id": 4, "trace.id": 4,
        "error.type": 1, "error.message": 1, "error.stack_trace": 1,
    } == compare("ecs", "ecs-logging")  # fmt: skip


@pytest.mark.parametrize("number", range(4))
def test_ecs_lines_are_as_the_published_list_says(number: int) -> None:
    """Required fields are there, the first ones in their order, flat where they must be."""
    line = write_lines("ecs")[number]
    own = dict(flatten(line))
    ordered = sorted((spec["index"], name) for name, spec in ECS.items() if "index" in spec)
    kinds = {"string": str, "integer": int, "datetime": str}

    assert [name for _, name in ordered] == list(line)[: len(ordered)]
    assert [] == [name for name, spec in ECS.items() if spec.get("required") and name not in own]
    assert [] == [name for name, spec in ECS.items() if spec.get("top_level") and name not in line]
    for name, spec in ECS.items():
        assert isinstance(own.get(name, kinds[spec["type"]]()), kinds[spec["type"]]), name
    assert datetime.fromisoformat(line["@timestamp"]).tzinfo is not None


def test_google_lines_are_those_of_its_handler() -> None:
    """What the structured handler tells the agent of a call, a line of ours tells it, too."""
    names = "logging.googleapis.com/"
    # The API has the line's number as a text, and takes the number that the handler writes.
    shared = compare("gcp", "google-cloud-logging", but=f"{names}sourceLocation.line")

    assert {
        "message": 4, "severity": 4, f"{names}trace": 4, f"{names}spanId": 4,
        f"{names}trace_sampled": 4, f"{names}sourceLocation.file": 4,
        f"{names}sourceLocation.function": 4,
    } == shared  # fmt: skip
    line = write_lines("gcp")[2]
    assert f"projects/shop-prod/traces/{TRACE_ID}" == line[f"{names}trace"]
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
    # Error Reporting looks for a traceback in the language's own form.
    assert line["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert "ValueError: invalid literal for int() with base 10: 'twelve'" in line["stack_trace"]


def test_datadog_lines_are_linked_as_by_ddtrace() -> None:
    """The ids have the names, the types and the digits that ddtrace gives them."""
    assert {"message": 4, "dd.trace_id": 4, "dd.span_id": 4} == compare("datadog", "ddtrace")
    for line in (*write_lines("datadog"), *recorded("ddtrace")):
        assert 32 == len(line["dd.trace_id"])
        int(line["dd.trace_id"], 16)
        assert line["dd.span_id"].isdecimal()
    assert str(int(SPAN_ID, 16)) == write_lines("datadog")[0]["dd.span_id"]


def test_datadog_lines_make_issues() -> None:
    """Error Tracking takes a line with a service, a status of ERROR or above and a stack."""
    own = dict(flatten(write_lines("datadog")[2]))

    assert ("shop", "error", "ValueError") == (own["service"], own["status"], own["error.kind"])
    assert own["error.stack"].startswith("Traceback (most recent call last):\n")
    assert "invalid literal for int() with base 10: 'twelve'" == own["error.message"]
    assert datetime.fromisoformat(own["timestamp"]).tzinfo is not None


def test_logstash_lines_are_those_of_python_logstash() -> None:
    """What `python-logstash` writes of a call stands in a line of ours, under the same names."""
    assert {
        "@timestamp": 4, "@version": 4, "message": 4, "level": 4, "logger_name": 4, "order_id": 2,
        "stack_trace": 1,
    } == compare("logstash", "python-logstash")  # fmt: skip
    assert {"@timestamp": 4, "@version": 4, "message": 4, "level": 4} == compare(
        "logstash", "python-logstash-async"
    )
    assert [20_000, 30_000, 40_000, 50_000] == [
        line["level_value"] for line in write_lines("logstash")
    ]
