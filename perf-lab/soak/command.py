"""The command line of the soak; imports the standard library only until the run begins."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from soak.agreed import DOCUMENTED_RATE

DEFAULT_S = 60.0
QUICK_S = 10.0
LANES = ("fast", "processor", "native")
RESULTS = Path(__file__).parents[1] / "results"
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse_duration(text: str) -> float:
    """Return the seconds of ``90``, ``90s``, ``10m``, ``24h`` or ``1d``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]*)", text)
    if found is None or found[2] not in _SECONDS or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 90s, 10m, 24h or 1d")
    return float(found[1]) * _SECONDS[found[2]]


def parse_count(text: str) -> int:
    """Return a whole number above 0, which may have underscores."""
    if not re.fullmatch(r"\d[\d_]*", text) or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of messages")
    return int(text)


def parse_rate(text: str) -> int:
    """Return messages per second; ``max`` is 0, as fast as it goes."""
    return 0 if text == "max" else parse_count(text)


def make_parser() -> argparse.ArgumentParser:
    """Return what knows the options."""
    parser = argparse.ArgumentParser(
        prog="soak", description="Log for long, and check every line.", allow_abbrev=False
    )
    parser.add_argument(
        "--duration", type=parse_duration, metavar="TIME",
        help="how long, such as 90s, 10m, 24h; 60 s if nothing else is said",
    )  # fmt: skip
    parser.add_argument(
        "--messages", type=parse_count, metavar="N",
        help="how many messages, as fast as it goes unless there is a --rate",
    )  # fmt: skip
    parser.add_argument(
        "--rate", type=parse_rate, metavar="N",
        help=f"messages per second, or max; {DOCUMENTED_RATE:,} unless --messages is given",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_S:.0f} s instead of 60")
    parser.add_argument("--lane", choices=LANES, help="the lane of Foundation to run")
    parser.add_argument(
        "--alone", action="store_true",
        help="without structlog beside it, as where there is no rate",
    )  # fmt: skip
    parser.add_argument(
        "--inject-leak", action="store_true", help="keep an object per message, to see it found"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run of soak.jsonl")
    parser.add_argument("--folder", type=Path, help="where the log files go; a temporary one")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where soak.json goes")
    return parser


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options; a wrong one prints the usage and ends with 2."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    if options.folder is not None and not options.folder.is_dir():
        parser.error(f"there is no folder {options.folder}")
    if options.resume and not (options.results / "soak.jsonl").is_file():
        parser.error(f"there is no {options.results / 'soak.jsonl'} to resume")
    if options.rate is None:
        options.rate = 0 if options.messages else DOCUMENTED_RATE
    if options.duration is None and options.messages is None:
        options.duration = QUICK_S if options.quick else DEFAULT_S
    if not options.rate:
        options.alone = True
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak and print its report: 0 passed, 1 failed, 2 usage, 130 interrupted."""
    options = parse(arguments)
    from soak.supervisor import run  # numpy, which nox's own interpreter may not have

    return run(options)


if __name__ == "__main__":
    sys.exit(main())
