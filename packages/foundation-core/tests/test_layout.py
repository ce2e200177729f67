"""Schemas of JSON lines, as the processor lane writes them: names, order, forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    get_logger,
    setup_telemetry,
)
from provide.foundation._config.values import checks
from provide.foundation._record.record import Record
from provide.foundation._record.schema import MEMBERS
from provide.foundation._record.timestamps import FORMS, format_epoch
from provide.foundation._record.values import Limits
from provide.foundation._render.layout import Layout
from provide.foundation._render.schemas import SCHEMAS

TRACE = {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}
EXCEPTION = {
    "type": "app.Refused",
    "message": "no",
    "frames": [{"file": "a.py", "line": 3, "function": "pay"}],
}
TEXT = 'Traceback (most recent call last):\n  File "a.py", line 3, in pay\napp.Refused: no'


def render(layout: Layout, **parts: Any) -> dict[str, Any]:
    """Return a line of a layout, parsed."""
    record = Record(
        40, "shop.pay", "refused", {"order_id": 7}, seconds=1_700_000_000.123456, **parts
    )
    found: dict[str, Any] = json.loads(layout.make_renderer(Limits(), None)(record))
    return found


FULL: dict[str, Any] = {
    "constants": {"service": "shop"},
    "trace": {**TRACE, "trace_flags": "01"},
    "exception": EXCEPTION,
    "stack": "Stack",
    "callsite": {"file": "b.py", "line": 5, "function": "main"},
}
LINES: dict[str, dict[str, Any]] = {
    "otel": {
        "Timestamp": "2023-11-14T22:13:20.123456Z",
        "SeverityText": "ERROR",
        "SeverityNumber": 17,
        "InstrumentationScope": {"Name": "shop.pay"},
        "Body": "refused",
        "Resource": {"service.name": "shop"},
        "Attributes": {
            "order_id": 7,
            "exception.type": "app.Refused",
            "exception.message": "no",
            "exception.stacktrace": TEXT,
            "code.stacktrace": "Stack",
            "code.file.path": "b.py",
            "code.line.number": 5,
            "code.function.name": "main",
        },
        "TraceId": TRACE["trace_id"],
        "SpanId": TRACE["span_id"],
        "TraceFlags": "01",
    },
    "ecs": {
        "@timestamp": "2023-11-14T22:13:20.123456Z",
        "log.level": "error",
        "message": "refused",
        "log.logger": "shop.pay",
        "ecs.version": "8.11.0",
        "service.name": "shop",
        "order_id": 7,
        "trace.id": TRACE["trace_id"],
        "span.id": TRACE["span_id"],
        "trace.flags": "01",
        "error.type": "app.Refused",
        "error.message": "no",
        "error.stack_trace": TEXT,
        "stack": "Stack",
        "log.origin.file.name": "b.py",
        "log.origin.file.line": 5,
        "log.origin.function": "main",
    },
    "gcp": {
        "time": "2023-11-14T22:13:20.123456Z",
        "severity": "ERROR",
        "logger": "shop.pay",
        "message": "refused",
        "serviceContext": {"service": "shop"},
        "order_id": 7,
        "logging.googleapis.com/trace": f"projects/acme/traces/{TRACE['trace_id']}",
        "logging.googleapis.com/spanId": TRACE["span_id"],
        "logging.googleapis.com/trace_sampled": True,
        "stack_trace": TEXT,
        "stack": "Stack",
        "logging.googleapis.com/sourceLocation": {"file": "b.py", "line": "5", "function": "main"},
    },
    "datadog": {
        "timestamp": "2023-11-14T22:13:20.123456Z",
        "status": "error",
        "logger.name": "shop.pay",
        "message": "refused",
        "service": "shop",
        "order_id": 7,
        "dd.trace_id": TRACE["trace_id"],
        "dd.span_id": "13235353014750950193",
        "error": {"kind": "app.Refused", "message": "no", "stack": TEXT},
        "stack": "Stack",
        "callsite": {"file": "b.py", "line": 5, "function": "main"},
    },
    "logstash": {
        "@timestamp": "2023-11-14T22:13:20.123456Z",
        "level": "ERROR",
        "level_value": 40_000,
        "logger_name": "shop.pay",
        "message": "refused",
        "@version": "1",
        "service": "shop",
        "order_id": 7,
        "trace_id": TRACE["trace_id"],
        "span_id": TRACE["span_id"],
        "trace_flags": "01",
        "stack_trace": TEXT,
        "stack": "Stack",
        "caller_file_name": "b.py",
        "caller_line_number": 5,
        "caller_method_name": "main",
    },
}


@pytest.mark.parametrize("schema", LINES)
def test_line_of_each_schema(schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line with every part has the names, the forms and the order of its schema."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "acme")
    expected = LINES[schema]
    actual = render(Layout(schema), **FULL)
    assert expected == actual
    assert list(expected) == list(actual)


def test_every_schema_is_here() -> None:
    """The configuration, the table and the lines above name the same schemas, forms and members."""
    assert {"foundation", *LINES} == set(SCHEMAS) == set(checks.SCHEMAS)
    assert set(FORMS) == set(checks.TIMESTAMP_FORMS)
    assert {member.key for member in MEMBERS if not member.fixed} == set(checks.MEMBERS)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1_700_000_000.5, ("1700000000.500000", "1700000000500", "1700000000500000000")),
        (0.0, ("0.000000", "0", "0")),
        (-0.5, ("-0.500000", "-500", "-500000000")),
        (float("nan"), ("0.000000", "0", "0")),
    ],
)
def test_time_as_a_number(seconds: float, expected: tuple[str, ...]) -> None:
    """Seconds become a number of JSON, whatever they are."""
    assert expected == tuple(format_epoch(seconds, form) for form in FORMS[1:])


def test_other_names() -> None:
    """A member that is renamed stands at its place; one of several becomes the object."""
    line = render(Layout("ecs", keys={"level": "severity", "exception": "failure"}), **FULL)
    assert ["@timestamp", "severity", "message"] == list(line)[:3]
    assert EXCEPTION == line["failure"]
    assert "error.type" not in line


def test_odd_ids_of_a_trace() -> None:
    """What an extension gives in place of an id is written as it is."""
    line = render(Layout("datadog"), trace={"span_id": "none", "tenant": "acme"})
    assert ("none", "acme") == (line["dd.span_id"], line["tenant"])
    assert "logging.googleapis.com/trace_sampled" not in render(
        Layout("gcp"), trace={"trace_flags": "odd"}
    )


def test_fields_of_reserved_names() -> None:
    """A field that has the name of a member is kept under another, once."""
    record = Record(20, "app", "e", {"message": 1, "message_": 2, "timestamp": 3})
    line = json.loads(Layout("ecs").make_renderer(Limits(), None)(record))
    assert ("e", 1, 2, 3) == (
        line["message"], line["message__"], line["message_"], line["timestamp_"]
    )  # fmt: skip


def test_too_long_a_line() -> None:
    """A line over the limit is cut in its schema, and is still within the limit."""
    limits = Limits(line=600)
    record = Record(20, "app", "e" * 100, {"a": "x" * 5000, "b": ["y" * 5000]}, seconds=1.0)
    for schema in SCHEMAS:
        for form in FORMS:
            layout = Layout(schema, form)
            line = layout.make_renderer(limits, None)(record)
            assert len(line) <= 600
            assert {layout.timestamp, layout.event} <= json.loads(line).keys()


@pytest.mark.parametrize(
    ("option", "value", "field"),
    [
        ("schema", "gelf", "logging.schema"),
        ("timestamp", "epoch", "logging.timestamp"),
        ("keys", ["event"], "logging.keys"),
        ("keys", {"trace_id": "id"}, "logging.keys"),
        ("keys", {"event": ""}, "logging.keys['event']"),
        ("keys", {"event": 7}, "logging.keys['event']"),
        ("keys", {"event": "a\nb"}, "logging.keys['event']"),
        ("keys", {"event": "x", "level": "x"}, "logging.keys['level']"),
        ("keys", {"event": "level"}, "logging.keys"),
        ("keys", {"event": "trace_id"}, "logging.keys"),
        ("keys", {"event": "team"}, "logging.fields"),
        ("outputs", [{"target": "stdout", "schema": "gelf"}], "logging.outputs[0].schema"),
        (
            "outputs",
            [{"target": "stdout", "schema": "ecs", "formatter": "compact"}],
            "logging.outputs[0].schema",
        ),
    ],
)
def test_bad_values(option: str, value: Any, field: str) -> None:
    """What is not allowed is refused with the field, the value and what is allowed."""
    with pytest.raises(ConfigurationError) as caught:
        setup_telemetry(
            TelemetryConfig(logging=LoggingConfig(**{"fields": {"team": "shop"}, option: value}))
        )
    assert field == caught.value.field
    assert caught.value.allowed


def test_lines_of_a_back_end_go_to_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    """What a schema of a back end's is for takes stderr for errors."""
    for schema, output in (("gcp", None), ("gcp", "stderr"), ("foundation", None)):
        logging = LoggingConfig(schema=schema, output=output)  # type: ignore[arg-type]
        setup_telemetry(TelemetryConfig(logging=logging))
        get_logger("app").info("e")
    found = capfd.readouterr()
    # A thread that another test has left behind may log as well.
    assert [1, 2] == [text.count('"app"') for text in found], found


def test_outputs_of_several_schemas(tmp_path: Any) -> None:
    """Each output has its schema; a name that one of them has is reserved in all."""
    outputs = [
        OutputConfig(tmp_path / "a", schema="ecs"),
        OutputConfig(tmp_path / "b", schema="datadog"),
        OutputConfig(tmp_path / "c"),
        OutputConfig(tmp_path / "d", formatter="key_value"),
    ]
    logging = LoggingConfig(outputs=outputs, keys={"event": "msg"}, timestamp="epoch_ms")
    setup_telemetry(TelemetryConfig(logging=logging))
    get_logger("app").info("e", msg=1, status=2, error=3)
    lines = [json.loads((tmp_path / name).read_text("utf-8")) for name in "abc"]
    assert ["e", "e", "e"] == [
        line[name] for line, name in zip(lines, ("message", "message", "msg"), strict=True)
    ]
    assert {(1, 2, 3)} == {(line["msg_"], line["status_"], line["error_"]) for line in lines}
    assert all(isinstance(line.popitem()[1], int) for line in lines)
    assert "event=e msg_=1 status_=2 error_=3" in (tmp_path / "d").read_text("utf-8")
