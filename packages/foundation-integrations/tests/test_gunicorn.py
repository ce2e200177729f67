"""gunicorn writes by Foundation: a real one, its master and its workers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

APP = """
import time
from provide.foundation import get_logger
from provide.foundation.integrations.wsgi import RequestMiddleware

log = get_logger("shop")

def app(environ, start):
    if environ["PATH_INFO"] == "/broken":
        raise RuntimeError("no such warehouse")
    if environ["PATH_INFO"] == "/slow":
        time.sleep(60)
    log.info("order_read")
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]

app = RequestMiddleware(app)
"""
LOGGER = "provide.foundation.integrations.gunicorn.Logger"
Lines = list[dict[str, Any]]


@contextmanager
def serving(folder: Path, *options: str, **variables: str) -> Iterator[int]:
    """Run gunicorn in a folder, its output in ``folder/out``, and yield its port."""
    (folder / "app.py").write_text(APP)
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    # A worker that is told to end before it listens to signals is killed by then.
    command += ["--graceful-timeout", "5", "--logger-class", LOGGER, *options, "app:app"]
    with (folder / "out").open("ab") as out:
        process = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=out, env={**os.environ, **variables}
        )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    finally:
        process.kill()
        process.wait()


def ask(port: int, path: str) -> int:
    """Return the status that a path is answered with, 0 where the connection breaks."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={"X-Request-ID": path.strip("/")})
        try:
            return connection.getresponse().status
        except (RemoteDisconnected, ConnectionResetError):
            return 0


def lines_of(folder: Path) -> Lines:
    """Return what gunicorn has written, every line of it JSON."""
    return [json.loads(row) for row in (folder / "out").read_text().splitlines()]


def named(lines: Lines, logger: str) -> list[str]:
    """Return the events of one logger."""
    return [line["event"] for line in lines if line["logger"] == logger]


def listen() -> socket.socket:
    """Return a socket that takes datagrams."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    receiver.settimeout(20)
    return receiver


def receive(receiver: socket.socket, is_it: Callable[[bytes], bool]) -> bytes:
    """Return the first datagram that is as wanted."""
    while not is_it(found := receiver.recv(4096)):
        pass
    return found


def test_master_and_workers_write_json(tmp_path: Path) -> None:
    """From its first line to its last one gunicorn writes JSON, and no access lines unasked."""
    with serving(tmp_path, "-w", "2") as port:
        statuses = [ask(port, "/first"), ask(port, "/broken")]

    lines = lines_of(tmp_path)
    events = named(lines, "gunicorn.error")
    assert [200, 500] == statuses
    assert "Starting gunicorn" in events[0]
    assert "Shutting down: Master" == events[-1]
    assert 2 == " ".join(events).count("Booting worker")
    assert [] == named(lines, "gunicorn.access")


def test_failure_stands_once_with_its_id(tmp_path: Path) -> None:
    """The exception is on gunicorn's own line, and what the worker says later has no id."""
    with serving(tmp_path) as port:
        ask(port, "/broken")

    lines = lines_of(tmp_path)
    failed = [line for line in lines if "exception" in line]
    of_request = [line["logger"] for line in lines if line.get("request_id") == "broken"]
    assert ["no such warehouse"] == [line["exception"]["message"] for line in failed]
    assert ["http.server", "gunicorn.error"] == of_request
    assert [None] == [line.get("request_id") for line in lines if "Worker exiting" in line["event"]]


def test_access_lines_come_when_asked_for(tmp_path: Path) -> None:
    """With `accesslog = "-"` there is one access line a request, with its id."""
    with serving(tmp_path, "--access-logfile", "-") as port:
        for path in ("/first", "/broken", "/second"):
            ask(port, path)

    found = [line for line in lines_of(tmp_path) if line["logger"] == "gunicorn.access"]
    assert ["first", "broken", "second"] == [line["request_id"] for line in found]


def test_files_are_gunicorns_own(tmp_path: Path) -> None:
    """What is to go to files goes there, in gunicorn's format, and nowhere else."""
    with serving(
        tmp_path, "--access-logfile", "access.log", "--error-logfile", "error.log"
    ) as port:
        ask(port, "/first")

    lines = lines_of(tmp_path)
    assert '"GET /first HTTP/1.1" 200' in (tmp_path / "access.log").read_text()
    assert "Booting worker" in (tmp_path / "error.log").read_text()
    assert [] == named(lines, "gunicorn.access") + named(lines, "gunicorn.error")


def test_captured_output_is_json(tmp_path: Path) -> None:
    """A file that gets stderr as well has the lines of gunicorn in the format of all others."""
    with serving(tmp_path, "--error-logfile", "error.log", "--capture-output") as port:
        ask(port, "/first")

    rows = (tmp_path / "error.log").read_text().splitlines()
    loggers = {json.loads(row)["logger"] for row in rows}
    assert {"gunicorn.error", "shop", "http.server"} == loggers


def test_syslog_gets_lines_besides(tmp_path: Path) -> None:
    """With `syslog` its lines go there too, in gunicorn's format."""
    with closing(listen()) as receiver:
        address = f"udp://127.0.0.1:{receiver.getsockname()[1]}"
        with serving(tmp_path, "--log-syslog", "--log-syslog-to", address) as port:
            ask(port, "/first")
            access = receive(receiver, lambda text: b"GET /first" in text)

    assert b"gunicorn.app.app.access: [" in access
    assert "Shutting down: Master" in named(lines_of(tmp_path), "gunicorn.error")


def test_metrics_go_to_statsd(tmp_path: Path) -> None:
    """With `statsd_host` gunicorn's metrics arrive, and its lines are JSON as ever."""
    with closing(listen()) as receiver:
        host = f"127.0.0.1:{receiver.getsockname()[1]}"
        with serving(tmp_path, "--statsd-host", host) as port:
            ask(port, "/first")
            counted = receive(receiver, lambda text: text.startswith(b"gunicorn.requests"))

    assert b"gunicorn.requests:1|c|@1.0" == counted
    assert "Shutting down: Master" in named(lines_of(tmp_path), "gunicorn.error")


def test_worker_that_exceeds_its_time_says_so(tmp_path: Path) -> None:
    """The request that was cut has its line, marked, and the master says what it did."""
    with serving(tmp_path, "--timeout", "1") as port:
        ask(port, "/slow")

    lines = lines_of(tmp_path)
    cut = [line for line in lines if line["event"] == "request_finished"]
    assert [("slow", True)] == [
        (line["request_id"], line["http.response.incomplete"]) for line in cut
    ]
    assert 1 == sum("WORKER TIMEOUT" in event for event in named(lines, "gunicorn.error"))


def test_killed_worker_tears_no_line(tmp_path: Path) -> None:
    """Of a worker that is killed in a request the master says so; the next one answers."""
    with serving(tmp_path) as port:
        ask(port, "/first")
        booted = next(
            event for event in named(lines_of(tmp_path), "gunicorn.error") if "Booting" in event
        )
        os.kill(int(booted.rpartition(" ")[2]), signal.SIGKILL)
        status = ask(port, "/second")

    lines = lines_of(tmp_path)
    assert 200 == status
    assert 1 == sum("was sent SIGKILL" in event for event in named(lines, "gunicorn.error"))
    assert ["order_read", "order_read"] == named(lines, "shop")


def test_configuration_after_hup_is_no_second_one(tmp_path: Path) -> None:
    """After a SIGHUP each line still comes once."""
    (tmp_path / "gunicorn.conf.py").write_text('pidfile = "pid"\n')
    with serving(tmp_path) as port:
        ask(port, "/first")
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGHUP)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and len(_booted(tmp_path)) < 2:
            time.sleep(0.02)
        ask(port, "/second")

    events = named(lines_of(tmp_path), "gunicorn.error")
    assert 1 == sum("Hang up" in event for event in events)
    assert 2 == len(_booted(tmp_path)) == len(set(_booted(tmp_path)))


def _booted(folder: Path) -> list[str]:
    return [event for event in named(lines_of(folder), "gunicorn.error") if "Booting" in event]


def test_set_up_of_the_configuration_file_stays(tmp_path: Path) -> None:
    """What `gunicorn.conf.py` has set up is not set up anew from the environment."""
    (tmp_path / "gunicorn.conf.py").write_text(
        "from provide.foundation import configure\nconfigure(service_name='shop')\n"
    )
    with serving(tmp_path) as port:
        ask(port, "/first")

    assert {"shop"} == {line["service"] for line in lines_of(tmp_path)}


def test_logging_dict_beside_ours_adds_no_line(tmp_path: Path) -> None:
    """Handlers of `logconfig_dict` for stderr are set aside, and those for files write."""
    (tmp_path / "gunicorn.conf.py").write_text(
        "logconfig_dict = {'version': 1, 'handlers': {"
        "'console': {'class': 'logging.StreamHandler'},"
        "'error_console': {'class': 'logging.StreamHandler'},"
        "'file': {'class': 'logging.FileHandler', 'filename': 'own.log'}},"
        "'root': {'handlers': ['console', 'file'], 'level': 'INFO'}}\n"
    )
    with serving(tmp_path) as port:
        ask(port, "/first")

    events = named(lines_of(tmp_path), "gunicorn.error")
    assert 1 == events.count("Using worker: sync")
    assert 1 == (tmp_path / "own.log").read_text().count("Using worker: sync")


def test_wrong_variable_is_named(tmp_path: Path) -> None:
    """A variable that is not valid ends gunicorn with an error that names it."""
    with serving(tmp_path, PROVIDE_LOG_LEVEL="LOUD"):
        pass

    assert "PROVIDE_LOG_LEVEL" in (tmp_path / "out").read_text()


@pytest.mark.parametrize("options", [["-k", "gthread"], ["--preload"]], ids=lambda o: o[-1])
def test_context_ends_with_its_request(tmp_path: Path, options: list[str]) -> None:
    """No line of one request has another one's id, whatever runs it."""
    with serving(tmp_path, *options) as port:
        for number in range(20):
            ask(port, f"/{number}")

    found = [line for line in lines_of(tmp_path) if line["logger"] == "shop"]
    assert [str(number) for number in range(20)] == [line["request_id"] for line in found]
