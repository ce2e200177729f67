"""The command line of the report; imports click only until the page is made."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from perf_lab.places import PUBLISHED, RESULTS
from perf_lab.tool import FILE, Options, Tool


def settle(options: Options) -> None:
    """Say where the page goes, and refuse folders that are not there."""
    for folder in (options.results, options.published):
        # That nothing has run is no error.
        if folder not in (RESULTS, PUBLISHED) and not folder.is_dir():
            raise click.UsageError(f"there is no folder {folder}")
    options.output = options.output or options.results / "report" / "index.html"


@click.command("report", cls=Tool, settle=settle)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path),
              help="the page; default results/report/index.html")  # fmt: skip
@click.option("--results", type=FILE, default=RESULTS, help="the folder of the records")
@click.option("--published", type=FILE, default=PUBLISHED,
              help="the folder of records that are kept, for what has not run")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="make the page, do not open it")
def command(options: Options) -> int:
    """Make one page of all records.

    It ends with 1 if the browser finds something wrong with it.
    """
    # They need what draws charts, and nox asks for the options without it.
    from perf_lab.pages.browser import MISSING, VIEWS, find_browser, look_at
    from perf_lab.pages.page import find_sources, write_page

    output: Path = options.output
    sources = find_sources(options.results, options.published)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(write_page(sources, output.parent), encoding="utf-8")
    for source in sources.values():
        if source.record is None:
            print(f"{source.lab}: {source.problem or f'has not run; {source.command} makes it'}")
    print(output)
    if options.no_browser:
        return 0
    if find_browser() is None:
        print(MISSING)
        return 0
    looks = [look_at(output, view) for view in VIEWS]
    print(*(screenshot for screenshot, _ in looks), sep="\n")
    problems = [problem for _, found in looks for problem in found]
    print("".join(f"{problem}\n" for problem in problems), end="", file=sys.stderr)
    return 1 if problems else 0
