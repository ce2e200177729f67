"""Run programs and print the table: `python -m programs [--quick] [part of a name ...]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from programs.cases import list_programs
from programs.judge import Verdict, judge
from programs.program import Failure, Program

#: How many requests a program gets in a quick run, which tests of its framework stand beside.
_QUICK = 100
_HEAD = ("program", "version", "lines", "plain", "doubled", "lost", "without id", "exceptions", "s")


def main() -> int:
    """Run what was chosen; return 1 if a line is not as it should be."""
    parser = argparse.ArgumentParser(prog="programs", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names: only these programs")
    parser.add_argument("--quick", action="store_true", help="one of each kind, few requests")
    parser.add_argument("--list", action="store_true", help="say which there are, and run none")
    given = parser.parse_args()
    chosen = [
        program
        for program in list_programs()
        if (program.quick or not given.quick)
        and (not given.names or any(part.lower() in program.name.lower() for part in given.names))
    ]
    if given.list:
        print("\n".join(program.name for program in chosen))
        return 0
    if not chosen:
        parser.error("no program has such a name")
    print_row(_HEAD)
    bad = sum(not run_program(program, quick=given.quick) for program in chosen)
    total = len(chosen)
    print(f"{total - bad} of {total} programs: every line JSON, once, with its id")
    return 1 if bad else 0


def run_program(program: Program, *, quick: bool) -> bool:
    """Run one program, print its row, and say whether its lines are as they should be."""
    began = time.monotonic()
    count = min(program.requests, _QUICK) if quick else program.requests
    with tempfile.TemporaryDirectory() as home:
        try:
            verdict = judge(program, program.run(Path(home), count))
        except Failure as failure:
            print_row((program.name, _version(program), f"FAILED: {failure}"))
            written = Path(home, "written")
            if written.exists():
                print(written.read_text("utf-8", "replace")[-3000:])
            return False
    print_verdict(program, verdict, time.monotonic() - began)
    return verdict.is_clean


def print_verdict(program: Program, verdict: Verdict, seconds: float) -> None:
    """Print a row of the table, and under it an example of each fault."""
    counts = (verdict.lines, verdict.plain, verdict.doubled, verdict.lost, verdict.without_id)
    wrong = f"{verdict.exceptions} wrong" if verdict.exceptions else "once"
    row = (program.name, _version(program), *map(str, counts), wrong, f"{seconds:.1f}")
    print_row(row)
    for example in verdict.examples:
        print(f"    {example}")


def _version(program: Program) -> str:
    try:
        return version(program.distribution)
    except PackageNotFoundError:
        return "missing"


def print_row(cells: tuple[str, ...]) -> None:
    """Print cells in columns, at once."""
    name, edition, *rest = cells
    print(f"{name:<44}{edition:<14}" + "".join(f"{cell:>11}" for cell in rest), flush=True)


if __name__ == "__main__":
    sys.exit(main())
