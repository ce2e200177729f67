"""`perf-lab delivery`: background delivery alone, a part of the benchmark."""

from __future__ import annotations

import click

from perf_lab.delivery.background import measure_delivery, show_delivery
from perf_lab.delivery.paced import measure_paced, show_paced
from perf_lab.records.progress import Progress
from perf_lab.tool import Options, Tool


@click.command("delivery", cls=Tool)
@click.option("--paced", is_flag=True, help="at 5,000 lines a second, beside direct writing")
def command(options: Options) -> None:
    """Measure background delivery.

    Its speed beside rivals, and how many lines a kill loses.
    """
    progress = Progress()
    if options.paced:
        text = show_paced(measure_paced(5, progress))
    else:
        text = show_delivery(measure_delivery(5, 20_000, 300, progress))
    progress.end()
    print(text)
