"""Sentry in a web program: each failure is one event there, with the id of its request."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from programs.program import Failure, Program, Run
from programs.receiver import Receiver, read_envelopes, receiving
from programs.web import serve


def run(folder: Path, count: int) -> Run:
    """Serve with a back end beside it, and see what that has got."""
    with receiving() as receiver:
        served = serve(
            "uvicorn", "sentry_app:app", "--port", "{port}",
            SENTRY_DSN=f"http://key@127.0.0.1:{receiver.port}/1",
        )(folder, count)  # fmt: skip
        check_received(receiver, served)
    return served


def check_received(receiver: Receiver, served: Run) -> None:
    """Compare what Sentry has got with what was asked for.

    Raises:
        Failure: An event or a log is missing, came twice, or is another request's.
    """
    failing = {each for each, path in served.requests.items() if path.startswith("/fail")}
    shown = Counter(served.requests.keys() - failing)
    receiver.wait_for(lambda: len(_logs(receiver, "item_shown")) >= len(shown), "all logs")
    events = read_envelopes(receiver, "event")
    got = Counter(event["tags"].get("request_id") for event in events)
    if got != Counter(failing):
        raise Failure(f"events of {dict(got)} are not those of {failing}")
    for event in events:
        frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
        if frames[-1]["function"] != "fail" or not frames[-1]["vars"]:
            raise Failure(f"no live traceback: {frames[-1]}")
    if Counter(_logs(receiver, "item_shown")) != shown:
        raise Failure("logs of Sentry are not those of the requests")


def _logs(receiver: Receiver, text: str) -> list[str]:
    logs = [each for each in read_envelopes(receiver, "log") if each["body"] == text]
    return [each["attributes"]["request_id"]["value"] for each in logs]


PROGRAMS = [
    Program("Sentry, FastAPI under uvicorn", "sentry-sdk", run, requests=500),
]
