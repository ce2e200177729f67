"""The sender for Loki that the documentation shows: a server that is as strict has each line."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    flush,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)

PAGE = Path(__file__).parent.parent / "docs/guide/shipping.md"


def check_push(body: Any) -> list[tuple[dict[str, str], int, str]]:
    """Return labels, nanoseconds and line of each entry of a body that Loki would take.

    Source: Loki's HTTP API, "Ingest logs".
    """
    assert ["streams"] == list(body)
    entries = []
    for stream in body["streams"]:
        assert {"stream", "values"} == set(stream)
        labels = stream["stream"]
        assert labels
        assert all(re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name) for name in labels)
        assert all(type(value) is str for value in labels.values())
        for moment, line in stream["values"]:
            assert re.fullmatch("[0-9]{19}", moment)  # a text, in nanoseconds
            assert type(line) is str
            assert "\n" not in line
            entries.append((labels, int(moment), line))
    return entries


class Loki(http.server.ThreadingHTTPServer):
    """Take pushes as Loki does: 204, 400 for a body of another form, 429 when it is asked to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Reader)
        self.entries: list[tuple[dict[str, str], int, str]] = []
        self.statuses: list[int] = []
        self.overloaded = 0


class _Reader(http.server.BaseHTTPRequestHandler):
    server: Loki

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 204
        try:
            assert "/loki/api/v1/push" == self.path
            assert "application/json" == self.headers["Content-Type"]
            entries = check_push(json.loads(body))
        except (AssertionError, ValueError):
            status = 400
        if status == 204 and self.server.overloaded:
            self.server.overloaded -= 1
            status = 429
        if status == 204:
            self.server.entries.extend(entries)
        self.server.statuses.append(status)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Loki]:
    """Give a server on the loopback."""
    reset_for_testing()
    with Loki() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
    reset_for_testing()


def documented_sender() -> Any:
    """Return the class that the page shows."""
    found = re.search(r'```python title="loki.py"\n(.*?)```', PAGE.read_text(), re.DOTALL)
    assert found is not None
    space: dict[str, Any] = {"__name__": "loki"}
    exec(found[1], space)
    return space["Loki"]


def test_loki_has_each_line(server: Loki, tmp_path: Path) -> None:
    """Each line is there with its labels and its own moment, behind an overload too."""
    server.overloaded = 1
    sender = documented_sender()("127.0.0.1", server.server_address[1], app="shop")
    outputs = [OutputConfig(sender, batch=2), OutputConfig(tmp_path / "a.log")]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs)))
    log = get_logger("app")
    log.info("order_placed", text="é \u2028 \n x", number=1)
    log.error("payment_refused", number=2)
    log.info("order_placed", number=3)
    assert flush()
    written = (tmp_path / "a.log").read_text(encoding="utf-8").split("\n")[:-1]

    assert [429, 204, 204] == server.statuses
    assert written == [line for _, _, line in server.entries]
    assert ["info", "error", "info"] == [labels["level"] for labels, _, _ in server.entries]
    assert {"shop"} == {labels["app"] for labels, _, _ in server.entries}
    micros = [json.loads(line)["timestamp"][20:26] for line in written]
    assert micros == [f"{nanos // 1000 % 1_000_000:06d}" for _, nanos, _ in server.entries]
    assert {} == stats().outputs["Loki"].dropped


def test_refusal_is_final(server: Loki) -> None:
    """What Loki refuses is not sent again, and counted."""
    sender = documented_sender()("127.0.0.1", server.server_address[1], **{"no-label": "x"})
    outputs = [OutputConfig(sender, batch=2)]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs)))
    get_logger("app").info("order_placed")
    assert flush()

    assert [400] == server.statuses
    assert {"refused": 1} == stats().outputs["Loki"].dropped
