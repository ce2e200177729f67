"""Whatever becomes text, fields and arguments alike, goes through one encoder."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import json
import types
from pathlib import Path
from typing import Any

import attrs
import pytest

from installed_lanes import LANES
from lane_process import Lane
from provide.foundation._pipeline.message import format_event
from provide.foundation._record.redaction import is_secret

SECRET = "hunter2"

# What holds a secret under a name that tells, in one container or record each.
HOLDERS = """
import collections, dataclasses, functools, logging, types
import attrs, numpy, pydantic

SECRET = "hunter2"

@dataclasses.dataclass
class Dataclass:
    password: str = SECRET

@attrs.define
class Attrs:
    password: str = SECRET

class Model(pydantic.BaseModel):
    password: str = SECRET

Named = collections.namedtuple("Named", "user password")
d = {"password": SECRET}
table = numpy.array([("kim", SECRET)], dtype=[("user", "U9"), ("password", "U9")])
holders = [
    d, [d], (d,), (1, (d,)), {1: d}, collections.deque([d]), collections.OrderedDict(d),
    collections.UserDict(d), collections.UserList([d]), collections.ChainMap(d, {}), d.items(),
    types.MappingProxyType(d), types.SimpleNamespace(**d), Named("kim", SECRET), Dataclass(),
    Attrs(), Model(), [("password", SECRET)], [["password", SECRET]],
    functools.partial(print, **d), numpy.array([d], dtype=object), table, table[0],
    ValueError(d), KeyError("a", d), ValueError(Dataclass()),
]
"""
SCRIPT = (
    HOLDERS
    + """
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=FILE, console_formatter="{form}")))
other = logging.getLogger("other")
count = 0
for holder in holders:
    log.info("it %s", holder)
    log.info("it %r", holder)
    log.info("it %(x)s", {"x": holder})
    log.info("it %d %d", holder)
    log.info(holder)
    log.info("it", field=holder)
    log.bind(field=holder).info("it")
    other.warning("it %s", holder)
    other.warning("it %(x)s", {"x": holder})
    other.warning(holder)
    other.warning("it", extra={"field": holder})
    try:
        raise ValueError(holder)
    except ValueError as error:
        error.__notes__ = [holder]
        log.exception("it")
        log.info("it %s", error)
    count += 13
log.info("it %(password)s", d)
report(calls=count + 1)
"""
)


@pytest.mark.parametrize("form", ["json", "key_value", "compact"])
@pytest.mark.parametrize("name", LANES)
def test_no_secret_is_written(name: str, form: str, tmp_path: Path) -> None:
    """A secret in any container or record is masked as a field, an argument, an event, an error."""
    done = Lane(name, tmp_path).run(SCRIPT.replace("{form}", form))

    assert 0 == done.status, done.stderr
    lines = done.file.read_bytes().splitlines()
    assert [] == [line for line in lines if SECRET.encode() in line]
    assert done.report["calls"] == len(lines)


class Whole(enum.IntEnum):
    """Be a number with a name."""

    THREE = 3


@dataclasses.dataclass
class Point:
    """Be a record."""

    x: int
    token: str = SECRET


@attrs.define
class Shown:
    """Be a record with a text of its own."""

    token: str = SECRET

    def __str__(self) -> str:
        return "shown"


class Plain:
    """Be an object that nobody knows."""

    def __repr__(self) -> str:
        return "Plain!"


@pytest.mark.parametrize(
    ("expected", "text", "args"),
    [
        ("3 ff  2.50 ab   |", "%d %x %5.2f %-5s|", (3, 255, 2.5, "ab")),
        (
            "3 2.5 1/3",
            "%d %.1f %s",
            (Whole.THREE, decimal.Decimal("2.55"), fractions.Fraction(1, 3)),
        ),
        ("2026-01-02 b'x' None x", "%s %s %s %c", (datetime.date(2026, 1, 2), b"x", None, "x")),
        ("00004 2.0 5%", "%(n)05d %(f).1f 5%%", ({"n": 4, "f": 2.0},)),
        (str(10**30), "%d", (10**30,)),
        ("Plain! 'Plain'", "%s %r", (Plain(), "Plain")),
        ("(1, 2) [1] {'a': 1}", "%s %s %s", ((1, 2), collections.deque([1]), {"a": 1})),
        ("{'x': 1, 'token': '***'}", "%s", (Point(1),)),
        ("{'token': '***'}", "%s", (Shown(),)),
        ("no ***", "no %(token)s", ({"token": SECRET},)),
        ("{'token': '***'}", "%(x)s", ({"x": {"token": SECRET}},)),
        ("no", "%s", (ValueError("no"),)),
        ("{'token': '***'}", "%s", (ValueError({"token": SECRET}),)),
        ("{'token': '***'}", "%s", (types.SimpleNamespace(token=SECRET),)),
        ("<class 'str'>", "%s", (str,)),
    ],
)
def test_arguments(expected: str, text: str, args: tuple[Any, ...]) -> None:
    """Numbers and texts fit every conversion; what holds others is shown as plain data."""
    fields: dict[str, Any] = {}

    assert (expected, {}) == (format_event(text, args, fields, is_secret=is_secret), fields)


def test_arguments_that_do_not_fit_stay_visible() -> None:
    """They become the field `args`, which is rendered like any other."""
    fields: dict[str, Any] = {}

    assert "%d" == format_event("%d", ({"token": SECRET},), fields, is_secret=is_secret)
    assert {"args": [{"token": SECRET}]} == fields


def test_partial_is_its_parts() -> None:
    """The keywords of a partial function are fields, and may be secret."""
    text = format_event("%s", (functools.partial(print, token=SECRET),), {}, is_secret=is_secret)

    assert SECRET not in text


# Two values that log: with a second one in each line, 2 to the power of the depth.
REENTRANT = """
setup_telemetry(TelemetryConfig(logging=LoggingConfig(log_file=FILE, capture_stdlib=False)))
from provide.foundation import bind_contextvars
shown = 0

class Talker:
    def __repr__(self):
        global shown
        shown += 1
        log.info("inner", known=[1, "a", 2.5], again=self, other=Talker())
        log.info("inner %s %s", self, Talker())
        log.bind(bound=self).info(Talker())
        return "talker"

class Teller(Talker):
    def __str__(self): return repr(self)

class Failure(Exception):
    def __str__(self): return repr(Talker())

started = time.monotonic()
bind_contextvars(a=Talker(), b=Talker(), plain=1)
log.info("outer")
log.info("outer", c=Talker(), d=[Talker()])
log.info("outer %s %s", Teller(), Teller())
log.info("outer %(x)s", {"x": Teller()})
log.info(Teller())
try: raise Failure
except Failure: log.exception("outer")
report(shown=shown, seconds=time.monotonic() - started)
"""


@pytest.mark.parametrize("name", LANES)
def test_values_that_log_do_not_multiply(name: str, tmp_path: Path) -> None:
    """What a value logs while it is rendered runs no code of other values."""
    done = Lane(name, tmp_path).run(REENTRANT)

    assert 0 == done.status, done.stderr
    written, dropped = done.balance(str(done.file))
    shown = done.report["shown"]
    assert (6 + 3 * shown, 0) == (written, dropped)
    assert shown <= 30
    lines = [json.loads(line) for line in done.file.read_bytes().splitlines()]
    inner = [line for line in lines if line["event"] == "inner"]
    assert {"plain": 1, "known": [1, "a", 2.5], "again": "<__main__.Talker>"}.items() <= next(
        line for line in inner if "known" in line
    ).items()
    assert not [line for line in inner if "a" in line]
    assert {"outer", "outer talker talker", "outer talker", "talker"} <= {
        line["event"] for line in lines
    }
