"""Lines of every schema: the compiled lane writes what the processor lane does, byte for byte."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

import interpreters
from extended_program import fill_folder
from provide.foundation.native import COMPILED

pytestmark = pytest.mark.skipif(not COMPILED, reason="built where there was no compiler")

EXTENSION = """
import contextvars
from provide.foundation.extension import Extension

TRACE = b'"trace_id":"%s","span_id":"%s","trace_flags":"01"' % (b"4b" * 16, b"7c" * 8)
SPAN = contextvars.ContextVar("span", default=None)


class Stamped:
    def __call__(self):
        return TRACE if SPAN.get() else b""

    version_stamp = SPAN.get


class Exports:
    # One that takes lines knows Foundation's own schema alone.
    def __init__(self):
        self.file = open("exported", "a")

    def __call__(self, level, seconds, logger, event, fields, members, details):
        self.file.write(f"{level} {logger} {event} {sorted(fields)} {members}\\n")
        self.file.flush()

    def export_line(self, level, line):
        self.file.write("a line\\n")


def make_extension(config):
    which = config.service_name
    if which == "exported":
        give, emoji = Stamped(), lambda *_: "@"
        return Extension("members", emoji_prefix=emoji, trace_fields=give, exporter=Exports())
    give = Stamped() if which == "stamped" else lambda: TRACE if SPAN.get() else b""
    return Extension("members", emoji_prefix=lambda *_: "@", trace_fields=give)
"""
PROGRAM = r"""
import io, json, sys
from provide.foundation import *
from members import SPAN

shapes = {
    **{name: {"schema": name} for name in ("otel", "ecs", "gcp", "datadog", "logstash")},
    **{form: {"timestamp": form} for form in ("epoch_s", "epoch_ms", "epoch_ns")},
    "keys": {"keys": {"event": "message", "level": "severity", "exception": "error"}},
    "otel_ns": {"schema": "otel", "timestamp": "epoch_ns", "exceptions": "text"},
    "ecs_keys": {"schema": "ecs", "keys": {"level": "lvl", "exception": "error"}},
    "both": {"schema": "foundation", "keys": {"event": "msg"}, "exceptions": "both"},
    "otel_fields": {"schema": "otel", "fields": {"region": "eu"}},
    "several": {"outputs": [
        OutputConfig("several", schema="otel"),
        OutputConfig("several-ecs", schema="ecs", level="INFO"),
        OutputConfig("several-too", schema="otel", level="ERROR"),
    ]},
    "three": {"outputs": [
        OutputConfig("three"), OutputConfig("three-gcp", schema="gcp"),
        OutputConfig("three-datadog", schema="datadog"),
    ]},
    "otel_thread": {"schema": "otel", "thread": True, "task": True},
    "gcp_thread": {"schema": "gcp", "thread": True},
    "ecs_small": {"schema": "ecs", "limits": Limits(max_line_bytes=700, max_string_chars=200)},
    "otel_small": {"schema": "otel", "limits": Limits(max_line_bytes=700, max_string_chars=200)},
    "ecs_fields": {"schema": "ecs", "fields": {"region": "eu"}, "environment": "prod"},
}


class Odd:
    def __repr__(self):
        return "odd\x1b"


def speak(log):
    log.info("alone")
    log.debug("spelt", a=1, b="two", c=2.5)
    log.warning("bound", tenant="acmé", a=None, n=[1, {"x": (2,)}])
    bound = log.bind(request="r-1", a=0)
    bound.error("call", status=500)
    bound.critical("nothing of its own")
    bound.info("overridden", a=9)
    log.bind(held=[1]).info("container")
    with bound_contextvars(user="u-1"):
        log.info("around")
        bound.info("around and bound", password="hunter2")
        log.info("with a field", x=True)
    log.info("reserved", **{name: 1 for name in (
        "timestamp", "Timestamp", "@timestamp", "level", "log.level", "severity", "status",
        "message", "event", "Body", "Attributes", "Resource", "trace.id", "dd.trace_id", "logger",
        "error", "error.type", "stack_trace", "TraceId", "code.file.path", "ecs.version", "lvl",
    )})
    log.info("%s and %d", "formatted", 3)
    log.info("odd", value=Odd(), nan=float("nan"), big=2**80, text="\x7f\u202e")
    log.info(12)
    log.info("long " + "x" * 300, text="y" * 3000)
    log.trace("quiet")


def fail(log):
    try:
        int("twelve")
    except ValueError as error:
        log.exception("failed", order_id=42)
        log.error("without fields", exc_info=error)
        kept = error
    log.bind(b=1).error("group", exc_info=ExceptionGroup("all", [kept, KeyError("k")]))
    log.warning("stack", stack_info=True)
    log.info("both", stack_info=True, exc_info=kept, a=1)
    log.info("none", exc_info=None)
    log.info("handed over", exc_info=(type(kept), kept, kept.__traceback__))


traced, callsite = json.loads(sys.argv[1])
said = {}
for shape, setup in shapes.items():
    services = {key: setup.pop(key) for key in ("environment",) if key in setup}
    if "outputs" not in setup:
        setup["log_file"] = shape
    setup_telemetry(TelemetryConfig(service_name=traced, **services, logging=LoggingConfig(
        default_level="TRACE", console_formatter="json", callsite=callsite,
        das_emoji_prefix_enabled=True, capture_stdlib=False, extensions=("members",), **setup,
    )))
    before = stats().fallbacks
    log = get_logger("app.place")
    for _ in range(2):
        speak(log)
        SPAN.set(object())
    speak(log.bind(late=1))
    fail(log)
    SPAN.set(None)
    log.info("after", a=1)
    speak(get_logger("other"))
    now = stats()
    fallen = {key: count - before.get(key, 0) for key, count in now.fallbacks.items()}
    lost = sum(sum(each.dropped.values()) for each in now.outputs.values())
    said[shape] = [now.lane, {key: count for key, count in fallen.items() if count}, lost]
print(json.dumps(said))
"""
#: The file has the same name in each folder.
LOADER = "exec(compile(open('program.py').read(), 'program.py', 'exec'))"
SHAPES = (
    "otel", "ecs", "gcp", "datadog", "logstash", "epoch_s", "epoch_ms", "epoch_ns", "keys",
    "otel_ns", "ecs_keys", "both", "otel_fields", "ecs_fields",
    "otel_thread", "gcp_thread", "ecs_small", "otel_small", "several", "three",
)  # fmt: skip
#: The time leads a line: a text, or a number.
TIME = re.compile(rb'^(\{"[^"]+":)("20[-0-9T:.]+Z"|[0-9]+(?:\.[0-9]{6})?),', re.MULTILINE)


@functools.cache
def write_all(lane: str, traced: str, callsite: bool) -> dict[str, tuple[bytes, list[Any]]]:
    """Return the lines of a program in each shape, and what its lane says of itself."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill_folder(folder, PROGRAM, "members", EXTENSION)
        done = interpreters.run(
            [sys.executable, "-c", LOADER, json.dumps([traced, callsite])],
            cwd=folder, timeout=120, capture_output=True, check=False, text=True,
            env={**os.environ, "FOUNDATION_LANE": lane},
        )  # fmt: skip
        assert (0, "") == (done.returncode, done.stderr)
        said: dict[str, list[Any]] = json.loads(done.stdout)
        lines = {
            shape: b"".join(
                [
                    each.read_bytes()
                    for each in (folder / shape, *sorted(folder.glob(f"{shape}-*")))
                    if each.exists()
                ]
            )
            for shape in (*SHAPES, "exported")
        }
        return {shape: (found, said.get(shape, [])) for shape, found in lines.items()}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("traced", "callsite"), [("stamped", False), ("asked", True)])
def test_lines_are_those_of_the_processor_lane(shape: str, traced: str, callsite: bool) -> None:
    """Every line is the same, but for its time, and has a time of the same form."""
    written, (lane, fallbacks, dropped) = write_all("native", traced, callsite)[shape]
    wanted, _ = write_all("processor", traced, callsite)[shape]
    count = wanted.count(b"\n")

    assert (count, count) == (len(TIME.findall(wanted)), len(TIME.findall(written)))
    assert TIME.sub(rb"\1", wanted).splitlines() == TIME.sub(rb"\1", written).splitlines()
    assert [len(found[1]) for found in TIME.findall(wanted)] == [
        len(found[1]) for found in TIME.findall(written)
    ]
    # A line of three formats is no compiled lane's, nor are call sites in several outputs.
    python = shape == "three" or (shape == "several" and callsite)
    assert ("fast" if python else "native", 0) == (lane, dropped)
    assert python or fallbacks.keys() <= {"odd", "long", "parameters", "keys"}


@pytest.mark.parametrize("shape", ["otel", "otel_fields"])
def test_fields_stand_in_their_object(shape: str) -> None:
    """The object of the fields is there with them and without, and what follows it does."""
    found = write_all("native", "stamped", False)[shape]
    lines = [json.loads(row) for row in found[0].splitlines()]
    alone = [line for line in lines if line["Body"] == "alone"]
    static = {"region": "eu"} if shape == "otel_fields" else {}

    assert [{**static, "emoji": "@"}] * 4 == [
        {key: value for key, value in line["Attributes"].items() if key != "late"} for line in alone
    ]
    assert ["Timestamp", "SeverityText"] == list(alone[0])[:2]
    assert ("Attributes", "TraceFlags") == (list(alone[0])[-1], list(alone[1])[-1])


def test_exporters_are_given_fields() -> None:
    """An exporter that takes Foundation's own lines is given none of another schema."""
    written = write_all("native", "exported", False)
    exported = written["exported"][0]

    assert exported == write_all("processor", "exported", False)["exported"][0]
    assert 0 == exported.count(b"a line")
    assert len(SHAPES) * written["ecs"][0].count(b"\n") == exported.count(b"\n")


CLOCK = r"""
import sys, time
from provide.foundation import *


def put(time_ns, now):
    # As freezegun does, into all modules.
    own = time.time_ns, time.time
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is own[0] or value is own[1]:
                setattr(module, name, time_ns if value is own[0] else now)


for form in ("iso", "epoch_s", "epoch_ms", "epoch_ns"):
    for schema in ("otel", "ecs"):
        configure(output="app.log", format="json", schema=schema, timestamp=form)
        log = get_logger("app")
        for moment in (1.5, -1.5, 0.25, 1_764_000_000.5):
            put(lambda: int(moment * 1e9), lambda: moment)
            log.info("plain", a=1)
            log.info("odd %s", form, value=object)
            log.error("failed", exc_info=ValueError("no"))
"""


def test_times_before_the_epoch_are_right(tmp_path: Path) -> None:
    """A clock that somebody has replaced tells the time, also one that takes no more digits."""
    written = []
    for lane in ("native", "processor"):
        folder = tmp_path / lane
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", CLOCK], cwd=folder, timeout=120, check=False,
            capture_output=True, text=True, env={**os.environ, "FOUNDATION_LANE": lane},
        )  # fmt: skip
        assert (0, "") == (done.returncode, done.stderr)
        written.append((folder / "app.log").read_bytes().splitlines())

    assert 4 * 2 * 4 * 3 == len(written[0])
    assert written[1] == written[0]
