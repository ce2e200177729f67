"""The command line: `foundation`, which is `python -m provide.foundation`.

Exit codes: 0 as asked. 1 a file that cannot be read, a query that no line matches, an output that
cannot be written, or code that has to be changed. 2 a command that cannot be understood, or a
configuration with a mistake. 130 ended by Ctrl-C.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from provide.foundation._record.escaping import escape_text
from provide.foundation._version import __version__
from provide.foundation._view.screen import wants_color, write_all
from provide.foundation.errors import ConfigurationError

if TYPE_CHECKING:
    import argparse

PRESETS = ("production", "development", "minimal")
_SCRIPT = "foundation"
#: The names of the package itself, in which `_encoder` looks.
_PACKAGE = vars(sys.modules["provide.foundation"])
PROGRAM = "python -m provide.foundation"
_COLOR_HELP = "auto (the default) is: on a terminal, unless NO_COLOR is set; FORCE_COLOR counts too"


def program() -> str:
    """Return how the command line was called."""
    called = os.path.basename(sys.argv[0]).removesuffix(".exe")
    return _SCRIPT if called == _SCRIPT else PROGRAM


def make_explain_parser() -> argparse.ArgumentParser:
    """Return the parser of `explain` and what follows it."""
    import argparse  # `view` has a parser of its own, and no time for this one

    parser = argparse.ArgumentParser(
        prog=f"{program()} explain",
        description="Show what a configuration means: its values and where each came from, the "
        "lane of each output and why it is not a faster one, the packages that add to lines, and "
        "a sample line for each output. Nothing is opened for writing.",
    )
    given = parser.add_mutually_exclusive_group()
    given.add_argument(
        "-c",
        "--config",
        metavar="FILE",
        help="a TOML or JSON file; without it, and without a preset: the environment",
    )
    given.add_argument("-p", "--preset", choices=PRESETS, help="a preset of TelemetryConfig")
    parser.add_argument(
        "-e",
        "--env",
        action="store_true",
        help="let the environment win over the file or the preset, as from_env(defaults=...) does",
    )
    parser.add_argument("-a", "--all", action="store_true", help="show defaults as well")
    parser.add_argument("--json", action="store_true", help="for machines: all values, as JSON")
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help=_COLOR_HELP
    )
    return parser


def explain_command(arguments: Sequence[str]) -> int:
    """Run `explain` and return the exit code."""
    parser = make_explain_parser()
    options = parser.parse_args(arguments)
    # Here: `view` has no use for what makes a pipeline.
    from provide.foundation._cli.explain import explain, read_config

    try:
        config, origin, problems = read_config(
            options.config, options.preset, environment=options.env
        )
        text = explain(
            config,
            origin,
            problems,
            colors=wants_color(options.color, os.environ) and not options.json,
            every=options.all,
            as_json=options.json,
        )
    except ConfigurationError as error:
        for row in (f"{parser.prog}: {error}", *getattr(error, "__notes__", ())):
            print(escape_text(row), file=sys.stderr)
        return 2
    try:
        write_all(1, text.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        return 0  # `| head` has seen enough
    except OSError as error:
        print(f"{parser.prog}: standard output: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def view_command(arguments: Sequence[str]) -> int:
    """Run `view` and return the exit code."""
    prog = f"{program()} view"
    from provide.foundation._view.options import parse_options

    options = parse_options(arguments, prog)
    # Here: help and mistakes have no use for what reads files.
    from provide.foundation._view.view import run

    if _PACKAGE["_is_brief"]:
        gc.freeze()
        gc.enable()
    try:
        return run(options, prog)
    except BrokenPipeError:
        return 0  # `| head` has seen enough
    except OSError as error:
        print(f"{prog}: standard output: {error.strerror or error}", file=sys.stderr)
        return 1


def live_command(arguments: Sequence[str]) -> int:
    """Run `live` and return the exit code."""
    from provide.foundation._live.command import run

    return run(arguments, f"{program()} live")


def migrate_command(arguments: Sequence[str]) -> int:
    """Run `migrate` and return the exit code."""
    from provide.foundation._cli.migrate import migrate

    return migrate(arguments, program())


def logging_config_command(arguments: Sequence[str]) -> int:
    """Print where the configuration for `logging` lies, and return the exit code."""
    return _print_path(
        "logging-config",
        "Print the path of a configuration for logging, in JSON: for --log-config of "
        "uvicorn, granian and hypercorn, and for gunicorn's logconfig_json.",
        arguments,
    )


def lnav_format_command(arguments: Sequence[str]) -> int:
    """Print where the format for lnav lies, and return the exit code."""
    return _print_path(
        "lnav-format",
        "Print the path of a format with which lnav reads Foundation's JSON lines: "
        'lnav -i "$(foundation lnav-format)".',
        arguments,
    )


def hl_config_command(arguments: Sequence[str]) -> int:
    """Print where the configuration for hl lies, and return the exit code."""
    return _print_path(
        "hl-config",
        "Print the path of a configuration with which hl reads Foundation's lines: "
        'hl --config "$(foundation hl-config)".',
        arguments,
        "toml",
    )


def _print_path(
    command: str, description: str, arguments: Sequence[str], kind: str = "json"
) -> int:
    """Print the path of the file that a command is named after."""
    import argparse

    argparse.ArgumentParser(prog=f"{program()} {command}", description=description).parse_args(
        arguments
    )
    folder = os.path.dirname(os.path.abspath(__file__))
    print(os.path.join(folder, f"{command.replace('-', '_')}.{kind}"))
    return 0


def completion_command(arguments: Sequence[str]) -> int:
    """Run `completion` and return the exit code."""
    from provide.foundation._cli.completion import complete

    return complete(arguments, program(), COMMANDS)


COMMANDS = {
    "view": view_command,
    "live": live_command,
    "explain": explain_command,
    "migrate": migrate_command,
    "logging-config": logging_config_command,
    "lnav-format": lnav_format_command,
    "hl-config": hl_config_command,
    "completion": completion_command,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: What follows the program's name; None takes the process's own.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if not words or words[0] not in COMMANDS:
        words = _parse(words)
    if arguments is None and words[0] == "view":
        # Nothing else is done in this process, and imports leave no garbage.
        _PACKAGE["_is_brief"] = True
        gc.disable()
    try:
        return COMMANDS[words[0]](words[1:])
    except KeyboardInterrupt:
        return 130


def _parse(words: Sequence[str]) -> list[str]:
    """Return a command and what follows it.

    Raises:
        SystemExit: There is no such command, or help or the version was asked for.
    """
    import argparse

    parser = argparse.ArgumentParser(
        prog=program(),
        description="Foundation's tools.",
        epilog="view shows log lines for people, live does so on a page in the browser; explain "
        "shows what a configuration means; migrate finds what has to be changed in code that uses "
        "another logger; logging-config, lnav-format and hl-config print paths of configurations "
        "for servers, lnav and hl; completion completes all this in a shell.",
    )
    parser.add_argument("--version", action="version", version=f"foundation-core {__version__}")
    parser.add_argument("command", choices=COMMANDS, help="what to do")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="see: view --help, and so on")
    options = parser.parse_args(words)
    return [options.command, *options.arguments]


if __name__ == "__main__":
    sys.exit(main())
