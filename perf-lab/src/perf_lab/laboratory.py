"""What laboratories have in common: checks and tables that are data, and the end of a run.

Beside a laboratory's code lies a file of TOML of its name. Each `[[check]]` there has `name`,
`limit` and `unit` as a `record.Check` has them, and the `figure`: the path to it in the record's
data, such as ``loggers.-1.logger_bytes``. `over` divides it by that of another path, `scale`
multiplies it, `least` is what a lower one counts as, and `bound` says that the limit is the lowest
value allowed; an `optional` check is left out where there is no such figure. Each `[[table]]` has
a `title`, the path of its `rows` (a ``*`` stands for every item; the names that it stood for are
`key0`, `key1` in the row), what it is split `by`, and `columns`: by title (">" aligns it to the
right) a format of the row's items, whose names have "_" for each dot. A cell without a figure
shows "-".
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from perf_lab.records.record import Check, Record
from perf_lab.records.text_table import text_table

LANES = ("fast", "processor", "native")
Row = dict[str, Any]


def read_plan(module: str) -> dict[str, Any]:
    """Return the TOML beside a laboratory's module, by the module's `__file__`."""
    folder = Path(module).parent
    return tomllib.loads((folder / f"{folder.name}.toml").read_text(encoding="utf-8"))


def known(figure: Callable[[], float]) -> float | None:
    """Return a figure that is made of others; `None` if one of them is not there."""
    try:
        return figure()
    except (ImportError, LookupError, StopIteration, TypeError, ValueError, ZeroDivisionError):
        return None


def middle(values: Any) -> float | None:
    """Return the median; `None` if there is nothing."""
    return known(lambda: median(values))


def rows_of(found: Any, path: str, **names: Any) -> Iterator[Row]:
    """Return the rows at a path, each with the names that the stars of the path stood for."""
    head, _, rest = path.partition(".")
    if head == "*":
        for key, each in found.items() if isinstance(found, Mapping) else enumerate(found):
            yield from rows_of(each, rest, **names, **{f"key{len(names)}": key})
    elif head:
        yield from rows_of(found[int(head) if isinstance(found, list) else head], rest, **names)
    else:
        yield {**names, **found} if isinstance(found, Mapping) else {**names, "value": found}


def judge(plan: Mapping[str, Any], data: Mapping[str, Any]) -> list[Check]:
    """Return the checks of a plan; one whose figure is missing does not pass."""

    def value(path: str) -> float:
        return float(next(rows_of(data, path))["value"])

    def figure(rule: Row) -> float:
        over = value(rule["over"]) if "over" in rule else 1.0
        found = value(rule["figure"]) / over * float(rule.get("scale", 1))
        return max(float(rule.get("least", found)), found)

    return [
        Check(rule["name"], known(partial(figure, rule)), rule["limit"], rule["unit"],
              rule.get("bound", "at most"))
        for rule in plan["check"]
        if rule["figure"] in data or not rule.get("optional")
    ]  # fmt: skip


def show(plan: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Return the tables of a plan, behind its `head`."""
    tables = [plan["head"].format_map(data)] if "head" in plan else []
    for table in plan["table"]:
        for rows in _split(rows_of(data, table["rows"]), table.get("by", ())):
            cells = [[_cell(form, row) for form in table["columns"].values()] for row in rows]
            title = table["title"].format_map({**data, **rows[0]})
            tables.append(text_table(tuple(table["columns"]), cells, title=title))
    return "\n\n".join(tables)


def _split(rows: Iterable[Row], by: Iterable[str]) -> Iterator[list[Row]]:
    for _, part in groupby(rows, lambda row: [row[name] for name in by]):
        yield list(part)


def _cell(form: str, row: Row) -> str:
    try:
        return form.format_map({name.replace(".", "_"): value for name, value in row.items()})
    except (KeyError, TypeError, ValueError):
        return "-"


def conclude(record: Record, text: str, path: Path) -> int:
    """Print a run's tables and checks, write its record, and return the exit code."""
    verdict = "passed" if record.passed else "FAILED"
    print("\n".join([text, "", "CHECKS", *map(str, record.checks), verdict]))
    try:
        print(f"record in {record.write(path)}")
    except OSError as error:  # a full disk: what was printed is the report
        print(f"the record could not be written: {error}", file=sys.stderr)
    return 0 if record.passed else 1
