"""Lines that are handed on to `logging`: once each, to whoever listens there."""

from __future__ import annotations

import gzip
import http.server
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    stats,
)

log = get_logger("shop.orders")


class Kept(logging.Handler):
    """Keep records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)


@pytest.fixture(params=LANES)
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Give a handler that stands on the root logger."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    reset_for_testing()
    handler = Kept()
    logging.root.addHandler(handler)
    yield handler
    logging.root.removeHandler(handler)
    reset_for_testing()


def set_up(path: Path, **options: Any) -> None:
    """Set up with a file, and hand on."""
    setup_telemetry(
        TelemetryConfig(logging=LoggingConfig(log_file=path, propagate=True, **options))
    )


def events_in(path: Path) -> list[str]:
    """Return the events of all lines in a file."""
    return [json.loads(line)["event"] for line in path.read_text().splitlines()]


@pytest.mark.parametrize("capture_stdlib", [True, False])
def test_each_line_arrives_once(kept: Kept, tmp_path: Path, capture_stdlib: bool) -> None:
    """Lines, and records of `logging`, are in the file and with the handler once each."""
    path = tmp_path / "a.log"
    set_up(path, capture_stdlib=capture_stdlib)
    log.info("order_placed", order_id=7)
    try:
        raise ValueError("no")
    except ValueError:
        log.exception("order_failed")
    logging.getLogger("lib").warning("theirs %d", 5)
    found = [(each.name, each.levelname, each.getMessage()) for each in kept.records]

    theirs = ("lib", "WARNING", "theirs 5")
    ours = [("shop.orders", "INFO", "order_placed"), ("shop.orders", "ERROR", "order_failed")]
    assert [*ours, theirs] == found
    assert (7, ValueError) == (kept.records[0].order_id, kept.records[1].exc_info[0])
    assert ["order_placed", "order_failed"] + ["theirs 5"] * capture_stdlib == events_in(path)


def test_levels_and_filters(kept: Kept, tmp_path: Path) -> None:
    """Foundation's levels decide what is handed on, and a filter of the logger's sees it."""
    set_up(tmp_path / "a.log")
    refuse = lambda record: "secret" not in record.getMessage()  # noqa: E731  one object to remove
    logging.getLogger("shop.orders").addFilter(refuse)
    try:
        log.debug("low")
        log.info("secret plan")
        set_level("DEBUG")
        log.debug("now")
    finally:
        logging.getLogger("shop.orders").removeFilter(refuse)

    assert ["now"] == [each.getMessage() for each in kept.records]
    assert ["secret plan", "now"] == events_in(tmp_path / "a.log")


def test_handler_that_logs_ends(kept: Kept, tmp_path: Path) -> None:
    """A handler of `logging` that logs through Foundation makes no line without end."""

    class Logs(Kept):
        def emit(self, record: logging.LogRecord) -> None:
            super().emit(record)
            log.info("again")

    logs = Logs()
    logging.root.addHandler(logs)
    try:
        set_up(tmp_path / "a.log")
        log.info("first")
    finally:
        logging.root.removeHandler(logs)
    counts = stats().outputs["logging"]

    assert ["first", "again", "again", "again"] == [each.getMessage() for each in logs.records]
    assert {"reentrant": 1} == counts.dropped
    assert sum(counts.written.values()) + sum(counts.dropped.values()) == len(
        events_in(tmp_path / "a.log")
    )


def test_logging_is_left_as_it_was(tmp_path: Path) -> None:
    """Where nobody listens nothing is printed, and a set-up without it leaves no trace."""
    done = interpreters.run(
        [sys.executable, "-c", """
import logging
from provide.foundation import *
last = logging.lastResort
config = LoggingConfig(log_file="a.log", propagate=True, capture_stdlib=False)
setup_telemetry(TelemetryConfig(logging=config))
setup_telemetry(TelemetryConfig(logging=config))
get_logger("a").error("ours")
logging.getLogger("lib").error("theirs")
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="a.log", capture_stdlib=False)))
assert logging.lastResort is last and last.filters == [] and logging.root.handlers == []
"""],
        capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True,
    )  # fmt: skip

    assert "theirs\n" == done.stderr
    assert ["ours"] == events_in(tmp_path / "a.log")


def test_caplog_sees_lines(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Pytest's own fixture has lines, with their fields."""
    reset_for_testing()
    set_up(tmp_path / "a.log")
    with caplog.at_level("INFO"):
        log.warning("stock_low", left=2)
    reset_for_testing()

    assert [("shop.orders", logging.WARNING, "stock_low")] == caplog.record_tuples
    assert 2 == caplog.records[0].__dict__["left"]


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[Any]]]:
    """Give a DSN on the loopback, and the items that arrive there, each with its type."""
    items: list[Any] = []

    class Reader(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            rows = body.split(b"\n")[1:]
            while len(rows) >= 2:
                items.append((json.loads(rows[0])["type"], json.loads(rows[1])))
                rows = rows[2:]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reader) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://key@127.0.0.1:{server.server_address[1]}/1", items
        server.shutdown()
        thread.join()


SENTRY = """
import logging, sys
import sentry_sdk, structlog
from provide.foundation import *

def set_up():
    config = LoggingConfig(propagate=True, capture_uncaught=True)
    setup_telemetry(TelemetryConfig(logging=config))

def init():
    sentry_sdk.init(sys.argv[1], debug=False)

init() if sys.argv[2] == "before" else set_up()
set_up() if sys.argv[2] == "before" else init()
log, theirs, bridged = get_logger("ours"), logging.getLogger("theirs"), structlog.get_logger("s")
log.info("step_one", number=1)
theirs.info("step_two")
bridged.info("step_three")
log.error("ours_error", order_id=7)
log.error("ours_error", order_id=9)
theirs.error("theirs_error")
bridged.error("bridged_error", order_id=8)
for fail, name in ((log.exception, "ours"), (theirs.exception, "theirs"),
                   (bridged.exception, "bridged")):
    try:
        raise ValueError(name)
    except ValueError:
        fail(name + "_exception")
sentry_sdk.flush(10)
raise LookupError("at the end")
"""


LIBRARIES = ("ours", "theirs", "bridged")


@pytest.mark.parametrize("order", ["before", "behind"])
def test_sentry_has_each_error_once(
    order: str, sentry: tuple[str, list[Any]], tmp_path: Path
) -> None:
    """Errors of three libraries are one event each, by name; other lines are breadcrumbs."""
    pytest.importorskip("sentry_sdk", reason="the oldest versions are tested without it")
    dsn, items = sentry
    script = tmp_path / "program.py"
    script.write_text(SENTRY)
    done = interpreters.run(
        [sys.executable, script, dsn, order],
        capture_output=True, text=True, timeout=100, check=False,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    events = [item for kind, item in items if kind == "event"]
    named = [event for event in events if "logentry" in event]

    assert done.returncode == 1
    # Sentry groups by the name alone, whatever the fields of a line are.
    names = [f"{who}_{what}" for who in LIBRARIES for what in ("error", "exception")]
    errors = [event for event in named if event["level"] == "error"]
    assert sorted(["ours_error", *names]) == sorted(each["logentry"]["message"] for each in errors)
    assert not any(event["logentry"].get("params") for event in errors)
    assert not any("fingerprint" in event for event in errors)
    assert {"ours", "theirs", "s"} == {event["logger"] for event in errors}
    failed = {
        event["logentry"]["message"]: event["exception"]["values"][-1]["value"]
        for event in named
        if event["logentry"]["message"].endswith("_exception")
    }
    assert {f"{who}_exception": who for who in LIBRARIES} == failed
    first, again = (event for event in named if event["logentry"]["message"] == "ours_error")
    assert (7, 9) == (first["extra"]["order_id"], again["extra"]["order_id"])
    crumbs = [each["message"] for each in first["breadcrumbs"]["values"]]
    assert ["step_one", "step_two", "step_three"] == [
        each for each in crumbs if each.startswith("step")
    ]
    ends = [
        event
        for event in events
        if "exception" in event and event["exception"]["values"][-1]["type"] == "LookupError"
    ]
    assert 1 == len(ends)
