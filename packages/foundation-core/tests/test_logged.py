"""`__log__` says how the objects of a class are written, in every lane and every place."""

from __future__ import annotations

import dataclasses
import enum
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock

import attrs
import pydantic
import pytest

from installed_lanes import LANES
from provide.foundation import (
    LoggingConfig,
    OutputConfig,
    TelemetryConfig,
    get_logger,
    reset_for_testing,
    setup_telemetry,
    stats,
)
from provide.foundation._lanes.everyday.part import plain_part
from provide.foundation._record.values import Limits, plain
from provide.foundation.config import Formatter

#: Stands in no source line that is shown.
SECRET = "".join(["hunter", "2"])


class Told:
    """Be logged as whatever it is given."""

    def __init__(self, told: Any) -> None:
        self.told = told

    def __log__(self) -> Any:
        return self.told


class Brief:
    """Be the base of classes that show their number and a secret."""

    def __log__(self) -> dict[str, Any]:
        return {"id": 7, "password": SECRET}


@dataclasses.dataclass
class Point(Brief):
    """Be a dataclass, too."""

    x: str = SECRET


@attrs.define
class Defined(Brief):
    """Be a class of attrs, too."""

    x: str = SECRET


class Model(Brief, pydantic.BaseModel):
    """Be a model, too."""

    x: str = SECRET


class Word(Brief, str):
    """Be a string, too."""

    __slots__ = ()


class Number(Brief, int):
    """Be an int, too."""


class Table(Brief, dict[str, str]):
    """Be a dict, too."""


class Row(Brief, list[str]):
    """Be a list, too."""


class Failure(Brief, ValueError):
    """Be an exception, too."""


class Color(enum.Enum):
    """Be an enum with a form of its own."""

    RED = SECRET

    def __log__(self) -> str:
        return self.name.lower()


class Silent(Point):
    """Be a dataclass as others are again."""

    __log__ = None  # type: ignore[assignment]


class Static:
    """Have a method of another kind."""

    @classmethod
    def __log__(cls) -> str:
        return cls.__name__


class Failing:
    """Have no form."""

    def __log__(self) -> Any:
        raise KeyError(SECRET)


class Endless:
    """Be logged as another of its kind, for ever."""

    def __log__(self) -> Endless:
        return Endless()


class Answering:
    """Answer to every name, as proxies do."""

    def __getattr__(self, name: str) -> Any:
        return lambda: SECRET

    def __repr__(self) -> str:
        return "answering"


class Behind:
    """Be a proxy of an object."""

    def __init__(self, value: Any) -> None:
        object.__setattr__(self, "_value", value)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._value)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_value"), name)


SHOWN = {"id": 7, "password": "***"}


def is_secret(key: str) -> bool:
    """Say so of passwords."""
    return key == "password"


@pytest.mark.parametrize(
    "value",
    [Brief(), Point(), Defined(), Model(), Word(SECRET), Number(5), Table(x=SECRET), Row([SECRET]),
     Failure(SECRET), Behind(Point())],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_comes_before_every_other_form(value: object) -> None:
    """Whatever else a class is, `__log__` is asked; keys of what it returns are redacted."""
    assert SHOWN == plain(value, is_secret=is_secret)
    assert [{"a": SHOWN}] == plain([{"a": value}], is_secret=is_secret)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Told("text"), "text"),
        (Told(1.5), 1.5),
        (Told(1 << 70), str(1 << 70)),
        (Told(None), None),
        (Told(Told([Told(1)])), [1]),
        (Told("x" * 50), "x" * 40 + "...<10 more characters>"),
        (Told(list(range(9))), [0, 1, 2, 3, 4, "<4 more items>"]),
        (Told({"a": {"b": {"c": 1}}}), {"a": {"b": {"c": "<depth limit>"}}}),
        (Endless(), "<depth limit>"),
        (Static(), "Static"),
        (Color.RED, "red"),
        (Silent("shown"), {"x": "shown"}),
        (Answering(), "answering"),
    ],
)
def test_what_it_returns_is_bounded(value: object, shown: object) -> None:
    """Scalars, texts, containers and other objects are as they always are; failures show none."""
    limits = Limits(depth=4, items=5, string=40)
    expected = {"a": {"b": {"c": 1}}} if isinstance(shown, dict) and "a" in shown else shown

    assert expected == plain(value, limits)


def test_object_that_returns_itself() -> None:
    """A cycle is told as such, wherever it closes."""
    value = Told(None)
    value.told = value
    around = Told(None)
    around.told = {"me": around}

    assert f"<cycle {Told.__module__}.Told>" == plain(value)
    assert {"me": f"<cycle {Told.__module__}.Told>"} == plain(around)


def test_failure_shows_nothing() -> None:
    """One that raises has neither its fields nor its error in the line, and is counted."""
    before = stats().faults.get("log_method", 0)

    assert f"<unprintable {Failing.__module__}.Failing>" == plain(Failing())
    assert before + 1 == stats().faults["log_method"]


def test_mocks_do_not_answer() -> None:
    """What stands on an object, and not on its class, is not asked."""
    mock = Mock()
    mock.__log__ = lambda: SECRET
    answer = Told(1)
    answer.__log__ = lambda: SECRET  # type: ignore[method-assign]

    assert repr(mock) == plain(mock)
    assert repr(MagicMock(name="m"))[:22] == plain(MagicMock(name="m"))[:22]
    assert 1 == plain(answer)


def test_keys_keep_their_names() -> None:
    """A text that is a key is judged by what it is: `__log__` renames no secret."""
    assert {"password": "***"} == plain({Word("password"): SECRET}, is_secret=is_secret)


RING: dict[str, Any] = {"a": 1}
RING["self"] = RING

VALUES: dict[str, Any] = {
    "brief": Brief(), "point": Point(), "word": Word(SECRET), "number": Number(5), "red": Color.RED,
    "row": Row(["x"]), "table": Table(a="b"), "error": Failure(SECRET), "failing": Failing(),
    "endless": Endless(), "text": Told("a b"), "none": Told(None), "big": Told(1 << 70),
    "tuple": Told((1, Point())), "own": Told(Told(Told(2.5))), "static": Static(),
    "behind": Behind(Point()), "items": [Point(), Point(), Point()],
    "within": {"p": Point(), "w": (Word("w"),)},
    "raised": ValueError(Point(), 1), "silent": Silent("s"), "octets": Told(b"\xff"),
    # Flat dicts, which a compiled lane takes as they are; and what keeps one from being flat.
    "flat": Told({"a": 1, "b": "x" * 64, "c": None, "d": True, "e": 1.5}), "void": Told({}),
    "long": Told({"b": "x" * 65}), "huge": Told({"n": 1 << 64, "m": float("nan")}),
    "hidden": Told({"a": 1, "password": SECRET}), "wide": Told({"é": "é", "e": "é"}),
    "keys": Told({1: 2, "k" * 65: 3}), "many": Told({f"k{n}": n for n in range(1001)}),
    "deep": Told({"d": {"password": SECRET}}), "table2": Told(Table(a="1")),
    "ring": Told(RING),
}  # fmt: skip


def log_all() -> None:
    """Log each value as a field, all of them, as an argument and as the event."""
    log = get_logger("app")
    for name, value in VALUES.items():
        log.info("alone", **{name: value}, n=1)
        log.info("put in: %s", value)
        log.info(value)
    log.bind(point=Point()).info("bound", n=1)
    log.info("all", **VALUES)
    log.info("%(point)s %(word)s", VALUES)


@pytest.mark.parametrize("formats", [("json",), ("key_value",), ("compact",), ("json", "compact")])
def test_lanes_agree(
    formats: tuple[Formatter, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every lane writes the same bytes behind the time, and no field that `__log__` hides."""
    written = {}
    for lane in LANES:
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        files = [tmp_path / f"{lane}-{form}.log" for form in formats]
        made = [OutputConfig(f, formatter=form) for f, form in zip(files, formats, strict=True)]
        config = LoggingConfig(outputs=made, capture_stdlib=False)
        setup_telemetry(TelemetryConfig(logging=config))
        log_all()
        found = [sum(stats().outputs[str(file)].written.values()) for file in files]
        assert [3 * len(VALUES) + 3] * len(formats) == found
        assert stats().faults["log_method"] >= 4
        reset_for_testing()
        written[lane] = [
            [line[42:] if line[0] == "{" else line.partition(" ")[2] for line in lines]
            for file in files
            if (lines := file.read_text("utf-8").splitlines())
        ]

    assert all(lines == written["processor"] for lines in written.values())
    # An event that is a text of a class, or an exception, is that text.
    texts = [line for lines in written["processor"] for line in lines if SECRET in line]
    assert 3 * len(formats) == len(texts)


@pytest.mark.parametrize("told", [{"a": 1}, {"a": [1], "b": (2, {"c": 3})}, "text"])
def test_method_runs_once_for_a_line(
    told: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever lane writes it, and whatever the method returns."""
    calls = []

    class Counted:
        def __log__(self) -> object:
            calls.append(self)
            return told

    for lane in LANES:
        monkeypatch.setenv("FOUNDATION_LANE", lane)
        setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=tmp_path / lane)))
        get_logger("app").info("e", value=Counted())
        reset_for_testing()

    assert len(LANES) == len(calls)


@pytest.mark.parametrize("told", [{}, {"a": 1, "b": "x" * 60, "c": "y" * 4}, {"a": "x" * 65}])
def test_what_a_flat_dict_takes_of_a_line(told: dict[str, Any]) -> None:
    """The short way counts as the dict itself does, wherever the room or the items end."""
    limits = Limits(items=3, string=64)
    for nodes in range(6):
        for room in (0, 1, 4, 59, 60, 61, 63, 64, 65, 66, 1000):
            for depth in (0, limits.depth - 1, limits.depth):
                asked: dict[str, Any] = {
                    "nodes": nodes, "room": room, "around": ([],) * depth, "pair": False,
                }  # fmt: skip
                of_dict, of_object = (
                    plain_part(value, limits, None, **asked) for value in (told, Told(told))
                )
                assert of_dict == of_object
