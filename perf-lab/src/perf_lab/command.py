"""The command `perf-lab`: a sub-command for each laboratory, which is imported when it runs."""

from __future__ import annotations

import importlib

import click

#: By sub-command: the module whose `command` it is.
COMMANDS = {
    "bench": "perf_lab.bench.command",
    "breaks": "perf_lab.torture.breaks",
    "claims": "perf_lab.bench.scoreboard",
    "comment": "perf_lab.publish.comment",
    "contention": "perf_lab.contention.command",
    "delivery": "perf_lab.delivery.command",
    "flame": "perf_lab.flame.command",
    "memory": "perf_lab.memory.command",
    "optimisations": "perf_lab.bench.optimisations",
    "publish": "perf_lab.publish.command",
    "report": "perf_lab.report.command",
    "runner": "perf_lab.runner",
    "soak": "perf_lab.soak.command",
    "torture": "perf_lab.torture.command",
    "viewing": "perf_lab.viewing",
}


class LazyGroup(click.Group):
    """Import the module of a sub-command when it is asked for, and no other."""

    def __init__(self, modules: dict[str, str], help: str) -> None:
        super().__init__(help=help)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a sub-command; `None` if there is none of that name."""
        if cmd_name not in self._modules:
            return None
        found: click.Command = importlib.import_module(self._modules[cmd_name]).command
        return found


command = LazyGroup(COMMANDS, help="Measure Foundation beside its rivals.")


def main() -> None:
    """Run what the command line says."""
    command(prog_name="perf-lab")
