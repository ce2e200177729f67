"""The command line of the contention lab; imports click only until it begins."""

from __future__ import annotations

import click

from perf_lab.laboratory import LANES
from perf_lab.places import RESULTS
from perf_lab.tool import FILE, Options, Tool


@click.command("contention", cls=Tool)
@click.option("--quick", is_flag=True, help="fewer counts and rounds: a minute")
@click.option("--lane", type=click.Choice(LANES), help="the lane of Foundation to run")
@click.option("--results", type=FILE, default=RESULTS, help="where the record goes")
def command(options: Options) -> int:
    """Log from threads and processes at once.

    It ends with 1 if a check has failed.
    """
    from perf_lab.contention.run import run  # orjson, which not every environment has

    return run(options)
