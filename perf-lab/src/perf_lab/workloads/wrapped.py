"""What stands around calls and values: timed blocks, `catch`, lazy values, objects with `__log__`.

Foundation alone is measured, each beside what a program would write without it; `_off` is the same
where no line is written. It imports workload only.
"""

from __future__ import annotations

from perf_lab.workloads.workload import INDEX, NUMBER, Field, Workload

_RECORD = {"id": 7, "name": "Jane", "active": True}
_NUMBER = Field("iteration", "i", INDEX)

WRAPPED = (
    Workload("object", "a dataclass with three fields",
             fields=(_NUMBER, Field("person", "PERSON", _RECORD)), objects="wrapped"),
    Workload("object_told", "the same, whose class has `__log__`",
             fields=(_NUMBER, Field("person", "TOLD", _RECORD)), objects="wrapped"),
    Workload("computed", "a dict that a function makes",
             fields=(_NUMBER, Field("person", "make()", _RECORD)), objects="wrapped"),
    Workload("lazy", "the same as a lazy value",
             fields=(_NUMBER, Field("person", "lazy(make)", _RECORD)), objects="wrapped"),
    Workload("lazy_off", "a lazy value below the level", method="debug", emits=0,
             fields=(_NUMBER, Field("person", "lazy(make)", _RECORD)), objects="wrapped"),
    Workload("duration", "a line with a duration that is there",
             fields=(_NUMBER, Field("duration_s", "1.5e-6", 1.5e-6))),
    Workload("timed", "a timed block around nothing", action="iteration",
             spoken="with log.timed('benchmark_message', iteration=i): pass",
             fields=(_NUMBER, Field("duration_s", "", NUMBER))),
    Workload("timed_off", "a timed block below the level", action="iteration", emits=0,
             spoken="with log.timed('benchmark_message', level=10, iteration=i): pass"),
    Workload("plain_call", "a call of a function that does nothing", action="iteration", emits=0,
             spoken="bare(i)", objects="wrapped"),
    Workload("caught_call", "the same function under `catch`", action="iteration", emits=0,
             spoken="caught(i)", objects="wrapped"),
)  # fmt: skip
