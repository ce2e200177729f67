"""Lines show values of classes whose annotations cannot be evaluated, and evaluate none."""

from __future__ import annotations

import json
import os
import sys

import pytest

import interpreters
from installed_lanes import LANES

SCRIPT = """
import dataclasses, os, sys, typing
import attrs
from provide.foundation import LoggingConfig, TelemetryConfig, get_logger, setup_telemetry, stats

if typing.TYPE_CHECKING:
    from nowhere import Missing

evaluated = []

def note(name):
    evaluated.append(name)
    return int

@dataclasses.dataclass
class Order:
    number: note("Order")
    owner: Missing = None

@dataclasses.dataclass(slots=True)
class Small:
    number: note("Small")
    owner: Missing = None

@attrs.define
class Parcel:
    number: note("Parcel")
    owner: Missing = None

class Point(typing.NamedTuple):
    number: note("Point")
    owner: Missing = None

class Person(typing.TypedDict):
    number: note("Person")
    owner: Missing

class Model:
    __module__ = "pydantic.main"
    __pydantic_fields__ = {"number": None}
    number: note("Model")
    owner: Missing
    def __init__(self, number):
        self.number = number

class Bare:
    number: note("Bare")
    owner: Missing
    def __init__(self):
        self.number = 1

def work(number: note("work"), owner: Missing) -> Missing: ...

setup_telemetry(TelemetryConfig(logging=LoggingConfig(
    console_formatter="json", capture_stdlib=False, output="stdout",
)))
values = dict(
    order=Order(1), small=Small(2), parcel=Parcel(3), point=Point(4),
    person=Person(number=5, owner=6), model=Model(7), nested=[Order(8)], bare=Bare,
    made=Bare(), work=work,
)
evaluated.clear()  # attrs and dataclasses may look at annotations
log = get_logger("t")
log.catch(work)(1, 2)
for _ in range(2):  # what is known of a class is found for the first line, and used for the second
    log.info("all", **values)
    for name, value in values.items():
        log.info("one", value=value)
log.bind(**values).info("bound")
assert os.environ["FOUNDATION_LANE"] == stats().lane
print(*evaluated, file=sys.stderr, end="")
"""
SHOWN = {
    "order": {"number": 1, "owner": None},
    "small": {"number": 2, "owner": None},
    "parcel": {"number": 3, "owner": None},
    "point": {"number": 4, "owner": None},
    "person": {"number": 5, "owner": 6},
    "model": {"number": 7},
    "nested": [{"number": 8, "owner": None}],
}


needs_deferral = pytest.mark.skipif(
    sys.version_info < (3, 14), reason="up to 3.13 an annotation is evaluated with its class"
)
AS_TEXT = "from __future__ import annotations"


@pytest.mark.parametrize(
    ("lane", "mode"),
    [
        *(pytest.param(lane, "", marks=needs_deferral) for lane in LANES),
        pytest.param("fast", AS_TEXT, id="fast-text"),
    ],
)
def test_no_annotation_is_evaluated(lane: str, mode: str) -> None:
    """Classes that name what is imported for type checkers alone are shown like any others."""
    done = interpreters.run(
        [sys.executable, "-c", f"{mode}\n{SCRIPT}"],
        env={**os.environ, "FOUNDATION_LANE": lane},
        capture_output=True,
        text=True,
    )
    assert (0, "") == (done.returncode, done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [SHOWN] * 3 == [
        {name: line[name] for name in SHOWN} for line in lines if line["event"] != "one"
    ]
    alone = [line["value"] for line in lines if line["event"] == "one"]
    assert list(SHOWN.values()) * 2 == [value for value in alone if not isinstance(value, str)]
