"""What the native lane does by itself, and when it steps aside; core's suites test the lines."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provide.foundation import (
    Console,
    Delivery,
    Limits,
    Logger,
    LoggingConfig,
    Rotation,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    stats,
)
from provide.foundation._native_api import NamedLogger
from provide.foundation.config import Formatter
from provide.foundation.levels import UNRENDERED
from provide.foundation.native import COMPILED

pytestmark = [
    pytest.mark.interpreter,
    pytest.mark.skipif(not COMPILED, reason="built where there was no compiler"),
]

#: What `tests/` has is not there where this file tests a wheel.
SCALE = float(os.environ.get("FOUNDATION_TEST_SCALE", "1"))


def posix_only(lacking: str) -> pytest.MarkDecorator:
    """Skip a test on Windows, with what that lacks."""
    return pytest.mark.skipif(sys.platform == "win32", reason=f"Windows: {lacking}")


@pytest.fixture(autouse=True)
def lane(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the native lane write, and leave nothing set up."""
    monkeypatch.setenv("FOUNDATION_LANE", "native")
    reset_for_testing()
    yield
    reset_for_testing()


def set_up(path: Path | str, **options: Any) -> Logger:
    """Set up one file and return a logger."""
    setup_telemetry(
        TelemetryConfig(logging=LoggingConfig(log_file=path, capture_stdlib=False, **options))
    )
    assert "native" == stats().lane
    return get_logger("app.part")


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file, parsed, without their times."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in lines:
        del line["timestamp"]
    return lines


class Frames:
    """Count the Python functions that are entered."""

    def __init__(self) -> None:
        self.entered: list[str] = []

    def __enter__(self) -> Frames:
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        self.entered.remove("Frames.__exit__")

    def _profile(self, frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            self.entered.append(frame.f_code.co_qualname)


@pytest.mark.parametrize("formatter", ["json", "compact"])
@pytest.mark.parametrize(
    "fields",
    [
        {"a": 1, "b": "x", "c": 2.5, "d": None, "e": True},
        {"text": "line\nbreak \x1b[31m \u202e 日本"},
        {"password": "x", "max_tokens": 7},
        {"nested": {"a": [1, (2, "x"), {"token": "t"}]}},
        {"big": 2**62, "small": 1e-300},
    ],
    ids=["scalars", "escapes", "secret", "nested", "numbers"],
)
def test_common_values_need_no_python(
    tmp_path: Path, fields: dict[str, Any], formatter: str
) -> None:
    """A call with these values enters no Python function once its keys are known."""
    log = set_up(tmp_path / "x.log", console_formatter=formatter)
    log.info("e", **fields)
    least = []
    for _ in range(3):  # a second may begin, or a call be timed, within one
        with Frames() as frames:
            log.info("e", **fields)
        least.append(len(frames.entered))
    assert 0 == min(least)


def least_frames(call: Callable[[], object]) -> int:
    """Return how many Python functions a call enters at least."""
    least = []
    for _ in range(3):  # a second may begin, or a call be timed, within one
        with Frames() as frames:
            call()
        least.append(len([name for name in frames.entered if "<lambda>" not in name]))
    return min(least)


@pytest.mark.parametrize("formatter", ["json", "key_value", "compact"])
def test_shared_names_need_no_python(tmp_path: Path, formatter: Formatter) -> None:
    """Fields that share names do, even where no call has come before whose names did not."""
    log = set_up(tmp_path / "x.log", console_formatter=formatter).bind(user="bob", request=7)
    with bound_contextvars(user="carol", tenant=42):
        log.info("e", number=0)
        assert 0 == least_frames(lambda: log.info("e", number=1))
        log.info("e", user="alice", other=0)
        assert 0 == least_frames(lambda: log.info("e", user="alice", other=1))
    lines = (tmp_path / "x.log").read_text("utf-8").splitlines()
    assert 8 == len(lines)
    assert all(1 == line.count("user") and "carol" not in line for line in lines)


def test_exceptions_as_text_need_no_python(tmp_path: Path) -> None:
    """An exception for an event or an argument does, while no code makes its message."""
    log = set_up(tmp_path / "x.log")
    error = ValueError("no", 7)
    log.info("failed: %s", error)
    assert 0 == least_frames(lambda: log.info("failed: %s", error))
    assert 0 == least_frames(lambda: log.info(error))
    shown = {line["event"] for line in lines_of(tmp_path / "x.log")}
    assert {"failed: ('no', 7)", "('no', 7)"} == shown


def test_context_of_structlog_needs_no_python(tmp_path: Path) -> None:
    """What is bound through structlog is joined once; each change of it, and of ours, is seen."""
    structlog = pytest.importorskip("structlog")
    bind, unbind = structlog.contextvars.bind_contextvars, structlog.contextvars.unbind_contextvars
    log = set_up(tmp_path / "x.log", capture_structlog=False)
    try:
        bind(tenant="a")
        log.info("first")
        assert 0 == least_frames(lambda: log.info("again"))
        bind(tenant="b", region="eu")
        log.info("other")
        with bound_contextvars(tenant="ours"):
            log.info("ours")
            assert 0 == least_frames(lambda: log.info("still ours"))
        unbind("region")
        log.info("less")
        unbind("tenant")
        log.info("none")
        assert 0 == least_frames(lambda: log.info("none again"))
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars._CONTEXT_VARS.clear()  # else each later line joins two contexts
    shown = [
        (line["event"], line.get("tenant"), line.get("region"))
        for line in lines_of(tmp_path / "x.log")
    ]
    assert [
        ("first", "a", None),
        ("again", "a", None),
        ("other", "b", "eu"),
        ("ours", "ours", "eu"),
        ("still ours", "ours", "eu"),
        ("less", "b", None),
        ("none", None, None),
        ("none again", None, None),
    ] == list(dict.fromkeys(shown))


def test_a_call_in_64_is_timed(tmp_path: Path) -> None:
    """Latency is sampled as in the fast lane."""
    from provide.foundation._native_api import COUNTERS

    log = set_up(tmp_path / "x.log")
    for _ in range(640):
        log.info("e", a=1)
    assert 10 == len(COUNTERS.latency.taken())


def test_full_file_is_set_aside(tmp_path: Path) -> None:
    """A file that is too long is set aside within 64 lines, not with the next second only."""
    log = set_up(tmp_path / "x.log", rotation=Rotation(max_bytes=1024))
    for number in range(1000):
        log.info("e", number=number)
    reset_for_testing()
    files = list(tmp_path.glob("x*.log*"))
    assert 10 <= len(files)
    assert [*range(1000)] == sorted(
        line["number"] for file in files for line in lines_of(file) if "number" in line
    )


def test_keys_are_judged_once_and_stay_bounded(tmp_path: Path) -> None:
    """Keys that never come twice are forgotten again, and rendered fields do not mix them up."""
    log = set_up(tmp_path / "x.log")
    bound = log.bind(kept=1, other=2)
    bound.info("e")
    bound.info("e")
    for number in range(3000):  # the table holds 1,024
        log.info("e", **{f"key_{number}": number})
    bound.info("e", kept="call")
    bound.info("e", fresh=3)
    reset_for_testing()
    lines = lines_of(tmp_path / "x.log")
    assert {"other": 2, "kept": "call"}.items() <= lines[-2].items()
    assert {"kept": 1, "other": 2, "fresh": 3}.items() <= lines[-1].items()
    assert [f"key_{n}" for n in range(3000)] == [list(line)[-1] for line in lines[2:-2]]


def test_mutable_bound_and_context_values_are_rendered_each_time(tmp_path: Path) -> None:
    """A list that changes is shown as it is at each call."""
    items = [1]
    bound = set_up(tmp_path / "x.log").bind(items=items)
    with bound_contextvars(mapping={"items": items}):
        for number in (2, 3, 4):
            bound.info("e")
            items.append(number)
    reset_for_testing()
    lines = lines_of(tmp_path / "x.log")
    assert [[1], [1, 2], [1, 2, 3]] == [line["items"] for line in lines]
    assert [[1], [1, 2], [1, 2, 3]] == [line["mapping"]["items"] for line in lines]


def test_cycles_and_depth_end(tmp_path: Path) -> None:
    """A cycle, a wide one too, and a deep nest come out bounded."""
    log = set_up(tmp_path / "x.log")
    cycle: list[Any] = []
    cycle += [cycle] * 1000
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    log.info("e", cycle=cycle)
    log.info("e", deep=deep)
    reset_for_testing()
    first, second = lines_of(tmp_path / "x.log")
    assert "<cycle list>" == first["cycle"][0]
    assert "<depth limit>" in json.dumps(second["deep"])


def test_repr_that_logs(tmp_path: Path) -> None:
    """A value whose `repr` logs gives both lines, whole."""
    log = set_up(tmp_path / "x.log")

    class Talkative:
        def __repr__(self) -> str:
            log.info("inner", a=1)
            return "talkative"

    log.info("outer", v=Talkative())
    reset_for_testing()
    assert ["inner", "outer"] == [line["event"] for line in lines_of(tmp_path / "x.log")]


#: The parameters of a level method.
SIGNATURE = ["self", "event", "args", "exc_info", "stack_info", "stacklevel", "fields"]


def test_method_looks_like_a_function(tmp_path: Path) -> None:
    """What tools ask of a method has an answer; the event is required."""
    log = set_up(tmp_path / "x.log")
    info: Any = Logger.info
    assert SIGNATURE == list(inspect.signature(info).parameters)
    assert ("info", "Logger.info") == (info.__name__, info.__qualname__)
    assert "Write a line at INFO (20)." == info.__doc__
    with pytest.raises(TypeError, match="event"):
        log.info()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="logger"):
        info("no logger", "e")
    log.info("e", self=1)


class OwnLogger(Logger):
    """Be a class of loggers that the lane knows nothing of."""


def own_logger(log: Logger, /, **bound: Any) -> OwnLogger:
    """Return a logger of that class, of the same name."""
    assert isinstance(log, NamedLogger)
    own = OwnLogger()
    own._site, own._bound, own._rendered = log, bound, UNRENDERED
    return own


def test_method_of_a_level_that_is_off(tmp_path: Path) -> None:
    """It enters no Python, is a method like the others, and one that was kept can be on later."""
    log = set_up(tmp_path / "x.log")
    for each in (log, log.bind(a=1), own_logger(log, b=2)):
        debug = each.debug
        with Frames() as frames:
            debug("off", v=1)
            each.debug("off")
        assert [] == frames.entered
        for level in ("DEBUG", "TRACE"):
            set_level(level)
            debug("kept", v=1)
            each.debug("on %d", 7)
            set_level("INFO")
        debug("off again")
        with pytest.raises(TypeError, match="event"):
            debug()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="event"):
            debug(v=1)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="event"):
            each.warning()  # type: ignore[call-arg]
    unbound: Any = Logger.debug
    assert SIGNATURE == list(inspect.signature(unbound).parameters)
    assert ("debug", "Logger.debug") == (unbound.__name__, unbound.__qualname__)
    assert "Write a line at DEBUG (10)." == inspect.getdoc(unbound)
    for fields in ({}, {"v": 1}):
        for arguments in ((), ("no logger", "e")):
            with pytest.raises(TypeError, match=r"Logger|argument"):
                unbound(*arguments, **fields)
        Logger.__new__(Logger).debug("e", **fields)
    reset_for_testing()
    assert ["kept", "on 7"] * 6 == [line["event"] for line in lines_of(tmp_path / "x.log")]


TO_BIND = st.dictionaries(st.text(max_size=8) | st.sampled_from(["self", "a", "b"]), st.integers())


@pytest.mark.slow
@given(bound=TO_BIND, added=TO_BIND)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bind_does_what_core_does(bound: dict[str, int], added: dict[str, int]) -> None:
    """Whatever is bound over whatever: the same fields in the same order, and no shared dict."""
    reset_for_testing()
    python_bind = Logger.__dict__["bind"]
    log = set_up(os.devnull)
    own = own_logger(log, **bound)
    assert python_bind is not Logger.__dict__["bind"]
    for before in (log, log.bind(**bound), own):
        earlier = list(before.bound_fields.items())
        after, expected = before.bind(**added), python_bind(before, **added)
        assert list(expected.bound_fields.items()) == list(after.bound_fields.items())
        assert (Logger, before.name) == (type(after), after.name)
        assert earlier == list(before.bound_fields.items())


def test_bind_looks_like_a_method(tmp_path: Path) -> None:
    """It enters no Python, takes no positional argument, and goes with the lane."""
    log = set_up(tmp_path / "x.log")
    with Frames() as frames:
        bound = log.bind(a=1).bind(b=2)
        bound.bind()
    assert [] == frames.entered
    with pytest.raises(TypeError, match="without one"):
        log.bind("x")  # type: ignore[call-arg]
    unbound: Any = Logger.bind
    native_doc = inspect.getdoc(unbound)
    assert ("(self, /, **fields)", "bind") == (str(inspect.signature(unbound)), unbound.__name__)
    with pytest.raises(TypeError, match="Logger"):
        unbound("no logger", a=1)
    with pytest.raises(AttributeError, match="initialised"):
        Logger.__new__(Logger).bind(a=1)
    bind = bound.bind
    reset_for_testing()
    assert native_doc == inspect.getdoc(Logger.bind)
    assert {"a": 1, "b": 2, "c": 3} == dict(bind(c=3).bound_fields)
    assert {"a": 4, "b": 2} == dict(bound.bind(a=4).bound_fields)


@pytest.mark.parametrize("formatter", ["compact", "key_value"])
def test_coloured_formats_are_native(formatter: Formatter) -> None:
    """A coloured line is the native lane's, and `stats` says so."""
    setup_telemetry(
        TelemetryConfig(
            logging=LoggingConfig(console_formatter=formatter, console=Console(colors=True))
        )
    )
    assert "native" == stats().lane


ODD = ' ="\\\n\x00\x1b\x1f\x7f\x85\u200b\u202e\u3000\ud800aé日🔑'
TEXTS = st.text(max_size=40) | st.text(ODD, max_size=9)
NAMES = st.sampled_from(["password", "level", "emoji"])
KEYS = st.text("ab.-_ =\n", min_size=1, max_size=4) | NAMES
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(KEYS, VALUES, max_size=3)
# What the emoji of a line are chosen by.
OUTCOMES = st.sampled_from([{}, {"domain": "auth", "action": "login", "status": "success"}])


@settings(
    max_examples=max(5, int(40 * SCALE)),  # on each Python
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    calls=st.lists(st.tuples(TEXTS, OUTCOMES, FIELDS), min_size=1, max_size=6),
    name=TEXTS,
    service=st.none() | TEXTS.filter(str.strip),
    bound=FIELDS,
    context=FIELDS,
    emoji=st.booleans(),
)
def test_compact_is_what_the_renderer_writes(
    calls: list[tuple[str, dict[str, Any], dict[str, Any]]],
    name: str,
    service: str | None,
    bound: dict[str, Any],
    context: dict[str, Any],
    emoji: bool,
    tmp_path: Path,
) -> None:
    """Whatever name, event and fields, a compact line is the processor lane's, byte for byte."""
    written = []
    for lane_name in ("processor", "native"):
        path = tmp_path / lane_name
        path.write_bytes(b"")
        os.environ["FOUNDATION_LANE"] = lane_name
        config = LoggingConfig(
            log_file=path,
            console_formatter="compact",
            das_emoji_prefix_enabled=emoji,
            # To take structlog's loggers over walks all objects of the process, here 80 times.
            capture_structlog=False,
        )
        setup_telemetry(TelemetryConfig(service_name=service, logging=config))
        assert lane_name == stats().lane
        log = get_logger(name).bind(**bound)
        for again in (False, True):  # with what is kept of a logger, and without it
            with bound_contextvars(**(context if again else {})):
                for event, outcome, fields in calls:
                    log.info(event, **{**outcome, **fields})
        reset_for_testing()
        written.append([line[len("14:10:00.123") :] for line in path.read_bytes().split(b"\n")])
    assert written[0] == written[1]


def test_a_marker_leads_and_trace_ids_follow(tmp_path: Path) -> None:
    """In compact the emoji stand in front of the event, and what a span says at the end."""
    pytest.importorskip("provide.foundation.emoji")
    pytest.importorskip("provide.foundation.otel")
    trace = pytest.importorskip("opentelemetry.trace")
    log = set_up(tmp_path / "x.log", console_formatter="compact", das_emoji_prefix_enabled=True)
    context = trace.SpanContext(7, 9, is_remote=False, trace_flags=trace.TraceFlags(1))
    with trace.use_span(trace.NonRecordingSpan(context)):
        for _ in range(2):
            log.info("user_login", domain="auth", action="login", status="success")
    reset_for_testing()
    first, second = (tmp_path / "x.log").read_text("utf-8").splitlines()
    _, level, name, emoji, *rest = first.split(" ")
    assert ("I", "app.part", False) == (level, name, emoji.isascii())
    assert f"user_login domain=auth action=login status=success trace_id={7:032x}" == " ".join(
        rest[:5]
    )
    assert first[12:] == second[12:]


def test_fields_rendered_ahead_count(tmp_path: Path) -> None:
    """Bound fields are part of the budget for the items of a line."""
    log = set_up(tmp_path / "x.log", limits=Limits(max_items=20)).bind(
        **{f"a{n}": n for n in range(15)}
    )
    for _ in range(3):
        log.info("e", **{f"b{n}": n for n in range(10)})
    reset_for_testing()
    assert all("b9" not in line for line in lines_of(tmp_path / "x.log"))


@posix_only("each write lets go of the GIL")
@pytest.mark.parametrize("kind", ["file", "null", "pipe"])
def test_gil_is_kept_only_where_nothing_waits(kind: str, tmp_path: Path) -> None:
    """The write keeps the GIL for regular files and /dev/null, never for a pipe."""
    from provide.foundation.native._lane import never_waits

    reader = -1
    if kind == "file":
        descriptor = os.open(tmp_path / "x", os.O_WRONLY | os.O_CREAT)
    elif kind == "null":
        descriptor = os.open(os.devnull, os.O_WRONLY)
    else:
        reader, descriptor = os.pipe()
    try:
        assert (kind != "pipe") is never_waits(descriptor)
    finally:
        os.close(descriptor)
        if reader >= 0:
            os.close(reader)


@posix_only("no named pipes among the files")
def test_a_stuck_pipe_stops_no_other_thread(tmp_path: Path) -> None:
    """While a line waits for the reader of a full pipe, other threads go on."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    log = set_up(path, delivery=Delivery(write_timeout_s=30))
    ticks = 0
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            log.info("e", v="x" * 3000)

    thread = threading.Thread(target=write)
    thread.start()
    deadline = threading.Event()
    for _ in range(20):
        deadline.wait(0.01)
        ticks += 1
    done.set()
    while thread.is_alive():  # let the writer out
        try:
            os.read(reader, 1 << 20)
        except BlockingIOError:
            thread.join(0.01)
    os.close(reader)
    assert 20 == ticks


STREAM = """
import os, sys
os.environ["FOUNDATION_LANE"] = "native"
from provide.foundation import *

name, formatter = sys.argv[1:]
setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    output=name, console_formatter=formatter, capture_stdlib=False)))
log = get_logger("app.part")
log.info("e", a=1)
least = []
for _ in range(3):  # a second may begin, or a call be timed, within one
    entered = []
    sys.setprofile(lambda frame, event, argument: event == "call" and entered.append(frame))
    log.info("e", a=1)
    sys.setprofile(None)
    least.append(len(entered))
assert stats().outputs[name].written["info"] == 4
print(min(least), file=sys.stdout if name == "stderr" else sys.stderr)
"""


@posix_only("core writes to pipes there")
@pytest.mark.parametrize("formatter", ["json", "compact"])
@pytest.mark.parametrize("name", ["stderr", "stdout"])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_streams_need_no_python(kind: str, name: str, formatter: str, tmp_path: Path) -> None:
    """A line to stderr or stdout, being a pipe or a file, enters no Python function."""
    other = "stdout" if name == "stderr" else "stderr"
    with (tmp_path / "x.log").open("wb") as file:
        streams: dict[str, Any] = {name: file if kind == "file" else subprocess.PIPE}
        done = subprocess.run(
            [sys.executable, "-c", STREAM, name, formatter],
            **{other: subprocess.PIPE, **streams},
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
    written = getattr(done, name) or (tmp_path / "x.log").read_bytes()
    assert (b"0\n", 4) == (getattr(done, other), written.count(b"a=1") + written.count(b'"a":1'))


MIXED = """
import os, sys, threading
os.environ["FOUNDATION_LANE"] = "native"
from provide.foundation import *

setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    output="stderr", console_formatter="json", capture_stdlib=False,
    delivery=Delivery(write_timeout_s=30))))
log = get_logger("app.part")

def work(number):
    for n in range(100):
        log.info("e", number=number, n=n, v="x" * (20_000 if number % 2 else 20))

threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_short_lines_never_part_long_ones() -> None:
    """On a pipe, lines that take several writes stay whole among those that take one."""
    done = subprocess.run([sys.executable, "-c", MIXED], stderr=subprocess.PIPE)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    expected = [(number, n) for number in range(8) for n in range(100)]
    assert expected == sorted((line["number"], line["n"]) for line in lines)
    assert {20, 20_000} == {len(line["v"]) for line in lines}


SET_UPS = """
import gc, os
os.environ["FOUNDATION_LANE"] = "native"
from provide.foundation import *

def use():
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=os.devnull)))
    log = get_logger("app.part")
    log.bind(a=1).info("e")
    with bound_contextvars(c=1):
        log.info("e")
    gc.collect()
    return sum(type(each).__name__ in ("Lane", "LevelMethod") for each in gc.get_objects())

use()
before = use()  # the import of structlog in the first one keeps that one's lane
assert before == [use() for _ in range(10)][-1]
"""


def test_lanes_are_collected() -> None:
    """Set-ups that have been replaced leave neither lanes nor methods behind."""
    done = subprocess.run([sys.executable, "-c", SET_UPS], capture_output=True, text=True)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.skipif(sys.platform != "linux", reason="knows Linux' file systems")
@pytest.mark.parametrize("holds", [True, False])
def test_gil_is_kept_where_the_configuration_says_so(tmp_path: Path, holds: bool) -> None:
    """With `write_holds_gil=False` each line is written without the GIL, in every second."""
    from provide.foundation._runtime.state import STATE

    log = set_up(tmp_path / "x.log", delivery=Delivery(write_holds_gil=holds))
    lane: Any = getattr(STATE.supersede_lane, "__self__", None)
    found = {lane.compiled.keeps_gil}
    end = time.monotonic() + 1.1
    while time.monotonic() < end:
        log.info("x")
        found.add(lane.compiled.keeps_gil)
        time.sleep(0.05)

    assert {holds} == found
