"""capture_logs: what it holds, when it ends, and that nothing stays behind."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from installed_lanes import LANES
from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    logger,
    reset_for_testing,
    set_level,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)
from provide.foundation.testing import capture_logs

SetUp = Callable[..., Callable[[], list[str]]]


@pytest.fixture(params=LANES)
def set_up(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[SetUp]:
    """Give a function that sets up with a file, in each lane, and returns what reads the events."""
    monkeypatch.setenv("FOUNDATION_LANE", request.param)

    def apply(name: str = "app.log", **config: Any) -> Callable[[], list[str]]:
        path = tmp_path / name
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=path, **config)))
        return lambda: [json.loads(line)["event"] for line in path.read_text().splitlines()]

    reset_for_testing()
    yield apply
    reset_for_testing()


def test_lines_are_kept_instead_of_written(set_up: SetUp) -> None:
    """Within the block lines are mappings in a list; after it they are written again."""
    written = set_up()
    value = object()
    with capture_logs() as captured:
        get_logger("app").bind(a=1).warning("took %d", 7, b=value)
        assert 1 == len(captured)
    logger.info("after")
    expected = {"event": "took 7", "level": "warning", "logger": "app", "a": 1, "b": value}
    assert [expected] == captured
    assert ["after"] == written()


def test_fields_are_settled(set_up: SetUp) -> None:
    """Reserved keys are renamed and secrets masked, as in a written line."""
    set_up()
    with capture_logs() as captured:
        logger.info("e", event="x", level=1, password="p")
    base = {"event": "e", "level": "info", "logger": "root"}
    assert [{**base, "event_": "x", "level_": 1, "password": "***"}] == captured


def test_levels_hold_and_can_change(set_up: SetUp) -> None:
    """What is off is not captured; set_level acts within the block."""
    set_up(default_level="WARNING", module_levels={"app": "DEBUG"})
    with capture_logs() as captured:
        logger.info("off")
        get_logger("app.db").debug("one")
        set_level("TRACE")
        logger.trace("two")
    assert ["one", "two"] == [line["event"] for line in captured]


def test_exceptions_and_stacks_are_kept(set_up: SetUp) -> None:
    """An exception is there as a description, a stack as text."""
    set_up()
    with capture_logs() as captured:
        try:
            raise KeyError("k")
        except KeyError:
            logger.exception("e", stack_info=True)
    (line,) = captured
    assert ("KeyError", "'k'") == (line["exception"]["type"], line["exception"]["message"])
    assert line["stack"].startswith("Stack")


def test_context_and_other_libraries(set_up: SetUp) -> None:
    """Context fields, stdlib's records and structlog's lines are captured as they are written."""
    set_up()
    with capture_logs() as captured, bound_contextvars(request_id="r"):
        logger.info("ours")
        logging.getLogger("lib").info("stdlib's")
        structlog.get_logger("s").info("structlog's")
    expected = [("ours", "root"), ("stdlib's", "lib"), ("structlog's", "s")]
    assert expected == [(line["event"], line["logger"]) for line in captured]
    assert {"r"} == {line["request_id"] for line in captured}


def test_nested_blocks(set_up: SetUp) -> None:
    """Each block has all that is logged while it runs."""
    written = set_up()
    with capture_logs() as outer:
        logger.info("1")
        with capture_logs() as inner:
            logger.info("2")
        logger.info("3")
    logger.info("4")
    found = [[line["event"] for line in captured] for captured in (outer, inner)]
    assert [["1", "2", "3"], ["2"]] == found
    assert ["4"] == written()


def test_blocks_may_end_in_any_order(set_up: SetUp) -> None:
    """Of two blocks that overlap, each ends by itself; then lines are written again."""
    written = set_up()
    first, second = capture_logs(), capture_logs()
    one, two = first.__enter__(), second.__enter__()
    logger.info("both")
    first.__exit__(None, None, None)
    logger.info("second")
    second.__exit__(None, None, None)
    logger.info("none")
    assert ["both"] == [line["event"] for line in one]
    assert ["both", "second"] == [line["event"] for line in two]
    assert ["none"] == written()


def test_block_ends_with_an_exception(set_up: SetUp) -> None:
    """An exception leaves the block, and lines are written again."""
    written = set_up()
    with pytest.raises(KeyError, match="x"), capture_logs():
        raise KeyError("x")
    logger.info("after")
    assert ["after"] == written()


def test_lines_of_threads_are_kept(set_up: SetUp) -> None:
    """Lines of every thread are captured, and none is lost or doubled."""
    set_up()

    def work(name: int) -> None:
        for number in range(200):
            get_logger("app").info("e", key=(name, number))

    with capture_logs() as captured:
        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    expected = [(name, number) for name in range(4) for number in range(200)]
    assert expected == sorted(line["key"] for line in captured)


def test_every_line_is_captured_or_written(set_up: SetUp) -> None:
    """Of lines that a thread writes while blocks come and go, each is in one place."""
    written = set_up()
    done = threading.Event()
    count = 0

    def work() -> None:
        nonlocal count
        while not done.is_set():
            logger.info(str(count))
            count += 1

    thread = threading.Thread(target=work)
    thread.start()
    blocks = []
    for _ in range(100):
        with capture_logs() as lines:
            blocks.append(lines)
    done.set()
    thread.join()
    captured = [line["event"] for lines in blocks for line in lines]
    assert sorted(map(str, range(count))) == sorted(captured + written())


def test_method_kept_within_a_block_works_after_it(set_up: SetUp) -> None:
    """A bound method that was taken within a block writes after it."""
    written = set_up()
    with capture_logs() as captured:
        info = logger.info
        info("within")
    info("after")
    assert (["within"], ["after"]) == ([line["event"] for line in captured], written())


@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_capture_survives_a_set_up(set_up: SetUp, delivery: str) -> None:
    """A set-up within a block does not end the capture; its output is written to after it."""
    set_up("old.log")
    with capture_logs() as captured:
        logger.info("1")
        info = logger.info
        written = set_up("new.log", delivery=delivery)
        logger.info("2")
        info("3")
        with capture_logs() as inner:
            set_up("new.log", delivery=delivery)
            logging.getLogger("lib").info("4")
        structlog.get_logger("s").info("5")
    logger.info("6")
    shutdown_telemetry()
    assert ["1", "2", "3", "4", "5"] == [line["event"] for line in captured]
    assert ["4"] == [line["event"] for line in inner]
    assert ["6"] == written()


def test_capture_before_the_first_set_up_survives_it(set_up: SetUp) -> None:
    """A block that begins before anything is set up holds what is logged after the set-up."""
    with capture_logs() as captured:
        written = set_up()
        logger.info("within")
    logger.info("after")
    assert (["within"], ["after"]) == ([line["event"] for line in captured], written())


def test_levels_come_back(set_up: SetUp) -> None:
    """What set_level did within a block is undone at its end, for each block by itself."""
    written = set_up(default_level="WARNING", module_levels={"app": "DEBUG"})
    with capture_logs() as captured:
        set_level("INFO")
        with capture_logs():
            set_level("TRACE")
            set_level("ERROR", logger="app")
        logger.debug("off")
        logger.info("on")
    logger.info("off")
    get_logger("app").debug("on again")
    logging.getLogger("lib").info("off")
    assert ["on"] == [line["event"] for line in captured]
    assert ["on again"] == written()


def test_levels_of_a_set_up_stay(set_up: SetUp) -> None:
    """The levels of a set-up within a block hold within it and after it."""
    set_up(default_level="ERROR")
    with capture_logs() as captured:
        with capture_logs():
            written = set_up("new.log", default_level="DEBUG")
        logger.debug("within")
        set_level("ERROR")
    logger.debug("after")
    assert (["within"], ["after"]) == ([line["event"] for line in captured], written())


def test_overlapping_blocks_with_a_set_up_between(set_up: SetUp) -> None:
    """A block that ends does not end one that began after a set-up."""
    set_up("old.log")
    first, second = capture_logs(), capture_logs()
    first.__enter__()
    written = set_up("new.log")
    captured = second.__enter__()
    first.__exit__(None, None, None)
    logger.info("within")
    second.__exit__(None, None, None)
    logger.info("after")
    assert (["within"], ["after"]) == ([line["event"] for line in captured], written())


def test_reset_inside_of_a_block(set_up: SetUp, capfd: pytest.CaptureFixture[str]) -> None:
    """A reset within a block does not end the capture; after it a line starts Foundation anew."""
    set_up()
    with capture_logs() as captured:
        set_level("ERROR")
        reset_for_testing()
        logger.info("within")
    logger.info("after")
    events = [json.loads(line)["event"] for line in capfd.readouterr().err.splitlines()]
    assert (["within"], ["after"]) == ([line["event"] for line in captured], events)


def test_without_a_set_up(capfd: pytest.CaptureFixture[str]) -> None:
    """Captured lines need no set-up, and reach no stream."""
    reset_for_testing()
    with capture_logs() as captured:
        logger.info("e")
    assert ["e"] == [line["event"] for line in captured]
    assert "" == capfd.readouterr().err
    reset_for_testing()


def test_captured_lines_are_not_counted(set_up: SetUp) -> None:
    """Captured lines are no output's: the counters stay as they were."""
    set_up()
    before = stats()
    with capture_logs():
        logger.info("e")
    assert before == stats()


def test_method_kept_before_a_block_is_captured(set_up: SetUp) -> None:
    """A bound method that was taken before a block is captured within it, and writes after it."""
    written = set_up()
    info = logger.info
    for number in range(2):
        with capture_logs() as captured:
            info(f"within {number}")
        info(f"after {number}")
        assert [f"within {number}"] == [line["event"] for line in captured]
    assert ["after 0", "after 1"] == written()


def test_lane_comes_back(set_up: SetUp) -> None:
    """After a block the configuration's own lane writes again."""
    set_up()
    lane, kind = stats().lane, type(Logger.info)
    with capture_logs():
        assert "processor" == stats().lane
    assert (lane, kind) == (stats().lane, type(Logger.info))


@pytest.mark.untraced("two threads log as fast as they can, each step of which is traced")
def test_no_call_meets_a_lane_that_sends_it_back(set_up: SetUp) -> None:
    """While blocks come and go, no call of another thread is sent round in circles."""
    set_up()
    done, failed = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            while not done.is_set():
                logger.info("e")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(100):
            with capture_logs():
                pass
    finally:  # or they log into what comes after
        done.set()
        for thread in threads:
            thread.join()
    assert [] == failed
