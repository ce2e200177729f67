"""Lines in Sentry, as a back end that reads envelopes gets them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from programs.receiver import Receiver, read_envelopes, receiving
from programs.tests.scripts import run_script

HEAD = """
import logging, sys, time
import sentry_sdk
from provide.foundation import LoggingConfig, TelemetryConfig, bind_contextvars, get_logger
from provide.foundation import setup_telemetry
from provide.foundation.integrations.sentry import FoundationIntegration

sentry_sdk.init(
    enable_logs=True, auto_enabling_integrations=False, integrations=[FoundationIntegration()],
    shutdown_timeout=30,  # not 2 s: a busy machine may need longer to send at the end
)
setup_telemetry()
log = get_logger("shop")

def pay(order_id):
    raise ValueError("refused")

"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a back end."""
    with receiving() as found:
        yield found


def run(folder: Path, receiver: Receiver, code: str, head: str = HEAD) -> list[dict[str, Any]]:
    """Run a program with Sentry, and return its lines."""
    dsn = f"http://key@127.0.0.1:{receiver.port}/1"
    return run_script(folder, head + code, SENTRY_DSN=dsn, SENTRY_RELEASE="1")


def events_of(lines: list[dict[str, Any]]) -> list[str]:
    """Return the program's own events: where sending takes long, one says at exit that it waits."""
    return [line["event"] for line in lines if line["logger"] != "sentry_sdk"]


def test_event_has_the_live_exception(tmp_path: Path, receiver: Receiver) -> None:
    """An error is an event with frames and their locals, fields, a tag and earlier lines."""
    code = """
bind_contextvars(request_id="r-1")
log.info("order_read", order_id=7, password="".join(("hunt", "er2")))
try:
    pay(order_id=7)
except ValueError:
    log.exception("payment_failed", order_id=7, api_token="".join(("hunt", "er2")))
"""
    run(tmp_path, receiver, code)

    [event] = read_envelopes(receiver, "event")
    [error] = event["exception"]["values"]
    frame = error["stacktrace"]["frames"][-1]
    assert ("pay", {"order_id": "7"}) == (frame["function"], frame["vars"])
    assert ("ValueError", "refused") == (error["type"], error["value"])
    assert {"type": "foundation", "handled": True} == error["mechanism"]
    assert ("error", "shop") == (event["level"], event["logger"])
    assert "payment_failed" == event["logentry"]["message"]
    fields = event["contexts"]["fields"]
    assert (7, "r-1") == (fields["order_id"], fields["request_id"])
    assert {"request_id": "r-1"} == event["tags"]
    assert ["order_read"] == [each["message"] for each in event["breadcrumbs"]["values"]]
    assert b"hunter2" not in b"".join(body for _, body in receiver.bodies)


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param(("ours", "sentry", "uvicorn"), id="line-first"),
        pytest.param(("sentry", "ours", "uvicorn"), id="sentry-first"),
        pytest.param(("uvicorn", "other", "ours", "sentry"), id="another-one-between"),
    ],
)
def test_exception_counts_once(tmp_path: Path, receiver: Receiver, calls: tuple[str, ...]) -> None:
    """An exception is one event, whoever reports it, and however often."""
    code = f"""
say = {{
    "ours": lambda error: log.error("failed", exc_info=error),
    "sentry": sentry_sdk.capture_exception,
    "uvicorn": lambda error: logging.getLogger("uvicorn.error").error("Oh", exc_info=error),
    "other": lambda error: log.error("other", exc_info=KeyError("other")),
}}
try:
    pay(1)
except ValueError as error:
    for name in {calls!r}:
        say[name](error)
"""
    run(tmp_path, receiver, code)

    kinds = [each["exception"]["values"][-1]["type"] for each in read_envelopes(receiver, "event")]
    assert 1 == kinds.count("ValueError")
    assert calls.count("other") == kinds.count("KeyError")


def test_records_of_logging_come_once(tmp_path: Path, receiver: Receiver) -> None:
    """A record of `logging` is one event and one log, with its secrets masked."""
    code = """
logging.getLogger("pool").error("no %s", "connection", extra={"db_password": "hunter2"})
"""
    run(tmp_path, receiver, code)

    [event] = read_envelopes(receiver, "event")
    assert "no connection" == event["logentry"]["formatted"]
    [entry] = read_envelopes(receiver, "log")
    assert "***" == entry["attributes"]["db_password"]["value"]


def test_logs_have_fields_as_attributes(tmp_path: Path, receiver: Receiver) -> None:
    """Sentry's logs have the level, the event as it is, and fields in their own types."""
    code = """
log.debug("unseen")
log.warning("price {of} order", cents=380, paid=True, items=["a", 1], nothing=None)
"""
    run(tmp_path, receiver, code)

    [entry] = read_envelopes(receiver, "log")
    found = {name: each["value"] for name, each in entry["attributes"].items()}
    assert ("warn", "price {of} order") == (entry["level"], entry["body"])
    assert (380, True, '["a", 1]') == (found["cents"], found["paid"], found["items"])
    assert "shop" == found["logger.name"]
    assert "nothing" not in found


def test_line_of_a_request_is_no_event(tmp_path: Path, receiver: Receiver) -> None:
    """The line that sums up a failing request is no second event beside its exception."""
    code = """
log.error("request_finished", **{"http.request.method": "GET", "error.type": "ValueError"})
"""
    run(tmp_path, receiver, code)

    assert [] == read_envelopes(receiver, "event")
    assert ["request_finished"] == [each["body"] for each in read_envelopes(receiver, "log")]


def test_hook_that_logs_does_not_go_round(tmp_path: Path, receiver: Receiver) -> None:
    """A line that Sentry's own hook writes is a line, and no event."""
    head = HEAD.replace("enable_logs=True", "before_send=lambda e, h: log.error('sent') or e")
    lines = run(tmp_path, receiver, 'log.error("failed")\n', head)

    assert ["sent", "failed"] == sorted(events_of(lines), reverse=True)
    assert 1 == len(read_envelopes(receiver, "event"))


def test_uncaught_exception_is_one_event(tmp_path: Path, receiver: Receiver) -> None:
    """What ends a thread is one event, not handled, though hooks of both see it."""
    head = HEAD.replace(
        "setup_telemetry()",
        "setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_uncaught=True)))",
    )
    code = """
import threading
thread = threading.Thread(target=pay, args=(1,))
thread.start()
thread.join()
"""
    lines = run(tmp_path, receiver, code, head)

    assert ["uncaught exception in a thread"] == events_of(lines)
    [event] = read_envelopes(receiver, "event")
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False


def test_slow_back_end_costs_no_call(tmp_path: Path, receiver: Receiver) -> None:
    """While the back end holds its answers back, calls go on."""
    receiver.delay_s = 5.0
    code = """
log.error("first")
slowest = 0.0
for number in range(200):
    began = time.perf_counter()
    log.error("failed", number=number)
    slowest = max(slowest, time.perf_counter() - began)
sys.stdout.flush()
print('{"slowest": %f}' % slowest)
sys.stdout.flush()
import os
os._exit(0)
"""
    *lines, measured = run(tmp_path, receiver, code)

    assert 201 == len(lines)
    assert measured["slowest"] < 2.5


def test_logging_that_stays_goes_its_own_way(tmp_path: Path, receiver: Receiver) -> None:
    """Where Foundation leaves `logging` alone, Sentry takes its records by itself, if told to."""
    head = HEAD.replace(
        "FoundationIntegration()", "FoundationIntegration(capture_stdlib=True)"
    ).replace(
        "setup_telemetry()",
        "setup_telemetry(TelemetryConfig(logging=LoggingConfig(capture_stdlib=False)))",
    )
    code = """
logging.getLogger("pool").addHandler(logging.NullHandler())
logging.getLogger("pool").error("no connection")
log.error("failed")
"""
    run(tmp_path, receiver, code, head)

    events = [each["logentry"]["message"] for each in read_envelopes(receiver, "event")]
    assert ["failed", "no connection"] == sorted(events)


def test_late_import_is_said(tmp_path: Path, receiver: Receiver) -> None:
    """Who imports the integration after the set-up is told that lines do not reach Sentry yet."""
    head = """
from provide.foundation import setup_telemetry
setup_telemetry()
"""
    lines = run(tmp_path, receiver, HEAD.replace("setup_telemetry()\nlog", "log"), head)

    assert ["provide.foundation"] == [line["logger"] for line in lines]
    assert "import its integration before that" in lines[0]["event"]


def test_pending_events_at_the_exit_are_a_line(tmp_path: Path, receiver: Receiver) -> None:
    """What Sentry says of events that it still has to send is a line, not text."""
    receiver.delay_s = 0.3

    lines = run(tmp_path, receiver, 'log.error("failed")\n')

    assert ["failed", "sending pending events"] == [line["event"] for line in lines]


def test_missing_sentry_is_named(tmp_path: Path) -> None:
    """Without sentry-sdk the module says which package it needs."""
    code = """
import sys
sys.modules["sentry_sdk"] = None
from provide.foundation.integrations import MissingFramework
try:
    import provide.foundation.integrations.sentry
except MissingFramework as error:
    print('{"error": "%s"}' % error.distribution)
"""
    assert [{"error": "sentry-sdk"}] == run_script(tmp_path, code)
