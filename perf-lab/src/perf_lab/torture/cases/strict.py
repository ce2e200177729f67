"""Strict JSON: always strict JSON, as two parsers read it."""

from __future__ import annotations

import datetime
import math
import random
from typing import Any

from perf_lab.torture.case import KEPT, Performance, Stage, case
from perf_lab.torture.judge import every_line, first_fields


@case(7, every_line, form="json")
def no_number_tokens(stage: Stage) -> None:
    """No NaN and no Infinity, in lists neither."""
    stage.call(a=math.nan, b=[math.inf, {"c": -math.inf}])


@case(7, every_line, form="json", quick=True)
def keys_of_two_types(stage: Stage) -> None:
    """A dict with the keys 1, "1", 2.0 and None: no key stands twice."""
    stage.call(v={1: "a", "1": "b", 2.0: "c", "2.0": "d", None: "e", "null": "f"})


@case(7, every_line, form="json", quick=True)
def lone_surrogates(stage: Stage) -> None:
    """Half a surrogate pair in a value and in a key."""
    stage.call(v="\ud800", w=["\udfff"])
    stage.call(**{"k\ud800": 1})


@case(7, every_line, form="json")
def surrogate_in_event(stage: Stage) -> None:
    """Half a surrogate pair in the event."""
    stage.attempt(stage.log.info, "event \udc80")
    stage.call()


@case(7, every_line, form="json")
def keys_that_are_no_strings(stage: Stage) -> None:
    """A dict whose keys are tuples, numbers and dates."""
    stage.call(v={(1, 2): 1, 1.5: 2, datetime.date(2026, 1, 2): 3, b"x": 4})


def _bound_once(performance: Performance) -> str:
    found = every_line(performance)
    if found == KEPT and first_fields(performance).get("user") != "call":
        return "the bound field wins"
    return found


@case(
    7,
    _bound_once,
    form="json",
    only=("foundation", "structlog-orjson", "logging", "loguru", "provide-foundation"),
)
def bound_and_passed(stage: Stage) -> None:
    """A field that is bound, and passed again, stands once."""
    assert stage.log.bind is not None
    stage.log.info = stage.log.bind(user="bound", n=1)
    stage.call(user="call")


def _make(choose: random.Random, depth: int = 0) -> Any:
    kinds: list[Any] = [
        lambda: choose.choice([None, True, False, 0, -1, 2**63, 2**64, -(2**70), 1e308, 5e-324]),
        lambda: choose.choice([math.nan, math.inf, -0.0, 0.1]),
        lambda: "".join(chr(choose.choice([0, 10, 27, 34, 92, 127, 133, 0x2028, 0xD800, 0x1F600]))
                        for _ in range(choose.randrange(6))),
        lambda: bytes(choose.randrange(256) for _ in range(choose.randrange(6))),
        lambda: datetime.datetime(2026, 1, choose.randrange(1, 28)),
        lambda: {choose.randrange(9) for _ in range(3)},
    ]  # fmt: skip
    if depth < 3:
        kinds += [
            lambda: [_make(choose, depth + 1) for _ in range(choose.randrange(4))],
            lambda: {_make_key(choose): _make(choose, depth + 1) for _ in range(3)},
        ]
    return choose.choice(kinds)()


def _make_key(choose: random.Random) -> Any:
    return choose.choice(["a", "", "1", 1, None, True, (1,), 0.5, "k\n", b"x", "\udc00"])


@case(7, every_line, form="json")
def five_hundred_graphs(stage: Stage) -> None:
    """500 random graphs of hostile values."""
    choose = random.Random(7)
    for _ in range(500):
        stage.call(v=_make(choose))
