"""Sampling and rate limits: what is left out is counted, and said to the last call."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from provide.foundation import (
    ConfigurationError,
    LoggingConfig,
    OutputConfig,
    RateLimit,
    Sample,
    TelemetryConfig,
    flush,
    get_logger,
    setup_telemetry,
    shutdown_telemetry,
    stats,
)
from provide.foundation._config.values.rules import read_rules

SetUp = Callable[..., None]


class Written:
    """Read what a configuration has written, and counted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def set_up(self, **options: Any) -> None:
        """Set up a file, unless the options say where lines go."""
        if "outputs" not in options:
            options["log_file"] = self.path
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(**options)))

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines that calls have written."""
        return [line for line in self._all() if "left_out" not in line]

    def told(self) -> list[dict[str, Any]]:
        """Return the lines that say what has been left out."""
        return [line for line in self._all() if "left_out" in line]

    def dropped(self) -> dict[str, int]:
        """Return how many calls have been left out, by reason."""
        return dict(stats().outputs[str(self.path)].dropped)

    def check_balance(self, calls: int) -> None:
        """Compare calls, lines, counts and what the lines tell."""
        counts, lines, told = stats().outputs[str(self.path)], self.lines(), self.told()
        left_out = sum(line["left_out"] for line in told)

        assert calls == len(lines) + sum(counts.dropped.values())
        assert len(lines) == sum(counts.written.values())
        assert len(told) == counts.own_records
        assert left_out == sum(counts.dropped.values())

    def _all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]


@pytest.fixture
def written(each_lane: str, tmp_path: Path) -> Written:
    """Write through each lane."""
    return Written(tmp_path / "x.log")


def test_first_lines_are_written_and_some_thereafter(written: Written) -> None:
    """Of each event the first lines are written, then each so-manieth; the rest is said."""
    written.set_up(sampling={"app": Sample(first=3, thereafter=10, per_s=60)})
    log = get_logger("app.http")
    for n in range(34):
        log.bind(a=1).info("tick", n=n)
        log.info("tock %d", n)
    get_logger("apparatus").info("other")
    flush()

    assert [0, 1, 2, 12, 22, 32] == [line["n"] for line in written.lines() if "n" in line]
    assert {"sampled": 56} == written.dropped()
    assert [
        ("28 more like this in 60 s", "app.http", "info", "tick", 28, 60),
        ("28 more like this in 60 s", "app.http", "info", "tock %d", 28, 60),
    ] == [
        (*(line[key] for key in ("event", "logger", "level", "like", "left_out", "window_s")),)
        for line in written.told()
    ]
    written.check_balance(69)


def test_window_ends(written: Written) -> None:
    """A window that has ended is said by the next call of any event, and begins anew."""
    written.set_up(sampling={"": Sample(first=1, thereafter=0, per_s=0.05)})
    for _ in range(5):
        get_logger("a").info("e")
    time.sleep(0.06)
    get_logger("b").warning("another")
    get_logger("a").info("e")

    assert ["e", "4 more like this in 0.05 s", "another", "e"] == [
        line["event"] for line in written._all()
    ]


def test_longest_prefix_wins_and_errors_stay(written: Written) -> None:
    """The rule of the longest prefix decides; errors are left out only where one says so."""
    nothing = Sample(first=0, thereafter=0, per_s=60)
    written.set_up(
        sampling={
            "": nothing,
            "app": {"first": 0, "thereafter": 0, "errors": True, "per_s": 60},
            "app.db": Sample(),
        }
    )
    for name in ("other", "app", "app.db", "app.db.pool"):
        get_logger(name).info("e")
        get_logger(name).error("e")
        get_logger(name).debug("disabled")
    flush()

    assert [("other", "error")] + [
        (name, level) for name in ("app.db", "app.db.pool") for level in ("info", "error")
    ] == [(line["logger"], line["level"]) for line in written.lines()]
    assert {"sampled": 3} == written.dropped()
    written.check_balance(8)


def test_rate_limit_counts_all_events_of_a_logger(written: Written) -> None:
    """A logger writes so many lines at once, whatever their events, and more as time goes by."""
    written.set_up(sampling={"app": RateLimit(lines=4, per_s=0.4)})
    for n in range(10):
        get_logger("app.a").info(f"e{n % 3}")
        get_logger("app.b").warning("e")
    time.sleep(0.11)
    get_logger("app.a").info("later")
    flush()

    assert Counter({"app.a": 5, "app.b": 4}) == Counter(line["logger"] for line in written.lines())
    assert {"rate_limited": 12} == written.dropped()
    written.check_balance(21)


def test_balance_under_threads_and_tasks(written: Written) -> None:
    """Calls are lines and counts, and are told exactly, from 8 threads and 200 tasks at once."""
    written.set_up(
        sampling={"s": Sample(first=2, thereafter=7, per_s=0.01), "r": RateLimit(20, 0.01)}
    )

    def work(number: int) -> None:
        for n in range(150):
            get_logger(f"s.{number % 3}").info(f"e{n % 5}", n=n)
            get_logger("r").info("limited", n=n)

    async def tasks() -> None:
        async def task(number: int) -> None:
            for n in range(4):
                await get_logger("s.task").ainfo("t", n=n)
                get_logger("r").warning("limited", task=number)
                await asyncio.sleep(0)

        await asyncio.gather(*(task(number) for number in range(200)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    asyncio.run(tasks())
    for thread in threads:
        thread.join()
    shutdown_telemetry()

    assert {"sampled", "rate_limited"} == written.dropped().keys()
    written.check_balance(8 * 300 + 200 * 8)


@pytest.mark.parametrize("delivery", ["direct", "background"])
def test_balance_with_several_outputs(written: Written, delivery: str, tmp_path: Path) -> None:
    """Each output counts what it would have had, and is told of that alone."""
    errors = Written(tmp_path / "warnings.log")
    written.set_up(
        delivery=delivery,
        outputs=[written.path, OutputConfig(errors.path, level="WARNING")],
        sampling={"": Sample(first=1, thereafter=3, per_s=0.02)},
    )
    for n in range(40):
        get_logger("a").info("e", n=n)
        get_logger("a").warning("w", n=n)
        get_logger("a").error("f", n=n)
    shutdown_telemetry()

    written.check_balance(120)
    errors.check_balance(80)
    assert {"w"} == {line["like"] for line in errors.told()}


@pytest.mark.parametrize("callsite", [False, True])
def test_bridges_are_sampled_once(written: Written, callsite: bool) -> None:
    """Records of `logging` and lines of structlog are decided by the same rules, once each."""
    import structlog

    written.set_up(sampling={"": Sample(first=2, thereafter=0, per_s=60)}, callsite=callsite)
    plain, other = logging.getLogger("std"), structlog.get_logger("struct")
    for n in range(10):
        plain.info("plain %d", n)
        plain.warning("rare", exc_info=ValueError("x"))
        other.info("e", n=n)
        other.bind(a=1).warning("w")
    flush()

    assert [("e", 8), ("plain %d", 8), ("rare", 8), ("w", 8)] == sorted(
        (line["like"], line["left_out"]) for line in written.told()
    )
    written.check_balance(40)


def test_call_sites_name_the_caller(written: Written) -> None:
    """Call sites and `stacklevel` name the code that logged, where its calls are sampled."""
    written.set_up(sampling={"": Sample()}, callsite=True)

    def inner() -> None:
        get_logger("a").info("e")
        get_logger("a").info("e", stacklevel=2)

    inner()
    first, second = written.lines()

    assert inner.__qualname__ == first["callsite"]["function"]
    assert test_call_sites_name_the_caller.__qualname__ == second["callsite"]["function"]


def test_a_later_configuration_tells_the_rest(written: Written) -> None:
    """What the earlier configuration has left out is said by it, and a kept method goes on."""
    written.set_up(sampling={"": Sample(first=1, thereafter=0, per_s=60)})
    kept = get_logger("a").info
    for _ in range(5):
        kept("e")
    written.set_up(sampling={"": Sample(first=2, thereafter=0, per_s=60)})
    for _ in range(5):
        kept("e")
    written.set_up()
    kept("e")

    assert [4, 3] == [line["left_out"] for line in written.told()]
    written.check_balance(11)


def test_events_without_bound_share_a_counter(written: Written) -> None:
    """A thousand events have counters of their own; further ones share one, and are told of."""
    written.set_up(sampling={"": Sample(first=1, thereafter=0, per_s=60)})
    log = get_logger("a")
    for n in range(1010):
        log.info(f"e{n}")
    log.info(b"not a text")
    log.info("x" * 5000)
    flush()

    assert ["<other events>"] == [line["like"] for line in written.told()]
    written.check_balance(1012)
    assert 1001 == len(written.lines())


def test_events_of_any_kind_run_no_code(written: Written) -> None:
    """An event that is no text is counted under its class; its methods are not asked."""

    class Odd:
        def __hash__(self) -> int:
            raise RuntimeError("never asked")

        def __str__(self) -> str:
            return "odd"

    written.set_up(sampling={"": Sample(first=1, thereafter=0, per_s=60)})
    for _ in range(3):
        get_logger("a").info(Odd())
    flush()

    assert [("<Odd>", 2)] == [(line["like"], line["left_out"]) for line in written.told()]
    assert ["odd"] == [line["event"] for line in written.lines()]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"a": {"firsts": 1}}, "logging.sampling['a'].firsts"),
        ({"a": {"first": -1}}, "logging.sampling['a'].first"),
        ({"a": {"lines": 0}}, "logging.sampling['a'].lines"),
        ({"a": {"lines": 1, "per_s": float("nan")}}, "logging.sampling['a'].per_s"),
        ({"a": {"errors": 1}}, "logging.sampling['a'].errors"),
        ({"a": 3}, "logging.sampling['a']"),
        ({1: Sample()}, "logging.sampling"),
        ([], "logging.sampling"),
    ],
)
def test_bad_rules_are_refused(given: Mapping[str, object], field: str) -> None:
    """A rule with an unknown name or a bad value is refused, by the place where it stands."""
    with pytest.raises(ConfigurationError) as caught:
        LoggingConfig(sampling=given)

    assert field == caught.value.field


@pytest.mark.parametrize(
    "text", ['{"a": {"lines": 1}, "a": {"lines": 2}}', '{"a": NaN}', "{" * 9999]
)
def test_variable_is_strict_json(text: str) -> None:
    """A rule that is there twice is a mistake, as in a file."""
    with pytest.raises(ConfigurationError, match="an object in JSON"):
        read_rules(text, "PROVIDE_LOG_SAMPLING")
