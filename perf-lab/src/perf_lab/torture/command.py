"""Tortures Foundation beside its rivals: `nox -s torture`; ends with 1 unless every row is kept.

Each case is played by each library in a process of its own, once as Python starts and once under
PYTHONUNBUFFERED=1. A cell says "kept" only if it was kept both times; what a rival has broken
once it does not play again.
"""

from __future__ import annotations

import click

from perf_lab.places import RESULTS
from perf_lab.tool import FILE, Options, Tool


def settle(options: Options) -> None:
    """Say where the results go."""
    if options.output is None:
        # What is published has all cases and the other libraries: a part does not replace it.
        part = options.quick or options.alone or options.lane or options.only or options.exactly
        options.output = RESULTS / ("torture-part.json" if part else "torture.json")


@click.command("torture", cls=Tool, settle=settle)
@click.option("--quick", is_flag=True, help="a few cases, Foundation alone")
@click.option("--alone", is_flag=True, help="Foundation alone")
@click.option(
    "--lane", type=click.Choice(("fast", "processor", "native")), help="Foundation's lane"
)
@click.option("--only", default="", help="cases whose name has this in it")
@click.option("--exactly", multiple=True, help="the case of this name")
@click.option("--jobs", type=int, default=2, help="processes at once; default 2")
@click.option("--keep", type=FILE, help="a folder to leave every output in")
@click.option("--output", type=FILE, help="where the results go")
def command(options: Options) -> int:
    """Put every promise to the test.

    It ends with 1 unless Foundation keeps every one.
    """
    import pytest  # only here: options are read without it

    from perf_lab.torture.plugin import ARGUMENTS, Torture

    torture = Torture(options)
    failed = pytest.main(list(ARGUMENTS), plugins=[torture])
    return int(failed or not torture.rows)
