"""Figures as pages look them up and write them; imports the catalogue of libraries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from perf_lab.places import read_table
from perf_lab.rivals.catalogue import FLOOR, RIVALS
from perf_lab.workloads.table import POINTS, greatest_leap

Data = Mapping[str, Any]
LIBRARIES: dict[str, dict[str, Any]] = read_table("pages/libraries.toml")
_GROWING = {
    "native lane": "foundation-native",
    "pure Python": "foundation",
    "structlog tuned": "structlog-tuned",
}
_VERDICTS = ("pass", "fail", "reference", "reached", "not reached")


# Look-ups in the published figures of the benchmark


def name_of(library: str, to: str = "names") -> str:
    """Return how pages call a library; charts of the start-up and the guarantees have their own."""
    return str(LIBRARIES[to].get(library, library))


def workload_of(data: Data, workload: str) -> Any:
    """Return a workload's title and cells; empty if the run had it not."""
    return {row["workload"]: row for row in data["workloads"]}.get(workload, {})


def cell(data: Data, workload: str, library: str = "foundation") -> Any:
    """Return what one library did with one workload; empty if the run had it not."""
    return workload_of(data, workload).get("cells", {}).get(library, {})


def claim(data: Data, text: str) -> Any:
    """Return the claim of exactly that text.

    Raises:
        KeyError: There is none.
    """
    return {row["claim"]: row for row in data["claims"]}[text]


def step(data: Data, name: str) -> Any:
    """Return one optimisation that was tried; empty if it was not."""
    return {row["name"]: row for row in data["steps"]}.get(name, {})


def rows_of(data: Data, libraries: Sequence[str]) -> list[Data]:
    """Return the workloads that any of these libraries was measured with."""
    return [
        row for row in data["workloads"]
        if any(row["cells"].get(name, {}).get("state") == "ok" for name in libraries)
    ]  # fmt: skip


def beside(data: Data, workload: str, reference: str = "") -> dict[str, float]:
    """Return how many times as fast as a library each one is, that library first.

    Args:
        data: The published figures.
        workload: What is written.
        reference: Whom the ratios are to; without one, structlog tuned, round by round.
    """
    cells = workload_of(data, workload).get("cells", {})
    if not reference:
        return {name: found["vs_structlog"] for name, found in cells.items()
                if "vs_structlog" in found}  # fmt: skip
    times = {name: found["ns"] for name, found in cells.items() if found.get("ns")}
    if reference not in times:
        return {}
    return {reference: 1.0} | {name: times[reference] / ns for name, ns in times.items()}


def best(times: Mapping[str, float], lane: str) -> float | None:
    """Return the ratio of Foundation's fastest set-up of a lane, "native" or "fast"."""
    ours = (
        ratio
        for name, ratio in times.items()
        if RIVALS[name].ours and RIVALS[name].environment.get("FOUNDATION_LANE", "fast") == lane
    )
    return max(ours, default=None)


def ahead(data: Data, workload: str, reference: str = "") -> str:
    """Return who is faster than Foundation's better lane, the floor apart; see `beside`."""
    ratios = beside(data, workload, reference)
    ours = max((ratio for name, ratio in ratios.items() if RIVALS[name].ours), default=0.0)
    return ", ".join(
        f"{name_of(name)} {factor(ratio)}"
        + (" ~" if cell(data, workload, name).get("lesser") else "")
        for name, ratio in sorted(ratios.items(), key=lambda item: -item[1])
        if ratio > ours and name != FLOOR and not RIVALS[name].ours
    )


def leaps(data: Data) -> dict[str, tuple[float, str]]:
    """Return, by lane and rival, the greatest leap of a line that grows; empty: not measured."""
    found = {}
    for name, library in _GROWING.items():
        times = {point: cell(data, point, library).get("ns", 0.0) for point in POINTS}
        if any(times.values()):
            found[name] = greatest_leap(times)
    return found


def unsound(data: Data) -> list[str]:
    """Return which libraries were not measured or not ranked, with the reason."""
    cells = [
        (f"{name_of(name)}, {row['title']}", found)
        for row in data["workloads"]
        for name, found in row["cells"].items()
        if found.get("state") != "unsupported" and not str(found.get("state")).startswith("needs")
    ]
    rows = [(name_of(row["library"]), row) for row in data["comparison"]]
    found = {
        f"{who}: {row['state']}, {row.get('reason', '')}"
        for who, row in (*cells, *rows)
        if row.get("state", "ok") != "ok"
    }
    return sorted(found | {f"{name_of(name)}: {why}" for name, why in data["missing"].items()})


def waiting(data: Data) -> Counter[str]:
    """Return what rows without a verdict wait for, and how many do."""
    rows = (row["result"] for row in (*data["targets"], *data["claims"]))
    return Counter(filter(is_waiting, rows))


def is_waiting(result: str) -> bool:
    """Say whether a row has no verdict yet."""
    return result.lower() not in _VERDICTS


def is_about_memory(row: Data) -> bool:
    """Say whether a founding claim is about memory, by the words of its title."""
    words = f"{row['section']} {row['claim']}".lower()
    return "memory" in words or "allocation" in words


def count(rows: Sequence[Data], result: str) -> int:
    """Return how many rows have a result: a verdict, or "waiting"."""
    return sum(
        is_waiting(row["result"]) if result == "waiting" else row["result"].lower() == result
        for row in rows
    )


# How figures are written


def number(value: float | None) -> str:
    """Return a number with three digits that count, from a hundred on with four."""
    if not value and value != 0:  # None, and what a template does not find
        return ""
    if value == 0 or abs(value) >= 100:
        return f"{float(f'{value:.4g}'):,.0f}"
    return f"{value:.3g}"


def microseconds(ns: float | None) -> str:
    """Return nanoseconds as microseconds, with two decimals."""
    return f"{ns / 1000:,.2f}" if ns or ns == 0 else ""


def factor(value: float | None) -> str:
    """Return a ratio, such as 3.1x."""
    return f"{value:.2f}x" if value or value == 0 else ""


def with_unit(value: float | None, unit: str) -> str:
    """Return a number and its unit; yes or no where that is the question."""
    if value is None:
        return ""
    if unit == "yes = 1":
        return "yes" if value else "no"
    if unit in ("%", "x", "ratio"):
        return number(value) + ("%" if unit == "%" else "x")
    return f"{number(value)} {unit.removeprefix('messages')}".strip()


def measured(row: Data) -> str:
    """Return what was measured of a claim, or why nothing was."""
    if row["measured"] is None:
        return str(row["result"])
    return with_unit(row["measured"], row["unit"])


def verdict(result: str) -> str:
    """Return a result, a missed one in bold."""
    text = result if is_waiting(result) else result.lower()
    return f"**{text}**" if text in ("fail", "not reached") else text


def time_of(found: Data | None) -> str:
    """Return the time of a line, or why there is none."""
    state = str((found or {}).get("state", ""))
    if found and state == "ok":
        return microseconds(found["ns"]) + (" ~" if found.get("lesser") else "")
    return "cannot" if state == "unsupported" else state


def duration(seconds: float) -> str:
    """Return seconds as people say them."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{seconds / 3600:.1f} hours"


def ended(how: str) -> str:
    """Return how a soak came to its end, in a sentence."""
    return {
        "complete": "It ran to its end.",
        "interrupted": "It was stopped before its end; these are the figures up to there.",
    }.get(how, f"It ended early: {how}.")


def wrong(row: Data) -> str:
    """Return how many lines were lost, doubled or torn; empty where nobody could read them."""
    found = [row[each] for each in ("lost", "twice", "torn") if row.get(each) is not None]
    return f"{sum(found):,}" if len(found) == 3 else ""


def sum_wrong(data: Data) -> dict[str, Counter[str]]:
    """Return, by library, how many lines of a contention run were read, lost, doubled and torn."""
    found: dict[str, Counter[str]] = {}
    for row in (*data["threads"], *data["processes"], *data["tasks"]):
        if row["state"] == "ok" and row.get("lost") is not None and row.get("use") != "none":
            sums = found.setdefault(row["rival"], Counter())
            sums.update({name: row[name] for name in ("written", "lost", "twice", "torn")})
    return found


def tests(names: Sequence[str]) -> str:
    """Return names of tests, each on a line of a cell."""
    return "<br>".join(f"`{name.rpartition('/')[2]}`" for name in names)


def hundredths(value: float | None) -> str:
    """Return a figure with two decimals."""
    return f"{value:,.2f}" if value else ""


def strong(text: str, wanted: bool) -> str:
    """Return a text in bold, if it is wanted so."""
    return f"**{text}**" if wanted else text


def deeper(page: str) -> str:
    """Return a page as a part of another: each heading a level below."""
    return re.sub(r"^(?=#)", "#", page, flags=re.M)


def text(value: object) -> str:
    """Return a text as a table's cell may have it."""
    return re.sub(r"\s+", " ", str(value).replace("|", "\\|"))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a markdown table, without its last column if no row says anything there.

    Args:
        head: The titles of the columns; one that ends with ":" stands to the right.
        rows: The cells.
    """
    width = len(head) if any(row[-1] for row in rows) else len(head) - 1
    rule = ["---:" if title.endswith(":") else "---" for title in head]
    lines = [
        [title.removesuffix(":") for title in head],
        rule,
        *([*map(text, row)] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line[:width])} |" for line in lines)
