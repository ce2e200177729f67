"""A lazy value is computed once, and only for a line that is written; every lane agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    Redaction,
    TelemetryConfig,
    bound_contextvars,
    censor_hash,
    flush,
    get_logger,
    lazy,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.config import Formatter, RecordView
from provide.foundation.testing import capture_logs

FORMATS: tuple[tuple[Formatter, ...], ...] = (
    ("json",),
    ("key_value",),
    ("compact",),
    ("json", "key_value"),
    ("json", "json"),
)
#: Stands in no source line that is shown.
SECRET = "".join(["hunter", "2"])


class Counted:
    """Count how often a value is asked for."""

    def __init__(self, value: Any = "value") -> None:
        self.value = value
        self.calls = 0

    def __call__(self) -> Any:
        """Return the value."""
        self.calls += 1
        return self.value


def never() -> object:
    """Fail the test that computes this."""
    raise AssertionError("computed")


@contextmanager
def outputs(
    lane: str, folder: Path, *formats: Formatter, outputs: dict[str, Any] | None = None, **more: Any
) -> Iterator[Callable[[], list[list[str]]]]:
    """Set up one lane with a file for each format; give what reads their lines, without time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOUNDATION_LANE", lane)
        files = [folder / f"{lane}{number}.log" for number in range(len(formats))]
        made = [
            OutputConfig(file, formatter=form, **(outputs or {}))
            for file, form in zip(files, formats, strict=True)
        ]
        config = LoggingConfig(outputs=made, capture_stdlib=False, **more)
        setup_telemetry(TelemetryConfig(logging=config))
        yield lambda: [
            [line.partition(" ")[2] if line[0] != "{" else line[42:] for line in lines]
            for file in files
            if flush() and (lines := file.read_text("utf-8").splitlines()) is not None
        ]
    reset_for_testing()


def log_lazily(count: Counted) -> int:
    """Log lazy values in every place that takes them; return how often each is to be computed."""
    log = get_logger("app")
    value = lazy(count)
    log.info("field", value=value, n=1)
    log.info("twice", first=value, second=value)
    log.info("renamed", level=value, n=2)
    log.info("argument %s", value)
    log.info("both %s", value, value=value)
    log.info("misfit %d", value)
    log.info(value)
    log.error("details", value=value, exc_info=ValueError("x"))
    bound = log.bind(value=value)
    bound.info("bound")
    bound.info("bound", n=3)
    bound.info("over", value=4)
    with bound_contextvars(value=value):
        log.info("context", n=5)
    return 12


@pytest.mark.parametrize("formats", FORMATS, ids="+".join)
def test_lanes_agree_and_compute_once(formats: tuple[Formatter, ...], tmp_path: Path) -> None:
    """Each line has the value as if it had been given, computed once for all outputs."""
    value = {"n": 1, "password": SECRET, "items": [1.5, None, "\x1b"]}
    written = {}
    for lane in LANES:
        with outputs(lane, tmp_path, *formats) as read:
            count = Counted(value)
            assert log_lazily(count) == count.calls
            written[lane] = read()
            counts = [n for each in stats().outputs.values() if (n := sum(each.written.values()))]
            assert [12] * len(formats) == counts

    assert all(lines == written["processor"] for lines in written.values())
    assert SECRET not in str(written)


@pytest.mark.parametrize("lane", LANES)
def test_value_is_as_if_given(lane: str, tmp_path: Path) -> None:
    """What a function returns is bounded and masked as the same value is that is given itself."""
    values: list[Any] = [
        "x" * 300, 1 << 80, float("nan"), {"token": SECRET, "deep": [[[[[[1]]]]]]}, None, True,
        [("Cookie", SECRET), ("n", 1)], b"\xff", ValueError("v"), list(range(1200)),
    ]  # fmt: skip
    log = get_logger("app")
    with outputs(lane, tmp_path, "json", "compact") as read:
        for value in values:
            late = lazy(Counted(value))
            log.info("e", v=value, n=1)
            log.info("e", v=late, n=1)
            log.info("%s", value)
            log.info("%s", late)
        lines = read()

    assert [given for each in lines for given in zip(each[::2], each[1::2], strict=True)] == [
        (first, first) for each in lines for first in each[::2]
    ]


@pytest.mark.parametrize("lane", LANES)
def test_nothing_is_computed_for_what_is_not_written(lane: str, tmp_path: Path) -> None:
    """Not below the level, not where filters hold the line back, not under a secret's key."""

    def hold_back(record: RecordView) -> bool:
        return record.event != "held"

    log = get_logger("app")
    for formats in (("json",), ("json", "compact")):
        folder = tmp_path / "-".join(formats)
        folder.mkdir()
        with outputs(lane, folder, *formats, outputs={"filter": hold_back}) as read:
            log.debug("off %s", lazy(never), value=lazy(never))
            log.info("held", value=lazy(never))
            log.bind(value=lazy(never)).info("held", level=1)
            log.info("masked", password=lazy(never), pairs=[("token", lazy(never))])
            log.info("masked", within={"api_key": lazy(never)}, n=1)
            lines = read()
            found = [each.dropped.get("filtered") for each in stats().outputs.values()]

        assert [2] * len(formats) == [len(each) for each in lines]
        assert [2] * len(formats) == [each for each in found if each]
        assert {"lazy": 0}.items() <= {"lazy": 0, **stats().faults}.items()


@pytest.mark.parametrize("lane", LANES)
def test_failure_is_shown_and_counted(lane: str, tmp_path: Path) -> None:
    """The field says that there is no value, and the rest of the line stands."""
    log = get_logger("app")
    with outputs(lane, tmp_path, "json") as read:
        log.info("failed", value=lazy(lambda: 1 / 0), n=1)
        log.info("failed %s", lazy(lambda: 1 / 0))
        faults = stats().faults
        [[first, second]] = read()

    assert '"value":"<lazy value failed: ZeroDivisionError>","n":1}' in first
    assert '"event":"failed <lazy value failed: ZeroDivisionError>"' in second
    assert {"lazy": 2} == faults


@pytest.mark.parametrize("lane", LANES)
def test_values_that_log_and_that_are_lazy(lane: str, tmp_path: Path) -> None:
    """A function that logs computes nothing within its line; lazy values that return one end."""
    log = get_logger("app")
    ring = lazy(lambda: ring)

    def tell() -> int:
        log.info("told", value=lazy(never))
        return 1

    with outputs(lane, tmp_path, "json") as read:
        log.info("telling", value=lazy(tell), other=lazy(lambda: lazy(lambda: 2)), ring=ring)
        [[told, telling]] = read()

    assert '"value":"<provide.foundation._record.lazy.Lazy>"' in told
    assert '"value":1,"other":2,"ring":"<depth limit>"}' in telling


@pytest.mark.parametrize("lane", LANES)
def test_interrupt_passes(lane: str, tmp_path: Path) -> None:
    """What ends the program is not taken for a value that failed; the next line is written."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with outputs(lane, tmp_path, "json") as read:
        with pytest.raises(KeyboardInterrupt):
            get_logger("app").info("interrupted", value=lazy(interrupt))
        get_logger("app").info("next", value=lazy(Counted()))
        [[line]] = read()

    assert '"event":"next","value":"value"}' in line


@pytest.mark.parametrize("lane", LANES)
def test_patterns_and_censors(lane: str, tmp_path: Path) -> None:
    """Texts of values are searched, and a censor gets no value that would have to be computed."""
    redaction = Redaction(patterns=("email",), censor=censor_hash("k" * 16))
    count = Counted("write to joe@example.org")
    with outputs(lane, tmp_path, "json", redaction=redaction) as read:
        get_logger("app").info("%s", lazy(count), value=lazy(count), password=lazy(never))
        [[line]] = read()

    assert (2, False) == (count.calls, "joe@" in line)
    assert '"password":"***"}' in line


def test_processors_get_the_lazy_value(tmp_path: Path) -> None:
    """They may call it; what they leave is computed behind them."""
    seen: list[str] = []

    def look(logger: Any, method: str, event_dict: Any) -> Any:
        seen.append(repr(event_dict["value"]))
        return {**event_dict, "called": event_dict["value"]()}

    with outputs("processor", tmp_path, "json", processors=[look]) as read:
        get_logger("app").info("e", value=lazy(Counted("v").__call__))
        [[line]] = read()

    assert ["<lazy Counted.__call__>"] == seen
    assert '"value":"v","called":"v"}' in line


def test_captured_lines_have_the_value() -> None:
    """`capture_logs` keeps what a line would have."""
    with capture_logs() as lines:
        get_logger("app").info("e", value=lazy(lambda: {"n": 1}))

    assert [{"event": "e", "level": "info", "logger": "app", "value": {"n": 1}}] == lines


def test_nobody_pays_who_has_none(tmp_path: Path) -> None:
    """The module is not loaded by a program that asks for no lazy value."""
    import subprocess
    import sys

    code = (
        "import sys\nfrom provide.foundation import logger\nlogger.info('e', n=[1])\n"
        "print([name for name in sys.modules if name.endswith(('lazy', 'catching', 'timing'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert "[]" == done.stdout.splitlines()[-1]
    assert json.loads(done.stderr.splitlines()[0] if done.stderr else '{"n":[1]}')
