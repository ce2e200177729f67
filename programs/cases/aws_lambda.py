"""AWS's own runtime for Python, cold and warm, with text and with JSON as its format."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from signal import SIGTERM

from programs.lambda_api import RuntimeApi, runtime_api
from programs.load import plan_requests
from programs.program import Failure, Program, Run, started

_FUNCTION = {
    "AWS_LAMBDA_FUNCTION_NAME": "shop",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
}
#: Processes one after the other: each has one cold start.
_PROCESSES = 2


def invoke(**more: str) -> Callable[[Path, int], Run]:
    """Return what runs the function's processes, with further variables of the environment."""

    def run(folder: Path, count: int) -> Run:
        requests = plan_requests(count)
        waiting = iter(requests.items())
        for _ in range(_PROCESSES):
            with runtime_api() as api:
                part = dict(islice(waiting, count // _PROCESSES))
                command = [sys.executable, "-m", "awslambdaric", "lambda_app.handle"]
                where = {"AWS_LAMBDA_RUNTIME_API": api.address}
                with started(command, folder, end=SIGTERM, **_FUNCTION, **where, **more):
                    api.invoke(part)
                _check_answers(api, part)
        written = (folder / "written").read_bytes()
        _check_starts(written)
        return Run(written, requests)

    return run


def _check_answers(api: RuntimeApi, requests: dict[str, str]) -> None:
    for request_id, path in requests.items():
        kind, body = api.answers[request_id]
        wanted = "error" if path.startswith("/fail") else "response"
        if kind != wanted or (kind == "error" and b"RuntimeError" not in body):
            raise Failure(f"{path} was answered with {kind}: {body!r}")


def _check_starts(written: bytes) -> None:
    rows = [json.loads(row) for row in written.splitlines() if b"invocation_finished" in row]
    cold = [row for row in rows if row["faas.coldstart"]]
    if len(cold) != _PROCESSES or not all(
        "trace_id" in row and "remaining_ms" in row for row in rows
    ):
        raise Failure(f"{len(cold)} cold starts, or lines without a trace")


_IN_BACKGROUND = invoke(AWS_LAMBDA_LOG_FORMAT="JSON", PROVIDE_LOG_DELIVERY="background")
PROGRAMS = [
    Program(
        name,
        "awslambdaric",
        run,
        quick=quick,
        events=("item_shown", "stock read", "invocation_finished"),
        failing_events=("invocation_finished",),
    )
    for name, run, quick in (
        ("AWS Lambda, awslambdaric", invoke(), True),
        ("AWS Lambda, JSON, in background", _IN_BACKGROUND, False),
    )
]
