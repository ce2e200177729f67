"""Which of the words after nox's `--` a laboratory knows: `python -m perf_lab.options soak -- ...`.

`nox -s bench soak -- --quick --rate 5000` gives both sessions the same words, and each laboratory
may know only some of them. This program takes the laboratories of a run, and prints for each, as
JSON, the words that are its own. A word that none of them knows, or a value that its owner refuses,
ends with the usage and 2, before anything is measured.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence

import click

from perf_lab.command import COMMANDS

#: The nox sessions that share words, each with the sub-command of its name.
LABS = ("bench", "contention", "flame", "memory", "report", "soak")
Words = list[str]


class UnknownWords(Exception):
    """Say that no laboratory of the run knows these words."""


def sort_words(words: Sequence[str], commands: Mapping[str, click.Command]) -> dict[str, Words]:
    """Return, for each laboratory, the words that it knows, options with their values.

    Args:
        words: What stands behind nox's `--`.
        commands: The laboratories of the run; they agree on how many values an option has.

    Raises:
        UnknownWords: Nobody knows some of them.
    """
    found: dict[str, Words] = {lab: [] for lab in commands}
    known = {
        lab: {name: option for option in options_of(command) for name in option.opts}
        for lab, command in commands.items()
    }
    unknown: Words = []
    at = 0
    while at < len(words):
        name, given, _ = words[at].partition("=")
        owners = {lab: options[name] for lab, options in known.items() if name in options}
        takes_value = any(not option.is_flag for option in owners.values())
        length = 2 if takes_value and not given else 1
        if not owners:
            unknown.append(words[at])
        for lab in owners:
            found[lab] += words[at : at + length]
        at += length
    if unknown:
        raise UnknownWords(" ".join(unknown))
    return found


def options_of(command: click.Command) -> list[click.Option]:
    """Return the options of a command, `--help` among them."""
    parameters = command.get_params(click.Context(command))
    return [each for each in parameters if isinstance(each, click.Option)]


def check(words: Sequence[str], labs: Iterable[str]) -> dict[str, Words]:
    """Return the words of each laboratory; a wrong one ends the program with its usage and 2."""
    commands: dict[str, click.Command] = {
        lab: importlib.import_module(COMMANDS[lab]).command for lab in labs
    }
    try:
        found = sort_words(words, commands)
    except UnknownWords as error:
        for lab, command in commands.items():
            context = click.Context(command, info_name=f"nox -s {lab} --")
            print(command.get_usage(context), file=sys.stderr)
        print(f"unknown: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    for lab, command in commands.items():
        try:
            command.make_context(f"nox -s {lab} --", list(found[lab]))
        except click.UsageError as error:
            error.show()
            raise SystemExit(2) from None
        except click.exceptions.Exit as end:  # it has printed the help
            raise SystemExit(end.exit_code) from None
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the words of each laboratory."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    labs, words = arguments[:end], arguments[end + 1 :]
    if not labs or not set(labs) <= set(LABS):
        print(f"Usage: perf_lab.options {{{','.join(LABS)}}} ... -- [words]", file=sys.stderr)
        return 2
    print(json.dumps(check(words, labs)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
