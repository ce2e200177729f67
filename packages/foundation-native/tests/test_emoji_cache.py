"""Emoji in the native lane: what it remembers is what the markers would have said."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from provide.foundation import (
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation.emoji import EmojiSet, register_logger_emoji, unregister_logger_emoji
from provide.foundation.emoji.extension import make_resolver
from provide.foundation.native import COMPILED

pytestmark = pytest.mark.skipif(not COMPILED, reason="foundation-native is not compiled")

FLAGS = EmojiSet(name="flags", fields={"flag": {"1": "🥇", "true": "👍"}})


def configure(path: Path | None = None) -> LoggingConfig:
    """Return the configuration that the tests share."""
    return LoggingConfig(
        log_file=path,
        console_formatter="json",
        das_emoji_prefix_enabled=True,
        logger_name_emoji_prefix_enabled=True,
        custom_emoji_sets=[FLAGS],
    )


NAMES = ("domain", "action", "status", "http_method", "http_status_code", "db_system", "flag",
         "other")  # fmt: skip
VALUES = st.sampled_from(
    ["auth", "login", "success", "GET", "postgresql", "nonsense", "x" * 70, "", "200", "1", 200,
     404, 1, True, 1.0, 200.0, False, None, -1, 10**30, ["auth"], {"a": 1}, "é", "😀"]
)  # fmt: skip
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
EVENTS = st.sampled_from(["auth_login_success", "user_login", "nothing", "order 7 failed", ""])
LOGGERS = st.sampled_from(["app.db", "sqlalchemy.engine", "asyncio"])


class Log:
    """Read back what a set-up of the native lane writes."""

    def __init__(self, path: Path) -> None:
        reset_for_testing()
        setup_telemetry(TelemetryConfig(logging=configure(path)))
        assert "native" == stats().lane
        self._file = path.open(encoding="utf-8")

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines that are new."""
        return [json.loads(line) for line in self._file]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """Set the native lane up with emoji."""
    monkeypatch.setenv("FOUNDATION_LANE", "native")
    made = Log(tmp_path / "app.log")
    yield made
    made.close()
    reset_for_testing()


def expected(name: str, event: str, fields: dict[str, Any]) -> str | None:
    """Return the emoji that the markers say, asked anew."""
    resolver, _failures = make_resolver(configure())
    return resolver.marker(name, event, fields) or None


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LOGGERS, EVENTS, FIELDS, FIELDS, FIELDS)
@example("app.db", "nothing", {"http_status_code": 200}, {}, {"status": "success"})
@example("app.db", "nothing", {"flag": True}, {"status": 1}, {})
def test_remembered_marks_are_the_markers_own(
    log: Log,
    name: str,
    event: str,
    fields: dict[str, Any],
    bound: dict[str, Any],
    context: dict[str, Any],
) -> None:
    """Whatever came before, a line has the emoji that its own values ask for, each time."""
    logger = get_logger(name).bind(**bound)
    with bound_contextvars(**context):
        for _ in range(3):
            logger.info(event, **fields)
    wanted = expected(name, event, {**context, **bound, **fields})
    assert [wanted] * 3 == [line.get("emoji") for line in log.lines()]


def test_equal_values_of_other_types_are_told_apart(log: Log) -> None:
    """1, True and 1.0 are equal to Python, and may have emoji of their own."""
    logger = get_logger("app.db")
    for _ in range(3):
        for value in (1, True, 1.0, "1"):
            logger.info("answered", flag=value)
    wanted = [expected("app.db", "answered", {"flag": value}) for value in (1, True, 1.0, "1")]
    assert wanted[0] != wanted[1]
    assert wanted * 3 == [line.get("emoji") for line in log.lines()]


def test_values_that_change_between_calls_of_one_place(log: Log) -> None:
    """One call with values that change has the emoji of each."""
    logger = get_logger("app.db")
    statuses = ["success", "failure", "".join(["suc", "cess"]), "pending"] * 3
    for status in statuses:
        logger.info("user_login", domain="auth", action="login", status=status)
    wanted = [
        expected("app.db", "user_login", {"domain": "auth", "action": "login", "status": each})
        for each in statuses
    ]
    assert wanted == [line["emoji"] for line in log.lines()]


def test_a_registered_name_is_seen_at_once(log: Log) -> None:
    """What is remembered is forgotten when the emoji of a logger's name change."""
    logger = get_logger("shop.orders")

    def write() -> str | None:
        logger.info("auth_login_success", other=1)
        found: str | None = log.lines()[0].get("emoji")
        return found

    before = [write(), write()]
    register_logger_emoji("shop", "🧺")
    try:
        registered = [write(), write()]
    finally:
        unregister_logger_emoji("shop")
    assert before[0] is not None
    assert [f"🧺 {before[0]}"] * 2 == registered
    assert before == [write(), write()]


def test_more_lines_than_are_remembered(log: Log) -> None:
    """Thousands of different lines push each other out, and none gets another's emoji."""
    logger = get_logger("app.db")
    statuses = ("success", "failure", "pending")
    for round_ in range(2):
        for number in range(3_000):
            logger.info(f"event {number}", domain="auth", status=statuses[number % 3], other=round_)
    wanted = [expected("app.db", "x", {"domain": "auth", "status": each}) for each in statuses]
    assert wanted * 2_000 == [line["emoji"] for line in log.lines()]


def test_threads_get_their_own_marks(log: Log) -> None:
    """32 threads with values of their own never see each other's emoji."""
    words = ("success", "failure", "pending", "error")

    def work(number: int) -> None:
        logger = get_logger("app.db").bind(worker=number)
        for turn in range(200):
            logger.info("job", status=words[(number + turn) % 4], turn=turn)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = log.lines()
    wanted = {each: expected("app.db", "job", {"status": each}) for each in words}
    assert 32 * 200 == len(lines)
    assert [] == [line for line in lines if line["emoji"] != wanted[line["status"]]]


class Kept:
    """Count its objects, and log while one of them is forgotten."""

    alive = 0

    def __init__(self, log: Any) -> None:
        Kept.alive += 1
        self.log = log

    def __del__(self) -> None:
        Kept.alive -= 1
        for number in range(3):
            self.log.info("forgotten", flag=str(number))


def test_values_of_markers_are_not_kept(log: Log) -> None:
    """A tuple under a key that markers look at is no shape, and what it holds is let go."""
    logger = get_logger("app")
    for number in range(600):
        logger.info("e", flag=(Kept(logger), number))
        logger.info("e", flag=str(number % 3))
    assert 0 == Kept.alive
    assert 5 * 600 == len(log.lines())


def test_keys_of_a_subclass_run_their_own_hash_undisturbed(log: Log, tmp_path: Path) -> None:
    """Where lines have emoji, no key runs its hash while the exception of another is pending."""
    raised: list[str] = []

    class Odd(str):
        raising = False

        def __hash__(self) -> int:
            if Odd.raising:
                raised.append(str.__str__(self))
                raise ValueError
            return str.__hash__(self)

        __eq__ = str.__eq__

    logger = get_logger("app")
    fields = {Odd("domain"): "auth", Odd("flag"): 1, Odd("other"): 2}
    logger.info("e", **fields)
    Odd.raising = True
    logger.info("lost", **fields)  # nothing can look its keys up, and it is counted
    assert {"domain"} == set(raised)
    Odd.raising = False
    logger.info("e", **fields)
    assert ["e", "e"] == [line["event"] for line in log.lines()]
    counts = stats().outputs[str(tmp_path / "app.log")]
    assert ({"info": 2}, {"internal": 1}) == (counts.written, counts.dropped)
