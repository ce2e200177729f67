"""The command line of the contention lab; imports the standard library only until it begins."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
LANES = ("fast", "processor", "native")


def make_parser() -> argparse.ArgumentParser:
    """Return what knows the options."""
    parser = argparse.ArgumentParser(
        prog="contention", description="Log from many threads, processes and tasks at once.",
        allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="fewer counts and rounds: a minute")
    parser.add_argument("--lane", choices=LANES, help="the lane of Foundation to run")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the record goes")
    return parser


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options; a wrong one prints the usage and ends with 2."""
    return make_parser().parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and write the record: 0 passed, 1 failed, 2 usage."""
    options = parse(arguments)
    from contention.run import run  # orjson, which nox's own interpreter may not have

    return run(options)


if __name__ == "__main__":
    sys.exit(main())
