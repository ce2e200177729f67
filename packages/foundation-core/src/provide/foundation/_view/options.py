"""What `foundation view` is asked for, as its options say."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from provide.foundation._output.encoding import is_terminal
from provide.foundation._view.screen import wants_color
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import parse_level

if TYPE_CHECKING:
    from provide.foundation._view.query.terms import Term

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


class Options:
    """Hold what is asked for.

    Attributes:
        arguments: Files and parts of the query, as they are given.
        paths: The files; `-` is standard input.
        query: What lines have to be; `None`: anything.
        since: The first moment, in seconds since the epoch; `None`: any.
        until: The first moment that is too late.
        terminal: Whether the output is a terminal.
        local: Whether times are local, and not UTC.
        colors: Whether to write colour codes.
    """

    def __init__(self) -> None:
        self.arguments: list[str] = []
        self.paths: list[str] = []
        self.query: Term | None = None
        self.level: int | None = None
        self.since: float | None = None
        self.until: float | None = None
        self.lines: int | None = None
        self.around: str | None = None
        self.follow = False
        self.fields: list[str] | None = None
        self.hide: list[str] = []
        self.raw = False
        self.full = False
        self.count_by: list[str] | None = None
        self.histogram = False
        self.local = False
        self.utc = False
        self.color = "auto"
        self.terminal = False
        self.colors = False


def read_level(text: str) -> int:
    """Return the number of a level's name.

    Raises:
        ValueError: It is none.
    """
    try:
        return parse_level(int(text) if text.isdecimal() else text)
    except (ConfigurationError, ValueError) as error:
        raise ValueError(f"{text!r} is no level: {error}") from None


def read_keys(text: str) -> list[str]:
    """Return the keys of a list with commas.

    Raises:
        ValueError: There is none.
    """
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if not keys:
        raise ValueError("no key is given")
    return keys


def read_number(text: str) -> int:
    """Return a number of lines.

    Raises:
        ValueError: It is none.
    """
    if not text.isdecimal() or len(text) > 9:
        raise ValueError(f"{text!r} is no number of lines")
    return int(text)


def read_choice(text: str) -> str:
    """Return when to write colours.

    Raises:
        ValueError: There is no such choice.
    """
    if text not in COLORS:
        raise ValueError(f"invalid choice: {text!r} (choose from {', '.join(COLORS)})")
    return text


COLORS = ("auto", "always", "never")
#: What makes a value of the text behind an option; `None`: it is a switch.
OPTIONS: dict[str, Callable[[str], object] | None] = {
    "--level": read_level,
    "--since": str,
    "--until": str,
    "--lines": read_number,
    "--around": str,
    "--follow": None,
    "--fields": read_keys,
    "--hide": read_keys,
    "--raw": None,
    "--full": None,
    "--count-by": read_keys,
    "--histogram": None,
    "--local": None,
    "--utc": None,
    "--color": read_choice,
}
_SHORT = {"-l": "--level", "-n": "--lines", "-f": "--follow", "-r": "--raw"}
_EITHER = (("--count-by", "--histogram"), ("--local", "--utc"))


class UsageError(Exception):
    """Say what of a command line cannot be understood."""


def parse_options(arguments: Sequence[str], prog: str) -> Options:
    """Return the options.

    It is no `argparse`, whose import and set-up take as long as a screen of lines.

    Raises:
        SystemExit: They cannot be understood, or help was asked for.
    """
    try:
        options = _parse(arguments)
        if options is not None:
            return options
    except UsageError as problem:
        print(f"{prog}: {problem} (see {prog} --help)", file=sys.stderr)
        sys.exit(2)
    print(HELP.format(prog=prog), end="")
    sys.exit(0)


def _parse(arguments: Sequence[str]) -> Options | None:
    """Return the options; `None`: help is asked for."""
    options = Options()
    if not _take_all(options, arguments):
        return None
    filters: list[str] = []
    for argument in options.arguments:
        is_path = argument == "-" or os.path.exists(argument)
        (options.paths if is_path else filters).append(argument)
    if options.paths.count("-") > 1:
        raise UsageError("standard input can be read once")
    if filters or options.since or options.until:
        try:
            _read_wanted(options, filters)
        except ValueError as problem:
            raise UsageError(str(problem)) from None
    for name, asked in (("--count-by", options.count_by), ("--histogram", options.histogram)):
        if asked and (options.follow or options.around is not None):
            raise UsageError(f"{name} goes with neither --follow nor --around")
    options.paths = options.paths or ["-"]
    options.terminal = is_terminal(sys.stdout)
    options.local = options.local or (options.terminal and not options.utc)
    options.colors = wants_color(options.color, os.environ)
    return options


def _take_all(options: Options, arguments: Sequence[str]) -> bool:
    """Sort the arguments, filters and options in any order; tell whether no help is asked for."""
    rest = list(arguments)
    given: set[str] = set()
    unknown: list[str] = []
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            options.arguments += rest
            break
        if not _is_option(argument):
            options.arguments.append(argument)
            continue
        name, has_value, value = argument.partition("=")
        if argument[:2] != "--":
            name = _SHORT.get(argument[:2], argument[:2])
            value = argument[2:]
            if value and OPTIONS.get(name, str) is None and value[0] != "=":
                rest.insert(0, f"-{value}")  # -rf
                value = ""
            has_value = value
            value = value.removeprefix("=")
        if name in ("--help", "-h"):
            return False
        if name not in OPTIONS:
            unknown.append(argument)
            continue
        for pair in _EITHER:
            other = pair[name == pair[0]]
            if name in pair and other in given:
                raise UsageError(f"argument {name}: not allowed with argument {other}")
        given.add(name)
        _take(options, name, value if has_value else None, rest)
    if unknown:
        raise UsageError(f"unrecognized arguments: {' '.join(unknown)}")
    return True


def _take(options: Options, name: str, value: str | None, rest: list[str]) -> None:
    """Keep one option; take its value from the rest if it has none of its own."""
    read = OPTIONS[name]
    place = name[2:].replace("-", "_")
    if read is None:
        if value is not None:
            raise UsageError(f"argument {name}: ignored explicit argument {value!r}")
        setattr(options, place, True)
        return
    if value is None:
        if not rest or _is_option(rest[0]) or rest[0] == "--":
            raise UsageError(f"argument {name}: expected one argument")
        value = rest.pop(0)
    try:
        setattr(options, place, read(value))
    except ValueError as problem:
        raise UsageError(f"argument {name}: {problem}") from None


def _is_option(argument: str) -> bool:
    """Tell whether an argument is an option: `-` is none, nor `-10m`, nor what has a blank."""
    return argument[:1] == "-" and argument[1:2] not in ("", *"0123456789") and " " not in argument


def _read_wanted(options: Options, filters: Sequence[str]) -> None:
    """Read query and moments; any other argument is the path of a file that is not there."""
    # Here: whoever has neither does not wait for what reads them.
    from provide.foundation._view.query.parser import looks_like_query, parse_query

    options.paths += [each for each in filters if not looks_like_query(each)]
    options.query = parse_query([each for each in filters if looks_like_query(each)])
    if not (options.since or options.until):
        return
    from provide.foundation._view.query.times import parse_moment

    now = time.time()
    for name in ("since", "until"):
        text = getattr(options, name)
        if text is not None:
            setattr(options, name, parse_moment(text, now, utc=options.utc))
