"""The command line, `python -m provide.foundation`.

Exit codes: 0 as asked, 1 a file that cannot be read, 2 a command that cannot be understood,
130 ended by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from provide.foundation._cli.view import View, run, wants_color
from provide.foundation._version import __version__
from provide.foundation.errors import ConfigurationError
from provide.foundation.levels import parse_level

PROGRAM = "python -m provide.foundation"


def read_level(text: str) -> int:
    """Return the number of a level's name, for argparse."""
    try:
        return parse_level(int(text) if text.isdecimal() else text)
    except (ConfigurationError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no level: {error}") from None


def make_view_parser() -> argparse.ArgumentParser:
    """Return the parser of `view` and what follows it."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} view",
        description="Show JSON log lines as they look on a terminal. Other lines are shown with "
        "their control characters escaped, unless a filter is given.",
    )
    parser.add_argument(
        "arguments",
        nargs="*",
        metavar="FILE | KEY=VALUE",
        help="the file (default: standard input, which is also -), and any number of filters "
        "that all must hold; a dotted key reaches into objects: request.method=GET",
    )
    parser.add_argument("-l", "--level", type=read_level, help="the lowest level to show")
    parser.add_argument("-f", "--follow", action="store_true", help="go on as the file grows")
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="auto (the default) is: on a terminal, unless NO_COLOR is set; FORCE_COLOR counts too",
    )
    return parser


def view_command(arguments: Sequence[str]) -> int:
    """Run `view` and return the exit code."""
    parser = make_view_parser()
    # Intermixed, so that filters and options may come in any order.
    options = parser.parse_intermixed_args(arguments)
    paths, wanted = [], []
    for argument in options.arguments:
        key, sign, text = argument.partition("=")
        if sign and not os.path.exists(argument):
            wanted.append((key, text))
        else:
            paths.append(argument)
    if len(paths) > 1:
        parser.error(f"one file at a time, not {len(paths)}: {' '.join(paths)}")
    view = View(colors=wants_color(options.color, os.environ), level=options.level, wanted=wanted)
    path = paths[0] if paths else "-"
    try:
        run(path, view, following=options.follow)
    except BrokenPipeError:
        return 0  # `| head` has seen enough
    except OSError as error:
        print(f"{parser.prog}: {path}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: What follows the program's name; None takes the process's own.
    """
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Foundation's tools.")
    parser.add_argument("--version", action="version", version=f"foundation-core {__version__}")
    parser.add_argument("command", choices=("view",), help="view: show JSON log lines for people")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="see: view --help")
    options = parser.parse_args(arguments)
    try:
        return view_command(options.arguments)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
