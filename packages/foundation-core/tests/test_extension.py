"""The extension seam, with a real distribution that is installed into a folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import interpreters
from installed_lanes import LANES

pytestmark = pytest.mark.parametrize("lane", LANES)

Run = Callable[..., subprocess.CompletedProcess[str]]

FUNCTIONS = """
import atexit
from provide.foundation.extension import Extension

def mark(logger_name, event, fields):
    return "<" + logger_name + ":" + str(fields.get("a", "")) + ">"

def trace_fields():
    return b'"trace_id":"4bf9","span_id":"00f0"'

def load(config):
    stop = lambda: print("stopped")
    return Extension("acme", emoji_prefix=mark, trace_fields=trace_fields, stop=stop)
"""

EMOJI = "das_emoji_prefix_enabled=True"


@pytest.fixture
def run(tmp_path: Path, lane: str) -> Run:
    """Give a function that builds and installs a distribution, and runs a program with it."""
    site = tmp_path / "site"

    def build(name: str, source: str, entry_points: str) -> None:
        """Make a wheel by hand, and install it as pip does: unpacked into a folder."""
        wheel = tmp_path / f"{name}-1.0-py3-none-any.whl"
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{name}.py", source)
            archive.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            )
            archive.writestr(
                f"{info}/entry_points.txt",
                f"[provide.foundation.extensions]\n{entry_points}\n",
            )
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)

    def run_program(
        code: str,
        source: str = FUNCTIONS,
        entry_points: str = "acme = acme:load",
        **environ: str,
    ) -> subprocess.CompletedProcess[str]:
        build("acme", source, entry_points)
        return interpreters.run(
            [sys.executable, "-c", "from provide.foundation import *\n" + code],
            capture_output=True,
            text=True,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "PROVIDE_"))},
                "PYTHONPATH": os.pathsep.join(
                    filter(None, [str(site), os.environ.get("PYTHONPATH")])
                ),
                "FOUNDATION_LANE": lane,
                **environ,
            },
            timeout=60,
            check=True,
        )

    return run_program


def lines_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the lines on stderr; one that is no JSON object fails."""
    return [json.loads(line) for line in done.stderr.splitlines()]


def tail_of(line: dict[str, Any]) -> dict[str, Any]:
    """Return what a line has after timestamp and level."""
    return {key: line[key] for key in list(line)[2:]}


def test_marker_and_fragment_join_each_line(run: Run) -> None:
    """An installed extension adds its emoji and its fields to every line, in their places."""
    code = f"""
setup_telemetry(TelemetryConfig(logging=LoggingConfig({EMOJI})))
get_logger("app").info("e", a=1)
"""
    done = run(code)
    trace = {"trace_id": "4bf9", "span_id": "00f0"}
    expected = {"logger": "app", "event": "e", "a": 1, "emoji": "<app:1>", **trace}
    assert [expected] == [tail_of(line) for line in lines_of(done)]
    assert list(expected) == list(tail_of(lines_of(done)[0]))
    assert "stopped\n" == done.stdout


def test_fields_of_a_caller_cannot_pass_for_the_extensions(run: Run) -> None:
    """A call's own trace_id or emoji is kept beside the extension's, under another name."""
    code = f"""
setup_telemetry(TelemetryConfig(logging=LoggingConfig({EMOJI})))
logger.info("e", trace_id="spoof", emoji="x")
"""
    (line,) = lines_of(run(code))
    expected = {"trace_id": "4bf9", "trace_id_": "spoof", "emoji": "<root:>", "emoji_": "x"}
    assert expected == {key: line[key] for key in expected}


def test_zero_config_reads_entry_points_only_where_they_can_matter(run: Run) -> None:
    """They are read with an OTEL_ or an emoji variable, and never by importlib.metadata."""
    code = """
import sys
from provide.foundation import _entry_points
logger.info("e")
print(bool(_entry_points._FOUND), "importlib.metadata" in sys.modules)
"""
    assert "False False\n" == run(code).stdout
    assert "True False\nstopped\n" == run(code, OTEL_SERVICE_NAME="shop").stdout
    done = run(code, PROVIDE_LOG_DAS_EMOJI_ENABLED="1")
    assert "True False\nstopped\n" == done.stdout
    assert "<root:>" == lines_of(done)[0]["emoji"]


def test_each_set_up_loads_anew_and_stops_the_older(run: Run) -> None:
    """The function is called once a set-up; before the next one and at exit, stop is."""
    source = """
from provide.foundation.extension import Extension
count = 0
def load(config):
    global count
    count += 1
    mine = count
    print("load", mine, config.service_name)
    return Extension("acme", stop=lambda: print("stop", mine))
"""
    code = """
setup_telemetry(TelemetryConfig(service_name="a"))
setup_telemetry(TelemetryConfig(service_name="b"))
"""
    assert ["load 1 a", "load 2 b", "stop 1", "stop 2"] == run(code, source).stdout.splitlines()


@pytest.mark.parametrize(
    ("source", "entry_point", "error"),
    [
        ("def load(config): raise RuntimeError('broken')", "acme:load", "RuntimeError: broken"),
        ("", "no_such_module:load", "No module named 'no_such_module'"),
        ("", "acme:load", "has no attribute 'load'"),
        ("load = 7", "acme:load", "not callable"),
        ("def load(config): return 7", "acme:load", "not an Extension but a int"),
        ("def load(): pass", "acme:load", "takes 0 positional arguments"),
    ],
    ids=["raises", "import fails", "missing", "not callable", "junk", "signature"],
)
def test_broken_extension_is_passed_over(
    run: Run, source: str, entry_point: str, error: str
) -> None:
    """An extension that fails is said once, by name, and counted; lines come without it."""
    good = """
import sys
from provide.foundation.extension import Extension
def good(config): return Extension("good", trace_fields=lambda: b'"trace_id":"1"')
"""
    code = """
for _ in range(2):
    setup_telemetry()
    logger.info("e")
print(stats().faults)
"""
    done = run(code, f"{good}\n{source}", f"acme = {entry_point}\nzgood = acme:good")
    *_, last = done.stderr.splitlines()
    assert 1 == done.stderr.count(error)
    assert 1 == done.stderr.count("extension could not be loaded")
    assert "{'extension': 2}\n" == done.stdout
    assert "1" == json.loads(last)["trace_id"]


def test_broken_metadata_does_not_stop_the_set_up(run: Run) -> None:
    """A distribution whose entry points cannot be read costs a notice, not the logger."""
    code = """
setup_telemetry()
logger.info("e")
print(stats().faults)
"""
    done = run(code, entry_points="this line is no entry point")
    assert "extension could not be loaded" in done.stderr
    assert "e" == json.loads(done.stderr.splitlines()[-1])["event"]
    assert "{'extension': 1}\n" == done.stdout


def test_extension_may_refuse_the_configuration(run: Run) -> None:
    """A ConfigurationError of an extension is the set-up's; what was loaded before is stopped."""
    source = """
from provide.foundation import ConfigurationError
from provide.foundation.extension import Extension
def first(config): return Extension("first", stop=lambda: print("stop first"))
def second(config): raise ConfigurationError("acme.colour", "mauve", "a real colour")
"""
    code = """
try:
    setup_telemetry()
except ConfigurationError as error:
    print(error)
"""
    done = run(code, source, "a = acme:first\nb = acme:second")
    stopped, error = done.stdout.splitlines()
    assert "stop first" == stopped
    assert "acme.colour" in error
    assert "mauve" in error


def test_extension_may_have_nothing_to_do(run: Run) -> None:
    """None instead of an Extension means: nothing to add under this configuration."""
    code = "setup_telemetry(); logger.info('e'); print(stats().faults)"
    done = run(code, "def load(config): return None")
    assert ({"logger": "root", "event": "e"}, "{}\n") == (tail_of(lines_of(done)[0]), done.stdout)


@pytest.mark.parametrize(
    ("stage", "fault"),
    [
        ("emoji_prefix=lambda *_: 1 / 0", "emoji_prefix"),
        ("emoji_prefix=lambda *_: 7", "emoji_prefix"),
        ("emoji_prefix=lambda: ''", "emoji_prefix"),
        ("trace_fields=lambda: 1 / 0", "trace_fields"),
        ("trace_fields=lambda: b'no json'", "trace_fields"),
        ("trace_fields=lambda: 'text'", "trace_fields"),
        ("exporter=lambda *_: 1 / 0", "exporter"),
        ("stop=lambda: 1 / 0", "extension"),
    ],
)
def test_broken_stage_costs_no_line(run: Run, stage: str, fault: str) -> None:
    """A stage that raises or returns junk is counted; the line comes without it."""
    source = f"""
from provide.foundation.extension import Extension
def load(config): return Extension("acme", {stage})
"""
    code = f"""
setup_telemetry(TelemetryConfig(logging=LoggingConfig({EMOJI if "emoji" in stage else ""})))
logger.info("e", a=1)
shutdown_telemetry()
print(stats().faults)
"""
    done = run(code, source)
    assert [{"logger": "root", "event": "e", "a": 1}] == [tail_of(x) for x in lines_of(done)]
    assert f"{{'{fault}': 1}}\n" == done.stdout


def test_empty_stages_add_nothing(run: Run) -> None:
    """An empty emoji prefix and empty trace fields leave the line as it is."""
    source = """
from provide.foundation.extension import Extension
def load(config): return Extension("acme", emoji_prefix=lambda *_: "", trace_fields=lambda: b"")
"""
    code = f"setup_telemetry(TelemetryConfig(logging=LoggingConfig({EMOJI}))); logger.info('e')"
    assert [{"logger": "root", "event": "e"}] == [tail_of(x) for x in lines_of(run(code, source))]


def test_notices_of_extensions_keep_the_format(run: Run) -> None:
    """What is said of a broken extension is a record like any other, at the first set-up too."""
    done = run("setup_telemetry(); logger.info('e')", "def load(config): 1 / 0")
    notice, line = lines_of(done)
    expected = ("warning", "acme", "ZeroDivisionError: division by zero")
    assert expected == (notice["level"], notice["extension"], notice["error"])
    assert "e" == line["event"]


def test_zero_config_start_survives_a_refusal(run: Run) -> None:
    """Where an extension refuses what the environment says, the rest of it still holds."""
    source = (
        FUNCTIONS
        + """
from provide.foundation import ConfigurationError
def refuse(config): raise ConfigurationError("acme.colour", "mauve", "a real colour")
"""
    )
    code = "logger.debug('e')"
    environ = {"OTEL_SERVICE_NAME": "shop", "PROVIDE_LOG_LEVEL": "DEBUG"}
    done = run(code, source, "acme = acme:refuse\nzgood = acme:load", **environ)
    notice, line = lines_of(done)
    assert "mauve" in notice["error"]
    assert ("e", "shop", "4bf9") == (line["event"], line["service"], line["trace_id"])


def test_failed_set_up_stops_what_it_loaded(run: Run) -> None:
    """A set-up that fails stops the extensions that it loaded, and leaves the older ones."""
    source = """
from provide.foundation.extension import Extension
def load(config): return Extension("acme", stop=lambda: print("stop", config.service_name))
"""
    code = """
setup_telemetry(TelemetryConfig(service_name="old"))
try:
    bad = LoggingConfig(log_file="/no/such/folder/x")
    setup_telemetry(TelemetryConfig(service_name="new", logging=bad))
except ConfigurationError:
    print("failed")
"""
    assert ["stop new", "failed", "stop old"] == run(code, source).stdout.splitlines()


def test_every_lane_adds_the_same(run: Run, lane: str) -> None:
    """Emoji and trace fields stand in the same places in every format, whatever else a line has."""
    code = f"""
for formatter in ("json", "key_value"):
    logging = LoggingConfig(console_formatter=formatter, {EMOJI})
    setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
    log = get_logger("app")
    for each in (log, log.bind(b=1), log.bind(b=1)):
        for _ in range(3):
            each.info("plain")
            each.info("fields", a="x y", n=None)
    with bound_contextvars(c=2.5):
        log.info("context")
        log.bind(b=1).info("context", a=1)
    log.info("value", a=[1, 2])
    log.info("\u2028", a="\u20ac")
"""
    by_lane = []
    for each in (lane, "processor"):
        shown = run(code, FOUNDATION_LANE=each).stderr
        by_lane.append(re.sub(r"\d{4}-\d\d-\d\dT[^ \"]*Z", "T", shown).splitlines())
    assert by_lane[0] == by_lane[1]
    assert 44 == len(by_lane[0])
    assert (
        "timestamp=T level=info logger=app event=context service=shop b=1 c=2.5 a=1 "
        "emoji=<app:1> trace_id=4bf9 span_id=00f0" in by_lane[0]
    )


def test_tap_takes_each_line_once(run: Run, lane: str) -> None:
    """An exporter is handed every accepted line, with all of its fields as plain data."""
    source = """
from provide.foundation.extension import Extension
taken = []
def load(config):
    trace = lambda: b'"trace_id":"4bf9"'
    return Extension("acme", trace_fields=trace, exporter=lambda *a: taken.append(a))
"""
    code = """
import acme, time
setup_telemetry()
log = get_logger("app").bind(b=1)
with bound_contextvars(c=2):
    log.info("context", a=1)
log.debug("off")
for _ in range(3):
    log.warning("plain", a="x")
log.info("rich", a=[1, {"password": "p"}], token="t")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
for level, seconds, name, event, fields, members, details in acme.taken:
    assert abs(time.time() - seconds) < 60
    said = details and (details["exception"]["type"], details["exc_info"][0].__name__)
    print(level, name, event, dict(fields), members, said)
"""
    done = run(code, source)
    assert done.stdout.splitlines() == [
        "20 app context {'b': 1, 'c': 2, 'a': 1} b'\"trace_id\":\"4bf9\"' None",
        *["30 app plain {'b': 1, 'a': 'x'} b'\"trace_id\":\"4bf9\"' None"] * 3,
        "20 app rich {'b': 1, 'a': [1, {'password': '***'}], 'token': '***'} "
        'b\'"trace_id":"4bf9"\' None',
        "40 app failed {'b': 1} b'\"trace_id\":\"4bf9\"' "
        "('ZeroDivisionError', 'ZeroDivisionError')",
    ]
    assert len(done.stderr.splitlines()) == 6


@pytest.mark.parametrize(
    ("encoding", "formatter", "shown"),
    [
        ("cp1252:strict", "compact", False),
        ("ascii", "key_value", False),
        ("utf-8", "compact", True),
        ("cp1252", "json", True),
    ],
)
def test_no_marker_where_the_encoding_has_no_emoji(
    run: Run, encoding: str, formatter: str, *, shown: bool
) -> None:
    """A text stream that cannot encode emoji shows none; JSON is UTF-8 everywhere."""
    code = f"""
setup_telemetry(TelemetryConfig(logging=LoggingConfig({EMOJI}, console_formatter="{formatter}")))
logger.info("e", a="x")
"""
    done = run(code, PYTHONIOENCODING=encoding)
    assert shown == ("<root:x>" in done.stderr)
    assert 1 == len(done.stderr.splitlines())


def test_token_tells_when_a_fragment_is_another(run: Run) -> None:
    """Trace fields with a version stamp are asked for again whenever that has changed."""
    source = """
from contextvars import ContextVar
from provide.foundation.extension import Extension
current = ContextVar("acme", default=None)
taken = []
class TraceFields:
    version_stamp = staticmethod(current.get)
    def __call__(self):
        return b'"trace_id":"%d"' % current.get() if current.get() else b""
def load(config):
    keep = lambda *a: taken.append(a[5].decode())
    return Extension("acme", trace_fields=TraceFields(), exporter=keep)
"""
    code = """
import acme
setup_telemetry()
for number in (None, 1, 1, 2, None, 1000, 1000):
    acme.current.set(number)
    logger.info("e", n=number)
    logger.info("bare")
print(acme.taken)
"""
    done = run(code, source)
    wanted = [number for number in (0, 1, 1, 2, 0, 1000, 1000) for _ in range(2)]
    assert [str(n) if n else None for n in wanted] == [
        line.get("trace_id") for line in lines_of(done)
    ]
    assert str([f'"trace_id":"{n}"' if n else "" for n in wanted]) == done.stdout.strip()


def test_extensions_are_asked_once_for_all_outputs(run: Run, tmp_path: Path) -> None:
    """Emoji, trace fields and exporters take part once in each call, whatever the outputs."""
    source = """
from provide.foundation.extension import Extension
asked, exported = [0, 0], []

def mark(logger_name, event, fields):
    asked[0] += 1
    return f"<{asked[0]}>"

def trace_fields():
    asked[1] += 1
    return b'"trace_id":"%d"' % asked[1]

def export(level, seconds, name, event, fields, members, rare):
    exported.append([event, dict(fields), members.decode()])

def load(config):
    return Extension("acme", emoji_prefix=mark, trace_fields=trace_fields, exporter=export)
"""
    code = f"""
import acme, json
setup_telemetry(TelemetryConfig(logging=LoggingConfig({EMOJI}, capture_stdlib=False, outputs=[
    OutputConfig("stderr", formatter="json"), OutputConfig({str(tmp_path / "a")!r}),
    OutputConfig({str(tmp_path / "b")!r}, formatter="compact", level="ERROR")])))
log = get_logger("app")
for number in range(1, 4):
    log.error("said", a=number, more=[{{"token": 1}}], event=2)
print(json.dumps([acme.asked, acme.exported]))
"""
    done = run(code, source)
    lines = lines_of(done)
    asked, exported = json.loads(done.stdout)
    text = (tmp_path / "b").read_text("utf-8")

    assert [3, 3] == asked
    assert (tmp_path / "a").read_text("utf-8") == done.stderr
    assert [("1", "<1>"), ("2", "<2>"), ("3", "<3>")] == [
        (line["trace_id"], line["emoji"]) for line in lines
    ]
    fields = [{"a": each, "more": [{"token": "***"}], "event_": 2} for each in (1, 2, 3)]
    members = [f'"trace_id":"{each}"' for each in (1, 2, 3)]
    assert [["said", *each] for each in zip(fields, members, strict=True)] == exported
    assert ["<1> said", "<2> said", "<3> said"] == re.findall(r"<\d> said", text)
    assert ["1", "2", "3"] == re.findall(r"trace_id=(\d)", text)


@pytest.mark.parametrize("more", ["", ', OutputConfig("stdout", level="OFF")'], ids=["one", "two"])
def test_exporters_see_what_outputs_do_not_take(run: Run, more: str) -> None:
    """An exporter is handed every line that the loggers let through, once."""
    source = """
from provide.foundation.extension import Extension
exported = []
def load(config):
    return Extension("acme", exporter=lambda *a: exported.append(a[3]))
"""
    code = f"""
import acme, json
setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=[
    OutputConfig("stderr", max_level="WARNING", filter=lambda r: r.event != "held")
    {more}])))
log = get_logger("app")
log.info("held")
log.info("held", exc_info=ValueError("no"))
log.error("high", n=[1])
log.debug("low")
log.info("said")
print(json.dumps(acme.exported))
"""
    done = run(code, source)

    assert ["held", "held", "high", "said"] == json.loads(done.stdout)
    assert ["said"] == [line["event"] for line in lines_of(done)]
