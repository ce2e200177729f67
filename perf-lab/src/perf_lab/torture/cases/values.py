"""Never raises, Every value renders: the call returns, and the line shows something."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import itertools
import pathlib
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from perf_lab.torture.case import Stage, case
from perf_lab.torture.cases.bounds import memory_left
from perf_lab.torture.checks import every_line, no_silent_loss, shows
from perf_lab.torture.judge import Performance


def raising(error: type[BaseException], *names: str) -> Any:
    """Return an object whose methods of these names raise; every one if there are none."""

    def fail(*_: object) -> Any:
        raise error("no")

    names = names or ("repr", "str", "hash", "eq", "len", "iter", "bool", "format", "getattr")
    return type("Hostile", (), {f"__{name}__": fail for name in names})()


def _log_both(stage: Stage, value: Any) -> None:
    """Log a value, and then another line."""
    stage.call(v=value)
    stage.call(v=1)


@case(1, every_line)
def cycle(stage: Stage) -> None:
    """A list that holds itself."""
    value: list[Any] = [1]
    value.append(value)
    _log_both(stage, value)


@case(1, every_line)
def deep_value(stage: Stage) -> None:
    """10,000 lists in each other."""
    value: list[Any] = []
    for _ in range(10_000):
        value = [value]
    _log_both(stage, value)


@case(1, every_line, quick=True)
def failing_methods(stage: Stage) -> None:
    """A value whose `__repr__`, `__str__`, `__hash__` and `__eq__` raise."""
    for value in (raising(RuntimeError), [raising(ValueError)], {"k": raising(AttributeError)}):
        stage.call(v=value)


@case(1, every_line)
def endless_repr(stage: Stage) -> None:
    """A value whose `__repr__` calls itself for ever."""
    _log_both(stage, type("Endless", (), {"__repr__": lambda self: f"({self!r})"})())


@case(1, every_line)
def hostile_event(stage: Stage) -> None:
    """An event that is no text, and cannot be made one."""
    stage.attempt(stage.log.info, raising(RuntimeError))
    stage.call(v=1)


@case(1, every_line)
def misfit_arguments(stage: Stage) -> None:
    """Positional arguments that do not fit the message."""
    stage.attempt(stage.log.logger.info, stage.library.misfit, "x")
    stage.call(v=1)


@case(1, every_line)
def changing_dict(stage: Stage) -> None:
    """A dict that another thread changes while it is logged."""
    value: dict[str, int] = {}
    ended = threading.Event()

    def change() -> None:
        while not ended.is_set():
            for number in range(300):
                value[f"k{number}"] = number
            value.clear()

    thread = threading.Thread(target=change, daemon=True)
    sys.setswitchinterval(1e-5)
    thread.start()
    stage.calls(300, v=value)
    ended.set()
    thread.join()


@case(1, no_silent_loss)
def full_stack(stage: Stage) -> None:
    """A call with room for 40 more frames on the stack."""

    def need(frames: int) -> None:
        if frames:
            need(frames - 1)

    def descend() -> None:
        try:
            need(40)
        except RecursionError:
            return
        stage.call(v={"a": [1, {2, 3}]})
        descend()

    sys.setrecursionlimit(400)
    stage.call()
    descend()
    sys.setrecursionlimit(1000)


@case(1, every_line, output="pipe")
def interrupt_in_repr(stage: Stage) -> None:
    """KeyboardInterrupt in a `__repr__` passes, and leaves nothing locked."""
    stage.call()
    try:
        stage.log.info("interrupted", v=[raising(KeyboardInterrupt)])
    except KeyboardInterrupt:
        pass
    except BaseException as error:
        stage.raised[type(error).__name__] += 1
    stage.in_threads(2, Stage.call)


@case(1, every_line)
def little_memory(stage: Stage) -> None:
    """A string of 100 MB where no more memory is left for a copy."""
    stage.call()
    value = "x" * 100_000_000
    with memory_left(60_000_000):
        stage.call(v=value)
    stage.call(v=1)


@case(8, every_line, shows(lambda v: str(v) == str(2**64), "another number"), form="json")
def integer_of_65_bits(stage: Stage) -> None:
    """2 to the power of 64 stays what it is for every parser."""
    stage.call(v=2**64)


@case(8, every_line, shows(lambda v: v is not None, "null"), form="json")
def huge_integer(stage: Stage) -> None:
    """10 to the power of 5,000, which Python will not print."""
    stage.call(v=10**5000)


class HostileZone(datetime.tzinfo):
    """Raise from every method."""

    utcoffset = dst = tzname = raising(RuntimeError, "call")


@case(8, every_line, shows(lambda v: "2026-01-02" in str(v), "no date"), form="json", quick=True)
def hostile_time_zone(stage: Stage) -> None:
    """A datetime whose time zone raises."""
    stage.call(v=datetime.datetime(2026, 1, 2, tzinfo=HostileZone()))


def _is_cut(value: Any) -> bool:
    return 0 < len(value) < 9_000_000 and "more" in value[-60:]


@case(8, every_line, shows(_is_cut, "not bounded"), form="json")
def long_string(stage: Stage) -> None:
    """A string of 10 MB is cut, and the line says so."""
    stage.call(v="x" * 10_000_000)


@case(8, every_line)
def shared_lists(stage: Stage) -> None:
    """40 lists that each hold the next one twice: a million million items."""
    value: list[Any] = ["x"]
    for _ in range(40):
        value = [value, value]
    stage.call(v=value)


class Endless(Mapping[str, int]):
    """Be a mapping that has no end."""

    def __getitem__(self, key: str) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return map("k{}".format, itertools.count())

    def __len__(self) -> int:
        raise OverflowError

    def __repr__(self) -> str:
        return repr(dict(self))


@case(8, every_line)
def endless_mapping(stage: Stage) -> None:
    """A mapping without an end."""
    stage.call(v=Endless())


@case(8, every_line, shows(lambda v: isinstance(v, list) and sorted(v) == [1, 2, 3],
                           "not as items"), form="json")  # fmt: skip
def set_of_numbers(stage: Stage) -> None:
    """A set is a list of its items."""
    stage.call(v={1, 2, 3})


@case(8, every_line)
def generator(stage: Stage) -> str:
    """A generator still has all its items afterwards."""
    value = (number for number in (1, 2, 3))
    stage.call(v=value)
    return "" if list(value) == [1, 2, 3] else "consumed"


Colour = enum.Enum("Colour", {"RED": "red"})
Point = dataclasses.make_dataclass("Point", ["x", "y"])


def _all_plain(performance: Performance) -> str:
    expected = {
        "colour": "red", "point": {"x": 1, "y": 2}, "price": "1.50",
        "id": "00000000-0000-0000-0000-000000000007", "data": "ab", "path": "/srv/x",
    }  # fmt: skip
    missing = [key for key, value in expected.items() if performance.first.get(key) != value]
    return f"not plain: {', '.join(missing)}" if missing else ""


@case(8, every_line, _all_plain, form="json", quick=True)
def objects(stage: Stage) -> None:
    """Enum, dataclass, Decimal, UUID, bytes and Path are shown as what they mean."""
    stage.call(
        colour=Colour.RED, point=Point(1, 2), price=decimal.Decimal("1.50"), id=uuid.UUID(int=7),
        data=b"ab", path=pathlib.PurePosixPath("/srv/x"),
    )  # fmt: skip


@case(8, every_line)
def strange_keys(stage: Stage) -> None:
    """A dict whose keys raise when they are shown."""
    stage.call(v={raising(RuntimeError, "repr"): 1, None: 2, (1, 2): 3})


#: A proxy for a text, as wrapt's are.
_Proxy = type("Proxy", (), {
    "__class__": str, "__str__": lambda _: "kim", "__repr__": lambda _: "'kim'",
    "__len__": lambda _: 3, "__iter__": lambda _: iter("kim"),
})  # fmt: skip


@case(8, every_line, shows(lambda v: v == "kim", "no text"), form="json")
def proxy_for_a_text(stage: Stage) -> None:
    """A proxy for a text is a text."""
    stage.call(v=_Proxy())
