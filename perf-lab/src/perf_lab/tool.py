"""What the commands of perf-lab have in common: options that are judged together, an exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
from click.core import augment_usage_errors

#: The values of a command's options, by their names.
Options = SimpleNamespace
FILE = click.Path(path_type=Path)


class Tool(click.Command):
    """Be a command whose function takes its options as one object, and returns the exit code.

    Args:
        settle: Fills in what the options leave open, before anything runs. It raises
            `click.UsageError` where they exclude each other.
    """

    def __init__(
        self, *arguments: Any, settle: Callable[[Options], None] | None = None, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._settle = settle

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words, and judge them together."""
        rest = super().parse_args(ctx, args)
        if self._settle is not None:
            options = Options(**ctx.params)
            with augment_usage_errors(ctx):
                self._settle(options)
            ctx.params = vars(options)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and end with the code that the function returns."""
        assert self.callback is not None
        ctx.exit(ctx.invoke(self.callback, Options(**ctx.params)) or 0)


def parse(command: click.Command, words: Sequence[str]) -> Options:
    """Return the options of a command.

    Raises:
        click.UsageError: A word is wrong.
    """
    return Options(**command.make_context(command.name, list(words)).params)
