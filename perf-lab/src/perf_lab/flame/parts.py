"""Which part of the log call a sampled line belongs to; imports laboratory only.

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

from perf_lab.laboratory import read_plan

_CORE = "provide/foundation/"
_LANES = f"{_CORE}_lanes/"

_MARK = re.compile(r"^\s*# (?:step \d+|part): (.+?)\.?\s*$")
_BEFORE_MARKS = "level check"
PLAN = read_plan(__file__)


@cache
def parts_of_file(file: str) -> dict[int, str]:
    """Return the part of each line of the functions that carry marks; others are not there."""
    text = Path(file).read_text(encoding="utf-8")
    marks = {
        number: PLAN["steps"].get(found[1], found[1])
        for number, line in enumerate(text.split("\n"), 1)
        if (found := _MARK.match(line))
    }
    spans = [
        (min([node.lineno, *(each.lineno for each in node.decorator_list)]), node.end_lineno or 0)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    parts: dict[int, str] = {}
    for begin, end in {max(span for span in spans if span[0] <= n <= span[1]) for n in marks}:
        part = _BEFORE_MARKS
        for number in range(begin, end + 1):
            part = parts[number] = marks.get(number, part)
    return parts


def part_of_stack(stack: Iterable[Mapping[str, Any]], workload: str) -> str | None:
    """Return the part of a sample; None: it is not in a call, "elsewhere": it is in no lane.

    Args:
        stack: The outermost frame first.
        workload: Its loop's code has the workload's name as its file.
    """
    inside = False
    found: str | None = None
    for frame in stack:
        name, file = frame["name"].rpartition(".")[2], frame["file"].replace("\\", "/")
        if file == f"<{workload}>":
            inside = name == "run"
        elif inside:
            part = parts_of_file(file).get(frame["line"]) if _LANES in file else None
            if part is None and _CORE in file:
                part = PLAN["functions"].get(name)
            found = part or found or "elsewhere"
    return found


def count_parts(profile: Mapping[str, Any], workload: str) -> Counter[str]:
    """Return the samples of each part in a speedscope profile."""
    frames = profile["shared"]["frames"]
    samples = (sample for thread in profile["profiles"] for sample in thread["samples"])
    parts = (part_of_stack((frames[n] for n in sample), workload) for sample in samples)
    return Counter(part for part in parts if part is not None)
