"""Lines over OTLP, on the wire of both protocols; every program runs in a process of its own."""

from __future__ import annotations

import socket
import sys
from collections import Counter
from typing import Any

import pytest

from otlp_collector import PROGRAM, Run, read_attributes


def test_types_and_levels(collector: Any, run: Run) -> None:
    """A record has severity, time, name, scope, resource and attributes in their own types."""
    script = f"""{PROGRAM}
setup()
for name in ("trace", "debug", "info", "warning", "error", "critical"):
    getattr(log, name)("said")
log.bind(bound=1).info("typed", text="\\u00e4", number=7, big=2**70, share=0.5, yes=True,
    nothing=None, many=[1, "a"], deep={{"a": {{"b": 2}}}}, password="hunter2", odd="\\ud800")
finish()
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert {"info": 2} == {k: v for k, v in done.last["written"].items() if k == "info"}
    assert [1, 5, 9, 13, 17, 21] == [r.severity_number for _, _, r in collector.records[:-1]]
    resource, scope, record = collector.records[-1]
    assert "shop" == resource["service.name"]
    assert "app.orders" == scope
    assert ("typed", None) == (record.event_name, record.body.WhichOneof("value"))
    assert "INFO" == record.severity_text
    assert 0 <= record.observed_time_unix_nano - record.time_unix_nano < 60e9
    expected = {
        "bound": 1, "text": "\u00e4", "number": 7, "big": str(2**70), "share": 0.5, "yes": True,
        "nothing": None, "many": [1, "a"], "deep": {"a": {"b": 2}}, "odd": "\\ud800",
    }  # fmt: skip
    attributes = read_attributes(record.attributes)
    assert "hunter2" not in str(attributes.pop("password"))
    assert expected == attributes


@pytest.mark.parametrize("names_in_bodies", [False, True])
def test_names_and_bodies(names_in_bodies: bool, collector: Any, run: Run) -> None:
    """A name is the EventName, and the body where that is asked for; other texts are bodies."""
    script = f"""{PROGRAM}
setup(names_in_bodies={names_in_bodies})
log.info("order_placed", order_id=7)
log.info("cart.item-added/eu")
log.info("took %d ms", 7)
log.info("stock is low", **{{"otel.event.name": "stock.low", "left": 2}})
log.info("7", **{{"event.name": "seven"}})
log.info("")
finish()
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    found = [
        (record.event_name, record.body.string_value, read_attributes(record.attributes))
        for _, _, record in collector.records
    ]
    assert [
        ("order_placed", "order_placed" if names_in_bodies else "", {"order_id": 7}),
        ("cart.item-added/eu", "cart.item-added/eu" if names_in_bodies else "", {}),
        ("", "took 7 ms", {}),
        ("stock.low", "stock is low", {"left": 2}),
        ("seven", "7", {}),
        ("", "", {}),
    ] == found


def test_exception(collector: Any, run: Run) -> None:
    """An exception becomes its three attributes, the type with its module."""
    script = f"""{PROGRAM}
class Refused(Exception):
    pass
setup()
try:
    raise Refused("no stock")
except Refused:
    log.exception("order_failed")
finish()
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    ((_, _, record),) = collector.records
    attributes = read_attributes(record.attributes)
    assert "__main__.Refused" == attributes["exception.type"]
    assert "no stock" == attributes["exception.message"]
    assert "Refused: no stock" in attributes["exception.stacktrace"]


def test_trace_context(collector: Any, run: Run) -> None:
    """A line inside a span has its ids, in the record and in the file; one outside has none."""
    script = f"""{PROGRAM}
from opentelemetry.sdk.trace import TracerProvider
setup()
log.info("outside")
with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
    log.info("inside")
    ids = span.get_span_context()
log.info("outside")
shutdown_telemetry()
lines = [json.loads(line) for line in open("a.log")]
print(json.dumps([f"{{ids.trace_id:032x}}", f"{{ids.span_id:016x}}", int(ids.trace_flags), lines]))
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")
    trace_id, span_id, flags, lines = done.last

    records = [record for _, _, record in collector.records]
    assert ["", trace_id, ""] == [record.trace_id.hex() for record in records]
    assert ["", span_id, ""] == [record.span_id.hex() for record in records]
    assert [0, flags, 0] == [record.flags for record in records]
    expected = {"trace_id": trace_id, "span_id": span_id, "trace_flags": f"{flags:02x}"}
    assert expected == {key: lines[1].get(key) for key in expected}
    assert "trace_id" not in lines[0]
    assert "trace_id" not in lines[2]


def test_standard_variables(collector: Any, run: Run) -> None:
    """The standard variables alone switch the export on, and say where to and as what."""
    script = """
from provide.foundation import logger
logger.info("first_line")
"""
    path = "/v1/logs" if collector.protocol != "grpc" else ""
    run(
        script,
        OTEL_LOGS_EXPORTER="otlp",
        OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=collector.protocol,
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=f"http://127.0.0.1:{collector.port}{path}",
        OTEL_EXPORTER_OTLP_LOGS_HEADERS="x-tenant=blue",
        OTEL_SERVICE_NAME="till",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
        OTEL_BLRP_SCHEDULE_DELAY="50",
    )

    ((resource, _, record),) = collector.records
    assert "first_line" == record.event_name
    assert "till" == resource["service.name"]
    assert "test" == resource["deployment.environment.name"]
    assert "blue" == collector.headers[0]["x-tenant"]


def test_what_all_lines_have_alike(collector: Any, run: Run) -> None:
    """The resource says what all lines have alike, without secrets; attributes name the caller."""
    script = """
import os, sys, warnings
from provide.foundation import OtlpConfig, configure, flush, logger

warnings.simplefilter("ignore")  # of a fork beside threads, from CPython 3.12 on
configure(
    service_name="shop", service_version="1.4.2", environment="staging", host=True, process=True,
    thread=True, task=True, output="app.log", format="json", redact_patterns=["bearer"],
    fields={"team": "a b", "api_key": "hunter2", "sent": "Bearer abcdefghijklmnop1234",
             "limits": {"cpu": 2}},
    otlp=OtlpConfig(logs=True, endpoint=sys.argv[2], protocol=sys.argv[1]),
)
logger.info("plain", team=1, host="mine")
logger.info("rare", exc_info=ValueError("boom"))
flush()
if sys.argv[1] != "grpc" and os.fork() == 0:
    logger.info("child", me=os.getpid())
    flush()
    os._exit(0)
elif sys.argv[1] != "grpc":
    os.wait()
"""
    run(
        script, collector.protocol, f"http://127.0.0.1:{collector.port}",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=other,service.namespace=eu",
    )  # fmt: skip

    (resource, _, plain), (_, _, rare), *children = collector.records
    pid, _ = resource.pop("process.pid"), resource.pop("service.instance.id", None)
    assert {
        "service.name": "shop", "service.version": "1.4.2", "service.namespace": "eu",
        "deployment.environment.name": "staging", "host.name": socket.gethostname(),
        "team": "a b", "limits": '{"cpu": 2}',
    } == {
        key: value for key, value in resource.items()
        if not key.startswith("telemetry.") and key not in ("api_key", "sent")
    }  # fmt: skip
    assert "hunter2" not in str(resource)
    assert "abcdefghijklmnop1234" not in str(resource)
    expected = {"team_": 1, "host_": "mine", "thread.name": "MainThread"}
    assert expected == read_attributes(plain.attributes)
    assert "MainThread" == read_attributes(rare.attributes)["thread.name"]
    for own, _, record in children:
        assert own["process.pid"] == read_attributes(record.attributes)["me"] != pid
    assert (0 if collector.protocol == "grpc" else 1) == len(children)


def test_what_patterns_hide(collector: Any, run: Run) -> None:
    """Bodies, attributes and exceptions are exported as lines have them: masked, or as hashes."""
    script = """
import json, sys
from provide.foundation import OtlpConfig, bound_contextvars, censor_hash, configure, flush, logger

hide = censor_hash("0123456789abcdef")
for censor in (None, hide):
    configure(
        output="app.log", format="json", redact_patterns=["email", "bearer"], censor=censor,
        otlp=OtlpConfig(logs=True, endpoint=sys.argv[2], protocol=sys.argv[1]),
    )
    with bound_contextvars(around="S3CR3T@example.com"):
        logger.bind(b="Bearer S3CR3Tabc").info(
            "mail to S3CR3T@example.com", n=[{"token": "S3CR3T"}]
        )
    logger.info("plain", n={"x": ("S3CR3T@example.com",)})
    try:
        raise ValueError("no S3CR3T@example.com")
    except ValueError:
        logger.exception("failed")
    flush()
print(json.dumps([hide("S3CR3T@example.com"), hide("S3CR3T")]))
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert 6 == len(collector.records)
    assert "S3CR3T" not in str(collector.records)
    mail, token = done.last
    _, _, record = collector.records[3]
    assert f"mail to {mail}" == record.body.string_value
    attributes = read_attributes(record.attributes)
    assert [mail, [{"token": token}]] == [attributes["around"], attributes["n"]]
    failure = read_attributes(collector.records[5][2].attributes)
    assert f"no {mail}" == failure["exception.message"]
    assert "ValueError" == failure["exception.type"]


def test_disabled_sdk(collector: Any, run: Run) -> None:
    """OTEL_SDK_DISABLED stops the export, whatever the configuration says."""
    script = f"{PROGRAM}\nsetup()\nlog.info('quiet')\nfinish()\n"
    endpoint = f"http://127.0.0.1:{collector.port}"
    done = run(script, collector.protocol, endpoint, OTEL_SDK_DISABLED="true")

    assert [] == collector.records
    assert None is done.last


def test_level(collector: Any, run: Run) -> None:
    """Lines under the export's own level are written and not exported."""
    script = f"{PROGRAM}\nsetup(level='error')\nlog.info('a')\nlog.error('b')\nfinish()\n"
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert ["b"] == collector.events


def test_exit_drains(collector: Any, run: Run) -> None:
    """A program that just ends has exported all its lines, though none has waited its delay."""
    script = f"""{PROGRAM}
setup(delay_s=30)
for number in range(1300):
    log.info("last", number=number)
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    numbers = [read_attributes(record.attributes)["number"] for _, _, record in collector.records]
    assert list(range(1300)) == numbers


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')")
def test_fork(collector: Any, run: Run) -> None:
    """A child that was forked after an export exports its own lines, once, and so does a worker."""
    script = f"""{PROGRAM}
import multiprocessing
import warnings

# From 3.12 on Python warns of a fork beside threads, which would be a line, too.
warnings.simplefilter("ignore", DeprecationWarning)

def work():
    log.info("worker")

setup(delay_s=0.05)
log.info("parent_before")
time.sleep(0.5)
log.info("parent_waiting")
child = os.fork()
if child == 0:
    log.info("child")
    shutdown_telemetry()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
worker = multiprocessing.get_context("fork").Process(target=work)
worker.start()
worker.join()
log.info("parent_after")
finish()
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    expected = ["child", "parent_after", "parent_before", "parent_waiting", "worker"]
    assert expected == sorted(collector.events)
    assert {"info": 3} == done.last["written"]


# Not over gRPC: its own threads do not survive such a fork either, and nothing tells it.
@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')")
@pytest.mark.parametrize("collector", ["http"], indirect=True)
def test_fork_that_python_does_not_know(collector: Any, run: Run) -> None:
    """A child that C code has forked exports its own lines, once, and ends in time.

    Where the exporter's thread asks for the GIL at the very moment of the fork, the child's
    interpreter waits for ever for that thread, which it does not have. So the fork comes between
    two looks of the thread, 50 ms apart, and three children may try.
    """
    script = f"""{PROGRAM}
import ctypes

def end(child):
    "Return how a child has ended; one that hangs is killed."
    for _ in range(1000):
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "hung"

setup(delay_s=0.5)
log.info("parent_before")
time.sleep(1)
for number in range(3):
    log.info("parent_waiting", number=number)
    time.sleep(0.02)
    child = ctypes.PyDLL(None).fork()
    if child == 0:
        log.info("child", number=number)
        started = time.monotonic()
        shutdown_telemetry()
        os._exit(time.monotonic() - started > 4)
    status = end(child)
    if status != "hung":
        break
log.info("parent_after", status=status, tries=number + 1)
finish()
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    fields = {record.event_name: record.attributes for _, _, record in collector.records}
    after = read_attributes(fields["parent_after"])
    tries = after["tries"]
    lines = Counter(collector.events)
    assert 0 == after["status"]
    assert 1 <= lines.pop("child") <= tries  # one that hung may have got so far
    assert {"parent_before": 1, "parent_waiting": tries, "parent_after": 1} == lines
    assert {"info": 2 + tries} == done.last["written"]


def test_flush_exports_without_a_stop(collector: Any, run: Run) -> None:
    """After a flush the collector has every line, though the process then ends without any exit."""
    script = f"""{PROGRAM}
from provide.foundation import flush

setup(delay_s=30)
for number in range(700):
    log.info("first", number=number)
assert flush(30)
for number in range(700):
    log.info("second", number=number)
assert flush(30)
os._exit(0)
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert ["first"] * 700 + ["second"] * 700 == collector.events


def test_flush_of_a_collector_that_hangs(collector: Any, run: Run) -> None:
    """A flush keeps to its time, and says that it is not done."""
    collector.mode = "hang"
    script = f"""{PROGRAM}
from provide.foundation import flush

setup(delay_s=30, exit_timeout_s=0.1)
log.info("kept")
started = time.monotonic()
assert not flush(0.3)
assert time.monotonic() - started < 10
os._exit(0)
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM ends a process there at once")
def test_sigterm_exports_what_waits(collector: Any, run: Run) -> None:
    """With `drain_on_sigterm` the collector has every line before the process ends by SIGTERM."""
    script = f"""{PROGRAM}
import signal
from provide.foundation import configure, Delivery

if os.fork() == 0:
    configure(
        output="a.log", delivery=Delivery(drain_on_sigterm=True),
        otlp=O(logs=True, protocol=sys.argv[1], endpoint=sys.argv[2], delay_s=30),
    )
    for number in range(700):
        log.info("kept", number=number)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
    os._exit(1)
assert -signal.SIGTERM == os.waitstatus_to_exitcode(os.wait()[1])
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert ["kept"] * 700 == collector.events


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM ends a process there at once")
def test_sigterm_waits_no_longer_than_the_drain(collector: Any, run: Run) -> None:
    """A collector that hangs holds the process up for `drain_timeout_s`; stderr says so."""
    collector.mode = "hang"
    script = f"""{PROGRAM}
import signal
from provide.foundation import configure, Delivery

started = time.monotonic()
if os.fork() == 0:
    configure(
        output="a.log", delivery=Delivery(drain_on_sigterm=True, drain_timeout_s=0.3),
        otlp=O(logs=True, protocol=sys.argv[1], endpoint=sys.argv[2], delay_s=30),
    )
    log.info("kept")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
    os._exit(1)
assert -signal.SIGTERM == os.waitstatus_to_exitcode(os.wait()[1])
assert time.monotonic() - started < 20
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert "not all was exported" in done.stderr


def test_second_set_up_loses_nothing(collector: Any, run: Run) -> None:
    """Lines that wait when a new set-up comes are exported, and those after it as well."""
    script = f"""{PROGRAM}
for number in range(3):
    setup(delay_s=20)
    log.info("kept", number=number)
finish()
log.info("after")
finish()
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert ["kept", "kept", "kept", "after"] == collector.events
    assert {"info": 4} == done.last["written"]


def test_provider_of_the_application(collector: Any, run: Run) -> None:
    """A LoggerProvider that the application has set is used, and its resource with it."""
    script = f"""{PROGRAM}
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

kept = InMemoryLogRecordExporter()
provider = LoggerProvider(Resource({{"service.name": "own"}}))
provider.add_log_record_processor(SimpleLogRecordProcessor(kept))
set_logger_provider(provider)
setup()
log.info("theirs", number=1)
shutdown_telemetry()
(one,) = kept.get_finished_logs()
print(json.dumps([one.log_record.event_name, dict(one.log_record.attributes),
                  one.instrumentation_scope.name, dict(one.resource.attributes)]))
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    expected = ["theirs", {"number": 1}, "app.orders", {"service.name": "own"}]
    assert expected == done.last
    assert [] == collector.records


def test_flush_reaches_the_provider_of_the_application(collector: Any, run: Run) -> None:
    """What the application's own processors hold back has been exported when `flush` returns."""
    script = f"""{PROGRAM}
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, InMemoryLogRecordExporter
from provide.foundation import flush

kept = InMemoryLogRecordExporter()
provider = LoggerProvider()
provider.add_log_record_processor(BatchLogRecordProcessor(kept, schedule_delay_millis=60_000))
set_logger_provider(provider)
setup()
log.info("theirs")
before = len(kept.get_finished_logs())
print(json.dumps([flush(10), before, len(kept.get_finished_logs())]))
"""
    done = run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert [True, 0, 1] == done.last


def test_no_record_is_exported_twice(collector: Any, run: Run) -> None:
    """OpenTelemetry's own handler is set aside, over a second set-up too, and comes back."""
    script = f"""{PROGRAM}
import logging
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
try:
    from opentelemetry.instrumentation.logging.handler import LoggingHandler
except ImportError:
    from opentelemetry.sdk._logs import LoggingHandler

kept = InMemoryLogRecordExporter()
provider = LoggerProvider()
provider.add_log_record_processor(SimpleLogRecordProcessor(kept))
handler = LoggingHandler(logger_provider=provider)
other = logging.NullHandler()
logging.root.handlers = [handler, other]
logging.getLogger("lib").addHandler(handler)
setup()
setup()
logging.getLogger("lib").warning("once")
finish()
assert logging.root.handlers == [handler, other], logging.root.handlers
assert logging.getLogger("lib").handlers == [handler]
assert kept.get_finished_logs() == ()
"""
    run(script, collector.protocol, f"http://127.0.0.1:{collector.port}")

    assert ["once"] == collector.events
