"""Which part of the log call a sampled line belongs to; standard library only.

A fast lane is one function, so its time is told apart by the line that runs. The functions of
core's `_lanes` carry marks, comments that stand alone on a line: ``# step 5: redact`` where a
step of `_pipeline` begins, and ``# part: timestamp`` where something begins that is no step. A line
belongs to the last mark above it in its function; what stands above all marks is the look at the
level. What runs deeper (an extension, orjson, write(2)) counts for the line that called it, except
for the few functions of core that are a part of their own. Functions of C have no line of their
own, and the building of the call's arguments counts for the caller, not for the call.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Frame = Mapping[str, Any]
_CORE = "provide/foundation/"
_LANES = f"{_CORE}_lanes/"

#: The "latency sources" of the founding claims, in microseconds.
DOCUMENTED_US = {
    "level check": 2.0, "context": 8.0, "emoji": 12.0, "serialisation": 15.0, "write": 20.0,
}  # fmt: skip

_MARK = re.compile(r"^\s*# (?:step \d+|part): (.+?)\.?\s*$")
_BEFORE_MARKS = "level check"
#: The part of each step of `_pipeline/steps.py`.
STEPS = {
    "merge_fields": "context",
    "take_call_parameters": "checks of fields",
    "format_event": "serialisation",
    "run_processors": "processors",
    "redact": "checks of fields",
    "add_emoji": "emoji",
    "describe": "description",
    "add_trace_fields": "trace fields",
    "render": "serialisation",
    "write": "write",
    "export": "export",
}
#: Functions of core whose time is not the step's that calls them.
_FUNCTIONS = {"emit": "slow path", "sample": "latency sample"}


@cache
def parts_of_file(file: str) -> dict[int, str]:
    """Return the part of each line of the functions that carry marks; others are not there."""
    text = Path(file).read_text(encoding="utf-8")
    marks = {
        number: STEPS.get(found[1], found[1])
        for number, line in enumerate(text.split("\n"), 1)
        if (found := _MARK.match(line))
    }
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    parts: dict[int, str] = {}
    for function in {_innermost(functions, number) for number in marks}:
        part = _BEFORE_MARKS
        begin = min([function.lineno, *(each.lineno for each in function.decorator_list)])
        for number in range(begin, (function.end_lineno or begin) + 1):
            part = parts[number] = marks.get(number, part)
    return parts


def _innermost(functions: Iterable[ast.FunctionDef], line: int) -> ast.FunctionDef:
    return max(
        (each for each in functions if each.lineno <= line <= (each.end_lineno or 0)),
        key=lambda each: each.lineno,
    )


def part_of_stack(stack: Iterable[Frame], workload: str) -> str | None:
    """Return the part of a sample; None: it is not in a call, "elsewhere": it is in no lane.

    Args:
        stack: The outermost frame first.
        workload: Its loop's code has the workload's name as its file.
    """
    inside = False
    found: str | None = None
    for frame in stack:
        name, file = frame["name"], frame["file"].replace("\\", "/")
        if file == f"<{workload}>":
            inside = name.rpartition(".")[2] == "run"
            continue
        if not inside:
            continue
        part = parts_of_file(file).get(frame["line"]) if _LANES in file else None
        if part is None and _CORE in file:
            part = _FUNCTIONS.get(name.rpartition(".")[2])
        found = part or found or "elsewhere"
    return found


def count_parts(profile: Mapping[str, Any], workload: str) -> Counter[str]:
    """Return the samples of each part in a speedscope profile."""
    frames = profile["shared"]["frames"]
    counts = Counter[str]()
    for thread in profile["profiles"]:
        for sample in thread["samples"]:
            part = part_of_stack((frames[number] for number in sample), workload)
            if part is not None:
                counts[part] += 1
    return counts
