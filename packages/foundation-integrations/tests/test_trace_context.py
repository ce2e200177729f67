"""The trace of a request, by its header: on lines with OpenTelemetry, and without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider

from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation.integrations.asgi import RequestMiddleware
from provide.foundation.integrations.trace_context import (
    bind_trace,
    current_traceparent,
    parse_cloud_trace,
    parse_traceparent,
    restore_trace,
)
from provide.foundation.integrations.wsgi import RequestMiddleware as WsgiMiddleware
from web_calls import BODY, START, Wsgi, call

Lines = Callable[[], list[dict[str, Any]]]
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "1" * 16
HEADER = f"00-{TRACE}-{SPAN}-01"
log = get_logger("shop")


@pytest.fixture(params=["alone", "with-otel"])
def traced(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lines]:
    """Write lines to a file, by turns with and without foundation-otel, and give them."""
    file = tmp_path / "traced"
    names = ["foundation-integrations", *(["foundation-otel"] if request.param != "alone" else [])]
    outputs = [OutputConfig(str(file), formatter="json")]
    reset_for_testing()
    token = context.attach(context.Context())
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs, extensions=names)))
    yield lambda: [json.loads(row) for row in file.read_text("utf-8").splitlines()]
    context.detach(token)
    reset_for_testing()


async def shop(scope: Any, receive: Any, send: Any) -> None:
    """Write a line, and answer."""
    log.info("order_read", onward=current_traceparent())
    await send({**START})
    await send({**BODY})


@pytest.mark.parametrize(
    ("header", "flags"),
    [
        pytest.param(HEADER, "01", id="sampled"),
        pytest.param(f"00-{TRACE}-{SPAN}-00", "00", id="not-sampled"),
        pytest.param(f"00-{TRACE}-{SPAN}-ff", "03", id="unknown-flags"),
        pytest.param(f"01-{TRACE}-{SPAN}-01", "01", id="later-version"),
        pytest.param(f"cc-{TRACE}-{SPAN}-01-what-comes", "01", id="later-version-longer"),
    ],
)
def test_valid_header(header: str, flags: str) -> None:
    """Later versions are read as far as this one goes, and flags as far as they are defined."""
    found = parse_traceparent(header)

    assert found is not None
    assert (TRACE, SPAN, flags) == (found.trace_id, found.span_id, found.flags)
    assert f"00-{TRACE}-{SPAN}-{flags}" == found.header


@pytest.mark.parametrize(
    "header",
    [
        "",
        HEADER.upper(),
        HEADER + "-more",
        HEADER + "\n",
        HEADER[:-1],
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-0g",
        f"cc-{TRACE}-{SPAN}-01more",
        f"cc-{TRACE}-{SPAN}-01-" + "x" * 10_000,
        f"00-{TRACE[:-1]}\u0663-{SPAN}-01",
        f" {HEADER}",
    ],
)
def test_invalid_header(header: str) -> None:
    """A header that the standard does not allow is none."""
    assert parse_traceparent(header) is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(f"{'ab' * 16}/1;o=1", ("0000000000000001", "01"), id="sampled"),
        pytest.param(f"{'ab' * 16}/18446744073709551615", ("f" * 16, "00"), id="without-options"),
        pytest.param(f"{'ab' * 16}/18446744073709551616", None, id="span-too-large"),
        pytest.param(f"{'ab' * 16}/0;o=1", None, id="no-span"),
        pytest.param(f"{'0' * 32}/1;o=1", None, id="no-trace"),
        pytest.param("ab" * 16, None, id="trace-alone"),
        pytest.param(f"{'AB' * 16}/1;o=1", None, id="upper-case"),
        pytest.param(f"{'ab' * 16}/1;o=1\n", None, id="newline"),
        pytest.param("a" * 10_000, None, id="long"),
    ],
)
def test_header_of_google(header: str, expected: tuple[str, str] | None) -> None:
    """The older header of Google names a trace, with the span as a decimal number."""
    trace = parse_cloud_trace(header)

    assert expected == (trace and (trace.span_id, trace.flags))


def test_lines_have_the_trace_of_google(traced: Lines) -> None:
    """The older header counts where there is no `traceparent`."""
    other = ("x-cloud-trace-context", f"{'ab' * 16}/1;o=1")
    call(RequestMiddleware(shop), headers=[other])
    call(RequestMiddleware(shop), headers=[("traceparent", HEADER), other])

    assert ["ab" * 16] * 2 + [TRACE] * 2 == [line["trace_id"] for line in traced()]


def test_lines_have_the_trace(traced: Lines) -> None:
    """All lines of a request have the caller's trace; it goes on with what is sent on."""
    call(RequestMiddleware(shop), headers=[("traceparent", HEADER)])

    assert [(TRACE, SPAN, "01")] * 2 == [
        (line["trace_id"], line["span_id"], line["trace_flags"]) for line in traced()
    ]
    assert HEADER == traced()[0]["onward"]


@pytest.mark.parametrize(
    "headers", [[], [("traceparent", "nonsense")], [("traceparent", HEADER)] * 2]
)
def test_lines_without_a_trace(headers: Any, traced: Lines) -> None:
    """Without a header, with a wrong one, and with two, lines have no trace."""
    call(RequestMiddleware(shop), headers=headers)

    assert [None, None] == [line.get("trace_id") for line in traced()]
    assert traced()[0].get("onward") is None


def test_trace_ends_with_its_request(traced: Lines) -> None:
    """The next request of a thread has not the trace of the one before, whether that failed."""

    def fail(environ: Any, start_response: Any) -> Any:
        raise KeyError

    def answer(environ: Any, start_response: Any) -> Any:
        log.info("answered")
        return []

    with pytest.raises(KeyError):
        Wsgi(WsgiMiddleware(fail), HTTP_TRACEPARENT=HEADER)
    Wsgi(WsgiMiddleware(answer)).close()
    Wsgi(WsgiMiddleware(answer), HTTP_TRACEPARENT=HEADER).close()
    log.info("idle")

    found = [(line["event"], line.get("trace_id")) for line in traced()]
    finished = "request_finished"
    assert [
        (finished, TRACE),
        ("answered", None),
        (finished, None),
        ("answered", TRACE),
        (finished, TRACE),
        ("idle", None),
    ] == found


def test_span_that_is_there_stays(tmp_path: Path) -> None:
    """Where an instrumentation has begun a span, lines have its ids and not the header's."""
    file = tmp_path / "traced"
    outputs = [OutputConfig(str(file), formatter="json")]
    reset_for_testing()
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs)))
    tracer = TracerProvider().get_tracer("t")
    app = RequestMiddleware(shop)
    ids = []
    for _ in range(2):
        with tracer.start_as_current_span("GET /orders") as span:
            ids.append(f"{span.get_span_context().span_id:016x}")
            call(app, headers=[("traceparent", HEADER)])
    reset_for_testing()

    lines = [json.loads(row) for row in file.read_text("utf-8").splitlines()]
    assert [ids[0]] * 2 + [ids[1]] * 2 == [line["span_id"] for line in lines]


def test_span_of_the_next_request_stays(tmp_path: Path) -> None:
    """What a failed request has left is taken away, and the span around the next one is not."""
    file = tmp_path / "traced"
    reset_for_testing()
    outputs = [OutputConfig(str(file), formatter="json")]
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs)))
    tracer = TracerProvider().get_tracer("t")

    def answer(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/fail":
            raise KeyError
        log.info("answered")
        return []

    app = WsgiMiddleware(answer)
    with pytest.raises(KeyError):
        Wsgi(app, "/fail", HTTP_TRACEPARENT=HEADER)
    with tracer.start_as_current_span("GET", context=context.Context()) as span:
        Wsgi(app).close()
        wanted = f"{span.get_span_context().span_id:016x}"
    reset_for_testing()

    lines = [json.loads(row) for row in file.read_text("utf-8").splitlines()]
    assert [wanted] * 2 == [line["span_id"] for line in lines[1:]]


def test_bound_trace_can_be_taken_back(traced: Lines) -> None:
    """Who binds a trace by hand gets the earlier one back, nested as they like."""
    outer, inner = parse_traceparent(HEADER), parse_traceparent(HEADER.replace("4bf", "aaa"))

    before_outer = bind_trace(outer)
    restore_trace(before_outer)
    assert current_traceparent() is None
    before_inner = bind_trace(inner)
    assert HEADER.replace("4bf", "aaa") == current_traceparent()
    restore_trace(before_inner)
    assert current_traceparent() is None
    assert not trace.get_current_span().get_span_context().is_valid
