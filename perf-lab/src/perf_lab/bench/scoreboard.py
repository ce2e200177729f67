"""`perf-lab claims`: the scoreboard of the founding claims, from a run that has been."""

from __future__ import annotations

import click

from perf_lab.bench.tables import show_claims, show_machine
from perf_lab.places import PUBLISHED, RESULTS
from perf_lab.records.record import read_record
from perf_lab.tool import FILE, Options, Tool


@click.command("claims", cls=Tool)
@click.option("--results", type=FILE, help="a run's file; the latest here, or the published one")
def command(options: Options) -> int:
    """Show the founding claims of a run.

    It ends with 1 if one fails, and with 2 if nothing has run.
    """
    places = (options.results,) if options.results else (
        RESULTS / "latest.json", PUBLISHED / "performance.json"
    )  # fmt: skip
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        raise click.UsageError(f"there is no {places[0]}; `nox -s bench` makes it")
    found = read_record(path, "bench").figures
    print(show_claims(found["claims"]), show_machine(found["machine"]), path, sep="\n\n")
    return int(any(row["result"] == "FAIL" for row in found["claims"]))
