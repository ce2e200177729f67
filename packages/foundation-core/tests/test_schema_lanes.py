"""Lines in the schemas of back ends are the same in every lane, byte for byte but the time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance_cases import CASES, log_kinds
from installed_lanes import LANES
from provide.foundation import (
    Limits,
    Logger,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    get_logger,
    reset_for_testing,
    stats,
)
from provide.foundation._runtime.apply import apply
from provide.foundation.extension import Extension
from provide.foundation.testing import capture_logs

#: What differs between two calls: the time, and the frames of who calls.
TIME = re.compile(rb'^\{"[^"]+":("[^"]+"|[0-9.]+)')
SCHEMAS = ("foundation", "otel", "ecs", "gcp", "datadog", "logstash")
#: A schema, a form of the time, other names.
FORMS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("foundation", "epoch_s", {"event": "message", "exception": "failure", "service": "app"}),
    ("otel", "iso", {}),
    ("otel", "epoch_ms", {"event": "Message", "exception": "failure", "emoji": "mark"}),
    ("ecs", "iso", {}),
    ("ecs", "epoch_ms", {"logger": "name", "level": "severity", "callsite": "place"}),
    ("gcp", "epoch_ns", {"stack": "stack_info"}),
    ("datadog", "epoch_s", {}),
    ("logstash", "iso", {"timestamp": "at"}),
)
IDS = [f"{schema} {form}" for schema, form, _ in FORMS]
TRACE = (
    b'"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331",'
    b'"trace_flags":"01","tenant":"acme"'
)


class Stamped:
    """Give a trace now and then, with a version stamp."""

    def __init__(self) -> None:
        self.given: bytes | None = None

    def __call__(self) -> bytes:
        """Return the members, if there are any."""
        return self.given or b""

    def version_stamp(self) -> object:
        """Return what stays the same as long as they do."""
        return self.given


def show_emoji(name: str, event: str, fields: Any) -> str:
    """Return the emoji of a line."""
    return "" if event == "plain" else "[é]"


@contextmanager
def set_up(lane: str, path: Path, extensions: list[Extension], **options: Any) -> Iterator[Logger]:
    """Set Foundation up on one lane, with extensions and one file or several."""
    reset_for_testing()
    os.environ["FOUNDATION_LANE"] = lane
    try:
        if "outputs" not in options:
            options["log_file"] = path
        logging = LoggingConfig(capture_structlog=False, capture_stdlib=False, **options)
        config = TelemetryConfig(service_name="shöp", service_version="1.2", logging=logging)
        apply(config, extensions, {})
        yield get_logger("app.pärt")
    finally:
        del os.environ["FOUNDATION_LANE"]
        reset_for_testing()
        clear_contextvars()


def masked(path: Path) -> list[bytes]:
    """Return the lines of a file, each of them one JSON object, without their times."""
    lines = path.read_bytes().split(b"\n")[:-1]
    for line in lines:
        json.loads(line, object_pairs_hook=refuse_duplicates)
    return [TIME.sub(b"", line) for line in lines]


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, and refuse one that has a key twice."""
    found = dict(pairs)
    assert len(pairs) == len(found), pairs
    return found


def log_without_fields(log: Logger) -> None:
    """Log what has no field, bound and not, in a context and not."""
    bound = log.bind(b=1)
    for _ in range(3):
        log.info("plain")
        bound.info("plain")
        log.info("marked")
        with bound_contextvars():
            log.info("empty")
            bound.info("empty")
        with bound_contextvars(c=1):
            log.info("plain")
            bound.info("plain", b=2)
    bind_contextvars(c=1)
    log.info("said", c=2)
    clear_contextvars()


def log_names_of_schemas(log: Logger) -> None:
    """Log fields that have the names of members."""
    names = ("message", "@timestamp", "severity", "status", "log.level", "error", "Attributes")
    log.info("e", **dict.fromkeys(names, 1))
    log.bind(message=1, message_=2).info("e", **{"error.type": 3, "Body": 4})


def log_details(log: Logger) -> None:
    """Log exceptions and stacks, with fields and without."""
    try:
        raise ValueError("grün\n" + "x" * 50)
    except ValueError as error:
        error.add_note("a note")
        log.exception("failed")
        log.exception("failed", a=1)
        log.bind(b=1).info("failed", exc_info=error)
    log.info("stack", stack_info="Stack:\n  here")
    log.info("both", stack_info="Stack", exc_info=KeyError("k"), a=[1])


def log_all(log: Logger) -> None:
    """Log every case, once with cold caches and once with warm ones."""
    for _ in range(2):
        for name, case in CASES.items():
            if name not in ("long strings", "too many fields", "too many with bound ones"):
                case(log)
        log_without_fields(log)
        log_names_of_schemas(log)
        log_details(log)


@pytest.mark.parametrize(("schema", "form", "keys"), FORMS, ids=IDS)
def test_lanes_agree(schema: str, form: str, keys: dict[str, str], tmp_path: Path) -> None:
    """Every case gives the same lines in every lane."""
    found = {}
    for lane in LANES:
        path = tmp_path / lane
        with set_up(lane, path, [], schema=schema, timestamp=form, keys=keys) as log:
            log_all(log)
        found[lane] = masked(path)
    for lane in LANES:
        assert found["processor"] == found[lane]


def log_traced(log: Logger, stamped: Stamped | None) -> None:
    """Log within a span and without one."""
    for members in (TRACE, None, b'"span_id":"odd"', TRACE):
        if stamped is not None:
            stamped.given = members
        for _ in range(2):
            log_without_fields(log)
            log_kinds(log)
            log_details(log)


@pytest.mark.parametrize("kind", ["stamped", "plain", "two"])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_lanes_agree_on_extensions(schema: str, kind: str, tmp_path: Path) -> None:
    """Emoji and traces stand in the same places, whatever gives them."""
    stamped = Stamped()
    given = {
        "stamped": [Extension("acme", trace_fields=stamped, emoji_prefix=show_emoji)],
        "plain": [Extension("acme", trace_fields=stamped.__call__)],
        "two": [
            Extension("acme", trace_fields=stamped.__call__, emoji_prefix=show_emoji),
            Extension("more", trace_fields=lambda: b'"region":"eu"'),
        ],
    }[kind]
    found = {}
    for lane in LANES:
        path = tmp_path / lane
        options: dict[str, Any] = {
            "schema": schema,
            "timestamp": "epoch_ns" if schema == "foundation" else "iso",
            "das_emoji_prefix_enabled": kind != "plain",
            "thread": kind == "two",
            "fields": {"team": "shop", "more": [1]} if kind == "stamped" else {},
        }
        with set_up(lane, path, given, **options) as log:
            log_traced(log, stamped)
        found[lane] = masked(path)
    for lane in LANES:
        assert found["processor"] == found[lane]


@pytest.mark.parametrize("schema", SCHEMAS[1:])
def test_lanes_agree_on_call_sites(schema: str, tmp_path: Path) -> None:
    """A call site has the same form in every lane."""
    found = {}
    for lane in LANES:
        path = tmp_path / lane
        with set_up(lane, path, [], schema=schema, callsite=True) as log:
            log_without_fields(log)
            log_details(log)
        found[lane] = masked(path)
    for lane in LANES:
        assert found["processor"] == found[lane]


@pytest.mark.parametrize("schema", ["otel", "gcp"])
def test_lanes_agree_on_patterns(schema: str, tmp_path: Path) -> None:
    """What patterns find is hidden in every part of a line."""
    found = {}
    for lane in LANES:
        path = tmp_path / lane
        options: dict[str, Any] = {"schema": schema, "redact_patterns": ["email"]}
        with set_up(lane, path, [], **options) as log:
            for _ in range(3):
                log.info("said by a@example.org")
                log.info("said", by="a@example.org", n=1)
                log.bind(by=["a@example.org"]).info("said", n=1)
                log_without_fields(log)
            try:
                raise ValueError("a@example.org")
            except ValueError:
                log.exception("failed")
        assert b"example.org" not in path.read_bytes()
        found[lane] = masked(path)
    for lane in LANES:
        assert found["processor"] == found[lane]


@pytest.mark.parametrize(("schema", "form", "keys"), FORMS[1:6:2], ids=IDS[1:6:2])
def test_lanes_agree_on_long_lines(
    schema: str, form: str, keys: dict[str, str], tmp_path: Path
) -> None:
    """What is too long is cut to the same line in every lane."""
    found = {}
    for lane in LANES:
        path = tmp_path / lane
        limits = Limits(max_line_bytes=900, max_string_chars=300)
        with set_up(lane, path, [], schema=schema, timestamp=form, keys=keys, limits=limits) as log:
            for name in ("long strings", "too many fields", "exception", "containers"):
                CASES[name](log)
            log_details(log)
            log.info("e" * 5000)
            log.info("e", a="é" * 400, b="\x7f" * 200)
        assert max(map(len, path.read_bytes().split(b"\n"))) < 900
        found[lane] = masked(path)
    for lane in LANES:
        assert found["processor"] == found[lane]


def test_lanes_agree_on_several(tmp_path: Path) -> None:
    """Outputs of all schemas at once have the lines that each has alone."""
    stamped = Stamped()
    extensions = [Extension("acme", trace_fields=stamped, emoji_prefix=show_emoji)]
    found = {}
    for lane in LANES:
        paths = [tmp_path / f"{lane} {schema}" for schema in SCHEMAS]
        outputs = [
            OutputConfig(path, schema=schema)  # type: ignore[arg-type]
            for path, schema in zip(paths, SCHEMAS, strict=True)
        ]
        options: dict[str, Any] = {"timestamp": "epoch_ms", "das_emoji_prefix_enabled": True}
        with set_up(lane, tmp_path, extensions, outputs=outputs, **options) as log:
            log_traced(log, stamped)
            log_names_of_schemas(log)
        found[lane] = [masked(path) for path in paths]
    for lane in LANES:
        assert found["processor"] == found[lane]


@pytest.mark.parametrize(("schema", "form", "keys"), FORMS, ids=IDS)
def test_plain_calls_stay_in_the_lane(
    schema: str, form: str, keys: dict[str, str], tmp_path: Path
) -> None:
    """Plain calls, exceptions and odd values are written by the lane itself."""
    with set_up("fast", tmp_path / "x", [], schema=schema, timestamp=form, keys=keys) as log:
        for _ in range(3):
            log.info("plain")
            log.bind(b=1).info("said", a=1, s="x", message="y")
            log_details(log)
        actual: Any = (stats().lane, dict(stats().fallbacks))
    assert ("fast", {}) == actual


def test_exporters_see_foundations_names(tmp_path: Path) -> None:
    """An exporter that takes lines is given records where lines have another schema."""
    seen: list[tuple[str, dict[str, Any]]] = []

    class Exporter:
        """Take records, and lines of Foundation's own schema."""

        def __call__(
            self, level: int, seconds: float, name: str, event: str, fields: Any, *others: Any
        ) -> None:
            seen.append((event, dict(fields)))

        def export_line(self, level: int, line: bytes) -> None:
            """Fail: no line has the names that this knows."""
            raise AssertionError(line)

    exporter: Callable[..., None] = Exporter()
    for lane in LANES:
        with set_up(
            lane, tmp_path / lane, [Extension("acme", exporter=exporter)], schema="ecs"
        ) as log:
            log.info("said", a=1, level=2)
            log.bind(b=2).info("said", a=[1])
    expected = [("said", {"a": 1, "level_": 2}), ("said", {"b": 2, "a": [1]})]
    assert expected * len(LANES) == seen


def test_processors_and_captures_see_foundations_names(tmp_path: Path) -> None:
    """What runs before the line is made, or takes records, knows nothing of a schema."""
    seen: list[set[str]] = []

    def look(logger: object, method: str, event_dict: dict[str, Any]) -> dict[str, Any]:
        seen.append(set(event_dict))
        return event_dict

    for lane in LANES:
        with set_up(lane, tmp_path / lane, [], schema="otel", processors=[look]) as log:
            log.info("said", a=1)
            with capture_logs() as captured:
                log.info("said", a=1)
            assert [{"event", "level", "logger", "a"}] == [set(each) for each in captured]
        assert b'"Body":"said"' in (tmp_path / lane).read_bytes()
    assert all("event" in keys and "Body" not in keys for keys in seen)
    assert seen


CLOCK_SCRIPT = """
import sys, time
time.time_ns = lambda: second * 10**9 + 123_456_789
time.time = lambda: second + 0.1234565
from provide.foundation import configure, get_logger
for second in (0, 1, -2, 10**12):
    for form in ("iso", "epoch_s", "epoch_ms", "epoch_ns"):
        configure(timestamp=form, output="stdout", format="json", capture_stdlib=False)
        for _ in range(2):
            get_logger("app").info("said")
"""


def test_odd_clocks() -> None:
    """A clock that is at its beginning, before it, or far ahead says the same in each lane."""
    found = [
        subprocess.run(
            [sys.executable, "-c", CLOCK_SCRIPT],
            env={**os.environ, "FOUNDATION_LANE": lane},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for lane in ("fast", "processor")
    ]
    assert 32 == len(found[0])
    assert found[0] == found[1]
