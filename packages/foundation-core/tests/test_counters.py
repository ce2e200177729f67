"""What is left out is counted and told whoever comes between: handlers, set-ups, other threads."""

from __future__ import annotations

import io
import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any, cast

import pytest

from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    RateLimit,
    Sample,
    TelemetryConfig,
    buffered,
    flush,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._logger.methods import STAYING
from provide.foundation._repeats import LeftOut, Turns
from provide.foundation._runtime.state import STATE
from provide.foundation._sampling.counters import EventCounter, Unsaid
from provide.foundation._sampling.places import MOST_EVENTS, OTHERS, Place, RuleInUse
from provide.foundation._scopes.buffer import Buffer
from provide.foundation._scopes.gate import ScopeGate, put_in_place
from provide.foundation.levels import INFO, WARNING
from provide.foundation.testing import capture_logs

if TYPE_CHECKING:
    from provide.foundation._sampling.gate import Sampling

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
NOTHING = Sample(first=0, thereafter=0, per_s=3600)


class Stop(Exception):
    """Be what a time limit raises."""


class ScarceCounter(EventCounter):
    """Be a counter that finds no memory the first two times that it is put somewhere."""

    __slots__ = ("_times",)

    def __hash__(self) -> int:
        self._times = getattr(self, "_times", 0) + 1
        if self._times <= 2:
            raise MemoryError
        return id(self)


@pytest.fixture
def path(each_lane: str, tmp_path: Path) -> Path:
    """Return the file that a lane writes to."""
    return tmp_path / "x.log"


def set_up(path: Path, **options: Any) -> None:
    """Set up a file."""
    if "outputs" not in options:
        options["log_file"] = path
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(**options)))


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def told(path: Path) -> list[tuple[str, int]]:
    """Return the events of calls that have been left out, and how many they were."""
    return [(line["like"], line["left_out"]) for line in lines(path) if "left_out" in line]


@contextmanager
def at_begin_of(function: Callable[..., Any], act: Callable[[], None]) -> Iterator[None]:
    """Do something where a function begins for the first time, in the midst of a log call."""
    code: CodeType = function.__code__
    before = sys.gettrace()

    def trace(frame: Any, event: str, argument: object) -> None:
        if frame.f_code is code:
            sys.settrace(before)
            act()

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def stopped_in(function: Callable[..., Any]) -> Iterator[None]:
    """Have a signal handler raise where a function begins for the first time."""

    def handle(*_: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with (
            pytest.raises(Stop),
            at_begin_of(function, lambda: signal.raise_signal(signal.SIGUSR1)),
        ):
            yield
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("kind", ["sampled", "repeated"])
def test_secrets_are_found_before_events_are_cut(path: Path, kind: str) -> None:
    """What is hidden is looked for in more of an event than is shown of it."""
    set_up(
        path,
        redact_patterns=("jwt", "email", "bearer"),
        sampling={"": NOTHING} if kind == "sampled" else {},
    )
    event = "x" * 239 + " of alice.smith@example.com and " + "x" * 5000 + "bob.smith@exa"
    longest = "bearer " + "a" * 4080 + " bob.smith@example.com"
    log = get_logger("app")
    for each in (event, longest):
        for _ in range(3):
            (log if kind == "sampled" else log.once()).info(each)
    flush()

    shown = [line["like"] for line in lines(path) if "left_out" in line]
    assert 2 == len(shown)
    assert "x" * 239 + " of " == shown[0][:243]
    assert 256 >= len(shown[0])
    assert "alice" not in shown[0]
    assert "bob" not in shown[1]


def test_other_events_are_looked_for_once_in_a_while() -> None:
    """Where a rule has no room, it counts its events no more until windows may have ended."""
    rule = RuleInUse(Sample(first=1, thereafter=0, per_s=3600))
    place = Place("app", 20, rule, [])
    rule.places.append(place)
    for number in range(MOST_EVENTS):
        place.meet(f"e{number}").end = 2**62

    assert OTHERS == place.meet("one more").event
    rule.places.clear()
    assert not rule.has_room()


@needs_signals
@pytest.mark.parametrize("several", [False, True])
def test_interrupted_notes_are_told(path: Path, several: bool) -> None:
    """A handler that raises in the midst of a first count costs neither it nor what follows."""
    files = [path, path.with_name("other.log")] if several else [path]
    set_up(path, sampling={"s": NOTHING}, outputs=[OutputConfig(file) for file in files])
    for function in (Unsaid.note, LeftOut.note):
        for call in (get_logger("s").info, get_logger("r").once().info):
            call("e")
            flush()
            with stopped_in(function):
                call("e")
            call("e")
    flush()

    for file in files:
        counts = stats().outputs[str(file)]
        numbers = [number for _, number in told(file)]
        assert {"sampled": 6, "repeated": 5} == counts.dropped
        assert 11 == sum(numbers)
        assert 12 == sum(counts.written.values()) + sum(counts.dropped.values())


@needs_signals
def test_interrupted_notes_are_told_in_time(path: Path) -> None:
    """They wait for no flush: the next call behind the window has them told."""
    set_up(path, sampling={"": Sample(first=0, thereafter=0, per_s=0.001)})
    log = get_logger("s")
    with stopped_in(Unsaid.note):
        log.info("a")
    time.sleep(0.01)
    log.info("b")

    assert ("a", 1) in told(path)


@needs_signals
def test_interrupted_tellings_go_on(path: Path) -> None:
    """A handler that raises while numbers are said leaves the rest to the next call."""
    set_up(path, sampling={"": Sample(first=0, thereafter=0, per_s=0.001)})
    log = get_logger("s")
    log.info("a")
    log.info("b")
    time.sleep(0.01)
    with stopped_in(Unsaid._take):
        log.info("c")
    log.info("d")

    assert {"a", "b"} == {event for event, _ in told(path)} & {"a", "b"}
    assert 4 == sum(stats().outputs[str(path)].dropped.values())


@needs_signals
def test_interrupted_decisions_are_counted_where_lines_would_go(path: Path) -> None:
    """A call that ends before it is decided about counts for outputs that take its logger."""
    other = path.with_name("other.log")
    set_up(
        path,
        sampling={"": NOTHING},
        outputs=[path, OutputConfig(other, module_levels={"app": "OFF"})],
    )
    with stopped_in(Place.meet):
        get_logger("app").info("e")

    assert {"interrupted": 1} == stats().outputs[str(path)].dropped
    assert {} == stats().outputs[str(other)].dropped


@needs_signals
def test_interrupted_repeats_are_counted(path: Path) -> None:
    """A call of `once` that a handler ends is counted."""
    set_up(path)
    log = get_logger("app")
    log.once().info("e")
    with stopped_in(LeftOut.dropped_by):
        log.once().info("e")
    log.once().info("e")
    flush()

    assert {"repeated": 1, "interrupted": 1} == stats().outputs[str(path)].dropped


def test_numbers_that_found_no_memory_are_told(path: Path) -> None:
    """A count that cannot be noted raises nothing, and is told of with the next one."""
    set_up(path)
    log = get_logger("app")
    log.once().info("e")
    turns = COUNTERS.repeats["once", 0]
    ((key, _),) = turns._counters.items()
    counter = turns._counters[key] = ScarceCounter("app", INFO, "e", 60.0)
    counter.seen = 1
    for _ in range(2):
        log.once().info("e")
    flush()

    assert [("e", 2)] == told(path)
    assert {"repeated": 2} == stats().outputs[str(path)].dropped


@pytest.mark.parametrize("lane", ["fast", "processor"])
def test_calls_note_what_found_no_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lane: str
) -> None:
    """A count that could not be noted is noted by the next call, and told at the window's end."""
    monkeypatch.setenv("FOUNDATION_LANE", lane)
    reset_for_testing()
    path = tmp_path / "x.log"
    set_up(path, sampling={"": Sample(first=0, thereafter=0, per_s=0.05)})
    log = get_logger("app")
    log.info("e")
    flush()
    pipeline = STATE.pipeline
    assert pipeline is not None
    ((_, place),) = cast("Sampling", pipeline.sampling).places[INFO].items()
    assert place is not None
    place.events["e"] = ScarceCounter("app", INFO, "e", 0.05)
    for _ in range(3):
        log.info("e")
    time.sleep(0.06)
    log.info("another")
    before = told(path)
    reset_for_testing()

    assert [("e", 1), ("e", 3)] == before


@needs_signals
@pytest.mark.parametrize("level", ["error", "debug"])
def test_interrupted_blocks_count_the_call(path: Path, level: str) -> None:
    """A handler that raises while a block is written costs the line that had it written."""
    set_up(path)
    log = get_logger("app")
    with buffered(flush_at="DEBUG"):
        with stopped_in(Buffer.flush):
            getattr(log, level)("own")
        log.error("behind")

    counts = stats().outputs[str(path)]
    assert 2 == sum(counts.written.values()) + sum(counts.dropped.values())


def test_blocks_without_stack_raise_nothing(path: Path) -> None:
    """A block that cannot be written for want of stack costs no line, and no call raises."""
    set_up(path)
    log = get_logger("app")

    def act() -> None:
        raise RecursionError

    with buffered():
        log.debug("kept")
        with at_begin_of(Buffer.flush, act):
            log.error("own")

    assert ["own"] == [line["event"] for line in lines(path)]
    assert {"buffered": 1} == stats().outputs[str(path)].dropped
    assert {"scope": 1} == stats().faults


def test_numbers_of_a_leaving_configuration_are_told(path: Path) -> None:
    """A call that is counted while another configuration comes is told of by its own."""
    other = path.with_name("other.log")
    for call in (get_logger("s").info, get_logger("r").once().info):
        set_up(path, sampling={"s": NOTHING})
        call("e")
        flush()
        with at_begin_of(Unsaid.note, lambda: set_up(other)):
            call("e")
    set_up(other)
    flush()

    assert [("e", 1)] * 3 == told(path)
    assert {"sampled": 2, "repeated": 1} == stats().outputs[str(path)].dropped
    assert [] == lines(other)


@pytest.mark.parametrize("kind", ["sampled", "repeated"])
def test_handlers_are_asked_for_their_level(path: Path, kind: str) -> None:
    """A handler counts what it would have had, and is told of no more."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setLevel(logging.WARNING)
    handler.set_name("mine")
    set_up(
        path,
        outputs=[path, handler],
        sampling={"": NOTHING} if kind == "sampled" else {},
    )
    log = get_logger("app")
    for _ in range(5):
        each = log if kind == "sampled" else log.once()
        each.info("e")
        each.warning("w")
    flush()
    number = 5 if kind == "sampled" else 4

    assert {kind: 2 * number} == stats().outputs[str(path)].dropped
    assert {kind: number} == stats().outputs["mine"].dropped


def test_limits_of_rate_are_zero_of_a_sample() -> None:
    """A place of a `RateLimit` has an interval, and none of the numbers of a `Sample`."""
    place = Place("app", 20, RuleInUse(RateLimit(lines=4, per_s=1)), [])

    assert (0, 0, 250_000_000) == (place.first, place.thereafter, place.interval)


def test_names_of_other_events_are_one() -> None:
    """The compiled decision knows the shared counter by the name that core gives it."""
    source = Path(__file__).parents[2] / "foundation-native/cpp/decision.cpp"

    assert f'"{OTHERS}"' in source.read_text("utf-8")


def test_nobody_waits_for_what_was_said() -> None:
    """What is noted behind the end of a configuration is said at once."""
    said: list[int] = []
    unsaid = Unsaid(lambda counter, number: said.append(number))
    unsaid.close()
    place = Place("app", 20, RuleInUse(NOTHING), [])
    counter = place.meet("e")
    counter.left_out = 1
    unsaid.note(counter, 2**62)

    assert [1] == said


def test_captures_leave_nothing_untold(path: Path) -> None:
    """What was left out before a capture is told by a set-up, or the shutdown, in it."""
    other = path.with_name("other.log")
    ends: list[tuple[Path, Callable[[], None]]] = [
        (path, lambda: set_up(other)),
        (other, shutdown_telemetry),
    ]
    for number, (file, end) in enumerate(ends):
        set_up(file, sampling={"s": NOTHING})
        get_logger("s").info("sampled")
        for _ in range(2):
            get_logger("r").every(number + 2).info("repeated")
        with capture_logs() as captured:
            for _ in range(2):
                get_logger("r").once().info("captured")
            end()
        assert ["captured"] == [line["event"] for line in captured]

        assert {("sampled", 1), ("repeated", 1)} == {*told(file)}


def test_filters_are_not_asked_below_the_level_of_a_handler(path: Path) -> None:
    """A handler counts no line as held back by a filter that it would not have had."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setLevel(logging.WARNING)
    handler.set_name("mine")
    set_up(path, outputs=[path, OutputConfig(handler, filter=lambda line: False)])
    get_logger("app").info("e")
    get_logger("app").warning("w")

    assert {"filtered": 1} == stats().outputs["mine"].dropped


def test_new_arguments_come_while_events_are_met(path: Path) -> None:
    """A thread that asks for another argument does not end the count of all events."""
    set_up(path)
    log = get_logger("app")
    log.once().info("first")
    with at_begin_of(Turns.__len__, lambda: log.every(time.monotonic_ns()).info("e")):
        log.once().info("second")

    assert {} == stats().faults


def test_arguments_are_told_what_they_have_to_be(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad argument is named with what would be one, whatever was asked for before."""
    set_up(path)
    log: Any = get_logger("app")
    for call in (log.every(2), log.every(2.0), log.every_s(0.0005)):
        for _ in range(2):
            call.info("e")

    reports = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert 5 == sum(line["event"] == "e" for line in lines(path))
    assert [2.0, 0.0005] == [line["given"] for line in reports]
    assert "an integer from 1 " in reports[0]["event"]
    assert "from 0.001 " in reports[1]["event"]


def test_wider_gates_leave_no_gap(path: Path) -> None:
    """While blocks make the gate wider, those that are open keep all lines, by one gate."""
    set_up(path)
    log = get_logger("app")
    begun = -1
    is_inside = False

    def trace(frame: Any, event: str, argument: object) -> None:
        nonlocal begun, is_inside
        if not is_inside:
            is_inside = True
            begun += 1
            if not begun:
                put_in_place(INFO)  # as another thread would
            log.debug("kept", n=begun)
            is_inside = False

    with buffered():
        before = sys.gettrace()
        sys.settrace(trace)
        put_in_place(WARNING)
        sys.settrace(before)
        log.error("last")

    assert [*range(begun + 1)] == [line["n"] for line in lines(path) if "n" in line]
    assert [INFO] == [gate.flush_from for gate in STAYING if isinstance(gate, ScopeGate)]
