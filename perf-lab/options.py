"""Which of the options after nox's `--` a laboratory knows: `python options.py soak bench -- ...`.

`nox -s bench soak -- --quick --rate 5000` gives both sessions the same words, and each tool may
know only some of them. This program takes the laboratories of a run, and prints for each, as JSON,
the words that are its own. A word that none of them knows, or a value that its owner refuses, ends
with the usage and 2, before anything is measured. It imports the standard library only, and so
must the modules that it names: they run in nox's own interpreter.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

#: By nox session: the module with `make_parser()` and `parse(arguments)` for its tool.
TOOLS = {
    "bench": "benchmark",
    "contention": "contention.command",
    "flame": "cpu.command",
    "memory": "memory.command",
    "report": "report.command",
    "soak": "soak.command",
}
Words = list[str]


class UnknownWords(Exception):
    """Say that no laboratory of the run knows these words."""


def sort_words(
    words: Sequence[str], parsers: dict[str, argparse.ArgumentParser]
) -> dict[str, Words]:
    """Return, for each laboratory, the words that it knows, options with their values.

    Args:
        words: What stands behind nox's `--`.
        parsers: The laboratories of the run; they agree on how many values an option has.

    Raises:
        UnknownWords: Nobody knows some of them.
    """
    found: dict[str, Words] = {lab: [] for lab in parsers}
    unknown: Words = []
    at = 0
    while at < len(words):
        name, given, _ = words[at].partition("=")
        owners = {
            lab: parser._option_string_actions[name]
            for lab, parser in parsers.items()
            if name in parser._option_string_actions
        }
        length = 1
        if owners and not given and next(iter(owners.values())).nargs != 0:
            length = 2
        if not owners:
            unknown.append(words[at])
        for lab in owners:
            found[lab] += words[at : at + length]
        at += length
    if unknown:
        raise UnknownWords(" ".join(unknown))
    return found


def check(words: Sequence[str], labs: Iterable[str]) -> dict[str, Words]:
    """Return the words of each laboratory; a wrong one ends the program with its usage and 2."""
    modules: dict[str, Any] = {lab: importlib.import_module(TOOLS[lab]) for lab in labs}
    parsers: dict[str, argparse.ArgumentParser] = {
        lab: module.make_parser() for lab, module in modules.items()
    }
    try:
        found = sort_words(words, parsers)
    except UnknownWords as error:
        for lab, parser in parsers.items():
            print(parser.format_usage().replace(parser.prog, f"nox -s {lab} --"), file=sys.stderr)
        print(f"unknown: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    for lab, module in modules.items():
        module.parse(found[lab])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the words of each laboratory."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    end = given.index("--") if "--" in given else len(given)
    labs, words = given[:end], given[end + 1 :]
    strangers = [lab for lab in labs if lab not in TOOLS]
    if strangers or not labs:
        print(f"usage: options.py {{{','.join(TOOLS)}}} ... -- [words]", file=sys.stderr)
        return 2
    print(json.dumps(check(words, labs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
