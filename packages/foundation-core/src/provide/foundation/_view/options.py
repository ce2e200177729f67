"""What `foundation view` is asked for, as its options say."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from provide.foundation._output.encoding import is_terminal
from provide.foundation._view.screen import wants_color
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import parse_level

HELP = """\
usage: {prog} [FILE ...] [QUERY ...] [options]

Show log lines of any logger for people: JSON, logfmt, text, access lines, out
of docker, CRI, journald; gz, xz, zst. Without FILE: standard input, also -.

QUERY   KEY=VALUE != ~ !~ > >= < <=   has:KEY   "TEXT"   ~REGEX   and or not ( )
        several must all hold; status>=500  'path~^/api and not user.plan=pro'
-l, --level LEVEL     this level and above; foreign errors stay, too
    --since, --until  -10m, 1h30m, 14:30, 2026-11-29, 2026-11-29T14:30:00Z
-n, --lines N         the last N; with --around: lines before and after each, 10
    --around TEXT     lines with a text, and their neighbours
-f, --follow          go on as files grow, through rotation; Ctrl-C ends it
    --fields A,B      only these fields         --hide A,B    without these
-r, --raw             as they are in the file   --full        long values, too
    --count-by A,B    count lines by values     --histogram   count over time
    --local, --utc    whose clock; a terminal gets local, else UTC
    --color WHEN      auto (NO_COLOR, FORCE_COLOR count), always, never
exit codes: 0 shown; 1 nothing matches, or a file cannot be read; 2 a query or
an option is wrong; 130 Ctrl-C. Hidden lines of no known form are counted.
"""
#: Options whose values may begin with a dash.
_DASHED = ("--since", "--until")


class Parser(argparse.ArgumentParser):
    """Parse the options, with a help that fits on a screen, and errors of one line."""

    def format_help(self) -> str:
        """Return the help, of at most 24 rows of 80 columns."""
        return HELP.format(prog=self.prog)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with 2."""
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(2)


def read_level(text: str) -> int:
    """Return the number of a level's name, for argparse."""
    try:
        return parse_level(int(text) if text.isdecimal() else text)
    except (ConfigurationError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no level: {error}") from None


def read_keys(text: str) -> list[str]:
    """Return the keys of a list with commas, for argparse."""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if not keys:
        raise argparse.ArgumentTypeError("no key is given")
    return keys


def read_number(text: str) -> int:
    """Return a number of lines, for argparse."""
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


def make_parser(prog: str) -> Parser:
    """Return the parser."""
    parser = Parser(prog=prog, allow_abbrev=False)
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("-l", "--level", type=read_level)
    parser.add_argument("--since")
    parser.add_argument("--until")
    parser.add_argument("-n", "--lines", type=read_number)
    parser.add_argument("--around")
    parser.add_argument("-f", "--follow", action="store_true")
    parser.add_argument("--fields", type=read_keys)
    parser.add_argument("--hide", type=read_keys, default=[])
    parser.add_argument("-r", "--raw", action="store_true")
    parser.add_argument("--full", action="store_true")
    counting = parser.add_mutually_exclusive_group()
    counting.add_argument("--count-by", type=read_keys)
    counting.add_argument("--histogram", action="store_true")
    zone = parser.add_mutually_exclusive_group()
    zone.add_argument("--local", action="store_true")
    zone.add_argument("--utc", action="store_true")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    return parser


def parse_options(arguments: Sequence[str], prog: str) -> argparse.Namespace:
    """Return the options, with `paths`, `query`, `colors` and `terminal` beside the parser's own.

    Raises:
        SystemExit: They cannot be understood, or help was asked for.
    """
    parser = make_parser(prog)
    # Intermixed, so that filters and options may come in any order.
    options = parser.parse_intermixed_args(_join_dashed(arguments))
    options.paths = []
    filters: list[str] = []
    for argument in options.arguments:
        is_path = argument == "-" or os.path.exists(argument)
        (options.paths if is_path else filters).append(argument)
    if options.paths.count("-") > 1:
        parser.error("standard input can be read once")
    options.query = None
    if filters or options.since or options.until:
        try:
            _read_wanted(options, filters)
        except ValueError as problem:
            parser.error(str(problem))
    for name, asked in (("--count-by", options.count_by), ("--histogram", options.histogram)):
        if asked and (options.follow or options.around is not None):
            parser.error(f"{name} goes with neither --follow nor --around")
    options.paths = options.paths or ["-"]
    options.terminal = is_terminal(sys.stdout)
    options.local = options.local or (options.terminal and not options.utc)
    options.colors = wants_color(options.color, os.environ)
    return options


def _read_wanted(options: argparse.Namespace, filters: Sequence[str]) -> None:
    """Read query and moments; any other argument is the path of a file that is not there."""
    # Here: whoever has neither does not wait for what reads them.
    from provide.foundation._view.query.parser import looks_like_query, parse_query
    from provide.foundation._view.query.times import parse_moment

    options.paths += [each for each in filters if not looks_like_query(each)]
    options.query = parse_query([each for each in filters if looks_like_query(each)])
    now = time.time()
    for name in ("since", "until"):
        text = getattr(options, name)
        if text is not None:
            setattr(options, name, parse_moment(text, now, utc=options.utc))


def _join_dashed(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--since -10m` as one: argparse would take -10m for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] in _DASHED and argument[:1] == "-" and argument[1:2].isdecimal():
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined
