"""A line's own members are what `_record/schema.py` says, in every format and lane.

One program for each lane and format writes a few lines that have all members between them; an
extension of the program's own gives emoji and trace ids.
"""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import pytest

import interpreters
from extended_program import fill_folder
from provide.foundation._record.record import Record
from provide.foundation._record.schema import (
    AFTER_FIELDS,
    BEFORE_FIELDS,
    CALLER,
    CONSTANTS,
    DETAILS,
    MEMBERS,
    Member,
)
from provide.foundation._render.json import render_json
from provide.foundation._render.logfmt import render_key_value
from provide.foundation._view.dialects.objects import parse_object, read_object
from provide.foundation.otel.attributes import describe
from provide.foundation.otel.lines import LineReader
from provide.foundation.testing import as_dict

ROOT = Path(__file__).parent.parent
CPP = ROOT / "packages/foundation-native/cpp"
#: A string in C++, or a comment, which may hold quotes of its own.
LITERAL = re.compile(r'//[^\n]*|"((?:[^"\\\n]|\\.)*)"')
LANES = ("native", "fast", "processor")
FORMATS = ("json", "key_value", "compact", "console")
EXTENSION = """
from provide.foundation.extension import Extension

TRACE = b'"trace_id":"%s","span_id":"%s","trace_flags":"01"' % (b"4b" * 16, b"7c" * 8)


def make_extension(config):
    return Extension("members", emoji_prefix=lambda *_: "@", trace_fields=lambda: TRACE)
"""
PROGRAM = """
import asyncio
import sys
from provide.foundation import (
    Console, LoggingConfig, TelemetryConfig, get_logger, setup_telemetry,
)

lane, form, keys = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
steps = [lambda logger, name, fields: fields] if lane == "processor" else []


def use(callsite):
    logging = LoggingConfig(
        console_formatter="key_value" if form == "console" else form,
        log_file=None if form == "console" else "app.log",
        console=Console(colors=form == "console"), das_emoji_prefix_enabled=True,
        callsite=callsite, processors=steps, extensions=("members",), process=True, host=True,
        thread=True, task=True,
        exceptions="both",
    )
    setup_telemetry(
        TelemetryConfig(
            service_name="shop", service_version="1.2", environment="test", logging=logging
        )
    )


log = get_logger("app.place")


async def write():
    use(False)
    log.warning("usual", a_field=1)
    log.warning("reserved", **{key: 1 for key in keys})
    use(True)
    try:
        raise ValueError("boom")
    except ValueError:
        log.warning("rare", a_field=1, exc_info=True, stack_info=True)


asyncio.run(write())
"""
#: The keys of a line that has a field.
ORDER = [each.key for each in BEFORE_FIELDS] + ["a_field"] + [each.key for each in AFTER_FIELDS]
#: What people see of a member, where they do not see its key.
SHOWN = {
    "timestamp": r"\d\d:\d\d:\d\d\.\d\d\d",
    "level": r"\bW\b|WARN|warning",
    "logger": r"app\.place",
    "event": r"usual|rare",
    "emoji": r"@",
    "exception": r"ValueError: boom",
    "stack_trace": r"ValueError: boom",
    "stack": r"Stack \(most recent call last\)",
}


@functools.cache
def write_lines(lane: str, form: str) -> tuple[str, str, str]:
    """Return what a program wrote: a usual line, one of reserved names, one with rare members."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill_folder(folder, PROGRAM, "members", EXTENSION)
        done = interpreters.run(
            [sys.executable, "program.py", lane, form, ",".join(each.key for each in MEMBERS)],
            cwd=folder, check=True, timeout=120, capture_output=True, text=True,
            env={**os.environ, "FOUNDATION_LANE": lane},
        )  # fmt: skip
        # In colours, the view for terminals goes to any stream.
        text = done.stderr if form == "console" else (folder / "app.log").read_text("utf-8")
    if form == "console":  # behind the row that names the day
        text = text.partition("─\x1b[0m\n")[2]
    usual, _, rest = text.partition("\n")
    reserved, _, rare = rest.partition("\n")
    return usual, reserved, rare


def list_keys(line: str, form: str) -> list[str]:
    """Return the keys of a line in JSON or logfmt, in its order."""
    if form == "json":
        return list(json.loads(line))
    return re.findall(r'(?:^| )(\w+)=(?:"(?:[^"\\]|\\.)*"|[^ ]*)', line)


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.key)
def test_member_stands_in_its_place(member: Member, form: str, lane: str) -> None:
    """A line has each member where the schema has it; for people, its value is there."""
    usual, _, rare = write_lines(lane, form)
    line = rare if member in DETAILS else usual

    if form in ("json", "key_value"):
        keys = list_keys(line, form)
        # In text the exception is a traceback already.
        assert (member.key in keys) == (form == "json" or member.key != "stack_trace")
        assert [key for key in ORDER if key in keys] == keys
    elif member.shown:
        text = re.sub(r"\x1b\[\d*(?:;\d+)*m", "", line)
        assert re.search(SHOWN.get(member.key, rf"\b{member.key}="), text)
    else:
        assert f"{member.key}=" not in line


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("form", ["json", "key_value"])
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.key)
def test_member_is_reserved(member: Member, form: str, lane: str) -> None:
    """A field of the caller's under the key of a member is renamed."""
    keys = list_keys(write_lines(lane, form)[1], form)

    assert f"{member.key}_" in keys
    assert keys.count(member.key) <= 1


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.key)
def test_viewer_reads_member_back(member: Member, lane: str) -> None:
    """The viewer has each member of a line in JSON where the pipeline had it."""
    usual, _, rare = write_lines(lane, "json")
    line = rare if member in DETAILS else usual
    given = parse_object(line.encode())
    assert given is not None
    record = read_object(given)

    assert isinstance(record, Record)
    # Anybody's field may have the name of an optional one.
    assert (member.optional and member not in DETAILS) is (member.key in record.fields)
    assert json.loads(line) == json.loads(render_json(record, exceptions="both"))


@pytest.mark.parametrize("member", CONSTANTS, ids=lambda member: member.key)
def test_constant_needs_no_encoder(member: Member) -> None:
    """What every line has alike is written by the table alone."""
    record = Record(20, "app", "it", {"a": 1}, constants={member.key: "x"})

    assert {member.key: "x"}.items() <= json.loads(render_json(record)).items()
    assert f"event=it {member.key}=x a=1" in render_key_value(record).decode()


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.key)
def test_member_is_captured(member: Member) -> None:
    """`capture_logs` has the members of which the table says so, and no others."""
    parts = {each.part: {each.key: "x"} for each in MEMBERS if each.part in ("constants", "trace")}
    record = Record(
        20, "app", "it", {"a": 1}, seconds=0.0, emoji="@", exception={"type": "E"}, stack="s",
        callsite={"line": 1}, **parts,
    )  # fmt: skip

    assert member.captured == (member.key in as_dict(record))


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.key)
def test_member_is_exported(member: Member, lane: str) -> None:
    """A member has its place in an exported record, and is no attribute under its own key there."""
    if member in DETAILS:
        details = {
            "exception": {"type": "E"}, "stack_trace": "s", "stack": "s",
            "callsite": {"file": "a.py"},
        }  # fmt: skip
        assert member.otlp == tuple(describe({member.key: details[member.key]}))
    else:
        reader = LineReader(*([each.key for each in some] for some in (CONSTANTS, CALLER)))
        record = reader.read(write_lines(lane, "json")[0].encode())
        assert (member.otlp is None) == (member.key in record.fields)


def test_the_compiled_lane_writes_no_key_of_its_own() -> None:
    """C++ has the members' keys from the Python half; none stands in its sources as it is written.

    That would be `"key":`, ` key=`, or the key alone where it is appended to a line.
    """
    keys = "|".join(each.key for each in MEMBERS)
    written = re.compile(rf'\\"(?:{keys})\\"|(?<!\w)(?:{keys})=')
    appended = re.compile(rf'\b(?:append|memcpy)\([^;]*"(?:{keys})"')
    found = []
    for source in sorted([*CPP.glob("*.cpp"), *CPP.glob("*.h")]):
        text = source.read_text("utf-8")
        literals = [each[1] for each in LITERAL.finditer(text) if each[1] is not None]
        found += [(source.name, each) for each in literals if written.search(each)]
        found += [(source.name, each) for each in appended.findall(text)]

    assert [] == found
    assert list(CPP.glob("method.*"))
