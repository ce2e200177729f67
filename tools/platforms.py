"""Where the tests have run: `python -m tools.platforms add --junit FILE ...` records one run more.

The rows stand in docs/data/platforms.json, and docs/guide/platforms.md shows them between marks;
nothing else in the repository says that a Python or a system works. A run counts as a row only if
no test of it failed. The same system, Python, way to run and lane again replaces the older row.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DATA = ROOT / "docs/data/platforms.json"
PAGE = ROOT / "docs/guide/platforms.md"
#: How a machine was had; what only imitates it is told from it.
WAYS = ("native", "Wine", "emulation")
#: The packages whose versions a row names: what a line goes through.
NAMED = ("attrs", "orjson", "structlog")
#: What a row is known by.
KEY = ("platform", "python", "how", "lane")

Row = dict[str, Any]

_BLOCK = re.compile(r"<!-- runs: ([a-z]+) -->\n(?:(?!<!-- ).)*<!-- end of runs -->", re.DOTALL)


def read_run(*junit: Path) -> Row:
    """Return what junit files say: how many tests there were, what became of them, and when.

    A file of tests that was skipped as a whole is one test there, and its reason says so.

    Args:
        junit: What `pytest --junitxml` has written, of one run or of its parts.

    Raises:
        ValueError: Nothing has passed, something has failed, or a test is in two parts.
    """
    suites = [suite for file in junit for suite in ET.parse(file).getroot().iter("testsuite")]
    cases = [case for suite in suites for case in suite.iter("testcase")]
    names = [f"{case.get('classname')}::{case.get('name')}" for case in cases]
    failed = [
        name
        for name, case in zip(names, cases, strict=True)
        if case.find("failure") is not None or case.find("error") is not None
    ]
    if failed:
        raise ValueError(f"{len(failed)} tests failed, {failed[0]} for one")
    if twice := Counter(names) - Counter(set(names)):
        raise ValueError(f"{len(twice)} tests are there twice, {min(twice)} for one")
    skipped: Counter[str] = Counter()
    files: dict[str, set[str]] = {}
    for case in cases:
        if (found := case.find("skipped")) is not None:
            skipped[_reason(case, found)] += 1
        elif named := re.match(r"packages\.([\w-]+)\.tests\.([\w.]+)", case.get("classname", "")):
            files.setdefault(named[1], set()).add(named[2].split(".Test")[0])
        else:
            files.setdefault("others", set()).add(case.get("classname", ""))
    passed = len(cases) - skipped.total()
    if not passed:
        raise ValueError(f"none of {len(cases)} tests has passed")
    return {
        "tests": len(cases),
        "passed": passed,
        "failed": 0,
        "skipped": dict(sorted(skipped.items())),
        "files": {name: len(names) for name, names in sorted(files.items())},
        "date": min(suite.get("timestamp", "") for suite in suites)[:10],
    }


def _reason(case: ET.Element, skipped: ET.Element) -> str:
    said = skipped.get("message", "")
    if said == "collection skipped":  # the text is where, and why
        _, _, why = ast.literal_eval(skipped.text or "")
        return "a whole file: " + str(why).removeprefix("Skipped: ")
    return f"expected to fail: {said}" if skipped.get("type") == "pytest.xfail" else said


def locked_versions(lock: Path) -> dict[str, list[str]]:
    """Return which versions of the named packages a lock has; some have one for each Python."""
    found = re.findall(r"^([\w-]+)==([^\s;]+)", lock.read_text("utf-8"), re.M)
    return {name: [version for each, version in found if each == name] for name in NAMED}


def runs(rows: Sequence[Row]) -> str:
    """Return the table of all rows."""
    head = ("system", "Python", "how", "lane", "of", "tests", "passed", "failed", "skipped",
            "date", "commit")  # fmt: skip
    cells = [
        [
            row["platform"], row["python"], row["how"], row["lane"], _of(row["files"]),
            f"{row['tests']:,}", f"{row['passed']:,}", f"{row['failed']:,}",
            f"{sum(row['skipped'].values()):,}", row["date"], f"`{row['commit']}`",
        ]
        for row in rows
    ]  # fmt: skip
    return _table(head, cells, right=range(5, 9))


def reasons(rows: Sequence[Row]) -> str:
    """Return why tests were skipped, with how many of each row."""
    said: dict[str, list[str]] = {}
    for row in rows:
        for reason, count in row["skipped"].items():
            said.setdefault(reason, []).append(f"{_short(row)}: {count}")
    cells = [[reason, "; ".join(where)] for reason, where in sorted(said.items())]
    return _table(("reason", "skipped"), cells) if cells else "Nothing was skipped."


def versions(rows: Sequence[Row]) -> str:
    """Return what the tests of each row ran with."""
    cells = [[_short(row), *(" or ".join(row["versions"][name]) for name in NAMED)] for row in rows]
    return _table(("run", *NAMED), cells)


def _short(row: Row) -> str:
    lane = "" if row["lane"] == "every" else f", {row['lane']}"
    return f"{row['platform']} {row['python']}{lane}"


def _of(files: dict[str, int]) -> str:
    return ", ".join(f"{name.removeprefix('foundation-')} {count}" for name, count in files.items())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    rule = ["---:" if number in right else "---" for number in range(len(head))]
    lines = ([cell.replace("|", "\\|") for cell in cells] for cells in (head, rule, *rows))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def fill(page: str, rows: Sequence[Row]) -> str:
    """Return a page with its tables made anew; `<!-- runs: NAME -->` says where each stands."""
    made = {function.__name__: function for function in (runs, reasons, versions)}

    def block(found: re.Match[str]) -> str:
        return f"<!-- runs: {found[1]} -->\n\n{made[found[1]](rows)}\n\n<!-- end of runs -->"

    return _BLOCK.sub(block, page)


def add(rows: Iterable[Row], row: Row) -> list[Row]:
    """Return the rows in their order, with one more, or with it in the place of an older one."""
    others = [each for each in rows if any(each[name] != row[name] for name in KEY)]

    def place(row: Row) -> tuple[object, ...]:
        numbers = tuple(int(number) for number in re.findall(r"\d+", row["python"]))
        return (WAYS.index(row["how"]), row["platform"], numbers, row["lane"])

    return sorted([*others, row], key=place)


def read_rows() -> list[Row]:
    """Return the rows that have been recorded."""
    rows: list[Row] = json.loads(DATA.read_text("utf-8"))
    return rows


def write(rows: Sequence[Row]) -> None:
    """Write the data and the page."""
    DATA.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(fill(PAGE.read_text("utf-8"), rows), encoding="utf-8")


def main(words: Sequence[str] | None = None) -> int:
    """Record a run, or write the page anew; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.platforms", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("write", help="write the page anew from the data")
    new = commands.add_parser("add", help="record a run, and write the page")
    new.add_argument(
        "--junit", type=Path, nargs="+", required=True, help="what pytest has written, or its parts"
    )
    new.add_argument("--platform", required=True, help='such as "Linux x86_64"')
    new.add_argument("--python", required=True, help="such as 3.15")
    new.add_argument("--how", choices=WAYS, default="native")
    new.add_argument("--lane", default="every", help='which lanes; "every" where none is left out')
    new.add_argument("--lock", type=Path, default=ROOT / "requirements/test.txt")
    new.add_argument("--commit", help="what was tested; default: what is checked out")
    given = parser.parse_args(words)
    if given.command == "write":
        write(read_rows())
        return 0
    try:
        run = read_run(*given.junit)
    except (OSError, ET.ParseError, ValueError) as error:
        print(f"{', '.join(map(str, given.junit))}: {error}", file=sys.stderr)
        return 1
    row = {name: getattr(given, name) for name in KEY} | run
    row["commit"] = given.commit or _head()
    row["versions"] = locked_versions(given.lock)
    write(add(read_rows(), row))
    print(f"{_short(row)} ({given.how}): {run['passed']} of {run['tests']} passed")
    return 0


def _head() -> str:
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    return subprocess.check_output(command, cwd=ROOT, text=True).strip()


if __name__ == "__main__":
    sys.exit(main())
