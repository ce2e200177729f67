"""The compiled lane writes every value as core's renderers do, and steps aside where it must."""

from __future__ import annotations

import _thread
import dataclasses
import datetime
import decimal
import enum
import gc
import json
import os
import pathlib
import sys
import threading
import uuid
import weakref
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Where a wheel alone is tested, there is none of these.
if sys.platform != "linux" or not all(map(find_spec, ("attrs", "numpy", "pydantic"))):
    pytest.skip("a file in memory, and values of other libraries", allow_module_level=True)

from fuzz.rich import Defined, Loose, Model, Named, Open, Point, Slotted
from fuzz.sameness import Pen, compare, make_pen
from provide.foundation._native_api import Pipeline
from provide.foundation.native import COMPILED

pytestmark = [
    pytest.mark.interpreter,
    pytest.mark.skipif(not COMPILED, reason="built where there was no compiler"),
]


@pytest.fixture
def pen() -> Iterator[Pen]:
    """Give the compiled lane, which writes JSON."""
    with make_pen("json") as made:
        yield made


@pytest.fixture
def emits(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note the calls that leave the compiled lane."""
    noted: list[Any] = []
    emit = Pipeline.emit

    def note(self: Pipeline, *call: Any) -> None:
        noted.append(call)
        emit(self, *call)

    monkeypatch.setattr(Pipeline, "emit", note)
    return noted


def expect_same(pen: Pen, **fields: Any) -> bytes:
    """See that both write the same, as fields, bound and in the context; return the line."""
    expected = pen.expect(**fields)
    for where in (0, 1, 2):
        assert expected == pen.write(where, **fields)
        assert expected == pen.write(where, **fields)
    return expected


@pytest.mark.parametrize("form", ["json", "key_value"])
def test_any_value_is_written_as_core_has_it(form: Any) -> None:
    """Whatever values are in each other, the lines of both are the same bytes."""
    with make_pen(form) as pen:

        @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.binary(min_size=3, max_size=120))
        def play(data: bytes) -> None:
            compare(data, pen)

        play()


USUAL = [
    uuid.UUID(int=7),
    decimal.Decimal("1.50"),
    datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
    datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    datetime.timedelta(1, 2, 3),
    enum.Enum("Colour", {"RED": "red"}).RED,  # type: ignore[attr-defined]
    Point(1),
    Slotted(1),
    Loose(1),
    Model(x=1),
    Named(1, 2),
    ValueError("no"),
    KeyError("k"),
    b"ab",
    {"a", "b"},
    1 << 80,
    float("nan"),
    ["x" * 200_000],
    list(range(1000)),
    [("Cookie", "x"), ("Host", "y")],
    pathlib.PurePosixPath("/srv/data"),
    [object()],
]


@pytest.mark.parametrize("value", USUAL, ids=lambda value: type(value).__name__)
def test_usual_values_do_not_leave_the_lane(emits: list[Any], pen: Pen, value: object) -> None:
    """What services log, alone and in containers, takes no long way."""
    for fields in ({"v": value}, {"v": [value]}, {"v": {"k": value}}, {"v": Slotted(value)}):
        assert pen.expect(**fields) == pen.write(0, **fields)
        del emits[:]
        assert pen.expect(**fields) == pen.write(0, **fields)
        assert [] == emits


@pytest.mark.parametrize("size", [31, 255, 256, 257, 300, 5000])
@pytest.mark.parametrize("odd", ['"', "\\", "\n", "\x7f", "\x1f", "é", " "])
def test_a_character_at_each_place_of_a_long_text_is_escaped(pen: Pen, size: int, odd: str) -> None:
    """Long texts are looked at by many bytes at a time."""
    for place in (0, 1, 15, 16, 30, size // 2, size - 33, size - 2, size - 1):
        text = "a" * max(place, 0) + odd + "b" * (size - place - 1)
        assert pen.expect(v=text) == pen.write(0, v=text)


def test_a_list_may_be_as_long_and_a_line_have_as_many_items_as_the_limits_say(pen: Pen) -> None:
    """Items of one container and of all containers have budgets of their own."""
    for lists, size in ((1, 1000), (1, 1001), (8, 1000), (9, 1000), (10, 1000), (11, 1000)):
        expect_same(pen, v=[list(range(size))] * lists)


@pytest.mark.parametrize("depth", [1, 30, 31, 32, 33, 40])
@pytest.mark.parametrize("end", [1, Point(1), object, pathlib.Path("/x"), uuid.UUID(int=1)])
def test_nesting_ends_where_it_ends_in_core(pen: Pen, depth: int, end: object) -> None:
    """Neither side goes deeper than the other, whatever stands at the end."""
    value = end
    for number in range(depth):
        value = [value] if number % 2 else {"k": value}
    expect_same(pen, v=value)


def test_cycles_are_told_where_they_close(pen: Pen) -> None:
    """They may run through lists, records and objects that core renders."""
    knot: list[Any] = [1]
    knot.append({"k": knot})
    point = Point(knot)
    knot.append(point)
    point.password = point
    error = ValueError(knot)
    knot.append(error)
    expect_same(pen, v=knot, w=point, x={"error": error})


def test_a_class_that_changes_after_its_first_line_is_written_anew(pen: Pen) -> None:
    """A property, another class or other fields: the plan of before is not used."""

    @dataclasses.dataclass
    class Changing:
        x: Any

    value = Changing(1)
    assert b'"v":{"x":1}' in expect_same(pen, v=value)
    changed: Any = Changing
    changed.x = property(lambda self: 2, lambda self, new: None)
    assert b'"v":{"x":2}' in expect_same(pen, v=value)
    del changed.x
    changed.__dataclass_fields__ = {}
    assert b'"v":{}' in expect_same(pen, v=value)
    del changed.__dataclass_fields__
    changed.__repr__ = lambda self: "shown"
    assert b'"v":"shown"' in expect_same(pen, v=value)


def test_a_base_that_changes_changes_what_inherits_from_it(pen: Pen) -> None:
    """So does a message that an exception gets later."""

    class Base(Exception):
        pass

    class Leaf(Base):
        pass

    assert b'Leaf: a"' in expect_same(pen, v=Leaf("a"))
    Base.__str__ = lambda self: "b"  # type: ignore[method-assign]
    assert b'Leaf: b"' in expect_same(pen, v=Leaf("a"))


def test_a_class_that_changes_all_the_time_is_written_right(pen: Pen) -> None:
    """Its plan is given up after a while, and its values take the rules of core."""

    class Counting:
        count = 0

        def __repr__(self) -> str:
            return f"<{Counting.count}>"

    for number in range(40):
        Counting.count = number
        assert pen.expect(v=Counting()) == pen.write(0, v=Counting())


def test_types_are_not_kept_alive(pen: Pen) -> None:
    """A class that is gone leaves nothing behind, and another at its address has its own plan."""
    gone = []
    for number in range(300):
        kind = dataclasses.make_dataclass(f"Made{number}", [f"f{number % 7}"])
        assert f'"v":{{"f{number % 7}":1}}'.encode() in pen.write(0, v=kind(1))
        gone.append(weakref.ref(kind))
        del kind
    gc.collect()
    assert not any(each() is not None for each in gone)


def test_a_value_whose_code_logs_is_written_and_so_is_what_it_logs(pen: Pen) -> None:
    """The line within runs no code of others, as in every lane."""

    class Chatty:
        def __repr__(self) -> str:
            pen.log.warning("within", me=self, d=decimal.Decimal(1), u=uuid.UUID(int=1))
            return "chatty"

    os.ftruncate(pen.fd, 0)
    pen.log.info("e", a=[Chatty()], b=1)
    lines = [json.loads(line) for line in os.pread(pen.fd, 1 << 20, 0).splitlines()]

    assert ["within", "e"] == [line["event"] for line in lines]
    assert "<decimal.Decimal>" == lines[0]["d"]
    assert str(uuid.UUID(int=1)) == lines[0]["u"]
    assert (["chatty"], 1) == (lines[1]["a"], lines[1]["b"])


def test_a_value_whose_code_changes_what_is_around_it_does_no_harm(pen: Pen) -> None:
    """The line shows what is there once all such code has run."""
    around: dict[str, Any] = {}

    class Clearing:
        def __repr__(self) -> str:
            around["list"][:] = [3, Clearing] * 30
            around.pop("gone", None)
            around[f"new{len(around)}"] = {"token": "canary"}
            return "cleared"

    for _ in range(20):
        around.update({"list": [1, Clearing(), "x" * 90, Clearing()], "gone": [Clearing()]})
        line = pen.write(0, v=around)
        assert json.loads(line)["event"] == "e"
        assert b"canary" not in line


def test_an_interrupt_within_a_value_leaves_the_call(pen: Pen) -> None:
    """KeyboardInterrupt is no failure of a value."""

    class Interrupted:
        def __repr__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pen.write(0, v=[Interrupted()])
    assert b'"v":[1]' in pen.write(0, v=[1])


def test_what_another_thread_changes_meanwhile_leaks_nothing(pen: Pen) -> None:
    """A secret that is moved about is masked under each of its names."""
    shared: dict[str, Any] = {"items": [], "point": Point([1])}
    done = threading.Event()

    def change() -> None:
        number = 0
        while not done.is_set():
            number += 1
            shared["items"] = [("Cookie", "canary"), pathlib.Path("/x"), Slotted(object())]
            shared[f"k{number % 5}"] = {"password": "canary", "d": decimal.Decimal(number)}
            shared.pop(f"k{(number + 2) % 5}", None)
            shared["point"].a = [Slotted(pathlib.Path(f"/{number}"))] * (number % 9)

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=change)
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        for _ in range(300):
            line = pen.write(0, v=shared)
            assert json.loads(line)["event"] == "e"
            assert b"canary" not in line
    finally:
        done.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_an_extra_field_of_a_models_object_is_shown(pen: Pen) -> None:
    """Models that take more fields show them, and those that do not may have been given some."""
    closed = Model(x=1)
    object.__setattr__(closed, "__pydantic_extra__", {"more": 2})
    line = expect_same(pen, v=Open.model_validate({"x": 1, "more": 2}), w=closed)
    assert 2 == line.count(b'"more":2')


def test_a_field_that_a_function_shows_is_shown_so(pen: Pen) -> None:
    """Attrs has such functions for what must not be seen."""
    line = expect_same(pen, v=Defined(1))
    assert b'"shown":"*"' in line


def test_references_are_given_back(pen: Pen) -> None:
    """Thousands of rich lines leave as many objects as there were."""
    path = pathlib.PurePosixPath("/x")
    value = {"u": uuid.UUID(int=1), "p": [Point(path), Slotted(b"x")], "s": {1, 2}, "o": [object()]}
    error = OSError(2, "no")

    def write(times: int) -> None:
        for _ in range(times):
            pen.log.info("e", v=value, error=error, n=None, path=path)

    write(300)
    os.ftruncate(pen.fd, 0)
    kept = (value, value["u"], value["p"], path, error, None, Point, Slotted, uuid.UUID)
    before = [sys.getrefcount(each) for each in kept]
    blocks = sys.getallocatedblocks()
    write(2000)

    after = [sys.getrefcount(each) for each in kept]
    assert all(abs(now - then) < 100 for now, then in zip(after, before, strict=True))
    assert sys.getallocatedblocks() - blocks < 500


def test_a_signal_within_a_values_code_ends_the_call(pen: Pen) -> None:
    """Ctrl-C comes while the code of a value runs: it leaves the call."""

    class Slow:
        def __repr__(self) -> str:
            _thread.interrupt_main()
            for _ in range(100_000):
                pass
            return "slow"

    with pytest.raises(KeyboardInterrupt):
        pen.write(0, v=Slow())
