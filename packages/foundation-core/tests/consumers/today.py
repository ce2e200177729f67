"""Back ends' own packages: they read lines of ours, and write what is recorded of them.

`nox -s consumers` installs them and runs this file. What they wrote before stands in `lines.json`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

import pytest
from record import PACKAGES
from test_schemas_consumers import HERE, RECORDED, SPAN_ID, TRACE_ID, write_lines

#: The agent of Google Cloud takes these out of a line, and hands on the rest as the payload.
#: Source: the page "Structured logging" of Cloud Logging, special JSON fields.
_NAMES = "logging.googleapis.com/"
_SPECIAL = {
    "time": "timestamp",
    "severity": "severity",
    f"{_NAMES}trace": "trace",
    f"{_NAMES}spanId": "spanId",
    f"{_NAMES}trace_sampled": "traceSampled",
    f"{_NAMES}sourceLocation": "sourceLocation",
}


def shape(members: Any) -> Any:
    """Return the names of members and the types of their values."""
    if isinstance(members, dict):
        return {name: shape(value) for name, value in members.items()}
    return type(members).__name__


@pytest.mark.parametrize("package", PACKAGES)
def test_package_writes_what_is_recorded(package: str) -> None:
    """The recorded version is the one that is there, and its lines have the recorded members."""
    code = f"import json; from record import record; print(json.dumps(record({package!r})))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=HERE / "consumers", check=True,
        stdout=subprocess.PIPE, text=True, timeout=100,
        env={**os.environ, "DD_SERVICE": "shop", "DD_ENV": "prod", "DD_VERSION": "1.2",
             "DD_TRACE_ENABLED": "true", "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false"},
    )  # fmt: skip
    lines = json.loads(done.stdout.splitlines()[-1])
    recorded = RECORDED[package]

    assert recorded["version"] == version(package)
    assert [shape(line) for line in recorded["lines"]] == [shape(line) for line in lines]


def read_entry(line: dict[str, Any]) -> Any:
    """Return what Google's client makes of the entry that its agent sends for a line."""
    entry: dict[str, Any] = {
        "logName": "projects/shop-prod/logs/app",
        "resource": {"type": "global"},
    }
    entry |= {name: line[key] for key, name in _SPECIAL.items() if key in line}
    entry["jsonPayload"] = {key: line[key] for key in line if key not in _SPECIAL}
    # Raises for a name that the API does not have, and for a value of another type.
    parse = import_module("google.protobuf.json_format").ParseDict
    types = import_module("google.cloud.logging_v2.types")
    parse(entry, types.LogEntry.pb(types.LogEntry()))
    client = import_module("google.cloud.logging_v2.entries").StructEntry
    return client.from_api_repr(entry, None, loggers={entry["logName"]: object()})


def test_google_reads_lines() -> None:
    """The client for Google's API reads each line: time, severity, trace, place and payload."""
    entries = [read_entry(line) for line in write_lines("gcp")]

    assert ["INFO", "WARNING", "ERROR", "CRITICAL"] == [entry.severity for entry in entries]
    assert [42, None, 42, None] == [entry.payload.get("order_id") for entry in entries]
    for entry in entries:
        assert f"projects/shop-prod/traces/{TRACE_ID}" == entry.trace
        assert (SPAN_ID, True) == (entry.span_id, entry.trace_sampled)
        assert {"file", "line", "function"} == set(entry.source_location)
        assert entry.timestamp.tzinfo is not None


def test_wrong_lines_are_refused() -> None:
    """A severity that Google does not have, and a trace that is no text, are refused."""
    line = write_lines("gcp")[0]
    error = import_module("google.protobuf.json_format").ParseError

    with pytest.raises(error):
        read_entry({**line, "severity": "TRACE"})
    with pytest.raises(error):
        read_entry({**line, f"{_NAMES}trace": 7})
