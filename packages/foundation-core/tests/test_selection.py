"""Each output chooses its lines: by level, by the logger's name and by a filter, in every lane."""

from __future__ import annotations

import io
import itertools
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

import interpreters
from installed_lanes import LANES
from provide.foundation import (
    ConfigurationError,
    Console,
    Limits,
    Logger,
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    bound_contextvars,
    flush,
    get_logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    stats,
)
from provide.foundation.config import RecordView
from provide.foundation.testing import capture_logs

NAMES = ("app", "app.db", "app.db.pool", "application", "noisy")
METHODS = ("trace", "debug", "info", "warning", "error", "critical")
NUMBERS = dict(zip(METHODS, (5, 10, 20, 30, 40, 50), strict=True))


def without_errors(record: RecordView) -> bool:
    """Hold records of level error back."""
    return record.level != 40


def of_odd_numbers(record: RecordView) -> object:
    """Hold records back whose field `n` is even, and those whose logger is noisy."""
    return record.logger != "noisy" and record.fields.get("n", 1) % 2


CHOICES: dict[str, dict[str, Any]] = {
    "all": {},
    "level": {"level": "WARNING"},
    "off": {"level": "OFF"},
    "max_level": {"max_level": "INFO"},
    "range": {"level": "DEBUG", "max_level": "WARNING"},
    "modules": {"level": "ERROR", "module_levels": {"app.db": "DEBUG", "noisy": "OFF"}},
    "off but for": {"level": "OFF", "module_levels": {"app.db": "TRACE", "app.db.pool": "ERROR"}},
    "modules below": {"max_level": "ERROR", "module_levels": {"app": "INFO"}},
    "filter": {"filter": without_errors},
    "filter by fields": {"filter": of_odd_numbers, "level": "DEBUG", "max_level": "ERROR"},
    "filter and modules": {"filter": of_odd_numbers, "level": "INFO",
                           "module_levels": {"noisy": "TRACE", "app": "WARNING"}},
}  # fmt: skip


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Have each lane write by turns."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)
    reset_for_testing()
    yield request.param
    reset_for_testing()


def set_up(*outputs: OutputConfig, **options: Any) -> Logger:
    """Set up with outputs, and return a logger."""
    limits = Limits(max_string_chars=1000)
    options = {"default_level": "TRACE", "limits": limits, **options}
    setup_telemetry(TelemetryConfig(logging=LoggingConfig(outputs=outputs, **options)))
    return get_logger("app")


def levels_of(path: Path) -> list[str]:
    """Return the levels of the lines of a JSON file."""
    return [json.loads(line)["level"] for line in path.read_text("utf-8").splitlines()]


def balance(name: object) -> tuple[int, dict[str, int]]:
    """Return how many lines an output has written, and what it has dropped."""
    counts = stats().outputs[str(name)]
    return sum(counts.written.values()), dict(counts.dropped)


def log_everything() -> int:
    """Make calls of all kinds at all levels for all names; return how many."""
    numbers = itertools.count()
    for name, method in itertools.product(NAMES, METHODS):
        log = getattr(get_logger(name), method)
        log("plain", n=next(numbers), user="alice")
        log("secret", n=next(numbers), password="pw", level="x")
        log("rich", n=next(numbers), items=[1, {"token": "t"}], big=2**70)
        log("put %s", "in", n=next(numbers))
        getattr(get_logger(name).bind(n=next(numbers), bound=True), method)("bound", k=None)
        with bound_contextvars(request="r-1"):
            log("around", n=next(numbers), stack_info=False)
        try:
            raise ValueError("no")
        except ValueError:
            log("failed", n=next(numbers), exc_info=True)
        log("long " * 1000, n=next(numbers))  # which the processor lane writes
    return next(numbers)


def expected(choice: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return name, level and number of the lines that a choice lets through."""

    def threshold(name: str) -> int:
        levels = {"OFF": 60} | {key.upper(): number for key, number in NUMBERS.items()}
        modules, prefix = choice.get("module_levels", {}), name
        while prefix not in modules and "." in prefix:
            prefix = prefix.rpartition(".")[0]
        return levels[modules.get(prefix, choice.get("level", "TRACE"))]

    numbers, found = itertools.count(), []
    asks: Callable[[Any], object] = choice.get("filter", lambda record: True)
    for name, method in itertools.product(NAMES, METHODS):
        for _ in range(8):
            level, n = NUMBERS[method], next(numbers)
            highest = NUMBERS[choice.get("max_level", "CRITICAL").lower()]
            if threshold(name) <= level <= highest and asks(
                RecordView((level, name, "", {"n": n}))
            ):
                found.append((name, method, n))
    return found


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_one_output(lane: str, choice: dict[str, Any], tmp_path: Path) -> None:
    """One output writes what its levels, its module levels and its filter say, and counts it."""
    path = tmp_path / "a.json"
    set_up(OutputConfig(path, **choice))
    log_everything()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lacking = {key: value for key, value in choice.items() if key != "filter"}
    filtered = len(expected(lacking)) - len(expected(choice))

    assert expected(choice) == [(each["logger"], each["level"], each["n"]) for each in lines]
    assert (len(lines), {"filtered": filtered} if filtered else {}) == balance(path)
    assert (lane, {}) == (stats().lane, dict(stats().faults))


# The third part is a stream, a callable and a handler among them, which no fast lane writes to.
COMBINATIONS = [
    ("all", "range"),
    ("modules", "off but for"),
    ("filter", "all"),
    ("level", "filter and modules", "max_level"),
    ("off", "filter by fields", "modules below", "modules", "range"),
]


@pytest.mark.parametrize("mixed", [False, True], ids=["files", "mixed"])
@pytest.mark.parametrize("names", COMBINATIONS, ids=" + ".join)
def test_several_outputs(lane: str, names: tuple[str, ...], mixed: bool, tmp_path: Path) -> None:
    """Each of several outputs writes what is its own, in formats of its own."""
    formats: list[Any] = ["json", "key_value", "json", "compact", "json"]
    taken: list[bytes] = []
    outputs = [
        OutputConfig(tmp_path / str(place), formatter=formats[place], **CHOICES[name])
        for place, name in enumerate(names)
    ]
    if mixed:
        outputs.append(OutputConfig(taken.append, formatter="json", max_level="DEBUG"))
        outputs.append(
            OutputConfig(logging.StreamHandler(io.StringIO()), level="ERROR", filter=without_errors)
        )
    set_up(*outputs)
    total = log_everything()
    for place, name in enumerate(names):
        choice = CHOICES[name]
        wanted = expected(choice)
        lines = (tmp_path / str(place)).read_text("utf-8").splitlines()
        starts = [line for line in lines if '"n":' in line or " n=" in line]
        lacking = {key: value for key, value in choice.items() if key != "filter"}
        filtered = len(expected(lacking)) - len(wanted)

        assert len(wanted) == len(starts)
        if formats[place] == "json":
            found = [json.loads(line) for line in lines]
            assert wanted == [(each["logger"], each["level"], each["n"]) for each in found]
        else:
            assert [f"n={n}" for _, _, n in wanted] == [
                next(part for part in line.split() if part.startswith("n=")) for line in starts
            ]
        dropped = {"filtered": filtered} if filtered else {}
        assert (len(wanted), dropped) == balance(tmp_path / str(place))
    if mixed:
        assert len(expected({"max_level": "DEBUG"})) == len(taken)
        assert (40, {"filtered": 40}) == balance("StreamHandler")
    # Streams, callables and handlers have no fast lane; filters of several outputs a Python one.
    filters = any("filter" in CHOICES[name] for name in names)
    assert stats().lane == (
        "processor" if mixed else "fast" if filters and lane == "native" else lane
    )
    assert len(NAMES) * len(METHODS) * 8 == total


def test_more_loggers_than_are_kept(lane: str, tmp_path: Path) -> None:
    """What is kept of loggers' names has a bound, and each line still finds its outputs."""
    one, other = tmp_path / "a.json", tmp_path / "b.log"
    levels = {f"app.n{number}": "ERROR" for number in range(0, 1500, 3)}
    set_up(
        OutputConfig(one, module_levels=levels),
        OutputConfig(other, level="OFF", module_levels=levels, formatter="key_value"),
    )
    for _ in range(2):
        for number in range(1500):
            get_logger(f"app.n{number}").info("said", n=number)
            get_logger(f"app.n{number}").error("said", n=number)

    assert (2 * (1500 + 1000), {}) == balance(one)
    assert (2 * 500, {}) == balance(other)


def test_view_of_a_record(lane: str, tmp_path: Path) -> None:
    """A filter sees what the line has: names, masks, all fields; and it changes nothing."""
    seen: list[tuple[Any, ...]] = []

    def look(record: RecordView) -> bool:
        seen.append((record.level, record.logger, record.event, dict(record.fields)))
        with pytest.raises(TypeError):
            record.fields["more"] = 1  # type: ignore[index]
        with pytest.raises(AttributeError):
            record.event = "other"
        return True

    path, other = tmp_path / "a.json", tmp_path / "b.json"
    for outputs in (
        [OutputConfig(path, filter=look)],
        [OutputConfig(other), OutputConfig(path, filter=look)],
    ):
        seen.clear()
        log = set_up(*outputs)
        with bound_contextvars(request="r-1"):
            log.bind(tenant=7).warning("took %d ms", 3, password="pw", logger="x", exc_info=None)
        log.info("plain", n=1)
        log.info(ValueError("no"))

        fields = {"tenant": 7, "request": "r-1", "password": "***", "logger_": "x"}
        assert [
            (30, "app", "took 3 ms", fields),
            (20, "app", "plain", {"n": 1}),
            (20, "app", "no", {}),
        ] == seen
    assert 0 == stats().faults.get("filter", 0)


def test_filter_that_raises(lane: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What a filter cannot say is written, counted as a fault and reported once."""

    def fail(record: RecordView) -> bool:
        raise RuntimeError("broken filter")

    one, other = tmp_path / "a.json", tmp_path / "b.json"
    for outputs in ([one], [other, one]):
        log = set_up(*[OutputConfig(each, filter=fail) for each in outputs])
        log.info("said")
        log.info("said again", n=[1])

    assert ["said", "said again"] * 2 == [
        json.loads(line)["event"] for line in one.read_text("utf-8").splitlines()
    ]
    assert (4, {}) == balance(one)
    assert 6 == stats().faults["filter"]
    assert 1 == capfd.readouterr().err.count("broken filter")


def test_filter_that_logs(lane: str, tmp_path: Path) -> None:
    """A filter may log: no filter is asked about that line, and the call ends."""
    one, other = tmp_path / "a.json", tmp_path / "b.json"

    def tell(record: RecordView) -> bool:
        get_logger("filter").info("asked", about=record.event)
        return record.event != "held back"

    for outputs in ([one], [other, one]):
        log = set_up(*[OutputConfig(each, filter=tell) for each in outputs])
        log.info("said")
        log.info("held back")
        found = [json.loads(line)["event"] for line in one.read_text("utf-8").splitlines()]
        assert len(outputs) * 2 + 1 == len(found[-5 if len(outputs) == 2 else 0 :])
    assert {"filtered": 2} == balance(one)[1]


def test_interrupt_in_a_filter_passes(lane: str, tmp_path: Path) -> None:
    """An interrupt that meets a filter goes on, and the filter is asked again afterwards."""

    def interrupt(record: RecordView) -> bool:
        if record.event == "interrupt":
            raise KeyboardInterrupt
        return False

    path = tmp_path / "a.json"
    log = set_up(OutputConfig(path, filter=interrupt))
    with pytest.raises(KeyboardInterrupt):
        log.info("interrupt")
    log.info("held back")

    assert (0, {"filtered": 1}) == balance(path)


def test_filters_of_threads(lane: str, tmp_path: Path) -> None:
    """Threads that are within a filter at once ask it each for its own line."""
    path, both = tmp_path / "a.json", threading.Barrier(2)

    def wait(record: RecordView) -> bool:
        both.wait(20)
        return False

    log = set_up(OutputConfig(path, filter=wait))
    threads = [threading.Thread(target=log.info, args=("said",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (0, {"filtered": 2}) == balance(path)


def test_levels_change_at_run_time(lane: str, tmp_path: Path) -> None:
    """A change of a logger's level holds at once, and the output's own levels go on narrowing."""
    one, other = tmp_path / "a.json", tmp_path / "b.json"
    choice: dict[str, Any] = {"level": "INFO", "max_level": "ERROR", "module_levels": {"noisy": 40}}
    for outputs in ([one], [other, one]):
        log = set_up(*[OutputConfig(each, **choice) for each in outputs], default_level="WARNING")
        noisy = get_logger("noisy")
        for level in ("DEBUG", "CRITICAL", "ERROR", "TRACE"):
            set_level(level)
            for method in METHODS:
                getattr(log, method)(level)
                getattr(noisy, method)(level)
        found = [
            (line["event"], line["logger"], line["level"])
            for line in map(json.loads, one.read_text("utf-8").splitlines())
        ]
        passing = [("app", "info"), ("app", "warning"), ("app", "error"), ("noisy", "error")]

        assert [("DEBUG", *each) for each in passing] == found[:4]
        assert [("ERROR", "app", "error"), ("ERROR", "noisy", "error")] == found[4:6]
        assert [("TRACE", *each) for each in passing] == found[6:]
        one.unlink()


def test_captures_see_all(lane: str, tmp_path: Path) -> None:
    """A capture has what the loggers let through, and the output's levels hold again behind it."""
    path = tmp_path / "a.json"
    log = set_up(OutputConfig(path, level="WARNING", max_level="ERROR"))
    kept = log.critical
    with capture_logs() as lines:
        log.debug("low")
        log.critical("high")
        kept("kept")
        logging.getLogger("theirs").info("foreign")
    for method in METHODS:
        getattr(log, method)("said")

    assert ["low", "high", "kept", "foreign"] == [line["event"] for line in lines]
    assert ["warning", "error"] == levels_of(path)


def test_kept_methods_follow_a_new_set_up(lane: str, tmp_path: Path) -> None:
    """A method that wrote nothing writes by a later set-up, whoever has kept it."""
    path = tmp_path / "a.json"
    log = set_up(OutputConfig(path, level="INFO", max_level="WARNING", filter=without_errors))
    kept = [getattr(log, method) for method in METHODS]
    for each in kept:
        each("before")
    set_up(OutputConfig(path))
    for each in kept:
        each("after")

    assert ["info", "warning", *METHODS] == levels_of(path)


def test_processors_and_what_logging_writes(lane: str, tmp_path: Path) -> None:
    """Processors see every line, and lines of `logging` are chosen like all others."""
    path, seen = tmp_path / "a.json", []

    def note(logger: Any, method: str, event: Any) -> Any:
        seen.append(method)
        return event

    choice: dict[str, Any] = {"level": "INFO", "max_level": "ERROR", "filter": without_errors}
    log = set_up(OutputConfig(path, **choice), processors=[note])
    for method in METHODS:
        getattr(log, method)("said")
    assert list(METHODS) == seen
    assert ["info", "warning"] == levels_of(path)
    set_up(OutputConfig(path, **choice))
    for number in (10, 20, 30, 40, 50):
        logging.getLogger("theirs").log(number, "said %s", "so")

    assert ["info", "warning"] * 2 == levels_of(path)


class DropEvent(BaseException):
    """Be known by its name, as structlog's is."""


DropEvent.__module__ = "structlog.exceptions"


def test_what_processors_drop(lane: str, tmp_path: Path) -> None:
    """A dropped line counts at those outputs that would have written it."""
    one, other = tmp_path / "a.json", tmp_path / "b.json"

    def drop(logger: Any, method: str, event: Any) -> Any:
        raise DropEvent

    set_up(
        OutputConfig(one, level="OFF", module_levels={"noisy": "INFO"}),
        OutputConfig(other, max_level="INFO", module_levels={"noisy": "OFF"}),
        processors=[drop],
    )
    for name, method in itertools.product(("app", "noisy"), ("info", "error")):
        getattr(get_logger(name), method)("said")

    assert (0, {"drop_event": 2}) == balance(one)
    assert (0, {"drop_event": 1}) == balance(other)


class Kept(logging.Handler):
    """Keep the levels of records."""

    levels: ClassVar[list[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.levels.append(record.levelname)


def test_others_handlers_of_logging(lane: str, tmp_path: Path) -> None:
    """What others have put on `logging` has records that our one output does not take."""
    path, handler = tmp_path / "a.json", Kept()
    Kept.levels.clear()
    set_up(OutputConfig(path, level="ERROR"))
    logging.root.addHandler(handler)
    try:
        logging.getLogger("theirs").warning("said")
        logging.getLogger("theirs").error("said")
    finally:
        logging.root.removeHandler(handler)

    assert ["WARNING", "ERROR"] == handler.levels
    assert ["error"] == levels_of(path)


def test_propagate_has_a_choice_of_its_own(lane: str, tmp_path: Path) -> None:
    """`logging` is handed what the loggers let through, whatever the output chooses."""
    path, handler = tmp_path / "a.json", Kept()
    Kept.levels.clear()
    logging.root.addHandler(handler)
    try:
        log = set_up(OutputConfig(path, level="ERROR", filter=without_errors), propagate=True)
        for method in METHODS[1:]:
            getattr(log, method)("said")
    finally:
        logging.root.removeHandler(handler)

    assert ["critical"] == levels_of(path)
    assert [method.upper() for method in METHODS[1:]] == handler.levels


def test_background_outputs(lane: str, tmp_path: Path) -> None:
    """Lines are chosen in the call, before they are queued."""
    path, other = tmp_path / "a.json", tmp_path / "b.json"
    choice: dict[str, Any] = {"level": "DEBUG", "max_level": "ERROR", "filter": without_errors}
    log = set_up(OutputConfig(path, **choice), OutputConfig(other), delivery="background")
    for method in METHODS:
        getattr(log, method)("said")

    assert flush()
    assert (["debug", "info", "warning"], [*METHODS]) == (levels_of(path), levels_of(other))
    assert {"filtered": 1} == balance(path)[1]


def test_colours_of_one_output(lane: str) -> None:
    """Colours are an output's own affair, and the console's where it says nothing."""
    streams = [io.StringIO() for _ in range(3)]
    wanted: list[bool | None] = [True, False, None]
    outputs = [
        OutputConfig(stream, formatter="compact", colors=colors)
        for stream, colors in zip(streams, wanted, strict=True)
    ]
    for colors, painted in ((True, [True, False, True]), (False, [True, False, False])):
        set_up(*outputs, console=Console(colors=colors)).info("said")
        assert painted == ["\x1b[" in stream.getvalue() for stream in streams]
        for stream in streams:
            stream.truncate(0)


SPLIT = """
import os, sys
from provide.foundation import OutputConfig, configure, get_logger
outputs = [OutputConfig("stdout", max_level="WARNING"), OutputConfig("stderr", level="ERROR")]
configure(level="DEBUG", output=outputs)
log = get_logger("app")
def say():
    for method in ("trace", "debug", "info", "warning", "error", "critical"):
        getattr(log, method)("said", n=1)
say()
sys.stdout.flush()
if (child := os.fork()) == 0:
    say()
    os._exit(0)
os.waitpid(child, 0)
"""


def test_split_of_a_real_process(lane: str) -> None:
    """Up to warning goes to stdout and the rest to stderr, in a forked child as well."""
    done = interpreters.run(
        [sys.executable, "-c", SPLIT],
        capture_output=True, text=True, check=True, env={**os.environ, "FOUNDATION_LANE": lane},
    )  # fmt: skip
    out, err = (
        [json.loads(line)["level"] for line in text.splitlines()]
        for text in (done.stdout, done.stderr)
    )

    assert ["debug", "info", "warning"] * 2 == out
    assert ["error", "critical"] * 2 == err


@pytest.mark.parametrize("place", ["selection_filters:Rules.keep", "selection_filters.Rules.keep"])
def test_filter_by_its_place(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that a configuration file names is looked up at set-up."""
    (tmp_path / "selection_filters.py").write_text(
        "class Rules:\n    @staticmethod\n    def keep(record):\n        return record.level > 20\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "a.json"
    file = tmp_path / "logging.toml"
    file.write_text(f'[logging]\n[[logging.outputs]]\ntarget = "{path}"\nfilter = "{place}"\n')
    setup_telemetry(TelemetryConfig.from_file(file))
    log = get_logger("app")
    for method in METHODS:
        getattr(log, method)("said")
    reset_for_testing()

    assert ["warning", "error", "critical"] == levels_of(path)


@pytest.mark.parametrize(
    "place", ["no_such_module:f", "os.path:no_such_name", "json", "os:sep", "no.such", ":f", "a:"]
)
def test_filter_that_is_nowhere(place: str, tmp_path: Path) -> None:
    """A place that has no function is refused by the set-up, which opens nothing."""
    path = tmp_path / "a.json"
    with pytest.raises(ConfigurationError) as caught:
        set_up(OutputConfig(path, filter=place))

    assert ("logging.outputs[0].filter", place) == (caught.value.field, caught.value.value)
    assert not path.exists()


async def ask_later(record: RecordView) -> bool:
    """Be no filter: what it returns is always true."""
    return False


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"level": "ERROR", "max_level": "WARNING"}, "max_level"),
        ({"max_level": "OFF"}, "max_level"),
        ({"max_level": "loud"}, "max_level"),
        ({"module_levels": {"app": "loud"}}, "module_levels['app']"),
        ({"module_levels": ["app"]}, "module_levels"),
        ({"filter": 7}, "filter"),
        ({"filter": ""}, "filter"),
        ({"filter": RecordView}, "filter"),
        ({"filter": ask_later, "level": None}, "filter"),
        ({"colors": "yes"}, "colors"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value)),
)
def test_what_is_refused(options: dict[str, Any], field: str) -> None:
    """A value that is not allowed names the field, and in a list of outputs its place."""
    with pytest.raises(ConfigurationError) as alone:
        OutputConfig("stderr", **options)
    with pytest.raises(ConfigurationError) as listed:
        LoggingConfig(outputs=["stdout", {"target": "stderr", **options}])

    assert (f"outputs.{field}", f"logging.outputs[1].{field}") == (
        alone.value.field,
        listed.value.field,
    )


def test_an_output_that_is_off_is_opened(lane: str, tmp_path: Path) -> None:
    """Level OFF writes nothing, and its file is there all the same: a wrong path shows at once."""
    path = tmp_path / "a.json"
    log = set_up(OutputConfig(path, level="OFF"))
    log.critical("said")

    assert ("", (0, {})) == (path.read_text("utf-8"), balance(path))
    assert not log.is_enabled_for("CRITICAL")
    with pytest.raises(ConfigurationError):
        set_up(OutputConfig(tmp_path / "none" / "a.json", level="OFF"))
