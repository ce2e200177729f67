"""Lines of the schema `otel` are records of OpenTelemetry's log data model."""

from __future__ import annotations

import json
import subprocess
import sys

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber

PROGRAM = """
from opentelemetry.sdk.trace import TracerProvider
from provide.foundation import configure, get_logger

configure(schema="otel", format="json", output="stdout", callsite=True)
with TracerProvider().get_tracer("app").start_as_current_span("order"):
    try:
        int("twelve")
    except ValueError:
        get_logger("shop.orders").exception("payment_failed", order_id=42)
"""
#: Fields of the data model by the names of its text, which protobuf spells in its own way.
FIELDS = {
    "Timestamp": "time_unix_nano",
    "SeverityText": "severity_text",
    "SeverityNumber": "severity_number",
    "Body": "body",
    "Attributes": "attributes",
    "TraceId": "trace_id",
    "SpanId": "span_id",
    "TraceFlags": "flags",
}
#: What stands around a record in OTLP, once for many of them.
AROUND = {"InstrumentationScope", "Resource"}


def test_members_are_fields_of_the_data_model() -> None:
    """Every member is a field of a record, and has a value that it takes."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, timeout=120, capture_output=True, text=True
    )
    line = json.loads(done.stdout)
    record = LogRecord(
        severity_number=line["SeverityNumber"],
        severity_text=line["SeverityText"],
        trace_id=bytes.fromhex(line["TraceId"]),
        span_id=bytes.fromhex(line["SpanId"]),
        flags=int(line["TraceFlags"], 16),
    )
    record.body.string_value = line["Body"]
    for key, value in line["Attributes"].items():
        attribute = record.attributes.add(key=key)
        if isinstance(value, int):
            attribute.value.int_value = value
        else:
            attribute.value.string_value = value

    assert "" == done.stderr
    assert line.keys() - AROUND == FIELDS.keys()
    assert set(FIELDS.values()) <= set(LogRecord.DESCRIPTOR.fields_by_name)
    assert "SEVERITY_NUMBER_ERROR" == SeverityNumber.Name(record.severity_number)
    assert (16, 8) == (len(record.trace_id), len(record.span_id))
    assert {
        "order_id", "exception.type", "exception.message", "exception.stacktrace",
        "code.file.path", "code.line.number", "code.function.name",
    } == {attribute.key for attribute in record.attributes}  # fmt: skip
