"""Batches for callables: each line is sent once or counted, whatever the sender does."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES
from provide.foundation import (
    ConfigurationError,
    Delivery,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    flush,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)

#: Together they take more than five seconds, and are the same on each Python.
pytestmark = pytest.mark.slow

log = get_logger("shop.orders")
Send = Callable[[list[bytes]], object]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Begin and end without a set-up."""
    reset_for_testing()
    yield
    reset_for_testing()


def use(send: Send, *others: Any, delivery: Delivery | None = None, **batch: Any) -> None:
    """Set up with batches for a sender, and with other outputs."""
    outputs = [OutputConfig(send, **{"batch": 500, **batch}), *others]
    logging = LoggingConfig(
        outputs=outputs, capture_stdlib=False, delivery=delivery or Delivery("direct")
    )
    setup_telemetry(TelemetryConfig(logging=logging))


def numbers(lines: Sequence[bytes]) -> list[int]:
    """Return the numbers of lines."""
    return [json.loads(line)["number"] for line in lines]


def balance(name: str) -> tuple[int, Mapping[str, int]]:
    """Return how many lines an output wrote, and what it dropped by reason."""
    output = stats().outputs[name]
    return sum(output.written.values()), output.dropped


def wait_for(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + 30
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.01)


class Sender:
    """Keep batches, and do before that what is asked for."""

    def __init__(self, do: Callable[[list[bytes]], object] = lambda lines: None) -> None:
        self.__qualname__ = "sender"
        self.batches: list[list[bytes]] = []
        self.calls = 0
        self.threads: set[int] = set()
        self._do = do

    def __call__(self, lines: list[bytes]) -> object:
        """Take one batch."""
        self.calls += 1
        self.threads.add(threading.get_ident())
        answer = self._do(lines)
        if answer is not False:
            self.batches.append(lines)
        return answer


@pytest.mark.parametrize("lane", LANES)
def test_lines_are_those_of_a_file(
    lane: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Batches hold the very lines that a file has, in order, and no call runs the sender."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    sender = Sender()
    use(sender, tmp_path / "a.log", batch=20, batch_age_s=60)
    for number in range(50):
        log.info("order_placed", number=number, secret="s")
    log.error("order_failed", number=50, text="a\nb")
    assert flush()
    assert lane == stats().lane

    assert (tmp_path / "a.log").read_bytes() == b"".join(b"".join(each) for each in sender.batches)
    assert max(len(each) for each in sender.batches) == 20
    assert threading.get_ident() not in sender.threads
    assert (51, {}) == balance("sender")


def test_full_batch_waits_for_nothing() -> None:
    """A batch that is full is sent at once."""
    sender = Sender()
    use(sender, batch=3, batch_age_s=3600)
    for number in range(3):
        log.info("x", number=number)
    wait_for(lambda: bool(sender.batches))

    assert [[0, 1, 2]] == [numbers(each) for each in sender.batches]


def test_age_of_a_batch_is_bounded() -> None:
    """A smaller batch waits for its age, with an error's line in it, and no longer."""
    sender = Sender()
    use(sender, batch_age_s=0.8)
    start = time.monotonic()
    log.error("x", number=0)
    log.info("x", number=1)
    wait_for(lambda: bool(sender.batches))

    assert time.monotonic() - start > 0.7
    assert [[0, 1]] == [numbers(each) for each in sender.batches]


def test_bytes_of_a_batch_are_bounded() -> None:
    """No batch has more bytes than it may, but for a line that is longer by itself."""
    sender = Sender()
    use(sender, batch_bytes=1000, batch_age_s=60)
    for number, size in enumerate([300, 300, 300, 5000, 10, 10]):
        log.info("x", number=number, text="x" * size)
    flush()

    assert [0, 1, 2, 3, 4, 5] == [n for each in sender.batches for n in numbers(each)]
    assert all(len(b"".join(each)) <= 1000 or len(each) == 1 for each in sender.batches)
    assert len(sender.batches) == 4


def test_refused_lines_are_not_tried_again(capfd: pytest.CaptureFixture[str]) -> None:
    """False counts lines as refused, at once; what is no False does not."""
    sender = Sender(lambda lines: b'"number":1' not in b"".join(lines) and None)
    use(sender, batch=1)
    for number in range(3):
        log.info("x", number=number)
    flush()

    assert 3 == sender.calls
    assert [[0], [2]] == [numbers(each) for each in sender.batches]
    assert (2, {"refused": 1}) == balance("sender")
    assert {"sender": 1} == stats().faults
    assert 1 == capfd.readouterr().err.count("batch could not be sent")


class Server:
    """Be a real HTTP server on the loopback that answers as it is told to.

    Args:
        answers: What it does with the first requests, one after the other: a status, or "close"
            for none at all, or a number of seconds that it waits; then it answers 204.
    """

    def __init__(self, *answers: object) -> None:
        left = list(answers)
        self.bodies: list[bytes] = []
        self.tries = 0
        outer = self

        class Reader(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.tries += 1
                answer = left.pop(0) if left else 204
                if answer == "close":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if isinstance(answer, float):
                    outer.released.wait(answer)
                    answer = 204
                if answer == 204:
                    outer.bodies.append(body)
                self.send_response(int(str(answer)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Keep quiet."""

        self.released = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reader)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def send(self, lines: list[bytes]) -> object:
        """Send lines to it, as a program would."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=0.4)
        try:
            connection.request("POST", "/", b"".join(lines))
            status = connection.getresponse().status
        finally:
            connection.close()
        if status >= 500:
            raise OSError(f"the server answers {status}")
        return status < 300

    @property
    def numbers(self) -> list[int]:
        """Return the numbers of all lines that it has taken."""
        return [n for body in self.bodies for n in numbers(body.splitlines())]


@pytest.mark.parametrize("answers", [(503,), ("close",), (5.0,)], ids=["fails", "closes", "hangs"])
def test_server_that_fails_once(
    answers: tuple[object, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    """A server that fails, closes the connection or hangs is tried again, and has each line."""
    with Server(*answers) as server:
        use(server.send)
        for number in range(10):
            log.info("x", number=number)
        assert flush()

    assert [*range(10)] == sorted(set(server.numbers))
    assert 2 == server.tries
    assert (10, {}) == balance("Server.send")
    assert {"sender": 1} == stats().faults
    (said,) = capfd.readouterr().err.splitlines()
    assert ("batch could not be sent", "Server.send") == (
        json.loads(said)["event"], json.loads(said)["output"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "reason", "tries"),
    [((503,) * 9, "oserror", 3), (("close",) * 9, "remotedisconnected", 3), ((400,), "refused", 1)],
    ids=["fails", "closes", "refuses"],
)
def test_losses_are_counted(answers: tuple[object, ...], reason: str, tries: int) -> None:
    """A batch is tried as often as it may be, then its lines are dropped by the last reason."""
    with Server(*answers) as server:
        use(server.send, batch_attempts=3, batch_retry_s=1.0)
        for number in range(10):
            log.info("x", number=number)
        assert flush()

    assert tries == server.tries
    assert (0, {reason: 10}) == balance("Server.send")
    assert tries == stats().faults["sender"]


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, MemoryError, RecursionError])
def test_whatever_a_sender_raises(error: type[BaseException]) -> None:
    """Also what ends a thread costs its own batch, and the thread sends the next one."""

    def fail_first(lines: list[bytes]) -> None:
        if sender.calls == 1:
            raise error

    sender = Sender(fail_first)
    use(sender, batch=1, batch_attempts=1)
    log.info("x", number=0)
    log.info("x", number=1)
    assert flush()

    assert [[1]] == [numbers(each) for each in sender.batches]
    assert (1, {error.__name__.lower(): 1}) == balance("sender")


def test_retries_end_with_their_seconds() -> None:
    """No attempt begins later than the seconds say."""
    begun: list[float] = []

    def fail(lines: list[bytes]) -> None:
        begun.append(time.monotonic())
        raise ConnectionError

    use(fail, batch_attempts=99, batch_retry_s=1.0)
    log.info("x")
    assert flush()

    assert 2 <= len(begun) <= 6
    assert begun[-1] - begun[0] < 5
    assert {"connectionerror": 1} == balance(fail.__qualname__)[1]


def test_slow_server_gets_larger_batches() -> None:
    """While one batch is under way the next one gathers."""
    with Server(*[0.1] * 50) as server:
        use(server.send, batch_age_s=0.01)
        for number in range(100):
            log.info("x", number=number)
            time.sleep(0.002)
        assert flush()

    assert [*range(100)] == server.numbers
    assert len(server.bodies) < 50
    assert (100, {}) == balance("Server.send")


def test_sender_that_hangs(capfd: pytest.CaptureFixture[str]) -> None:
    """A sender that does not return holds no call and no shutdown; it is said once."""
    gate = threading.Event()
    sender = Sender(lambda lines: gate.wait(30) and None)
    use(
        sender,
        batch=5,
        batch_retry_s=0.1,
        delivery=Delivery(queue_lines=40, drain_timeout_s=0.2),
    )
    for number in range(100):
        log.info("x", number=number)
    time.sleep(1.2)
    log.info("x", number=100)
    log.info("x", number=101)
    shutdown_telemetry()
    assert not sender.batches  # all this while it hung
    said = capfd.readouterr().err
    gate.set()
    wait_for(lambda: bool(sender.batches))
    written, dropped = balance("sender")

    assert 1 == said.count("sender of batches does not return")
    assert {"sender": 1} == stats().faults
    assert 0 == written
    assert {"queue_full", "exit"} == set(dropped)
    assert 102 == sum(dropped.values())


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, [0, *range(14, 20)]),
        ("drop_oldest", [0, *range(14, 20)]),
        ("drop_newest", [*range(7)]),
        ("block", [*range(7)]),
    ],
)
def test_full_queue(policy: Any, expected: list[int]) -> None:
    """What finds no room goes as the queue's policy says, and counts; only `block` waits."""
    entered, gate = threading.Event(), threading.Event()

    def wait(lines: list[bytes]) -> None:
        entered.set()
        gate.wait(30)

    sender = Sender(wait)
    use(
        sender,
        batch=1,
        queue_policy=policy,
        delivery=Delivery(queue_lines=7, write_timeout_s=1.0),
    )
    log.info("x", number=0)
    entered.wait(30)
    start = time.monotonic()
    for number in range(1, 20):
        log.info("x", number=number)
    took = time.monotonic() - start
    gate.set()
    assert flush()

    assert expected == [n for each in sender.batches for n in numbers(each)]
    assert (7, {"queue_full": 13}) == balance("sender")
    assert (policy == "block") == (took > 0.9)


def test_sender_that_logs(tmp_path: Path) -> None:
    """What a sender logs in its thread is not sent by it, and is in the other outputs."""
    sender = Sender(lambda lines: log.info("sending", lines=len(lines)))
    use(sender, tmp_path / "a.log", batch_age_s=0.05)
    log.info("x", number=1)
    flush()
    time.sleep(0.3)
    flush()

    assert [[1]] == [numbers(each) for each in sender.batches]
    assert ["x", "sending"] == [
        json.loads(line)["event"] for line in (tmp_path / "a.log").read_text().splitlines()
    ]
    assert (1, {"reentrant": 1}) == balance("sender")


def test_library_that_logs(tmp_path: Path) -> None:
    """A sender whose HTTP library logs each request does not feed itself."""
    urllib3 = pytest.importorskip("urllib3", reason="the oldest versions are tested without it")
    pool = urllib3.PoolManager(retries=False)
    with Server() as server:
        url = f"http://127.0.0.1:{server.port}/"
        sender = Sender(lambda lines: pool.request("POST", url, body=b"".join(lines)))
        send = OutputConfig(sender, batch=500, batch_age_s=0.05)
        outputs = [send, OutputConfig(tmp_path / "a.log")]
        setup_telemetry(
            TelemetryConfig(logging=LoggingConfig(default_level="DEBUG", outputs=outputs))
        )
        log.info("x", number=1)
        flush()
        time.sleep(0.3)
        flush()
        pool.clear()
    loggers = [json.loads(line)["logger"] for line in (tmp_path / "a.log").read_text().splitlines()]

    assert [1] == server.numbers
    assert "urllib3.connectionpool" in loggers
    assert (1, {"reentrant": len(loggers) - 1}) == balance("sender")


SCRIPT = """
import os, signal, sys, threading, time
from provide.foundation import *

def send(lines):
    with open("sent", "ab", 0) as file:
        file.write(b"".join(lines))

outputs = [OutputConfig(send, batch=1000, batch_age_s=60), OutputConfig("stderr")]
delivery = Delivery(drain_on_sigterm=True)
logging = LoggingConfig(outputs=outputs, delivery=delivery, capture_stdlib=False)
setup_telemetry(TelemetryConfig(logging=logging))
log = get_logger("a")
for number in range(20):
    log.info("x", number=number)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals and fork as POSIX has them")
@pytest.mark.parametrize(
    ("end", "status", "expected"),
    [
        ("", 0, 20),
        ("raise LookupError", 1, 20),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)", -signal.SIGTERM, 20),
        ("shutdown_telemetry(); os._exit(0)", 0, 20),
        ("flush(); os._exit(0)", 0, 20),
        (
            "child = os.fork()\n"
            "for number in range(20, 25): log.info('x', number=number + 10 * (child == 0))\n"
            "if child: os.waitpid(child, 0)",
            0,
            30,
        ),
        (
            "import multiprocessing\n"
            "work = lambda: log.info('x', number=20)\n"
            "child = multiprocessing.get_context('fork').Process(target=work)\n"
            "child.start(); child.join()",
            0,
            21,
        ),
    ],
    ids=["exit", "exception", "sigterm", "shutdown", "flush", "fork", "multiprocessing"],
)
def test_nothing_is_lost_at_the_end(end: str, status: int, expected: int, tmp_path: Path) -> None:
    """Each end of a process sends what is queued, once; a forked child begins with nothing."""
    done = interpreters.run(
        [sys.executable, "-c", SCRIPT + end],
        cwd=tmp_path, capture_output=True, timeout=60, check=False,
        env={**os.environ, "FOUNDATION_LANE": "fast"},
    )  # fmt: skip
    sent = numbers((tmp_path / "sent").read_bytes().splitlines())

    assert (status, expected) == (done.returncode, len(sent)), done.stderr
    assert len(set(sent)) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_sender_that_forks(tmp_path: Path) -> None:
    """A sender that forks, and returns in both processes, has each line sent once."""
    script = SCRIPT.replace("(lines))\n", "(lines))\n    os.fork()\n", 1)
    script = script.replace("batch=1000", "batch=5")
    script += "flush()\n"  # a fork would wait for a shutdown that is under way
    interpreters.run([sys.executable, "-c", script], cwd=tmp_path, timeout=60, check=True)

    assert [*range(20)] == sorted(numbers((tmp_path / "sent").read_bytes().splitlines()))


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no thread, lines wait for one that it gives later."""
    from provide.foundation._output.delivery import background

    sender = Sender()
    with monkeypatch.context() as without:

        def refuse(*_: object) -> int:
            raise RuntimeError("can't start new thread")

        without.setattr(background, "start_new_thread", refuse)
        use(sender)
        for number in range(3):
            log.info("x", number=number)
    log.info("x", number=3)
    flush()

    assert [[0, 1, 2, 3]] == [numbers(each) for each in sender.batches]
    assert (4, {}) == balance("sender")


@pytest.mark.parametrize(
    ("target", "options", "field"),
    [
        ("a.log", {"batch": 5}, "outputs.batch"),
        ("stderr", {"batch": 5}, "outputs.batch"),
        (sys.stdout, {"batch": 5}, "outputs.batch"),
        (print, {"batch": 0}, "outputs.batch"),
        (print, {"batch": -1}, "outputs.batch"),
        (print, {"batch": True}, "outputs.batch"),
        (print, {"batch": 2.5}, "outputs.batch"),
        (print, {"batch": 5, "batch_age_s": 0}, "outputs.batch_age_s"),
        (print, {"batch": 5, "batch_age_s": -1.0}, "outputs.batch_age_s"),
        (print, {"batch": 5, "batch_age_s": float("nan")}, "outputs.batch_age_s"),
        (print, {"batch": 5, "batch_bytes": 0}, "outputs.batch_bytes"),
        (print, {"batch": 5, "batch_attempts": 0}, "outputs.batch_attempts"),
        (print, {"batch": 5, "batch_retry_s": -1}, "outputs.batch_retry_s"),
        (print, {"batch": 5, "delivery": "direct"}, "outputs.delivery"),
    ],
)
def test_what_is_not_allowed(target: Any, options: dict[str, Any], field: str) -> None:
    """Batches that cannot be are an error, which names the field and what is allowed."""
    with pytest.raises(ConfigurationError) as caught:
        OutputConfig(target, **options)
    assert field == caught.value.field


def test_handler_takes_no_batches() -> None:
    """A handler of `logging` is no callable that takes lines."""
    import logging

    with pytest.raises(ConfigurationError, match="a target that is a callable"):
        OutputConfig(logging.NullHandler(), batch=5)
