"""Datadog's tracer around a web program, with nobody at the address of its agent."""

from __future__ import annotations

import json
from pathlib import Path

from programs.program import Failure, Program, Run, free_port
from programs.web import serve


def run(folder: Path, count: int) -> Run:
    """Serve under ddtrace-run, and compare the ids on lines with those of ddtrace."""
    served = serve(
        "ddtrace-run", "uvicorn", "ddtrace_app:app", "--port", "{port}",
        DD_SERVICE="shop", DD_ENV="prod", DD_VERSION="1.2",
        DD_TRACE_AGENT_URL=f"http://127.0.0.1:{free_port()}",
    )(folder, count)  # fmt: skip
    lines = [json.loads(row) for row in served.written.splitlines() if row.startswith(b"{")]
    traces: dict[str, str] = {}
    for line in (each for each in lines if each["event"] == "item_shown"):
        traces[line["request_id"]] = line["trace_id"]
        if (line["api_trace"], int(line["api_span"])) != (
            line["trace_id"], int(line["span_id"], 16),
        ):  # fmt: skip
            raise Failure(f"other ids than ddtrace's: {line}")
    if len(set(traces.values())) != len(traces):
        raise Failure("requests share a trace")
    for line in lines:
        wanted = traces.get(line.get("request_id", ""))
        if wanted is not None and line.get("trace_id") != wanted:
            raise Failure(f"not the trace of its request: {line}")
        if (line["service"], line["environment"]) != ("shop", "prod"):
            raise Failure(f"not ours: {line}")
    if not any("failed to send" in line["event"] for line in lines):
        raise Failure("ddtrace has not said that its agent is missing")
    return served


PROGRAMS = [Program("ddtrace-run, FastAPI under uvicorn", "ddtrace", run, quick=True)]
