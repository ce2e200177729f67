"""What a collector does wrong costs no call its time, and every line is counted once."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import trustme

from otlp_collector import COLLECTORS, PROGRAM, Run, read_attributes

CALLS = 3000
#: Logs, looks how long the longest calls took, and ends.
LOG = f"""
def log_all():
    spent = []
    for number in range({CALLS}):
        before = time.perf_counter()
        log.info("order_placed", number=number)
        spent.append(time.perf_counter() - before)
        if number % 100 == 0:
            time.sleep(0.002)
    spent.sort()
    return spent[len(spent) // 2]

def finish():
    before = time.perf_counter()
    shutdown_telemetry()
    took = time.perf_counter() - before
    print(json.dumps([stats().as_dict()["outputs"]["otlp"], median, took]))
"""
SCRIPT = PROGRAM + LOG


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def check(done: Any, *, reasons: set[str], exit_s: float) -> dict[str, int]:
    """Check what holds for every fault, and return the dropped lines by reason."""
    counts, median, took = done.last
    written, dropped = sum(counts["written"].values()), counts["dropped"]

    assert CALLS == written + sum(dropped.values())
    assert reasons == set(dropped)
    # A call that waited for the collector would take milliseconds.
    assert median < 0.001
    assert took < exit_s
    for reason in reasons - {"exit"}:
        assert 1 == done.stderr.count(f'"reason":"{reason}"'), done.stderr
    return dict(dropped)


@pytest.mark.parametrize("protocol", sorted(COLLECTORS))
def test_absent(protocol: str, run: Run) -> None:
    """Nobody listens at the endpoint."""
    script = SCRIPT + "setup(timeout_s=0.5)\nmedian = log_all()\nfinish()\n"
    name = COLLECTORS[protocol].protocol
    done = run(script, name, f"http://127.0.0.1:{free_port()}")

    check(done, reasons={"export_failed"}, exit_s=7.0)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["refuse", "busy"])
def test_refused(mode: str, collector: Any, run: Run) -> None:
    """The collector refuses every request, for good or for now."""
    collector.mode = mode
    script = SCRIPT + "setup(timeout_s=0.5)\nmedian = log_all()\nfinish()\n"
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    check(done, reasons={"export_failed"}, exit_s=7.0)
    assert [] == collector.records


@pytest.mark.slow
def test_hanging(collector: Any, run: Run) -> None:
    """The collector takes a request and never answers; the exit keeps to its time."""
    collector.mode = "hang"
    script = SCRIPT + "setup(timeout_s=30, exit_timeout_s=1)\nmedian = log_all()\nfinish()\n"
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    check(done, reasons={"exit"}, exit_s=3.0)


@pytest.mark.slow
def test_full_queue(collector: Any, run: Run) -> None:
    """A hanging collector and a short queue: what finds no place is dropped at once."""
    collector.mode = "hang"
    script = SCRIPT + (
        "setup(timeout_s=0.7, queue_size=1000, exit_timeout_s=1)\nmedian = log_all()\n"
        "time.sleep(3)\nfinish()\n"
    )
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    dropped = check(done, reasons={"queue_full", "export_failed"}, exit_s=3.0)
    assert dropped["queue_full"] >= CALLS - 1000 - 2 * 512


@pytest.mark.slow
def test_death_and_return(run: Run, tmp_path: Path) -> None:
    """A collector that dies in mid-stream and comes back gets lines again."""
    for kind in COLLECTORS.values():
        first, second = kind(), kind()
        port = first.start()
        script = (
            SCRIPT
            + f"""
setup(timeout_s=0.4, delay_s=0.05)
spent = []
for number in range({CALLS}):
    before = time.perf_counter()
    log.info("order_placed", number=number)
    spent.append(time.perf_counter() - before)
    time.sleep(0.001)
    if number in ({CALLS} // 4, {CALLS} // 2):
        open("kill" if number < {CALLS} // 2 else "back", "w").close()
median = sorted(spent)[len(spent) // 2]
finish()
"""
        )
        watcher = Watcher(tmp_path, first, second, port)
        watcher.start()
        done = run(script, kind.protocol, f"http://127.0.0.1:{port}")
        watcher.join(10)

        dropped = check(done, reasons={"export_failed"}, exit_s=7.0)
        written = CALLS - sum(dropped.values())
        # One that died before it could answer may have kept what counts as dropped here.
        assert written <= len(first.records) + len(second.records) <= CALLS
        assert first.records
        assert second.records
        second.stop()


class Watcher(threading.Thread):
    """Stop one collector and start another on its port, when the program says so."""

    def __init__(self, folder: Path, first: Any, second: Any, port: int) -> None:
        super().__init__(daemon=True)
        self.folder, self.first, self.second, self.port = folder, first, second, port

    def run(self) -> None:
        """Wait for the files that the program writes."""
        for name, action in (
            ("kill", self.first.stop),
            ("back", lambda: self.second.start(self.port)),
        ):
            while not (self.folder / name).exists():
                time.sleep(0.01)
            action()
            (self.folder / name).unlink()


@pytest.mark.parametrize("protocol", sorted(COLLECTORS))
@pytest.mark.parametrize("trusted", [False, True], ids=["wrong", "right"])
def test_certificate(protocol: str, trusted: bool, run: Run, tmp_path: Path) -> None:
    """Lines reach a collector only whose certificate the configured authority has signed."""
    own, other = trustme.CA(), trustme.CA()
    pair = own.issue_cert("127.0.0.1")
    file = tmp_path / "authority.pem"
    (own if trusted else other).cert_pem.write_to_path(str(file))
    collector = COLLECTORS[protocol]()
    if protocol == "grpc":
        chain = b"".join(part.bytes() for part in pair.cert_chain_pems)
        credentials: Any = (pair.private_key_pem.bytes(), chain)
    else:
        credentials = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pair.configure_cert(credentials)
    port = collector.start(0, credentials)
    script = SCRIPT + (
        f"setup(timeout_s=0.5, certificate_file={str(file)!r})\nmedian = log_all()\nfinish()\n"
    )
    done = run(script, collector.protocol, f"https://127.0.0.1:{port}")
    collector.stop()

    check(done, reasons=set() if trusted else {"export_failed"}, exit_s=7.0)
    assert (CALLS if trusted else 0) == len(collector.records)


@pytest.mark.parametrize("protocol", sorted(COLLECTORS))
def test_requests_that_are_too_large(protocol: str, run: Run) -> None:
    """A batch over the collector's limit goes in parts; a line over it is lost alone."""
    collector = COLLECTORS[protocol](max_bytes=100_000)
    port = collector.start()
    script = f"""{PROGRAM}
setup(batch_size=256, delay_s=0.2, exit_timeout_s=40)
for number in range(500):
    log.info("large", number=number, text="x" * 2000)
log.info("hopeless", text="y" * 90_000, more="z" * 90_000)
for number in range(500, 600):
    log.info("large", number=number, text="x" * 2000, many=[1])
finish()
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{port}")
    collector.stop()

    assert {"info": 600} == done.last["written"]
    assert {"too_large": 1} == done.last["dropped"]
    sent = [read_attributes(record.attributes)["number"] for _, _, record in collector.records]
    assert list(range(600)) == sent
    assert 1 == done.stderr.count('"reason":"too_large"')
    if protocol == "http":
        # What has been learned of the limit is kept: not every batch is sent in vain first.
        assert len(collector.refused_bytes) < 6


@pytest.mark.parametrize("protocol", sorted(COLLECTORS))
def test_batch_over_the_limit_of_grpc(protocol: str, run: Run) -> None:
    """Lines of 16 MB in one batch never make a request that gRPC's own servers would refuse."""
    collector = COLLECTORS[protocol]()
    port = collector.start()
    script = f"""{PROGRAM}
setup(delay_s=5, exit_timeout_s=40)
for number in range(400):
    log.info("large", number=number, text="x" * 40_000)
finish()
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{port}")
    collector.stop()

    assert {"info": 400} == done.last["written"]
    assert {} == done.last["dropped"]
    assert all(request.ByteSize() < 4 << 20 for request in collector.logs)
