"""Never silent, A full disk is survived, Readers cost little: no loss that is not counted."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import sys
import threading
import time
from typing import Any

from perf_lab.torture.case import Stage, case
from perf_lab.torture.checks import every_line, fact, no_silent_loss
from perf_lab.torture.judge import Performance
from perf_lab.torture.libraries import LIBRARIES, OURS, STRUCTLOGS, WITH_FILES, by_keywords


@case(1, output="pipe", name="closed_stream",
      title="The stream is closed while the program runs.")  # fmt: skip
@case(2, no_silent_loss, output="pipe", name="closed_stream_is_counted",
      title="Every line for a stream that was closed is counted.")  # fmt: skip
def close_stream(stage: Stage) -> None:
    """Close the standard stream."""
    stage.call()
    getattr(sys, stage.stream).close()
    stage.calls(5)


@case(2, no_silent_loss, output="pipe")
def closed_descriptor_is_counted(stage: Stage) -> None:
    """Every line for a descriptor that was closed is counted."""
    stage.call()
    os.close(stage.library.stream)
    stage.calls(5)


def _add_processor(stage: Stage, processor: Any) -> None:
    """Set the library up with a processor of the application's in front of its own."""
    import structlog

    if stage.library is LIBRARIES["foundation"]:
        stage.set_up(processors=[processor])
    else:
        structlog.configure(processors=[processor, *structlog.get_config()["processors"]])
        stage.log = by_keywords(structlog.get_logger())


def _drops_counted(performance: Performance) -> str:
    dropped = performance.counted["dropped"].get("drop_event", 0)
    return "" if dropped == 10 else f"{10 - dropped} of 10 dropped uncounted"


@case(2, _drops_counted, only=STRUCTLOGS, quick=True)
def processor_drops(stage: Stage) -> None:
    """What a processor drops is counted."""
    import structlog

    def drop(*_: Any) -> Any:
        raise structlog.DropEvent

    _add_processor(stage, drop)
    for _ in range(10):
        stage.attempt(stage.log.info, "x")


@case(2, every_line, only=STRUCTLOGS)
def processor_raises(stage: Stage) -> None:
    """A processor that raises costs no line and no exception."""

    def fail(*_: Any) -> Any:
        raise ValueError("a fault of the processor's")

    _add_processor(stage, fail)
    stage.calls(10)


def _torn_once(performance: Performance) -> str:
    reading, counted = performance.reading, performance.counted
    after = {f"m{number}" for number in range(100, 110)} - reading.present.keys()
    if after:
        return f"lost {len(after)} after it"
    lost = len(performance.calls - reading.present.keys())
    if sum(counted["dropped"].values()) != lost:
        return f"lost {lost} uncounted"
    said = [record.get("dropped") for record in reading.own]
    return "" if said == [lost] else "no recovery record"


@case(12, _torn_once, quick=True)
def disk_fills_and_frees(stage: Stage) -> None:
    """The disk fills up in the midst of a line, and has room again later."""
    sys.dont_write_bytecode = True  # else a module may be cut short
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5003, hard))
    stage.calls(100)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    stage.calls(10)


def _apart(performance: Performance) -> str:
    if not performance.data.startswith(b'{"half a li\n'):
        return "continues the torn line"
    return "" if performance.reading.present.keys() == {"m0", "m1"} else "lost a line"


@case(12, _apart, output="none")
def torn_line_of_another(stage: Stage) -> None:
    """A file that ends in half a line of an earlier process."""
    stage.file.write_bytes(b'{"half a li')
    stage.set_up()
    stage.calls(2)


def _later_lines(performance: Performance) -> str:
    late = performance.facts["late"]
    missing = sum(f"beg-m{n}-".encode() not in performance.data for n in range(late, late + 20))
    return f"{missing} of 20 lost after its return" if missing else ""


@case(2, no_silent_loss, _later_lines, watch=True, only=WITH_FILES)
def folder_deleted(stage: Stage) -> None:
    """The log's folder is deleted, and made again: what cannot be found is counted."""
    folder = stage.folder / "logs"
    folder.mkdir()
    stage.file.rename(folder / "app.log")
    stage.file.symlink_to(folder / "app.log")  # the folder that goes is not the judge's
    time.sleep(1.1)
    shutil.rmtree(folder)
    time.sleep(1.1)
    stage.calls(50)
    folder.mkdir()
    time.sleep(1.1)
    stage.facts["late"] = stage.count
    stage.calls(20)


#: Of six seconds calls may be held half a second by promise; the rest is the machine's.
_HELD = fact("held", 0.25, "held {:.0%} of the time")


@case(21, no_silent_loss, _HELD, output="pipe", limit_s=30)
def bursty_reader(stage: Stage) -> None:
    """A pipe that does not block, whose reader takes 64 KB every second and a half."""
    target = stage.library.stream
    outer = os.dup(target)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.dup2(writer, target)
    os.close(writer)
    ended = threading.Event()

    def read() -> None:
        while not ended.wait(1.5):
            os.write(outer, os.read(reader, 65_536))
        while data := os.read(reader, 65_536):
            os.write(outer, data)

    thread = threading.Thread(target=read)
    thread.start()
    held, end = 0.0, time.monotonic() + 6
    while (before := time.monotonic()) < end:
        stage.call(pad="y" * 1_000)
        took = time.monotonic() - before
        held += took if took > 0.02 else 0
        time.sleep(0.001)
    stage.facts["held"] = held / 6
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # what a library has left in the buffer
            stream.flush()
    os.dup2(outer, target)  # the reader meets the end of the pipe
    ended.set()
    thread.join()


@case(14, every_line, fact("cpu_s", 5, "took {:.0f} s"), only=OURS, limit_s=20, output="none")
def silent_collector(stage: Stage) -> None:
    """A collector takes the connection and never answers."""
    server = socket.create_server(("127.0.0.1", 0))
    endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
    stage.set_up(otlp={"logs": True, "endpoint": endpoint, "protocol": "http/protobuf"})
    started = time.thread_time()
    stage.calls(3000)
    stage.facts["cpu_s"] = time.thread_time() - started


@case(5, every_line, output="pipe", form="json",
      only=("foundation", "structlog-orjson", "logging", "loguru"))  # fmt: skip
def raw_stream(stage: Stage) -> None:
    """`sys.stdout.buffer` itself as the output: a raw file under PYTHONUNBUFFERED=1."""
    if stage.library is LIBRARIES["foundation"]:
        import provide.foundation as f

        outputs = [f.OutputConfig(sys.stdout.buffer)]
        f.setup_telemetry(f.TelemetryConfig(logging=f.LoggingConfig(outputs=outputs)))
    stage.calls(20, pad="y" * 200_000)


@case(5, every_line, output="nonblocking", limit_s=8)
def interrupted_writes(stage: Stage) -> None:
    """Signals interrupt system calls all the time (EINTR)."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, True)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    stage.calls(20, pad="y" * 30_000)
    signal.setitimer(signal.ITIMER_REAL, 0)
