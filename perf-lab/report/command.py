"""The command line of the report; imports the standard library until the page is made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
#: Records that are kept with the documentation.
PUBLISHED = Path(__file__).parents[2] / "docs" / "data"


def make_parser() -> argparse.ArgumentParser:
    """Return what knows the options."""
    parser = argparse.ArgumentParser(
        prog="report", description="Make one page of the records of all laboratories.",
        allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("--output", type=Path, help="the page; default results/report/index.html")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder of the records")
    parser.add_argument(
        "--published", type=Path, default=PUBLISHED,
        help="the folder of records that are kept, for what has not run",
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="make the page, do not open it")
    return parser


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options; a wrong one prints the usage and ends with 2."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    for folder in (options.results, options.published):
        # That nothing has run is no error.
        if folder not in (RESULTS, PUBLISHED) and not folder.is_dir():
            parser.error(f"there is no folder {folder}")
    options.output = options.output or options.results / "report" / "index.html"
    if options.output.is_dir():
        parser.error(f"{options.output} is a folder; --output names a file")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the page, and look at it; 1 if the browser finds something wrong with it."""
    options = parse(arguments)
    # They need matplotlib, and nox asks for the options without it.
    from browser import MISSING, find_browser, look_at
    from page import write_page
    from sources import find_sources

    output: Path = options.output
    sources = find_sources(options.results, options.published)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(write_page(sources, output.parent), encoding="utf-8")
    for source in sources.values():
        if not source.found:
            print(f"{source.lab}: {source.problem or f'has not run; {source.command} makes it'}")
    print(output)
    if options.no_browser:
        return 0
    executable = find_browser()
    if executable is None:
        print(MISSING)
        return 0
    look = look_at(output, executable)
    print(*look.screenshots, sep="\n")
    print(*look.problems, sep="\n", end="\n" if look.problems else "", file=sys.stderr)
    return 1 if look.problems else 0
