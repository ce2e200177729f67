"""The command line of the soak; imports click only until the run begins."""

from __future__ import annotations

import re
from pathlib import Path

import click

from perf_lab.laboratory import LANES
from perf_lab.places import RESULTS
from perf_lab.soak.mix import DOCUMENTED_RATE
from perf_lab.tool import FILE, Options, Tool

DEFAULT_S = 60.0
QUICK_S = 10.0
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse_duration(text: str) -> float:
    """Return the seconds of ``90``, ``90s``, ``10m``, ``24h`` or ``1d``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]*)", text)
    if found is None or found[2] not in _SECONDS or not float(found[1]):
        raise click.BadParameter(f"{text!r} is no duration such as 90s, 10m, 24h or 1d")
    return float(found[1]) * _SECONDS[found[2]]


def parse_rate(text: str) -> int:
    """Return messages per second; ``max`` is 0, as fast as it goes."""
    rate = 0 if text == "max" else int(text)
    if rate < 0 or text == "0":
        raise click.BadParameter(f"{text!r} is no rate such as 14_000 or max")
    return rate


def settle(options: Options) -> None:
    """Fill in what the options leave open."""
    if options.resume and not (options.results / "soak.jsonl").is_file():
        raise click.UsageError(f"there is no {options.results / 'soak.jsonl'} to resume")
    if options.rate is None:
        options.rate = 0 if options.messages else DOCUMENTED_RATE
    if options.duration is None and options.messages is None:
        options.duration = QUICK_S if options.quick else DEFAULT_S
    if not options.rate:
        options.alone = True


@click.command("soak", cls=Tool, settle=settle)
@click.option(
    "--duration", type=parse_duration, metavar="TIME",
    help="how long, such as 90s, 10m, 24h; 60 s if nothing else is said",
)  # fmt: skip
@click.option(
    "--messages", type=click.IntRange(min=1), metavar="N",
    help="how many messages, as fast as it goes unless there is a --rate",
)  # fmt: skip
@click.option(
    "--rate", type=parse_rate, metavar="N",
    help=f"messages per second, or max; {DOCUMENTED_RATE:,} unless --messages is given",
)  # fmt: skip
@click.option("--quick", is_flag=True, help=f"{QUICK_S:.0f} s instead of 60")
@click.option("--lane", type=click.Choice(LANES), help="the lane of Foundation to run")
@click.option("--alone", is_flag=True, help="without structlog, as where there is no rate")
@click.option("--inject-leak", is_flag=True, help="keep an object per message, to see it found")
@click.option("--resume", is_flag=True, help="go on with the run of soak.jsonl")
@click.option("--folder", type=FOLDER, help="where the log files go; a temporary one")
@click.option("--results", type=FILE, default=RESULTS, help="where soak.json goes")
def command(options: Options) -> int:
    """Log for long, and check every line.

    It ends with 1 if a check has failed, and with 130 if it was interrupted.
    """
    from perf_lab.soak.supervisor import run  # numpy, which not every environment has

    return run(options)
