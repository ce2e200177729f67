"""The generated tables of pages that are otherwise written by hand.

A page has them between `<!-- figures: name -->` and `<!-- end of figures -->`. Imports `published`,
`table`, `plan` and `catalogue`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from perf_lab.bench.plan import COMPARED
from perf_lab.publish.published import cell, claim, is_waiting, name_of, step
from perf_lab.publish.table import factor, microseconds, number, table, with_unit
from perf_lab.records.documented import is_documented
from perf_lab.rivals.catalogue import FLOOR, RIVALS

Data = Mapping[str, Any]

_BLOCK = re.compile(
    r"<!-- figures: ([a-z]+) -->\n(?:(?!<!-- ).)*<!-- end of figures -->", re.DOTALL
)


def fill(text: str, data: Data) -> str:
    """Return a page with its tables made anew.

    Raises:
        KeyError: The page asks for a table that there is not.
    """

    def block(found: re.Match[str]) -> str:
        made = TABLES[found[1]](data)
        return f"<!-- figures: {found[1]} -->\n\n{made}\n\n<!-- end of figures -->"

    return _BLOCK.sub(block, text)


def machine(data: Data) -> str:
    """Return what the figures hold for, in a sentence."""
    found = data["machine"]
    whose = "the documented machine" if is_documented(found) else "not the documented machine"
    return (
        f"Measured {found['date']} on {found['cpu']} with {found['cores']} cores, "
        f"{found['python']}, commit {found['commit']} ({data['mode']} run): {whose}."
    )


def presets(data: Data) -> str:
    """Return the three presets of the founding claims: what it expects, and what was measured."""
    rows = []
    for name, text in (
        ("production", "Production preset"),
        ("development", "Development preset"),
        ("minimal", "Memory-constrained preset, memory in all"),
        ("minimal", "Memory-constrained preset, with the modules that it loads"),
    ):
        found = claim(data, text)
        sign = "<" if found["unit"] == "KB" else ">"
        what = {
            "Production preset": "lines a second",
            "Development preset": "lines a second",
            "Memory-constrained preset, memory in all": "memory of set-up and ten loggers",
        }.get(text, "the same, the modules included")
        measured = with_unit(found["measured"], found["unit"])
        documented = with_unit(found["documented"], found["unit"])
        rows.append([f"`{name}()`", what, f"{sign} {documented}", measured or found["result"]])
    written = data["probes"].get("preset_minimal")
    rows.append(["`minimal()`", "a line that is written", "", f"{microseconds(written)} us"])
    plain = cell(data, "three_fields", "foundation-key_value").get("ns")
    rows.append(["`development()`", "a line, its emoji left out", "", f"{microseconds(plain)} us"])
    rows.sort(key=lambda row: ("production", "development", "minimal").index(row[0][1:-3]))
    return table(["preset", "figure", "documented", "measured"], rows, right=(2, 3))


_COSTS = (
    ("a message and nothing else", "static", "foundation"),
    ("three fields", "three_fields", "foundation"),
    ("the same in key_value", "three_fields", "foundation-key_value"),
    ("the same in compact", "three_fields", "foundation-compact"),
    ("the same on the processor lane", "three_fields", "foundation-processor"),
    ("the same to a file", "three_fields_file", "foundation"),
    ("and three bound fields", "three_bound", "foundation"),
    ("and two context fields", "two_context", "foundation"),
    ("and one processor of yours", "processor", "foundation"),
    ("ten integers", "ten_scalars", "foundation"),
    ("ten fields, lists and objects among them", "ten_fields", "foundation"),
    ("the same ten, bound beforehand", "ten_bound", "foundation"),
    ("a traceback", "exception", "foundation"),
)


def costs(data: Data) -> str:
    """Return what a line costs, relative to one with three fields."""
    reference = cell(data, "three_fields").get("ns")
    rows = []
    for title, workload, library in _COSTS:
        ns = cell(data, workload, library).get("ns")
        relative = factor(ns / reference) if ns and reference else ""
        rows.append([title, microseconds(ns) or "not in this run", relative])
    return table(["a line with", "us", "relative"], rows, right=(1, 2))


def loggers(data: Data) -> str:
    """Return what costs something beside lines."""
    rows = [
        [title, number(cell(data, workload).get("ns")), factor_of(data, workload)]
        for title, workload in (
            ("a call below the level, three fields", "disabled"),
            ("`isEnabledFor`", "enabled"),
            ("`get_logger` of a known name", "get_logger"),
            ("`bind` of three fields", "bind"),
            ("`bind` of three fields, then one line", "bind_emit_1"),
            ("`bind` of three fields, then three lines", "bind_emit_3"),
        )
    ]
    return table(["what", "ns", "times as fast as structlog"], rows, right=(1, 2))


_LANES = (
    ("a message and nothing else", "static"),
    ("three fields", "three_fields"),
    ("the same to a file", "three_fields_file"),
    ("and three bound fields", "three_bound"),
    ("and two context fields", "two_context"),
    ("bind three fields, then one line", "bind_emit_1"),
    ("three fields that are not ASCII", "non_ascii"),
    ("a call below the level, three fields", "disabled"),
    ("32 threads, three fields", "threads_32"),
    ("a field that is called `timestamp`", "as_written"),
    ("a field that overrides a bound one", "override_bound"),
    ("an exception as a field", "error_field"),
    ("zap's ten fields, lists and objects among them", "ten_fields_file"),
    ("an access line with a UUID", "access_line"),
    ("an order: Decimal, Enum, aware time, three dicts", "order"),
    ("a dataclass, a pydantic model, an attrs object", "records"),
    ("numpy's scalars and a small array", "numpy_values"),
    ("a list of 1,000 integers", "list_1000"),
    ("a text of 100 KB", "text_100000"),
    ("a traceback of 12 frames and its cause", "deep_exception"),
    ("three processors of yours", "processors_3"),
)


def lanes(data: Data) -> str:
    """Return how many times as fast as structlog tuned each lane is, where the run has it."""
    columns = ("foundation-native", "foundation", "hand-rolled")
    rows = [
        [
            title,
            *(factor(cell(data, workload, library).get("vs_structlog")) for library in columns),
            ahead_of_both(data, workload),
        ]
        for title, workload in _LANES
        if cell(data, workload)
    ]
    head = [
        "a line with", "native lane", "Python lanes", "`os.write(fd, orjson.dumps(...))`",
        "ahead of both lanes",
    ]  # fmt: skip
    return table(*without_empty(head, rows), right=(1, 2, 3))


def without_empty(head: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Return a table without its last column, if no row says anything there."""
    if any(row[-1] for row in rows):
        return head, rows
    return head[:-1], [row[:-1] for row in rows]


def ahead_of_both(data: Data, workload: str) -> str:
    """Return the libraries that are faster than Foundation's better lane; the floor is none."""
    cells = next(row["cells"] for row in data["workloads"] if row["workload"] == workload)
    ratios = {name: found.get("vs_structlog", 0.0) for name, found in cells.items()}
    ours = max((ratio for name, ratio in ratios.items() if RIVALS[name].ours), default=0.0)
    ahead = [
        name
        for name, ratio in ratios.items()
        if ratio > ours and name != FLOOR and not RIVALS[name].ours
    ]
    ahead.sort(key=lambda name: -ratios[name])
    return ", ".join(
        f"{name_of(name)} {factor(ratios[name])}" + (" ~" if cells[name].get("lesser") else "")
        for name in ahead
    )


def others(data: Data) -> str:
    """Return the workloads that have another reference than structlog tuned, and who is ahead."""
    rows = []
    for workload, libraries in COMPARED.items():
        title, times = times_beside(data, workload, libraries[0])
        best = {lane: max((times.get(name, 0.0) for name in _of_lane(lane)), default=0.0)
                for lane in ("native", "fast")}  # fmt: skip
        ahead = [
            f"{name_of(name)} {factor(ratio)}"
            for name, ratio in sorted(times.items(), key=lambda item: -item[1])
            if ratio > max(best.values()) and not RIVALS[name].ours
        ]
        shown = [factor(ratio) if ratio else "" for ratio in best.values()]
        if times:
            rows.append([title, name_of(libraries[0]), *shown, ", ".join(ahead)])
    head = ["a line", "times as fast as", "native lane", "Python lanes", "ahead of both lanes"]
    if not rows:
        return "Not measured in this run."
    return table(*without_empty(head, rows), right=(2, 3))


def times_beside(data: Data, workload: str, reference: str) -> tuple[str, dict[str, float]]:
    """Return a workload's title, and how many times as fast as a library each one is."""
    row = next((row for row in data["workloads"] if row["workload"] == workload), None)
    if row is None or not (first := row["cells"].get(reference, {}).get("ns")):
        return "", {}
    found = {name: each["ns"] for name, each in row["cells"].items() if each.get("ns")}
    return row["title"], {name: first / ns for name, ns in found.items() if name != reference}


def _of_lane(lane: str) -> list[str]:
    return [
        name for name, rival in RIVALS.items()
        if rival.ours and (rival.environment.get("FOUNDATION_LANE", "fast") == lane)
    ]  # fmt: skip


def factor_of(data: Data, workload: str) -> str:
    """Return how many times as fast as structlog tuned a workload is."""
    return factor(cell(data, workload).get("vs_structlog"))


def bottlenecks(data: Data) -> str:
    """Return the known limitations of the founding claims, with what was measured."""
    emoji = claim(data, "Emoji resolution")
    read = claim(data, "Context variable access")
    fields = claim(data, "Context extraction")
    encoder, head = step(data, "custom JSON encoder"), step(data, "spliced head")
    clock, parts = step(data, "timestamp by the second"), step(data, "pre-allocated buffers")
    rows = [
        ["Emoji pattern matching", _documented(emoji), _measured(emoji)],
        ["Context variable access", _documented(read), f"{_measured(read)}: one read"],
        ["", "", f"{_measured(fields)}: what two context fields add to a line"],
        ["JSON encoder", "no figure", f"{_ns(encoder, 'before_ns')}: `json.dumps`"],
        ["", "", f"{_ns(encoder, 'after_ns')}: orjson"],
        ["", "", f"{_ns(head, 'after_ns')}: orjson for the call's fields, the rest joined"],
        ["String formatting", "no figure", f"{_ns(clock, 'before_ns')}: a timestamp, formatted"],
        ["", "", f"{_ns(clock, 'after_ns')}: a timestamp, joined from kept parts"],
        ["", "", f"{_ns(parts, 'before_ns')}: the one copy, of a line's parts into one"],
    ]  # fmt: skip
    return table(["limitation", "documented", "measured"], rows)


def scalability(data: Data) -> str:
    """Return the boundaries of the founding claims."""
    rows = [
        [
            row["claim"], with_unit(row["documented"], row["unit"]),
            _measured(row), "" if is_waiting(row["result"]) else row["result"].lower(),
        ]
        for row in data["claims"]
        if row["section"] == "Scalability Limits"
    ]  # fmt: skip
    return table(["boundary", "documented", "measured", "result"], rows, right=(1,))


def _measured(row: Mapping[str, Any]) -> str:
    if row["measured"] is None:
        return str(row["result"])
    return with_unit(row["measured"], row["unit"])


def _documented(row: Mapping[str, Any]) -> str:
    return with_unit(row["documented"], row["unit"])


def _ns(row: Mapping[str, Any], which: str) -> str:
    return f"{number(row[which])} ns" if row else "not in this run"


TABLES: dict[str, Callable[[Data], str]] = {
    function.__name__: function
    for function in (
        machine,
        presets,
        costs,
        lanes,
        others,
        loggers,
        bottlenecks,
        scalability,
    )
}
