"""Never silent, A full disk is survived: no output refuses a line that is not counted and said."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from typing import Any

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, expected, manner, no_silent_loss, read


def _returns(performance: Performance) -> str:
    return manner(performance) or KEPT


@case(1, _returns, output="stream", wiring="full")
def full_device(stage: Stage) -> None:
    """The output is a device without room."""
    for _ in range(50):
        stage.call()


@case(2, no_silent_loss, output="stream", wiring="full", quick=True)
def full_device_is_counted(stage: Stage) -> None:
    """Every line that a full device refuses is counted."""
    for _ in range(50):
        stage.call()


@case(1, _returns, output="stream", wiring="broken")
def broken_pipe(stage: Stage) -> None:
    """The reader of the pipe has gone."""
    for _ in range(50):
        stage.call()


@case(2, no_silent_loss, output="stream", wiring="broken")
def broken_pipe_is_counted(stage: Stage) -> None:
    """Every line for a reader that has gone is counted."""
    for _ in range(50):
        stage.call()


@case(1, _returns, output="stream", wiring="closed")
def started_without_stream(stage: Stage) -> None:
    """The process was started with its standard stream closed."""
    for _ in range(10):
        stage.call()


def _close(stage: Stage) -> None:
    name = "stderr" if os.environ.get("PROVIDE_LOG_LEVEL") else "stdout"
    stage.call()
    getattr(sys, name).close()
    for _ in range(5):
        stage.call()


@case(1, _returns, output="stream")
def closed_stream(stage: Stage) -> None:
    """The stream is closed while the program runs."""
    _close(stage)


@case(2, no_silent_loss, output="stream")
def closed_stream_is_counted(stage: Stage) -> None:
    """Every line for a stream that was closed is counted."""
    _close(stage)


@case(2, no_silent_loss, output="stream")
def closed_descriptor_is_counted(stage: Stage) -> None:
    """Every line for a descriptor that was closed is counted."""
    stage.call()
    os.close(2 if os.environ.get("PROVIDE_LOG_LEVEL") else 1)
    for _ in range(5):
        stage.call()


def _said(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    try:
        said = [json.loads(line) for line in performance.aside.splitlines()]
    except ValueError:
        return "said, but not as JSON"
    sums = [record.get("dropped", {}) for record in said]
    if {"/dev/full": {"enospc": 50}} not in sums:
        return "nothing said" if not said else "no sum said"
    return KEPT


@case(2, _said, output="none", only=("foundation",))
def losses_are_said(stage: Stage) -> None:
    """Losses are said on stderr at once and summed up at the end, as JSON."""
    from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file="/dev/full")))
    for _ in range(50):
        stage.attempt(get_logger("t").info, "x")


def _drops_counted(performance: Performance) -> str:
    found = manner(performance)
    counted = performance.facts.get("counted") or {}
    dropped = counted.get("dropped", {}).get("drop_event", 0)
    return found or (KEPT if dropped == 10 else f"{10 - dropped} of 10 dropped uncounted")


@case(2, _drops_counted, only=("foundation", "structlog-orjson", "structlog"), quick=True)
def processor_drops(stage: Stage) -> None:
    """What a processor drops is counted."""
    import structlog

    def drop(_: Any, __: str, event: Any) -> Any:
        raise structlog.DropEvent

    if "provide.foundation" in sys.modules:
        from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

        logging = LoggingConfig(log_file=stage.file, processors=[drop])
        setup_telemetry(TelemetryConfig(logging=logging))
        info = get_logger("t").info
    else:
        structlog.configure(processors=[drop, *structlog.get_config()["processors"]])
        info = structlog.get_logger().info
    for _ in range(10):
        stage.attempt(info, "x")


@case(2, every_line, only=("foundation", "structlog-orjson", "structlog"))
def processor_raises(stage: Stage) -> None:
    """A processor that raises costs no line and no exception."""

    def fail(_: Any, __: str, event: Any) -> Any:
        raise ValueError("a fault of the processor's")

    if "provide.foundation" in sys.modules:
        from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry

        logging = LoggingConfig(log_file=stage.file, processors=[fail])
        setup_telemetry(TelemetryConfig(logging=logging))
        stage.log.info = get_logger("t").info
    else:
        import structlog

        structlog.configure(processors=[fail, *structlog.get_config()["processors"]])
        stage.log.info = structlog.get_logger().info
    for _ in range(10):
        stage.call()


def _torn_once(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    reading = read(performance)
    last = {f"m{number}" for number in range(100, 110)}
    if not last <= reading.present.keys():
        return f"lost {len(last - reading.present.keys())} after it"
    lost = len(expected(performance) - reading.present.keys())
    counted = performance.facts.get("counted") or {}
    if sum(counted.get("dropped", {}).values()) != lost:
        return f"lost {lost} uncounted"
    said = [record.get("dropped") for record in reading.own]
    return KEPT if said == [lost] else "no recovery record"


@case(12, _torn_once, quick=True)
def disk_fills_and_frees(stage: Stage) -> None:
    """The disk fills up in the midst of a line, and has room again later."""
    sys.dont_write_bytecode = True  # else a module may be cut short
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5003, hard))
    for _ in range(100):
        stage.call()
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    for _ in range(10):
        stage.call()


def _apart(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    if not performance.data.startswith(b'{"half a li\n'):
        return "continues the torn line"
    return KEPT if read(performance).present.keys() == {"m0", "m1"} else "lost a line"


@case(12, _apart, output="none")
def torn_line_of_another(stage: Stage) -> None:
    """A file that ends in half a line of an earlier process."""
    from perf_lab.torture.libraries import LIBRARIES, Request

    stage.file.write_bytes(b'{"half a li')
    library = LIBRARIES[sys.argv[1]]
    request = Request(stage.file, text="json" not in library.forms, watch=False, options={})
    stage.log = library.set_up(request)
    stage.call()
    stage.call()


def _settled(performance: Performance) -> str:
    found = manner(performance)
    if found:
        return found
    facts = performance.facts
    if facts["queued"]:
        return f"{facts['queued']} stay in the queue"
    counted = facts["counted"]
    settled = counted["written"] + sum(counted["dropped"].values())
    if not facts["returned"] <= settled <= facts["begun"]:
        return f"counted {settled} of {facts['returned']}"
    lines = performance.data.count(b"\n")
    return KEPT if lines == counted["written"] else f"{lines} lines of {counted['written']}"


@case(2, _settled, only=("foundation",), options={"delivery": "background"})
def recursion_in_background(stage: Stage) -> None:
    """Fifty recursions to the end of the stack, each level of which logs, with a thread writing."""
    from provide.foundation import flush, stats

    begun = returned = 0

    def deeper() -> None:
        nonlocal begun, returned
        begun += 1
        stage.log.info("deeper")
        returned += 1
        deeper()

    for _ in range(50):
        with contextlib.suppress(RecursionError):
            deeper()
    flush(30)
    queue = stats().outputs[str(stage.file)].queue
    stage.facts.update(begun=begun, returned=returned, queued=queue.lines)


@case(2, _settled, only=("foundation",), options={"delivery": "background"}, limit_s=8)
def storm_in_background(stage: Stage) -> None:
    """A signal every 0.2 ms, whose handler raises in every call, with a thread writing."""
    from provide.foundation import flush, stats

    class OutOfTimeError(Exception):
        pass

    begun = returned = 0
    armed = False

    def hit(*_: object) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise OutOfTimeError

    # A function of its own: CPython 3.13 covers the jump back of a loop by no `try` around it.
    def call() -> None:
        nonlocal armed, returned
        try:
            armed = True
            stage.log.info("x", number=begun)
            armed = False
            returned += 1
        except OutOfTimeError:
            pass
        except Exception as error:  # what a library raises is the result
            stage.raised[type(error).__name__] += 1

    signal.signal(signal.SIGALRM, hit)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    end = time.monotonic() + 1
    while time.monotonic() < end:
        begun += 1
        call()
        armed = False
    signal.setitimer(signal.ITIMER_REAL, 0)
    flush(30)
    queue = stats().outputs[str(stage.file)].queue
    stage.facts.update(begun=begun, returned=returned, queued=queue.lines)
