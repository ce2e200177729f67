"""Every workload, read from the TOML files of this folder, and those of growth, which are a loop.

What a parser must find in a line follows from a field's expression: a literal is itself, `i` the
number of the call, a name what `objects.EXPECTED` has for it. Where it does not, the field is a
table with its expression as `is` and one of these: `has` (what stands in the line), `any`,
`number`, `secret` (must be masked) or `renamed` (a reserved key).
"""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import Any

from perf_lab.places import read_table
from perf_lab.workloads.objects import CONSTANTS, EXPECTED, LENGTHS
from perf_lab.workloads.workload import ANY, INDEX, NUMBER, THREAD, Field, Renamed, Secret, Workload

__all__ = ["CONSTANTS", "LENGTHS", "POINTS", "TITLES", "WORKLOADS", "greatest_leap", "name_of"]

_FILES = ("founding", "everyday", "values", "wrapped", "outputs", "rows")
_KNOWN: dict[str, object] = {
    "i": INDEX, "t": THREAD, "now()": NUMBER, "thread()": NUMBER, "NAN": ANY, **EXPECTED,
}  # fmt: skip
TITLES = {
    "fields": "fields of one line",
    "list": "integers in a list",
    "nest": "dicts inside of each other",
    "text": "characters of a text",
}


def _expected(expression: str) -> object:
    """Return what a line has where an expression was logged."""
    if expression in _KNOWN:
        return _KNOWN[expression]
    try:
        return ast.literal_eval(expression)
    except ValueError:
        return eval(expression)  # such as 2**70


def _field(name: str, value: str | dict[str, Any]) -> Field:
    if isinstance(value, str):
        return Field(name, value, _expected(value))
    expected: object = ANY
    match value:
        case {"has": what}:
            expected = what
        case {"number": _}:
            expected = NUMBER
        case {"secret": _}:
            expected = Secret(ast.literal_eval(value["is"]))
        case {"renamed": _}:
            expected = Renamed(_expected(value["is"]))
    return Field(name, value["is"], expected)


def _fields(given: Any, groups: dict[str, Any]) -> tuple[Field, ...]:
    parts = given if isinstance(given, list) else [given]
    tables = [groups[part] if isinstance(part, str) else part for part in parts]
    return tuple(_field(name, value) for table in tables for name, value in table.items())


def _read(group: str) -> list[Workload]:
    """Return the workloads of a file, one for each width where it names widths."""
    content = read_table(f"workloads/{group}.toml")
    for row in content["workloads"].values():
        for key in {"fields", "bound", "context", "rebound"} & row.keys():
            row[key] = _fields(row[key], content.get("groups", {}))
    if "widths" not in content:
        return [Workload(name, group=group, **row) for name, row in content["workloads"].items()]
    return [
        Workload(
            **{**row, "title": f"{row['title']}, {columns} columns"},
            name=f"{name}_{columns}", group=group, output="terminal", columns=columns,
        )
        for columns in content["widths"]
        for name, row in content["workloads"].items()
    ]  # fmt: skip


def name_of(kind: str, length: int) -> str:
    """Return the name of a length's workload."""
    return f"{kind}_{length}"


def _grown(kind: str, length: int) -> Workload:
    """Return a workload of a line that is so long: in fields, in a list, in depth, in text."""
    names = {"list": ("values", "INTS"), "nest": ("value", "NEST"), "text": ("text", "TEXT")}
    fields = {f"field_{n}": str(n * 1001) for n in range(length)}
    if kind in names:
        name, made = names[kind]
        fields = {name: f"{made}_{length}"}
    return Workload(
        name_of(kind, length), f"{TITLES[kind]}: {length:,}", fields=_fields(fields, {}),
        output="file", objects="lengths" if kind in names else "", group="growth",
    )  # fmt: skip


#: By the name of its workload: what grows, and how long it is.
POINTS = {name_of(kind, n): (kind, n) for kind, lengths in LENGTHS.items() for n in lengths}
#: Every workload by its name, in the order in which tables show them.
WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        *(each for group in _FILES for each in _read(group)),
        *(_grown(*point) for point in POINTS.values()),
    )
}


def greatest_leap(times: dict[str, float]) -> tuple[float, str]:
    """Return by how much more the time of a line grows than the line, and to which length.

    From one length to the next the time may be multiplied by as much as the length is; 1 is that
    much, below 1 is better, and a leap above it is a cliff.

    Args:
        times: Of each workload of `POINTS` that was measured; any unit.
    """
    leaps = [(0.0, "")]
    for kind, lengths in LENGTHS.items():
        for short, long in pairwise(lengths):
            before, after = (times.get(name_of(kind, length)) for length in (short, long))
            if before and after:
                leaps.append((after / before / (long / short), name_of(kind, long)))
    return max(leaps)
