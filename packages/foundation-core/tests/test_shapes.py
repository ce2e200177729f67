"""Fields whose names are known: what is kept of them gives the lines of the processor lane."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from installed_lanes import LANES
from provide.foundation import (
    Logger,
    LoggingConfig,
    TelemetryConfig,
    bound_contextvars,
    get_logger,
    reset_for_testing,
    setup_telemetry,
)
from provide.foundation.config import Formatter

pytestmark = pytest.mark.interpreter

NAMES = (
    "user", "n", "service", "service_", "service__", "timestamp", "logger", "token", "max_tokens",
    "exc_info", "stack_info", "stacklevel", "tenant", "request",
)  # fmt: skip
FORMATS: tuple[Formatter, ...] = ("json", "key_value", "compact")
#: What a line begins with that is never the same twice.
STAMPS = {
    "json": len('{"timestamp":"2026-11-23T14:10:00.123456Z"'),
    "key_value": len("timestamp=2026-11-23T14:10:00.123456Z"),
    "compact": len("14:10:00.123"),
}
FASTER = [name for name in LANES if name != "processor"]


class Lying(str):
    """Pass for the name of another field."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Be equal to that name."""
        return other == "service"

    def __hash__(self) -> int:
        """Have its hash."""
        return hash("service")


@contextmanager
def lane(name: str, formatter: Formatter, path: Path) -> Iterator[Logger]:
    """Set Foundation up on one lane, with one file."""
    reset_for_testing()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOUNDATION_LANE", name)
        logging = LoggingConfig(log_file=path, console_formatter=formatter, capture_stdlib=False)
        setup_telemetry(TelemetryConfig(service_name="shop", logging=logging))
        yield get_logger("app.part")
    reset_for_testing()


def value_of(name: str, random_: random.Random) -> Any:
    """Return a value that a call may have under a name."""
    if name == "exc_info":
        return random_.choice((None, None, False, ValueError("told")))
    if name == "stack_info":
        return random_.choice((None, False))
    if name == "stacklevel":
        return random_.choice((1, 2))
    if name in ("token", "password"):
        return "hunter2"
    return random_.choice((7, 2.5, None, True, "alice", "two words", [1, {"token": "hunter2"}]))


def log_all(log: Logger, seed: int) -> None:
    """Log with names of all kinds, each of them in several lines, within what may be around."""
    random_ = random.Random(seed)
    for _ in range(60):
        names = random_.sample(NAMES, random_.randrange(1, 5))
        bound: dict[str, Any] = dict.fromkeys(random_.sample(("user", "n", "service_", "id"), 2), 1)
        around = dict.fromkeys(random_.sample(("tenant", "user", "service_"), 2), "c")
        if random_.random() < 0.2:
            bound["password"] = "hunter2"
        kept = log.bind(**bound)
        for _ in range(4):
            fields = {name: value_of(name, random_) for name in names}
            log.info("plain", **fields)
            kept.info("bound", **fields)
            log.bind(**bound).info("bound for one line", **fields)
            with bound_contextvars(**around):
                log.info("in a context", **fields)
                kept.info("both", **fields)


def written(name: str, formatter: Formatter, path: Path, seed: int) -> list[bytes]:
    """Return the lines of a lane without their times."""
    with lane(name, formatter, path) as log:
        log_all(log, seed)
    return [line[STAMPS[formatter] :] for line in path.read_bytes().split(b"\n")[:-1]]


@pytest.mark.parametrize("formatter", FORMATS)
def test_known_names_give_the_same_lines(formatter: Formatter, tmp_path: Path) -> None:
    """Whatever is renamed, masked, overridden or asked for comes out alike in every lane."""
    expected = written("processor", formatter, tmp_path / "processor.log", 18)
    assert 1200 <= len(expected)
    assert not [line for line in expected if b"hunter2" in line]
    for name in FASTER:
        assert expected == written(name, formatter, tmp_path / f"{name}.log", 18)


@pytest.mark.parametrize("name", LANES)
def test_name_that_passes_for_another(name: str, tmp_path: Path) -> None:
    """A key that is equal to a known one, and says that it is a secret, is masked."""
    path = tmp_path / "x.log"
    key = Lying("password")
    with lane(name, "json", path) as log:
        for _ in range(3):
            log.info("e", n=1, service="shop")
        log.info("e", n=1, **{key: "hunter2"})
    lines = path.read_text().splitlines()
    assert 4 == len(lines)
    assert "hunter2" not in lines[3]
    assert [3, 3, 3] == [
        len(json.loads(line).keys() & {"n", "service", "service_"}) for line in lines[:3]
    ]


@pytest.mark.parametrize("name", FASTER)
def test_events_that_never_come_again(name: str, tmp_path: Path) -> None:
    """Texts that never come again are written as they are, beside one that does."""
    path = tmp_path / "x.log"
    with lane(name, "json", path) as log:
        for number in range(6000):
            log.info(f'user "{number}" \u00e9' if number % 2 else f"user {number}")
            log.info("known")
    events = [json.loads(line)["event"] for line in path.read_bytes().splitlines()]
    assert ["known"] * 6000 == events[1::2]
    assert ["user 0", 'user "1" \u00e9', "user 2"] == events[0:6:2]
    assert 6000 == len({*events[::2]})


@pytest.mark.parametrize("name", FASTER)
def test_bound_key_of_a_line_that_is_too_long_is_renamed_once(name: str, tmp_path: Path) -> None:
    """A lane that leaves a line to another has not merged and renamed its bound fields before."""
    path = tmp_path / "x.log"
    with lane(name, "json", path) as log:
        for _ in range(3):
            log.bind(exception="no", n=1).info("e", a=["x" * 2_000_000] * 5)
    for line in path.read_bytes().splitlines():
        assert {"exception_", "n"} == json.loads(line).keys() & {
            "exception_", "exception__", "exception", "n",
        }  # fmt: skip
