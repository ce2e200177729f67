"""The report: `python perf-lab/report [options]`, or `nox -s report`.

It makes one page of the records of all laboratories, opens it in Chromium and writes screenshots
beside it. It ends with 1 if the browser found something wrong with the page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Run as a folder, it has itself on the path, and the laboratory's modules lie above it.
sys.path.insert(1, str(Path(__file__).parents[1]))

from browser import MISSING, find_browser, look_at
from page import write_page
from record import PUBLISHED, RESULTS
from sources import find_sources


def make_parser() -> argparse.ArgumentParser:
    """Return what knows the options."""
    parser = argparse.ArgumentParser(prog="report", description=__doc__, allow_abbrev=False)
    parser.add_argument("--output", type=Path, help="the page; default results/report/index.html")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder of the records")
    parser.add_argument(
        "--published", type=Path, default=PUBLISHED,
        help="the folder of records that are kept, for what has not run",
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="make the page, do not open it")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the page, and look at it."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    for folder in (options.results, options.published):
        given = folder not in (RESULTS, PUBLISHED)
        if given and not folder.is_dir():
            parser.error(f"there is no folder {folder}")
    output: Path = options.output or options.results / "report" / "index.html"
    if output.is_dir():
        parser.error(f"{output} is a folder; --output names a file")
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


if __name__ == "__main__":
    sys.exit(main())
