"""The command `perf-lab`: a sub-command for each laboratory, which is imported when it runs."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence

import click

#: By sub-command: the module whose `command` it is.
COMMANDS = {
    "bench": "perf_lab.bench.command",
    "breaks": "perf_lab.torture.breaks",
    "claims": "perf_lab.bench.scoreboard",
    "comment": "perf_lab.pages.comment",
    "contention": "perf_lab.contention.command",
    "delivery": "perf_lab.delivery.command",
    "flame": "perf_lab.flame.command",
    "memory": "perf_lab.memory.command",
    "optimisations": "perf_lab.bench.optimisations",
    "publish": "perf_lab.pages.publish",
    "report": "perf_lab.pages.report",
    "runner": "perf_lab.runner",
    "soak": "perf_lab.soak.command",
    "torture": "perf_lab.torture.command",
    "viewing": "perf_lab.viewing",
}


class LazyGroup(click.Group):
    """Import the module of a sub-command when it is asked for, and no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a sub-command; `None` if there is none of that name."""
        return load(cmd_name) if cmd_name in COMMANDS else super().get_command(ctx, cmd_name)


def load(name: str) -> click.Command:
    """Import the module of a sub-command, and return it."""
    found: click.Command = importlib.import_module(COMMANDS[name]).command
    return found


command = LazyGroup(help="Measure Foundation beside its rivals.")


def split_words(
    words: Sequence[str], commands: dict[str, click.Command]
) -> tuple[dict[str, list[str]], list[str]]:
    """Return the words that each command knows, options with their values, and those of nobody.

    Raises:
        click.UsageError: A value is refused by the command that knows its option.
    """
    mine: dict[str, list[str]] = {}
    nobodys = set(range(len(words)))
    for name, each in commands.items():
        context = each.make_context(
            f"nox -s {name} --", list(words), ignore_unknown_options=True, allow_extra_args=True
        )
        rest, left = list(context.args), set()
        for place, word in enumerate(words):  # what is left stands in the order of the words
            if rest and rest[0] == word:
                del rest[0]
                left.add(place)
        mine[name] = [word for place, word in enumerate(words) if place not in left]
        nobodys &= left
    return mine, [words[place] for place in sorted(nobodys)]


@command.command("words", hidden=True, context_settings={"ignore_unknown_options": True})
@click.option("--of", "names", multiple=True, required=True, type=click.Choice(list(COMMANDS)))
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def words_command(names: Sequence[str], words: Sequence[str]) -> None:
    """Print as JSON which words each laboratory of a run knows, because sessions of nox share them.

    Words that none knows, or a value that is refused, end with the usage and 2 before anything is
    measured.
    """
    commands = {name: load(name) for name in names}
    mine, unknown = split_words(words, commands)
    if unknown:
        usages = [
            each.get_usage(click.Context(each, info_name=f"nox -s {name} --"))
            for name, each in commands.items()
        ]
        click.echo("\n".join([*usages, f"unknown: {' '.join(unknown)}"]), err=True)
        raise SystemExit(2)
    click.echo(json.dumps(mine))


def main() -> None:
    """Run what the command line says."""
    command(prog_name="perf-lab")
